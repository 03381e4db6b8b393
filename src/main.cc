#include <csignal>
#include <iostream>

#include "cli/command.h"

int main(int argc, char** argv) {
  using namespace isochrone::cli;
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error code, not the end
  Program program;
  program.app.require_subcommand(1);
  program.app.set_version_flag("--version", ISOCHRONE_VERSION);
  program.app.set_help_all_flag("--help-all", "help of every command");
  for (auto* add : {add_serve, add_check, add_reload, add_status, add_explain, add_drain, add_undrain, add_observe, add_probe, add_replay, add_simulate,
                    add_push, add_pull, add_history, add_rollback, add_promote}) add(program);
  try {
    program.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const std::string fault = program.unknown_command(argc > 1 ? argv[1] : ""); !fault.empty()) return std::cerr << fault << "\n", kCouldNotRun;
    return program.app.exit(error) == 0 && is_written_out() ? kFine : kCouldNotRun;
  }
  const int status = program.run();
  return is_written_out() ? status : kCouldNotRun;
}
