// isochrone observe: beside a gateway, the round-trip times of its clients.

#include <iostream>

#include "cli/command.h"
#include "config/load.h"
#include "node/observing.h"

namespace isochrone::cli {

namespace {

int observe(const Program& program) {
  Problems problems;
  auto config = config::load_node_config(program.config_file(), problems);
  std::cerr << problems.to_text();
  if (!config) return kCouldNotRun;
  if (config->report.empty() || config->observe.ports.empty()) {
    std::cerr << config->file << (config->report.empty() ? ": report: missing; expected the nodes that are told, also beside a cluster\n"
                                                         : ": observe: missing; expected {region: REGION, ports: [PORT]}\n");
    return kCouldNotRun;
  }
  return node::run_observer(*config);
}

}  // namespace

void add_observe(Program& program) {
  CLI::App* command = add_command(program, "observe", "tell nodes the round-trip times of this gateway's clients, as its kernel has them");
  command->callback([&program] { program.run = [&program] { return observe(program); }; });
}

}  // namespace isochrone::cli
