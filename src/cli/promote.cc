// isochrone promote: move a service's primary region, where the one it has is lost.

#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/revision_text.h"
#include "cli/say.h"

namespace isochrone::cli {

namespace {

struct PromoteCommand {
  std::string service, region;
};

// False: it is not in `known`, which was told on stderr.
bool is_known(const std::string& word, const std::vector<std::string>& known, const char* what) {
  if (std::ranges::find(known, word) != known.end()) return true;
  std::cerr << with_suggestion(fmt::format("there is no {} '{}'", what, word), word, {known.begin(), known.end()}) << "\n";
  return false;
}

int promote(const Program& program, const PromoteCommand& command) {
  const auto config = open_cluster(program.config_file());
  if (!config) return kCouldNotRun;
  cluster::Pushing pushing(*config);
  Problems problems;
  const auto staged = pushing.fetch(std::nullopt, problems);
  if (!staged) return std::cerr << problems.to_text() << staged.error().text << "\n", kCouldNotRun;
  if (!*staged) return std::cerr << "nothing was pushed to this cluster yet\n", kProblem;
  std::vector<std::string> services, regions;
  for (const config::Service& service : (*staged)->world->services) services.push_back(config::full_name(service));
  for (const steer::Region& region : (*staged)->world->regions) regions.push_back(region.name);
  if (!is_known(command.service, services, "service") || !is_known(command.region, regions, "region")) return kProblem;
  if (const Status done = pushing.promote(command.service, command.region); !done) return std::cerr << done.error().text << "\n", kCouldNotRun;
  say("{} is managed in {} from now on; write it into the zone's file with the next push\n", command.service, command.region);
  return kFine;
}

}  // namespace

void add_promote(Program& program) {
  CLI::App* command = add_command(program, "promote", "move the primary region of a service, where the one it has is lost");
  auto asked = std::make_shared<PromoteCommand>();
  command->add_option("service", asked->service, "SERVICE.ZONE")->required();
  command->add_option("region", asked->region, "the region that manages it from now on")->required();
  command->callback([&program, asked] { program.run = [&program, asked] { return promote(program, *asked); }; });
}

}  // namespace isochrone::cli
