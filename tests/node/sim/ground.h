#pragma once
// What is true in the simulated world: which gateways are up, which vantage can reach which of them, and since when. And
// what the configurations say that nodes serve.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "config/model.h"
#include "sim/scheduler.h"

namespace isochrone::sim {

inline const std::vector<std::string> kRegions{"west", "east", "north", "south"};
// Every target there may be: pool's letter and region. Pool b shares a/west.
inline const std::vector<std::string> kTargets{"a/west", "a/east", "a/north", "a/south", "a/west2", "b/east", "b/north", "c/north", "c/south"};

// The configuration of a number, 0 to 7, as one node loads it: its own name comes first. Bit 0 numbers regions the other way,
// bit 1 takes a/south away, bit 2 disables pool b's east.
std::shared_ptr<const config::World> make_world(unsigned content, const std::string& own, const std::vector<std::string>& vantages);

size_t number_of(const std::string& target);  // index into kTargets

// Vantages and targets by number.
class Ground {
 public:
  Ground(Scheduler& scheduler, std::vector<std::string> vantages);

  const std::vector<std::string>& vantages() const { return vantages_; }
  bool reaches(size_t vantage, size_t target) const { return seen_[vantage][target].up; }
  Time since(size_t vantage, size_t target) const { return seen_[vantage][target].since; }

  void set_gateway(size_t target, bool up) { down_[target] = !up, look(); }
  void set_path(size_t vantage, size_t target, bool whole) { cut_[vantage][target] = !whole, look(); }
  void set_uplink(size_t vantage, bool whole) { broken_[vantage] = !whole, look(); }
  // All but the first of them; what is down or cut for one vantage alone stays so.
  void heal_uplinks();
  size_t gateways_down() const { return static_cast<size_t>(std::ranges::count(down_, true)); }

 private:
  struct Seen {
    bool up = true;
    Time since;
  };
  void look();

  Scheduler& scheduler_;
  std::vector<std::string> vantages_;
  std::vector<bool> down_, broken_;
  std::vector<std::vector<bool>> cut_;
  std::vector<std::vector<Seen>> seen_;
};

}  // namespace isochrone::sim
