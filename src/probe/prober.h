#pragma once
// Tries every target of a plan, for ever, on a libuv loop: the probe room's door.
//
//   set_plan(plan) ─► Schedule ─► start_tcp, start_http, … ─► Attempt ─► on_outcome(outcome)
//                        ▲                                                   │
//                        └──── pace(target): interval, or recheck ◄──────────┘
//
// Loop's thread only. Callbacks come from the loop and may call anything here but the destructor.

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "health/probe.h"
#include "loop/timer.h"
#include "probe/attempt.h"
#include "probe/curl_loop.h"
#include "probe/schedule.h"

namespace isochrone::probe {

struct ProberConfig {
  std::vector<std::string> exec_dirs;  // folders exec probes may run from; none: exec probes fail as Local
  // Descriptors that probes may hold at once. 0: half of what RLIMIT_NOFILE leaves above a reserve of 256, at most
  // 8,192; what it is may be asked for by room(). Beyond it targets wait their turn.
  int max_concurrent = 0;
  uint64_t seed = 0;  // of the jitter; 0: random
  std::vector<Endpoint> resolvers = {};  // asked for the addresses of names; none: the system's
};

// Called with every outcome; and, right after it, asked after how long, from start to start, that target is next
// tried: its interval, or the recheck while health wants a failure confirmed. Unset: always the interval.
struct ProberCallbacks {
  std::function<void(const health::Outcome&)> on_outcome;
  std::function<Duration(health::TargetId)> pace;
};

// Since the start. One writer, the loop's thread; read from it or by a copy it hands on.
struct ProberStats {
  uint64_t tries = 0;     // that ended with an outcome of any kind
  uint64_t failures = 0;  // of the target's
  uint64_t local = 0;     // Failure::Local: ours
  int under_way = 0;
  size_t unresolved = 0;  // gateways' names whose last question brought no address
  Duration lag{};  // how late the most overdue target is; beyond a few ms the room is too small
};

class Prober {
 public:
  Prober(uv_loop_t* loop, ProberConfig config, ProberCallbacks callbacks);
  ~Prober();  // close()s; the loop must then run once more so that libuv lets go of its handles
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  // Targets with equal keys keep their schedule and a try under way; others are dropped at once or added. Targets of
  // kind None are not tried.
  void set_plan(std::shared_ptr<const health::Plan> plan);
  void probe_now(health::TargetId target);
  // Cancels everything; no callback comes afterwards. set_plan() has no effect then.
  void close();

  ProberStats stats() const;
  int room() const { return room_; }

 private:
  struct Entry {
    std::shared_ptr<const health::Target> target;  // shares the ownership of its plan
    // The target that the try under way was started with: a new plan must not pull it from under it.
    std::shared_ptr<const health::Target> tried;
    std::unique_ptr<Attempt> attempt;
    bool in_plan = false;
  };

  Schedule::Slot take_slot();
  void drop(Schedule::Slot slot);
  void tick();
  void start(Schedule::Slot slot);
  void finish(Schedule::Slot slot, health::Outcome outcome);
  void log_local(const health::Outcome& outcome);
  void log_loadless(const health::Target& target);
  void arm();

  ProberCallbacks callbacks_;
  int room_;
  CurlLoop curl_;
  std::unique_ptr<TrustStores> trust_;
  std::unique_ptr<Chains> chains_;
  std::unique_ptr<Pinger> pinger_;
  std::unique_ptr<Resolver> resolver_;
  Workshop workshop_;
  Schedule schedule_;
  loop::Timer timer_;
  std::vector<Entry> entries_;  // by slot
  std::vector<Schedule::Slot> free_;
  std::unordered_map<std::string, Schedule::Slot> by_key_;
  std::vector<Schedule::Slot> slot_of_;  // by TargetId of the plan in force
  ProberStats stats_;
  Time local_logged_{}, loadless_logged_{};
  uint64_t local_unsaid_ = 0, loadless_unsaid_ = 0;
  bool closed_ = false;
};

}  // namespace isochrone::probe
