#pragma once
// When each target is tried next. Pure: every call is handed the time; one thread.
//
// - The first tries are spread evenly over the interval, and each later one comes 0.9 to 1.1 intervals after the start
//   of the one before, so targets are never hit in step and stay out of step.
// - Counted from the start, not the end: ten thousand that time out at once keep their pace.
// - A pace shorter than the interval is a recheck, and its jitter only shortens it: the failover bound that `check`
//   prints (DESIGN §5.6) holds 1.1 × interval and 1.0 × recheck.
// - What is under way costs room (descriptors, as a rule one each). Where there is none, the most overdue goes first:
//   each target waits for one turn, so all are slowed alike.

#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "util/duration.h"

namespace isochrone::probe {

class Schedule {
 public:
  using Slot = uint32_t;  // the caller's numbers; small, used again after remove()

  struct Rhythm {
    Duration interval{};
    Duration timeout{};
    int room = 1;
  };

  Schedule(uint64_t seed, int room) : random_(seed), room_(room) {}

  void add(Slot slot, Time now, const Rhythm& rhythm);
  // Keeps the next try where it is, unless that is later than the new interval allows.
  void change(Slot slot, Time now, const Rhythm& rhythm);
  void remove(Slot slot);
  // The next try is due now; no effect while one is under way.
  void hurry(Slot slot, Time now);

  // Something whose time has come and for which there is room; it is under way from now on. Ask until empty.
  std::optional<Slot> start_next(Time now);
  // Something under way whose time-out has passed; the caller finishes or removes it before it asks again.
  std::optional<Slot> find_expired(Time now) const;
  // It is not under way any more, and is tried again `pace` after its start, or at once where that has passed.
  void finish(Slot slot, Time now, Duration pace);

  // When start_next() or find_expired() may have something to say; nullopt: not before the next call of another kind.
  std::optional<Time> next_event() const;

  int under_way() const { return static_cast<int>(deadlines_.size()); }
  // How far behind the most overdue target is, for metrics: zero when the schedule is kept.
  Duration lag(Time now) const;

 private:
  struct State {
    Rhythm rhythm;
    Time due{};  // of the next try; while under way, of this one's start
    Time deadline{};
    bool under_way = false;
  };

  Duration jittered(Duration length, double least, double most);
  void wait_until(Slot slot, Time due);

  std::vector<State> states_;                  // by slot
  std::set<std::pair<Time, Slot>> waiting_;    // by due
  std::set<std::pair<Time, Slot>> deadlines_;  // of those under way
  std::mt19937_64 random_;
  int room_;
};

}  // namespace isochrone::probe
