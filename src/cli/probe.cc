// isochrone probe: the worker alone, for a vantage that answers no DNS.

#include <iostream>

#include "cli/command.h"
#include "config/load.h"
#include "node/vantage.h"
#include "util/log.h"

namespace isochrone::cli {

namespace {

int probe(const Program& program) {
  Problems problems;
  auto config = config::load_node_config(program.config_file(), problems);
  std::cerr << problems.to_text();
  if (!config) return kCouldNotRun;
  if (config->report.empty()) {
    std::cerr << config->file << ": report: missing; expected the nodes that results are sent to\n";
    return kCouldNotRun;
  }
  return node::run_vantage(*config);
}

}  // namespace

void add_probe(Program& program) {
  CLI::App* command = add_command(program, "probe", "measure for other nodes, from here; answers no queries");
  command->callback([&program] { program.run = [&program] { return probe(program); }; });
}

}  // namespace isochrone::cli
