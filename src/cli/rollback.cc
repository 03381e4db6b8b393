// isochrone rollback: the files of an older revision, as a new one.

#include <iostream>

#include "cli/command.h"
#include "cli/revision_text.h"

namespace isochrone::cli {

namespace {

struct RollbackCommand {
  PushOptions options;
  uint64_t number = 0;
};

int rollback(const Program& program, RollbackCommand& command) {
  const auto config = open_cluster(program.config_file());
  if (!config) return kCouldNotRun;
  cluster::Pushing pushing(*config);
  Problems problems;
  auto before = pushing.fetch(std::nullopt, problems);
  if (!before) return std::cerr << problems.to_text() << before.error().text << "\n", kCouldNotRun;
  auto old = pushing.fetch(command.number, problems);
  if (!old) return std::cerr << problems.to_text() << old.error().text << "\n", kProblem;
  const auto next = pushing.again(**old, *before, problems);
  if (!next) return std::cerr << problems.to_text() << next.error().text << "\n", kProblem;
  if (command.options.why.empty()) command.options.why = "back to revision " + std::to_string(command.number);
  return publish(pushing, *config, *before, *next, command.number, command.options);
}

}  // namespace

void add_rollback(Program& program) {
  CLI::App* command = add_command(program, "rollback", "make an older revision's files the configuration of every node again, as a new revision");
  auto asked = std::make_shared<RollbackCommand>();
  command->add_option("revision", asked->number, "as history lists it")->required();
  command->add_option("-m,--why", asked->options.why, "why; kept with the revision (default: back to revision N)");
  command->add_flag("--dry-run", asked->options.dry_run, "show what would change, and change nothing");
  command->add_flag("--force", asked->options.force, "even if services that are live would break");
  command->add_flag("--no-wait", asked->options.no_wait, "do not wait until the nodes serve it");
  command->callback([&program, asked] { program.run = [&program, asked] { return rollback(program, *asked); }; });
}

}  // namespace isochrone::cli
