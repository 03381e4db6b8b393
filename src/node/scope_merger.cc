#include "node/scope_merger.h"

#include <algorithm>

#include "node/background.h"
#include "node/clock.h"

namespace isochrone::node {

MergedFor merged_for(const steer::Steering& steering) {
  const Time start = now();
  MergedFor merged{steering, steer::merge_scopes(steering), {}};
  merged.took = now() - start;
  return merged;
}

struct ScopeMerger::Work {
  uv_work_t request;
  ScopeMerger* owner;  // null: it is gone
  MergedFor merged;
};

ScopeMerger::ScopeMerger(uv_loop_t* loop, std::function<steer::Steering()> input, std::function<void(const MergedFor&)> done)
    : loop_(loop), input_(std::move(input)), done_(std::move(done)), timer_(loop, [this] {
        if (!work_) run();
      }) {}

ScopeMerger::~ScopeMerger() {
  if (work_) work_->owner = nullptr;
}

void ScopeMerger::moved() {
  moved_ = true;
  // What moves in one turn of the loop is taken together.
  if (!work_ && !timer_.running()) timer_.once(std::max(Duration::zero(), rested_ - now()));
}

void ScopeMerger::run() {
  moved_ = false;
  work_ = new Work{{}, this, {input_(), nullptr, {}}};
  work_->request.data = work_;
  uv_queue_work(
      loop_, &work_->request,
      [](uv_work_t* request) {
        give_way_to_answers();
        Work& work = *static_cast<Work*>(request->data);
        work.merged = merged_for(work.merged.steering);
      },
      [](uv_work_t* request, int) {
        const std::unique_ptr<Work> work(static_cast<Work*>(request->data));
        ScopeMerger* owner = work->owner;
        if (!owner) return;
        owner->work_ = nullptr;
        owner->rested_ = now() + 9 * work->merged.took;
        owner->done_(work->merged);
        if (owner->moved_) owner->moved();
      });
}

}  // namespace isochrone::node
