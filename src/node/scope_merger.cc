#include "node/scope_merger.h"

#include <algorithm>

#include "loop/clock.h"

namespace isochrone::node {

MergedFor merged_for(const steer::Steering& steering) {
  const Time start = loop::now();
  MergedFor merged{steering, steer::merge_scopes(steering), {}};
  merged.took = loop::now() - start;
  return merged;
}

ScopeMerger::ScopeMerger(uv_loop_t* loop, std::function<steer::Steering()> input, std::function<void(const MergedFor&)> done)
    : input_(std::move(input)),
      done_(std::move(done)),
      work_(loop, [](MergedFor& merged) { merged = merged_for(merged.steering); }, [this](MergedFor& merged) { ended(merged); }),
      timer_(loop, [this] {
        if (!work_.busy()) run();
      }) {}

void ScopeMerger::moved() {
  moved_ = true;
  // What moves in one turn of the loop is taken together.
  if (!work_.busy() && !timer_.running()) timer_.once(std::max(Duration::zero(), rested_ - loop::now()));
}

void ScopeMerger::run() {
  moved_ = false;
  work_.start({input_(), nullptr, {}});
}

void ScopeMerger::ended(const MergedFor& merged) {
  rested_ = loop::now() + 9 * merged.took;
  done_(merged);
  if (moved_) moved();
}

}  // namespace isochrone::node
