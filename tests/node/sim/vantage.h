#pragma once
// A vantage that answers no DNS: probes, and reports into etcd under a lease, every two seconds and when a verdict changes.

#include <memory>
#include <optional>
#include <string>

#include "sim/etcd.h"
#include "sim/ground.h"
#include "sim/probing.h"
#include "sync/keys.h"

namespace isochrone::sim {

class Vantage {
 public:
  Vantage(Scheduler& scheduler, Ground& ground, Etcd& etcd, size_t number);

  bool is_running() const { return run_ != nullptr; }
  bool is_cut() const { return cut_; }
  Time changed() const { return changed_; }   // when it was last stopped, started, cut or joined again
  void start();
  void stop();
  void set_cut(bool cut) { cut_ = cut, changed_ = scheduler_.now(); }

 private:
  struct Run {
    explicit Run(uint64_t name) : health({name}) {}
    health::Health health;
    std::optional<Probing> probing;
    int64_t lease = 0;
  };
  void every_two_seconds(std::weak_ptr<Run> of);
  void report(Run& run);

  Scheduler& scheduler_;
  Ground& ground_;
  Etcd& etcd_;
  const size_t number_;
  const std::string name_;
  std::shared_ptr<Run> run_;
  bool cut_ = false;
  Time changed_;
};

}  // namespace isochrone::sim
