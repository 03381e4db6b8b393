// Revisions as text: what goes in comes out, and what is not ours is an error.

#include "sync/revision.h"

#include <gtest/gtest.h>

namespace isochrone::sync {
namespace {

const std::string kDigest(64, 'a');

Manifest manifest_of(std::vector<RevisionFile> files) {
  Manifest manifest;
  manifest.serials = "{}";
  manifest.files = std::move(files);
  return manifest;
}

TEST(Revision, AHeadComesBackAsItWas) {
  const RevisionHead head{7, "alice", "why \"not\" \n", 1'700'000'000, 3, kDigest, {kDigest, kDigest}, 23'000'000};
  const auto back = decode_head(encode(head));
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(*back, head);
}

TEST(Revision, AManifestComesBackAsItWas) {
  const Manifest manifest = manifest_of({{"probes/a.csv", 3, kDigest, {kDigest}, false}, {"zones/x", 0, kDigest, {}, true}});
  const auto back = decode_manifest(encode(manifest));
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(back->files, manifest.files);
  EXPECT_EQ(back->zones, "zones");
}

TEST(Revision, WhatIsNotOursIsAnError) {
  const std::string good = encode(RevisionHead{7, "a", "b", 1, 0, kDigest, {}, 0});
  const auto with = [&](const std::string& old, const std::string& now) {
    std::string text = good;
    text.replace(text.find(old), old.size(), now);
    return text;
  };
  const std::pair<std::string, std::string> kRows[] = {
      {"", "not JSON"},
      {"[]", "not JSON"},
      {good.substr(0, good.size() / 2), "not JSON"},
      {with("\"format\":1", "\"format\":2"), "has format 2; this isochrone reads format 1"},
      {with("\"revision\":7", "\"revision\":0"), "revision 0"},
      {with("\"revision\":7", "\"revision\":-7"), "a number beyond"},
      {with("\"revision\":7", "\"revision\":\"7\""), "a number beyond"},
      {with("\"copy_of\":0", "\"copy_of\":7"), "a number beyond 6"},
      {with(kDigest, "../../etc/passwd"), "a digest that is none"},
      {with("\"who\":\"a\"", "\"who\":\"" + std::string(5000, 'x') + "\""), "a text without end"},
  };
  for (const auto& [text, said] : kRows) {
    const auto head = decode_head(text);
    ASSERT_FALSE(head) << text;
    EXPECT_NE(head.error().text.find(said), std::string::npos) << head.error().text;
  }
}

TEST(Revision, AManifestLeadsNowhereElse) {
  for (const char* path : {"../x", "a/../../x", "/etc/passwd", "a//b", "", "a/", "./a", "a/./b"}) {
    EXPECT_FALSE(is_inner_path(path)) << path;
    EXPECT_FALSE(decode_manifest(encode(manifest_of({{path, 1, kDigest, {kDigest}, false}})))) << path;
  }
  EXPECT_TRUE(is_inner_path("a/..b/c"));
  // A file that stays may lie anywhere, but its path is one.
  EXPECT_TRUE(decode_manifest(encode(manifest_of({{"/usr/share/x.mmdb", 1, kDigest, {}, true}}))));
  EXPECT_FALSE(decode_manifest(encode(manifest_of({{"/usr/../x.mmdb", 1, kDigest, {}, true}}))));
  Manifest outside = manifest_of({});
  outside.zones = "../zones";
  EXPECT_FALSE(decode_manifest(encode(outside)));
}

TEST(Revision, AManifestIsSortedAndBounded) {
  const RevisionFile a{"a", 1, kDigest, {kDigest}, false}, b{"b", 1, kDigest, {kDigest}, false};
  EXPECT_TRUE(decode_manifest(encode(manifest_of({a, b}))));
  EXPECT_FALSE(decode_manifest(encode(manifest_of({b, a}))));
  EXPECT_FALSE(decode_manifest(encode(manifest_of({a, a}))));
  RevisionFile huge_a = a, huge_b = b;
  huge_a.size = huge_b.size = kMostRevisionOctets;
  EXPECT_FALSE(decode_manifest(encode(manifest_of({huge_a, huge_b}))));
}

}  // namespace
}  // namespace isochrone::sync
