// A line of the query log, as it is written.

#include "node/query_log_writer.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace isochrone::node {
namespace {

answer::LoggedQuery logged() {
  answer::LoggedQuery query;
  query.resolver = *IpAddress::parse("192.0.2.1");
  query.unix_seconds = 1700000000;
  query.qtype = wire::Type::A;
  query.answer_octets = 60;
  const auto name = wire::Name::parse("shop.example.");
  query.name_size = static_cast<uint8_t>(name->wire().size());
  std::copy(name->wire().begin(), name->wire().end(), query.name.begin());
  return query;
}

constexpr const char* kLineStart = R"({"time":1700000000,"transport":"udp","resolver":"192.0.2.1",)";

TEST(QueryLogLine, OfAnAnswerThatWasNotSteered) {
  EXPECT_EQ(QueryLogWriter::to_text(logged(), std::nullopt),
            std::string(kLineStart) + R"("name":"shop.example.","type":"A","rcode":"NOERROR","octets":60})");
}

TEST(QueryLogLine, SaysWhatWasDecided) {
  answer::LoggedQuery query = logged();
  query.decision.scope_prefix_len = 22;
  const std::string shop = R"("name":"shop.example.","type":"A","rcode":"NOERROR","octets":60,)";
  EXPECT_EQ(QueryLogWriter::to_text(query, {{"example/shop", "west"}}), kLineStart + shop + R"("region":"west"})") << "no subnet, no scope";
  query.has_subnet = true;
  query.subnet = *Prefix::parse("198.51.100.0/24");
  EXPECT_EQ(QueryLogWriter::to_text(query, {{"example/shop", "west"}}),
            kLineStart + (R"("subnet":"198.51.100.0/24",)" + shop) + R"("region":"west","scope":22})");
  query.decision.scope_prefix_len = 0;
  EXPECT_EQ(QueryLogWriter::to_text(query, {{"example/shop", ""}}),
            kLineStart + (R"("subnet":"198.51.100.0/24",)" + shop) + R"("region":null,"scope":0})");
}

}  // namespace
}  // namespace isochrone::node
