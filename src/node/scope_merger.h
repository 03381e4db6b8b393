#pragma once
// Scopes merged off the control thread, after whatever they depend on has moved.
//
//   Publisher's Steering ─► merge_scopes ─► Publisher::take_scopes

#include <uv.h>

#include <functional>
#include <memory>

#include "node/loop.h"
#include "steer/scopes.h"

namespace isochrone::node {

struct MergedFor {
  steer::Steering steering;                      // what they were worked out from
  std::shared_ptr<const steer::Scopes> scopes;
  Duration took{};
};

// Pure but for its clock.
MergedFor merged_for(const steer::Steering& steering);

class ScopeMerger {
 public:
  // `input` is asked on the loop where a merge begins; `done` is called there when it has ended.
  ScopeMerger(uv_loop_t* loop, std::function<steer::Steering()> input, std::function<void(const MergedFor&)> done);
  ~ScopeMerger();
  ScopeMerger(const ScopeMerger&) = delete;

  // Something that scopes depend on has moved: they are merged at once, or where the last time was short ago, so that
  // no more than a tenth of the time is spent on it.
  void moved();

 private:
  struct Work;
  void run();

  uv_loop_t* loop_;
  std::function<steer::Steering()> input_;
  std::function<void(const MergedFor&)> done_;
  Timer timer_;
  Work* work_ = nullptr;  // owned by the thread pool while it runs, freed on the loop
  bool moved_ = false;
  Time rested_{};         // when the next may begin
};

}  // namespace isochrone::node
