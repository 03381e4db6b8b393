// isochrone check: everything that a start or a reload would refuse or warn of, by the same code; --live: and what probes
// would say of the gateways, from here.

#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/json_text.h"
#include "cli/say.h"
#include "cli/table.h"
#include "config/load.h"
#include "node/probe_once.h"

namespace isochrone::cli {

using nlohmann::json;

namespace {

struct CheckOptions {
  bool as_json = false;
  bool quiet = false;
  bool live = false;
};

json to_json(const Problems& problems) {
  json list = json::array();
  for (const Problem& p : problems.list())
    list.push_back({{"kind", p.kind == Problem::Kind::Error ? "error" : "warning"},
                    {"file", p.place.file},
                    {"line", p.place.line},
                    {"column", p.place.column},
                    {"key", p.key},
                    {"what", p.what},
                    {"expected", p.expected}});
  return {{"errors", problems.errors()}, {"warnings", problems.warnings()}, {"problems", std::move(list)}};
}

constexpr size_t kBoundsShown = 50;

void print_summary(const config::World& world) {
  say("{} zone{}, {} service{}, {} pool{}, {} region{}, {} target{}\n", world.zones.zones().size(),
      world.zones.zones().size() == 1 ? "" : "s", world.services.size(), world.services.size() == 1 ? "" : "s",
      world.pools.size(), world.pools.size() == 1 ? "" : "s", world.regions.size(), world.regions.size() == 1 ? "" : "s",
      world.plan.targets.size(), world.plan.targets.size() == 1 ? "" : "s");
  Table table({"pool", "probe", "gateways", "failover within"});
  for (size_t i = 0; i < world.pools.size() && i < kBoundsShown; ++i) {
    const config::Pool& pool = world.pools[i];
    table.row({pool.spec.name, pool.probe, {std::to_string(pool.gateways.size()), Colour::None, true},
               {pool.probe == "none" ? "never: not probed" : at_most(to_seconds(pool.failover_bound)), Colour::None, true}});
  }
  if (!table.empty()) std::cout << "\n" << table.text();
  if (world.pools.size() > kBoundsShown) say("… and {} more pools\n", world.pools.size() - kBoundsShown);
}

// The probes that would fail, from here.
struct LiveProblem {
  std::string target, region, probe, reason;
  bool is_ours = false;  // the probe could not be run at all
};

std::vector<LiveProblem> find_live_problems(const config::NodeConfig& node, const config::World& world) {
  std::vector<LiveProblem> out;
  const auto plan = std::make_shared<const health::Plan>(world.plan);
  const auto outcomes = node::probe_once(plan, node::prober_config(node));
  for (const health::Target& target : plan->targets) {
    const health::Outcome& outcome = outcomes[target.id];
    if (outcome.ok()) continue;
    const bool known = target.region < world.regions.size();
    out.push_back({target.key, known ? world.regions[target.region].name : "", target.spec.name, outcome.reason,
                   outcome.failure == health::Failure::Local});
  }
  return out;
}

json to_json(const std::vector<LiveProblem>& problems) {
  json list = json::array();
  for (const LiveProblem& p : problems)
    list.push_back({{"target", p.target}, {"region", p.region}, {"probe", p.probe}, {"reason", p.reason}, {"local", p.is_ours}});
  return list;
}

void print_live(const std::vector<LiveProblem>& problems, size_t targets) {
  say("\n{} target{} probed once from here, {} would fail\n", targets, targets == 1 ? "" : "s", problems.size());
  for (const LiveProblem& p : problems)
    say("{} ({}{}): {} because {}\n", paint(p.target, Colour::Bold), p.region.empty() ? "" : p.region + ", ", p.probe,
        p.is_ours ? "this probe could not be run" : "this probe would fail", paint(p.reason, Colour::Bad));
}

int check(const Program& program, const CheckOptions& options) {
  Problems problems;
  const auto config = config::load_node_config(program.config_file(), problems);
  std::shared_ptr<const config::World> world;
  if (config && !config->zones_dir.empty()) world = config::load_world(*config, problems);
  std::vector<LiveProblem> failing;
  if (options.live && world) failing = find_live_problems(*config, *world);
  if (options.as_json) {
    json out = to_json(problems);
    if (options.live) out["live"] = to_json(failing);
    std::cout << json_text(out);
  } else {
    std::cerr << problems.to_text();
  }
  if (!problems.ok()) {
    if (!options.as_json) std::cerr << fmt::format("{} error{}\n", problems.errors(), problems.errors() == 1 ? "" : "s");
    return kProblem;
  }
  if (!options.as_json && !options.quiet && world) print_summary(*world);
  if (!options.as_json && options.live && world) print_live(failing, world->plan.targets.size());
  return failing.empty() ? kFine : kProblem;
}

}  // namespace

void add_check(Program& program) {
  CLI::App* command = add_command(program, "check", "find every mistake in the configuration; exit status 1 where there is one");
  auto options = std::make_shared<CheckOptions>();
  command->add_flag("--json", options->as_json, "the problems as JSON");
  command->add_flag("-q,--quiet", options->quiet, "no summary");
  command->add_flag("--live", options->live, "probe every target once, from here, and tell which probes would fail and why");
  command->callback([&program, options] { program.run = [&program, options] { return check(program, *options); }; });
}

}  // namespace isochrone::cli
