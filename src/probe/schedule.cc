#include "probe/schedule.h"

#include <algorithm>

namespace isochrone::probe {

void Schedule::add(Slot slot, Time now, const Rhythm& rhythm) {
  if (slot >= states_.size()) states_.resize(slot + 1);
  states_[slot] = State{rhythm};
  wait_until(slot, now + jittered(rhythm.interval, 0, 1));
}

void Schedule::change(Slot slot, Time now, const Rhythm& rhythm) {
  State& state = states_[slot];
  const int room_before = std::exchange(state.rhythm, rhythm).room;
  if (state.under_way) {
    room_ += room_before - rhythm.room;
  } else if (state.due > now + rhythm.interval) {
    waiting_.erase({state.due, slot});
    wait_until(slot, now + jittered(rhythm.interval, 0, 1));
  }
}

void Schedule::remove(Slot slot) {
  State& state = states_[slot];
  if (state.under_way) {
    deadlines_.erase({state.deadline, slot});
    room_ += state.rhythm.room;
    state.under_way = false;
  } else {
    waiting_.erase({state.due, slot});
  }
}

void Schedule::hurry(Slot slot, Time now) {
  const State& state = states_[slot];
  if (state.under_way || state.due <= now) return;
  waiting_.erase({state.due, slot});
  wait_until(slot, now);
}

std::optional<Schedule::Slot> Schedule::start_next(Time now) {
  if (waiting_.empty() || waiting_.begin()->first > now) return {};
  const Slot slot = waiting_.begin()->second;
  State& state = states_[slot];
  if (state.rhythm.room > room_) return {};
  waiting_.erase(waiting_.begin());
  room_ -= state.rhythm.room;
  state.under_way = true;
  state.due = now;
  state.deadline = now + state.rhythm.timeout;
  deadlines_.emplace(state.deadline, slot);
  return slot;
}

std::optional<Schedule::Slot> Schedule::find_expired(Time now) const {
  if (deadlines_.empty() || deadlines_.begin()->first > now) return {};
  return deadlines_.begin()->second;
}

void Schedule::finish(Slot slot, Time now, Duration pace) {
  State& state = states_[slot];
  if (!state.under_way) return;
  deadlines_.erase({state.deadline, slot});
  room_ += state.rhythm.room;
  state.under_way = false;
  const bool recheck = pace < state.rhythm.interval;
  const Duration delay = recheck ? jittered(pace, 0.8, 1.0) : jittered(pace, 0.9, 1.1);
  wait_until(slot, std::max(now, state.due + delay));
}

std::optional<Time> Schedule::next_event() const {
  std::optional<Time> next;
  if (!deadlines_.empty()) next = deadlines_.begin()->first;
  if (!waiting_.empty()) {
    const auto& [due, slot] = *waiting_.begin();
    const bool has_room = states_[slot].rhythm.room <= room_;
    if (has_room && (!next || due < *next)) next = due;
  }
  return next;
}

Duration Schedule::lag(Time now) const {
  if (waiting_.empty()) return {};
  return std::max(Duration::zero(), Duration(now - waiting_.begin()->first));
}

Duration Schedule::jittered(Duration length, double least, double most) {
  const double factor = std::uniform_real_distribution<double>(least, most)(random_);
  return Duration(static_cast<Duration::rep>(static_cast<double>(length.count()) * factor));
}

void Schedule::wait_until(Slot slot, Time due) {
  states_[slot].due = due;
  waiting_.emplace(due, slot);
}

}  // namespace isochrone::probe
