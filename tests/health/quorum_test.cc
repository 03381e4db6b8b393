#include "health/quorum.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "health/suspicion.h"

namespace isochrone::health {
namespace {

using steer::Verdict;
using enum QuorumRule::Kind;

constexpr Duration kFresh = 17s;

// '+' up, '!' up but failing, '-' down, '?' nothing yet; after each, optionally a digit: age in units of 10 s; or a letter:
// its weight, 'b' 2, 'c' 3.
std::vector<Vote> votes(std::string_view text, Time now) {
  std::vector<Vote> result;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      result.back().last = now - 10s * (c - '0');
      continue;
    }
    if (c >= 'a' && c <= 'z') {
      result.back().weight = c - 'a' + 1;
      continue;
    }
    const Verdict verdict = c == '?' ? Verdict::Unknown : c == '-' ? Verdict::Down : Verdict::Up;
    result.push_back({verdict, c == '!', now});
  }
  return result;
}

TEST(Quorum, TruthTable) {
  const struct {
    const char* name;
    QuorumRule rule;
    const char* votes;
    char merged;
  } rows[] = {
      {"nobody has voted", {Majority}, "", '?'},
      {"nobody knows", {Majority}, "???", '?'},
      {"alone, up", {Majority}, "+", '+'},
      {"alone, down", {Majority}, "-", '-'},
      {"alone, failing", {Majority}, "!", '!'},
      {"a tie is up", {Majority}, "+-", '+'},
      {"a tie of four is up", {Majority}, "++--", '+'},
      {"two of three", {Majority}, "+--", '-'},
      {"one of three", {Majority}, "++-", '+'},
      {"one down and one failing of three", {Majority}, "+!-", '!'},
      {"who knows nothing has no vote", {Majority}, "-??", '-'},
      {"who is old has no vote", {Majority}, "+2+2-", '-'},
      {"young enough", {Majority}, "+1+1-", '+'},
      {"any: one is enough", {Any}, "+++++-", '-'},
      {"any: none is not", {Any}, "+++", '+'},
      {"all: one up holds it", {All}, "----+", '+'},
      {"all: one failing holds it, and is failing", {All}, "----!", '!'},
      {"all", {All}, "---", '-'},
      {"weighted: one that outweighs two", {Weighted}, "-c++", '-'},
      {"weighted: a tie is up", {Weighted}, "-b++", '+'},
      {"weighted: who is old weighs nothing", {Weighted}, "+c2-+", '+'},
      {"weighted: failing by weight", {Weighted}, "!c++", '!'},
      {"weights count nowhere else", {Majority}, "-c++", '+'},
      {"count 2: one", {Count, 2}, "+++-", '+'},
      {"count 2: two", {Count, 2}, "++--", '-'},
      {"count 2, but one voter", {Count, 2}, "-", '-'},
      {"count 0 is taken as 1", {Count, 0}, "+", '+'},
      {"all are old: what was last known stays", {Majority}, "-2", '-'},
      {"all are old: who went silent long before does not count", {Majority}, "+9+9-3", '-'},
      {"all are old: the last to grow old decides", {Majority}, "+4+4-3", '-'},
      {"all are old: those that went silent together decide together", {Majority}, "+9+3+3-3", '+'},
  };
  const Time now(1000s);
  for (const auto& row : rows) {
    const Merged merged = merge(row.rule, votes(row.votes, now), kFresh, now);
    const char is = merged.failing                    ? '!'
                    : merged.verdict == Verdict::Up   ? '+'
                    : merged.verdict == Verdict::Down ? '-'
                                                      : '?';
    // A failing quorum is up all the same.
    EXPECT_FALSE(merged.failing && merged.verdict != Verdict::Up) << row.name;
    EXPECT_EQ(is, row.merged) << row.name;
  }
}

// Vantages see targets; region of a target is its number / 2. Digits and signs as above, without ages.
std::string suspects(const std::vector<std::string>& seen) {
  std::vector<VantageBoard> boards;
  for (const std::string& row : seen) {
    VantageBoard& board = boards.emplace_back(row.size(), 8);
    for (size_t t = 0; t < row.size(); ++t) {
      Target target;
      target.id = static_cast<TargetId>(t);
      target.region = static_cast<steer::RegionId>(t / 2);
      Sighting sighting;
      sighting.verdict = row[t] == '?'                    ? Verdict::Unknown
                         : row[t] == '-' || row[t] == 's' ? Verdict::Down
                                                          : Verdict::Up;
      sighting.failing = row[t] == '!';
      sighting.fresh = row[t] != 's';
      board.set(target, sighting);
    }
  }
  std::vector<const VantageBoard*> pointers;
  for (const VantageBoard& board : boards) pointers.push_back(&board);
  std::string result;
  for (const bool suspect : find_suspects(pointers)) result += suspect ? 's' : '.';
  return result;
}

TEST(Suspicion, Tables) {
  const struct {
    const char* name;
    std::vector<std::string> seen;
    const char* suspects;
  } rows[] = {
      {"all is well", {"++++", "++++"}, ".."},
      {"sees everything down, another does not", {"----", "++++"}, "s."},
      {"the other sees only some of it up", {"----", "--+-"}, "s."},
      {"everything is down for everybody", {"----", "----"}, ".."},
      {"the last vantage is believed", {"----"}, "."},
      {"a region is down for it: that may be true", {"--++", "++++"}, ".."},
      {"sees one region only: that may be true", {"--??", "++++"}, ".."},
      {"about to be cut off: the rest is failing", {"--!-", "++++"}, "s."},
      {"all cut off but one", {"----", "----", "++++"}, "ss."},
      {"the one that sees something up sees other targets", {"----??", "????++"}, ".."},
      {"an old verdict accuses nobody", {"-s-s", "++++"}, "s."},
      {"old verdicts alone do not make a suspect", {"ssss", "++++"}, ".."},
  };
  for (const auto& row : rows) EXPECT_EQ(suspects(row.seen), row.suspects) << row.name;
}

}  // namespace
}  // namespace isochrone::health
