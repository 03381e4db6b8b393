#pragma once
// One vantage's probes: the truth, asked at the pace that health sets.

#include <memory>
#include <functional>

#include "health/health.h"
#include "sim/ground.h"
#include "sim/scheduler.h"

namespace isochrone::sim {

// Goes on until it is destroyed.
class Probing {
 public:
  // `recorded` is called after each try. `health` has been configured with `plan`.
  Probing(Scheduler& scheduler, const Ground& ground, size_t vantage, health::Health& health, std::function<void()> recorded)
      : scheduler_(scheduler), ground_(ground), vantage_(vantage), health_(health), recorded_(std::move(recorded)) {
    for (const health::Target& target : health.plan().targets) again(target.id, number_of(target.key), target.spec.interval * scheduler.pick(100) / 100);
  }

 private:
  void again(health::TargetId id, size_t target, Duration delay) {
    scheduler_.after(delay, [this, id, target, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) probe(id, target);
    });
  }
  // One that fails takes as long as its time-out; its end is what is recorded.
  void probe(health::TargetId id, size_t target) {
    const health::ProbeSpec& spec = health_.plan().targets[id].spec;
    health::Outcome outcome{.target = id};
    const bool ok = ground_.reaches(vantage_, target);
    if (ok) outcome.rtt = 10ms * (1 + (vantage_ + target) % 5);
    else outcome.failure = health::Failure::Timeout, outcome.phase = health::Phase::Connect, outcome.phases[1] = spec.timeout;
    health_.record(id, outcome, scheduler_.now());
    again(id, target, scheduler_.between(health_.next_delay(id) * 9 / 10, health_.next_delay(id) * 11 / 10) + (ok ? Duration() : spec.timeout));
    recorded_();
  }

  Scheduler& scheduler_;
  const Ground& ground_;
  const size_t vantage_;
  health::Health& health_;
  std::function<void()> recorded_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace isochrone::sim
