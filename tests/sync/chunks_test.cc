// Files in pieces: nothing is lost, and a line that is put in changes little.

#include "sync/chunks.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include <fmt/format.h>

namespace isochrone::sync {
namespace {

std::string lines(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += fmt::format("host{} 300 IN A 10.{}.{}.{}\n", i, i >> 16 & 255, i >> 8 & 255, i & 255);
  return out;
}

std::string joined(const std::vector<std::string_view>& pieces) {
  std::string out;
  for (const std::string_view piece : pieces) out += piece;
  return out;
}

TEST(Chunks, PiecesMakeTheWhole) {
  std::minstd_rand random(1);
  std::string noise(3 * kMostChunk, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  for (const std::string& text : {std::string(), std::string("x"), lines(200'000), std::string(kMostChunk * 2 + 1, 'x'), noise}) {
    const auto pieces = cut(text);
    EXPECT_EQ(joined(pieces), text);
    for (size_t i = 0; i < pieces.size(); ++i) {
      EXPECT_LE(pieces[i].size(), kMostChunk);
      EXPECT_TRUE(i + 1 == pieces.size() || pieces[i].size() >= kLeastChunk);
      const auto back = unpack(pack(pieces[i]));
      ASSERT_TRUE(back);
      EXPECT_EQ(*back, pieces[i]);
    }
  }
}

TEST(Chunks, ALineMoreChangesTwoPiecesAtMost) {
  const std::string before = lines(500'000);
  std::string after = before;
  after.insert(after.find("host250000 "), "new 300 IN A 10.9.9.9\n");
  std::set<std::string> known;
  for (const std::string_view piece : cut(before)) known.emplace(piece);
  size_t changed = 0;
  for (const std::string_view piece : cut(after)) changed += !known.contains(std::string(piece));
  EXPECT_GT(known.size(), 10u);
  EXPECT_GE(changed, 1u);
  EXPECT_LE(changed, 2u);
}

TEST(Chunks, WhatIsNoPieceIsAnError) {
  EXPECT_FALSE(unpack(""));
  EXPECT_FALSE(unpack("rubbish"));
  const std::string packed = pack(lines(1000));
  EXPECT_FALSE(unpack(packed.substr(0, packed.size() / 2)));
  EXPECT_FALSE(unpack(pack(std::string(kMostChunk + 1, 'x'))));  // a bomb does not go off
  EXPECT_EQ(unpack(pack(std::string(2000, 'x')), 2000)->size(), 2000u);
  EXPECT_FALSE(unpack(pack(std::string(2001, 'x')), 2000));
  EXPECT_EQ(unpack(pack(std::string(3 << 20, 'x')), 4 << 20)->size(), size_t{3} << 20);
}

}  // namespace
}  // namespace isochrone::sync
