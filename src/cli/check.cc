// isochrone check: everything that a start or a reload would refuse or warn of, by the same code.

#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/table.h"
#include "config/load.h"

namespace isochrone::cli {

using nlohmann::json;

namespace {

struct CheckOptions {
  bool as_json = false;
  bool quiet = false;
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
  fmt::print("{} zone{}, {} service{}, {} pool{}, {} region{}, {} target{}\n", world.zones.zones().size(),
             world.zones.zones().size() == 1 ? "" : "s", world.services.size(), world.services.size() == 1 ? "" : "s",
             world.pools.size(), world.pools.size() == 1 ? "" : "s", world.regions.size(), world.regions.size() == 1 ? "" : "s",
             world.plan.targets.size(), world.plan.targets.size() == 1 ? "" : "s");
  Table table({"pool", "probe", "gateways", "failover within"});
  for (size_t i = 0; i < world.pools.size() && i < kBoundsShown; ++i) {
    const config::Pool& pool = world.pools[i];
    table.row({pool.spec.name, pool.probe, {std::to_string(pool.gateways.size()), Colour::None, true},
               {pool.probe == "none" ? "never: not probed" : to_text(pool.failover_bound), Colour::None, true}});
  }
  if (!table.empty()) std::cout << "\n" << table.text();
  if (world.pools.size() > kBoundsShown) fmt::print("… and {} more pools\n", world.pools.size() - kBoundsShown);
}

int check(const Program& program, const CheckOptions& options) {
  Problems problems;
  const auto config = config::load_node_config(program.config_file(), problems);
  std::shared_ptr<const config::World> world;
  if (config && !config->zones_dir.empty()) world = config::load_world(*config, problems);
  if (options.as_json) std::cout << to_json(problems).dump(2) << "\n";
  else std::cerr << problems.to_text();
  if (!problems.ok()) {
    if (!options.as_json) fmt::print(stderr, "{} error{}\n", problems.errors(), problems.errors() == 1 ? "" : "s");
    return kProblem;
  }
  if (!options.as_json && !options.quiet && world) print_summary(*world);
  return kFine;
}

}  // namespace

void add_check(Program& program) {
  CLI::App* command = add_command(program, "check", "find every mistake in the configuration; exit status 1 where there is one");
  auto options = std::make_shared<CheckOptions>();
  command->add_flag("--json", options->as_json, "the problems as JSON");
  command->add_flag("-q,--quiet", options->quiet, "no summary");
  command->callback([&program, options] { program.run = [&program, options] { return check(program, *options); }; });
}

}  // namespace isochrone::cli
