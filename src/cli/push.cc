// isochrone push: a cluster's configuration, from files, checked first, to every node as one revision.

#include <iostream>

#include "cli/command.h"
#include "cli/revision_text.h"

namespace isochrone::cli {

namespace {

struct PushCommand {
  PushOptions options;
  std::string from;
};

int push(const Program& program, const PushCommand& command) {
  const auto config = open_cluster(program.config_file());
  if (!config) return kCouldNotRun;
  cluster::Pushing pushing(*config);
  Problems old_problems;
  auto before = pushing.fetch(std::nullopt, old_problems);
  if (!before && old_problems.ok()) return std::cerr << before.error().text << "\n", kCouldNotRun;
  if (!before) {
    // Another version of isochrone pushed it, perhaps: what changes cannot be told.
    std::cerr << old_problems.to_text() << before.error().text << "\n";
    if (!command.options.force) return std::cerr << "what this would change cannot be told; --force pushes all the same\n", kProblem;
    before = std::optional<cluster::Staged>();
  }
  Problems problems;
  const auto next = pushing.stage(command.from, *before, problems);
  std::cerr << problems.to_text();
  if (!next) return std::cerr << next.error().text << "\n", kProblem;
  return publish(pushing, *config, *before, *next, 0, command.options);
}

}  // namespace

void add_push(Program& program) {
  CLI::App* command = add_command(program, "push", "check the files, and make them the configuration of every node of the cluster");
  auto asked = std::make_shared<PushCommand>();
  command->add_option("-m,--why", asked->options.why, "why; kept with the revision and shown in history");
  command->add_option("--from", asked->from, "the folder that holds zones and probes (default: that of isochrone.yaml)");
  command->add_flag("--dry-run", asked->options.dry_run, "show what would change, in files, services and for clients, and push nothing");
  command->add_flag("--force", asked->options.force, "even if services that are live would break");
  command->add_flag("--no-wait", asked->options.no_wait, "do not wait until the nodes serve it");
  command->callback([&program, asked] { program.run = [&program, asked] { return push(program, *asked); }; });
}

}  // namespace isochrone::cli
