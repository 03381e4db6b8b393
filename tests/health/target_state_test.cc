// Tries in, verdicts out: rise 2, fall 3 unless a row says otherwise.

#include "health/target_state.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace isochrone::health {
namespace {

using steer::Verdict;

char letter(const TargetState& state) {
  if (state.failing()) return '!';
  return state.verdict() == Verdict::Up ? '+' : state.verdict() == Verdict::Down ? '-' : '?';
}

// '+' a success, '-' a failure; verdicts likewise, '!' up but failing.
std::string verdicts(std::string_view tries, int fall, int rise) {
  ProbeSpec spec;
  spec.fall = fall;
  spec.rise = rise;
  TargetState state;
  std::string result;
  Time now{};
  for (const char t : tries) {
    state.record(t == '+', spec, now += 5s);
    result += letter(state);
  }
  return result;
}

TEST(TargetState, Tables) {
  const struct {
    const char *name, *tries, *verdicts;
    int fall = 3, rise = 2;
  } rows[] = {
      {"the first result decides: up", "+", "+"},
      {"the first result decides: down", "-", "-"},
      {"one blip is forgiven", "++-+-+", "++!+!+"},
      {"two are", "++--+", "++!!+"},
      {"three in a row are not", "++---", "++!!-"},
      {"three not in a row are", "+--+--+", "+!!+!!+"},
      {"one success is not enough", "+---+-", "+!!---"},
      {"two in a row are", "+---++", "+!!--+"},
      {"two not in a row are not", "-+-+-+", "------"},
      {"down at the start rises all the same", "-++", "--+"},
      {"fall 1", "+-", "+-", 1, 2},
      {"rise 1", "+---+", "+!!-+", 3, 1},
      {"up again after an outage forgives as before", "+---++--+", "+!!--+!!+"},
  };
  for (const auto& row : rows) EXPECT_EQ(verdicts(row.tries, row.fall, row.rise), row.verdicts) << row.name;
}

TEST(TargetState, RechecksOnlyWhileAnOutageMayBeBeginning) {
  const ProbeSpec spec;  // interval 5 s, recheck 500 ms
  TargetState state;
  EXPECT_EQ(state.next_delay(spec), 5s);
  state.record(true, spec, Time(1s));
  EXPECT_EQ(state.next_delay(spec), 5s);
  state.record(false, spec, Time(6s));
  EXPECT_EQ(state.next_delay(spec), 500ms);
  state.record(false, spec, Time(7s));
  EXPECT_EQ(state.next_delay(spec), 500ms);
  state.record(false, spec, Time(8s));
  EXPECT_EQ(state.next_delay(spec), 5s) << "down";
  state.record(true, spec, Time(13s));
  EXPECT_EQ(state.next_delay(spec), 5s) << "rising";
}

TEST(TargetState, AFirstFailureIsConfirmedOrTakenBackQuickly) {
  const ProbeSpec spec;  // fall 3, rise 2
  TargetState lost_one_packet;
  lost_one_packet.record(false, spec, Time(1s));
  EXPECT_EQ(lost_one_packet.next_delay(spec), 500ms);
  lost_one_packet.record(true, spec, Time(2s));
  EXPECT_EQ(lost_one_packet.next_delay(spec), 500ms) << "rising";
  lost_one_packet.record(true, spec, Time(3s));
  EXPECT_EQ(lost_one_packet.verdict(), Verdict::Up);
  EXPECT_EQ(lost_one_packet.next_delay(spec), 5s);

  TargetState dead;
  int quick = 0;
  for (Time now{1s}; dead.record(false, spec, now), dead.next_delay(spec) == spec.recheck; now += 1s) ++quick;
  EXPECT_EQ(quick, 4) << "fall - 1 that confirm it, rise that would take it back";
}

// Whatever the tries: a verdict changes only by `fall` or `rise` in a row, always then, and is never left open.
TEST(TargetState, InvariantsOverRandomTries) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    ProbeSpec spec;
    spec.fall = 1 + static_cast<int>(random() % 5);
    spec.rise = 1 + static_cast<int>(random() % 5);
    const auto success_percent = random() % 101;
    TargetState state;
    int successes = 0, failures = 0;
    for (int i = 0; i < 200; ++i) {
      const bool ok = random() % 100 < success_percent;
      const Verdict before = state.verdict();
      state.record(ok, spec, Time(Duration(i + 1)));
      successes = ok ? successes + 1 : 0;
      failures = ok ? 0 : failures + 1;
      const Verdict after = state.verdict();
      ASSERT_NE(after, Verdict::Unknown);
      ASSERT_EQ(state.since() == Time(Duration(i + 1)), before != after);
      if (before == Verdict::Up) {
        ASSERT_EQ(after == Verdict::Down, failures >= spec.fall);
      }
      if (before == Verdict::Down) {
        ASSERT_EQ(after == Verdict::Up, successes >= spec.rise);
      }
      ASSERT_EQ(state.failing(), after == Verdict::Up && failures > 0);
      ASSERT_EQ(state.last(), Time(Duration(i + 1)));
    }
  }
}

}  // namespace
}  // namespace isochrone::health
