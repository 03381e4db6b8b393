#pragma once
// Scopes merged off the control thread, after whatever they depend on has moved.
//
//   Publisher's Steering ─► merge_scopes ─► Publisher::take_scopes

#include <uv.h>

#include <functional>
#include <memory>

#include "loop/background.h"
#include "loop/timer.h"
#include "steer/scopes.h"

namespace isochrone::node {

struct MergedFor {
  steer::Steering steering;                      // what they were worked out from
  std::shared_ptr<const steer::Scopes> scopes;   // before the work: the last ones; null: there were none
  Duration took{};
};

class ScopeMerger {
 public:
  // `input` is asked on the loop where a merge begins; `done` is called there when it has ended.
  ScopeMerger(uv_loop_t* loop, std::function<steer::Steering()> input, std::function<void(const MergedFor&)> done);

  // The first ones, while nobody is answered yet.
  MergedFor merge_first();

  // Something that scopes depend on has moved: they are merged at once, or where the last time was short ago, so that
  // no more than a tenth of the time is spent on it.
  void moved();

 private:
  void run();
  void ended(const MergedFor& merged);

  std::function<steer::Steering()> input_;
  std::function<void(const MergedFor&)> done_;
  loop::Background<MergedFor> work_;
  loop::Timer timer_;
  std::shared_ptr<const steer::Scopes> last_;  // what the next ones are made from; null: none yet
  bool moved_ = false;
  Time rested_{};         // when the next may begin
};

}  // namespace isochrone::node
