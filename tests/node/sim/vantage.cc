#include "sim/vantage.h"

#include "probe/wire_json.h"

namespace isochrone::sim {

Vantage::Vantage(Scheduler& scheduler, Ground& ground, Etcd& etcd, size_t number)
    : scheduler_(scheduler), ground_(ground), etcd_(etcd), number_(number), name_(ground.vantages()[number]) {
  start();
}

void Vantage::start() {
  changed_ = scheduler_.now();
  run_ = std::make_shared<Run>(scheduler_.pick(SIZE_MAX >> 1));
  run_->health.configure(std::make_shared<const health::Plan>(make_world(0, name_, {})->plan), {name_}, {}, scheduler_.now());
  run_->probing.emplace(scheduler_, ground_, number_, run_->health, [this, run = run_.get()] {
    run->health.tick(scheduler_.now());
    if (!run->health.take_changes().targets.empty()) report(*run);
  });
  every_two_seconds(run_);
}

void Vantage::stop() {
  changed_ = scheduler_.now();
  run_.reset();
}

void Vantage::every_two_seconds(std::weak_ptr<Run> of) {
  const auto run = of.lock();
  if (!run) return;
  report(*run);
  scheduler_.after(2s, [this, of] { every_two_seconds(of); });
}

void Vantage::report(Run& run) {
  if (cut_ || !etcd_.is_up()) return;
  if (run.lease == 0 || !etcd_.keep_alive(run.lease)) run.lease = etcd_.grant();
  const auto report = run.health.make_report(true, scheduler_.now());
  if (run.lease != 0) etcd_.put(sync::Keys("prod").vantage(name_), probe::encode_report(report), run.lease);
}

}  // namespace isochrone::sim
