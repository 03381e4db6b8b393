#pragma once
// The whole simulated cluster: four nodes, three of which measure, three vantages more, etcd, operators. Storms of faults and
// orders, each followed by a calm in which all is mended but gateways, one uplink, silent watches, and now and then a node.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/etcd.h"
#include "sim/ground.h"
#include "sim/invariants.h"
#include "sim/node.h"
#include "sim/scheduler.h"
#include "sim/vantage.h"

namespace isochrone::sim {

class World {
 public:
  explicit World(uint64_t seed);

  // The next thing happens, and every invariant is looked at. What is broken; empty: nothing.
  std::string step();

  const Scheduler& scheduler() const { return scheduler_; }
  const Invariants& invariants() const { return invariants_; }
  uint64_t calms() const { return calms_; }
  // What was done to it last, for a person.
  const std::vector<std::string>& history() const { return history_; }
  std::string sightings() const;

 private:
  // What operators know of a region: whether it is to be drained.
  enum class Wanted { No, Yes, Unknown };

  void note(std::string what);
  void storm();
  void calm();
  std::string end_calm();
  void fault();
  void fault_of_measuring(size_t kind);
  void fault_of_nodes(size_t kind);
  void fault_of_etcd(size_t kind);
  void heal();
  void push(const std::string& refused_by);
  void push_if_refused();
  void drain();
  void undrain();
  void ordered(size_t region, Wanted wanted);

  Scheduler scheduler_;
  Etcd etcd_;
  Ground ground_;
  std::vector<std::unique_ptr<Vantage>> vantages_;
  std::vector<std::unique_ptr<Node>> nodes_;
  Invariants invariants_;
  std::vector<std::string> history_;
  std::array<Wanted, 4> wanted_{};
  bool ordering_ = false;              // one order at a time
  std::array<bool, 4> owed_{};         // a node has it and not yet told the others
  bool is_calm_ = false;
  uint64_t calms_ = 0, pushes_ = 0, orders_ = 0;
  std::optional<size_t> kept_down_;    // a node that is away for the whole calm
  Duration pace_{};                    // of faults in this storm
  std::string wrong_;
};

}  // namespace isochrone::sim
