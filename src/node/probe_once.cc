#include "node/probe_once.h"

#include <uv.h>

#include <utility>

#include "node/open_files.h"

namespace isochrone::node {

namespace {

constexpr Duration kNotAgain = 24h;

}  // namespace

std::vector<health::Outcome> probe_once(const std::shared_ptr<const health::Plan>& plan, const probe::ProberConfig& how, std::stop_token stopped) {
  raise_open_files();
  std::vector<health::Outcome> outcomes(plan->targets.size());
  std::vector<bool> tried(plan->targets.size());
  size_t left = 0;
  for (const health::Target& target : plan->targets) left += target.spec.kind != health::Kind::None;
  if (left == 0) return outcomes;
  uv_loop_t loop;
  uv_loop_init(&loop);
  uv_async_t wake;
  uv_async_init(&loop, &wake, [](uv_async_t* async) { uv_stop(async->loop); });
  {
    const auto ended = [&](const health::Outcome& outcome) {
      if (tried[outcome.target]) return;
      tried[outcome.target] = true;
      outcomes[outcome.target] = outcome;
      if (--left == 0) uv_stop(&loop);
    };
    probe::Prober prober(&loop, how,
                         probe::ProberCallbacks{.on_outcome = ended, .pace = [](health::TargetId) { return kNotAgain; }});
    prober.set_plan(plan);
    for (const health::Target& target : plan->targets) prober.probe_now(target.id);
    const std::stop_callback wakes(std::move(stopped), [&] { uv_async_send(&wake); });
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  uv_close(reinterpret_cast<uv_handle_t*>(&wake), nullptr);
  uv_run(&loop, UV_RUN_DEFAULT);  // the close callbacks
  uv_loop_close(&loop);
  if (left != 0) outcomes.clear();
  return outcomes;
}

probe::ProberConfig prober_config(const config::NodeConfig& config) {
  return {.exec_dirs = config.exec_dirs, .resolvers = config.resolvers};
}

}  // namespace isochrone::node
