#include "node/reloader.h"

#include "config/load.h"
#include "node/clock.h"
#include "node/last_good.h"

namespace isochrone::node {

Load load(const config::NodeConfig& config, Serials& serials, const std::string& root) {
  Load out;
  const Time start = now();
  out.began = unix_now();
  out.world = config::load_world(config, out.problems,
                                 [&](std::string_view zone, uint32_t in_file, uint64_t made) {
                                   return serials.serve(std::string(zone), in_file, made);
                                 },
                                 root);
  out.took = now() - start;
  return out;
}

struct Reloader::Work {
  uv_work_t request;
  Reloader* owner;                   // null: the reloader is gone
  config::NodeConfig config;         // a copy: the thread must not look at ours
  Serials serials;
  Load result;
  std::vector<std::function<void(const Load&)>> then;
};

Reloader::Reloader(uv_loop_t* loop, const config::NodeConfig& config, Serials& serials, std::function<void(const Load&)> done)
    : loop_(loop), config_(config), serials_(serials), done_(std::move(done)) {}

Reloader::~Reloader() {
  if (work_) work_->owner = nullptr;
}

void Reloader::start(std::function<void(const Load&)> then) {
  if (then) waiting_.push_back(std::move(then));
  if (work_) again_ = true;
  else run();
}

void Reloader::run() {
  again_ = false;
  work_ = new Work{{}, this, config_, serials_, {}, std::move(waiting_)};
  waiting_.clear();
  work_->request.data = work_;
  uv_queue_work(
      loop_, &work_->request,
      [](uv_work_t* request) {
        auto& work = *static_cast<Work*>(request->data);
        work.result = load(work.config, work.serials);
        if (!work.result.world) return;
        const Status kept = keep_last_good(work.config.state_dir, work.result.world->files, work.result.world->digest);
        if (!kept) work.result.fault = kept.error().text;
      },
      [](uv_work_t* request, int) {
        const std::unique_ptr<Work> work(static_cast<Work*>(request->data));
        Reloader* owner = work->owner;
        if (!owner) return;
        owner->work_ = nullptr;
        if (work->result.world) owner->serials_ = work->serials;
        owner->done_(work->result);
        for (const auto& then : work->then) then(work->result);
        if (owner->again_) owner->run();
      });
}

}  // namespace isochrone::node
