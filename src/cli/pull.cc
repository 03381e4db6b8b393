// isochrone pull: a revision's files into a folder, to look at or to go on from.

#include <filesystem>
#include <iostream>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/revision_text.h"
#include "cli/say.h"

namespace isochrone::cli {

namespace fs = std::filesystem;

namespace {

struct PullCommand {
  std::string to;
  uint64_t number = 0;
};

int pull(const Program& program, const PullCommand& command) {
  const auto config = open_cluster(program.config_file());
  if (!config) return kCouldNotRun;
  std::error_code error;
  if (fs::exists(command.to, error) && !fs::is_empty(command.to, error))
    return std::cerr << fmt::format("{}: is there and not empty; expected a new folder: files of your own must not be written over\n", command.to), kProblem;
  cluster::Pushing pushing(*config);
  Problems problems;
  const auto staged = pushing.fetch(command.number ? std::optional(command.number) : std::nullopt, problems);
  if (!staged) return std::cerr << problems.to_text() << staged.error().text << "\n", kProblem;
  if (!*staged) return std::cerr << "nothing was pushed to this cluster yet\n", kProblem;
  fs::create_directories(command.to, error);
  fs::copy((*staged)->revision.folder, command.to, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
  if (error) return std::cerr << command.to << ": " << error.message() << "\n", kCouldNotRun;
  say("revision {} is in {}; isochrone push --from {} pushes what you make of it\n", (*staged)->revision.head.number, command.to, command.to);
  return kFine;
}

}  // namespace

void add_pull(Program& program) {
  CLI::App* command = add_command(program, "pull", "write the files of a revision into a new folder");
  auto asked = std::make_shared<PullCommand>();
  command->add_option("--to", asked->to, "the folder; new or empty")->required();
  command->add_option("--revision", asked->number, "as history lists it (default: the one in force)");
  command->callback([&program, asked] { program.run = [&program, asked] { return pull(program, *asked); }; });
}

}  // namespace isochrone::cli
