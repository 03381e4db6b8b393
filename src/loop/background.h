#pragma once
// Work of the thread pool: loads, fits, merges, writes.

#include <uv.h>

#include <functional>
#include <memory>
#include <utility>

namespace isochrone::loop {

// Pieces of work for the thread pool, one at a time. All on the loop's thread but `work` itself. Who goes away while a
// piece is under way is not called any more.
template <typename Work>
class Background {
 public:
  using Run = void (*)(Work&);
  // `run` must touch nothing but its Work; `done` is called on the loop when it has ended, and may start the next.
  Background(uv_loop_t* loop, Run run, std::function<void(Work&)> done) : loop_(loop), run_(run), done_(std::move(done)) {}
  ~Background() {
    if (job_) job_->owner = nullptr;
  }
  Background(const Background&) = delete;

  bool busy() const { return job_ != nullptr; }

  // Not while busy().
  void start(Work work) {
    job_ = new Job{{}, this, run_, std::move(work)};
    job_->request.data = job_;
    uv_queue_work(
        loop_, &job_->request,
        [](uv_work_t* request) {
          Job& job = *static_cast<Job*>(request->data);
          job.run(job.work);
        },
        [](uv_work_t* request, int) {
          const std::unique_ptr<Job> job(static_cast<Job*>(request->data));
          if (!job->owner) return;
          job->owner->job_ = nullptr;
          job->owner->done_(job->work);
        });
  }

 private:
  struct Job {
    uv_work_t request;
    Background* owner;  // null: it is gone
    Run run;
    Work work;
  };

  uv_loop_t* loop_;
  Run run_;
  std::function<void(Work&)> done_;
  Job* job_ = nullptr;  // owned by the thread pool while it runs, freed on the loop
};

}  // namespace isochrone::loop
