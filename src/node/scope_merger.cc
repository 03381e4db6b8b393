#include "node/scope_merger.h"

#include <algorithm>

#include "loop/clock.h"

namespace isochrone::node {

namespace {

void merge(MergedFor& merged) {
  const Time start = loop::now();
  merged.scopes = steer::merge_scopes(merged.steering, merged.scopes.get());
  merged.took = loop::now() - start;
}

}  // namespace

ScopeMerger::ScopeMerger(uv_loop_t* loop, std::function<steer::Steering()> input, std::function<void(const MergedFor&)> done)
    : input_(std::move(input)),
      done_(std::move(done)),
      work_(loop, merge, [this](MergedFor& merged) { ended(merged); }),
      timer_(loop, [this] {
        if (!work_.busy()) run();
      }) {}

MergedFor ScopeMerger::merge_first() {
  MergedFor merged{input_(), nullptr, {}};
  merge(merged);
  last_ = merged.scopes;
  return merged;
}

void ScopeMerger::moved() {
  moved_ = true;
  // What moves in one turn of the loop is taken together.
  if (!work_.busy() && !timer_.running()) timer_.once(std::max(Duration::zero(), rested_ - loop::now()));
}

void ScopeMerger::run() {
  moved_ = false;
  work_.start({input_(), last_, {}});
}

void ScopeMerger::ended(const MergedFor& merged) {
  last_ = merged.scopes;
  rested_ = loop::now() + 9 * merged.took;
  done_(merged);
  if (moved_) moved();
}

}  // namespace isochrone::node
