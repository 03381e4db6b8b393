// etcd's JSON: numbers as text, keys in base64, and a server that is not etcd.

#include "sync/etcd_json.h"

#include <gtest/gtest.h>

#include "sync/base64.h"

namespace isochrone::sync {
namespace {

using nlohmann::json;

TEST(Base64, ComesBackAsItWas) {
  for (const std::string& octets : {std::string(), std::string("a"), std::string("ab"), std::string("abc"), std::string("\0\xff\n", 3), std::string(1000, '\0')}) {
    EXPECT_EQ(from_base64(to_base64(octets)), octets);
  }
  EXPECT_EQ(to_base64("isochrone/prod/"), "aXNvY2hyb25lL3Byb2Qv");
  for (const char* text : {"a", "ab=", "****", "YQ=a"}) EXPECT_FALSE(from_base64(text)) << text;
}

TEST(EtcdJson, APrefixEndsBeforeTheNextName) {
  const json request = list_request("isochrone/prod/");
  EXPECT_EQ(from_base64(request["range_end"].get<std::string>()), "isochrone/prod0");
}

// The drain of westus2 that has ended must go, whatever happens to that of westus20.
TEST(EtcdJson, OneKeyIsNotItsNeighbours) {
  Transaction one, all;
  one.if_not_changed_since("drain/westus2", 7);
  all.if_none_changed_since("drain/", 7);
  EXPECT_EQ(one.conditions[0], (json{{"key", to_base64("drain/westus2")}, {"target", "MOD"}, {"result", "LESS"}, {"mod_revision", "8"}}));
  EXPECT_EQ(all.conditions[0]["range_end"], to_base64("drain0"));
}

TEST(EtcdJson, ARange) {
  const auto range = parse_range(json::parse(R"({"header":{"revision":"42"},"kvs":[{"key":"YQ==","value":"Yg==","mod_revision":"7"},{"key":"Yw=="}],"count":"2"})"));
  ASSERT_TRUE(range) << range.error().text;
  EXPECT_EQ(range->revision, 42);
  ASSERT_EQ(range->keys.size(), 2u);
  EXPECT_EQ(range->keys[0].key, "a");
  EXPECT_EQ(range->keys[0].value, "b");
  EXPECT_EQ(range->keys[0].modified, 7);
  EXPECT_EQ(range->keys[1].value, "");
  EXPECT_TRUE(parse_range(json::parse(R"({"header":{"revision":"42"}})")));
}

TEST(EtcdJson, WhatEtcdDoesNotSayIsAnError) {
  for (const char* text : {"{}", R"({"header":{"revision":"x"}})", R"({"header":{"revision":"1"},"kvs":[{"key":"*"}]})", R"({"header":{"revision":"1"},"kvs":[7]})",
                           R"({"header":{"revision":[]}})", R"({"header":7})"})
    EXPECT_FALSE(parse_range(json::parse(text))) << text;
  for (const char* text : {"{}", R"({"result":7})", R"({"result":{"events":[{}]}})"}) EXPECT_FALSE(parse_watch(json::parse(text))) << text;
  EXPECT_FALSE(parse_lease(json::parse("{}")));
  EXPECT_FALSE(parse_keepalive(json::parse(R"({"result":{"ID":"7"}})")));  // run out: no TTL
  EXPECT_TRUE(parse_keepalive(json::parse(R"({"result":{"ID":"7","TTL":"8"}})")));
}

TEST(EtcdJson, AWatch) {
  const auto line = parse_watch(json::parse(
      R"({"result":{"header":{"revision":"9"},"events":[{"kv":{"key":"YQ==","value":"Yg==","mod_revision":"9"}},{"type":"DELETE","kv":{"key":"Yw==","mod_revision":"9"}}]}})"));
  ASSERT_TRUE(line);
  ASSERT_EQ(line->events.size(), 2u);
  EXPECT_EQ(line->events[0].value, "b");
  EXPECT_EQ(line->events[1].key, "c");
  EXPECT_FALSE(line->events[1].value);
  const auto compacted = parse_watch(json::parse(R"({"result":{"canceled":true,"compact_revision":"90"}})"));
  ASSERT_TRUE(compacted);
  EXPECT_TRUE(compacted->over);
  EXPECT_EQ(compacted->reason, "history was compacted");
  const auto error = parse_watch(json::parse(R"({"error":{"grpc_code":14,"message":"no leader"}})"));
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->over);
  EXPECT_EQ(error->reason, "no leader");
}

}  // namespace
}  // namespace isochrone::sync
