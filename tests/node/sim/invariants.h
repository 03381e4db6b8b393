#pragma once
// What must be true of every node at every moment, and of all of them when the world has been well for long enough.
//
// A vantage's word on a target counts as settled once neither the truth it sees, nor its way to the node, nor the node has
// changed for kBound. Until then it may say up, down or nothing; what follows is claimed only where it holds for each of these.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/ground.h"
#include "sim/node.h"
#include "sim/vantage.h"

namespace isochrone::sim {

// What a vantage said last counts for freshness (3 × 5 s + 2 s), and is looked at again within a second; another one for what is on
// its way.
inline constexpr Duration kBound = 17s + 1s + 1s;

struct Cast {
  Scheduler& scheduler;
  Ground& ground;
  Etcd& etcd;
  std::vector<std::unique_ptr<Vantage>>& vantages;   // the first of Ground's
  std::vector<std::unique_ptr<Node>>& nodes;
};

class Invariants {
 public:
  // Of a cast that may still be empty, and will have so many nodes.
  Invariants(Cast cast, size_t nodes) : cast_(cast), highest_(nodes) {}

  // What is wrong now; empty: nothing. Of each node there is something to answer, and its revision; of the `turn`th also
  // what it answers.
  std::string broken(uint64_t turn);
  // All has been well for the bound: nodes that run agree.
  std::string disagreement() const;
  // How often broken() knew that a gateway must, or must not, be given: a claim that is never made proves nothing.
  uint64_t must() const { return must_; }
  uint64_t must_not() const { return must_not_; }

 private:
  enum class Says { Up, Down, Nothing, Anything };
  bool is_settled(const Node& node, size_t vantage) const;
  bool is_heard(const Node& node, size_t vantage) const;
  std::vector<std::vector<Says>> words(const Node& node) const;
  std::string wrong_answer(const Node& node);

  Cast cast_;
  std::vector<uint64_t> highest_;            // revision that each node has served
  uint64_t must_ = 0, must_not_ = 0;
};

}  // namespace isochrone::sim
