// isochrone history: who changed a cluster's configuration, when and why.

#include <iostream>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/json_text.h"
#include "cli/revision_text.h"
#include "cli/table.h"

namespace isochrone::cli {

namespace {

int history(const Program& program, bool as_json) {
  const auto config = open_cluster(program.config_file());
  if (!config) return kCouldNotRun;
  cluster::Pushing pushing(*config);
  const auto all = pushing.history();
  if (!all) return std::cerr << all.error().text << "\n", kCouldNotRun;
  if (as_json) {
    nlohmann::json out = nlohmann::json::array();
    for (const sync::RevisionHead& head : *all)
      out.push_back({{"revision", head.number}, {"who", head.who}, {"why", head.why}, {"at", head.at}, {"copy_of", head.copy_of}, {"octets", head.octets}});
    return std::cout << json_text(out), kFine;
  }
  Table table({"revision", "pushed", "by", "octets", "why"});
  for (auto head = all->rbegin(); head != all->rend(); ++head)
    table.row({{std::to_string(head->number), Colour::None, true}, ago(head->at), head->who, {std::to_string(head->octets), Colour::None, true}, head->why});
  std::cout << (table.empty() ? "nothing was pushed to this cluster yet\n" : table.text());
  return kFine;
}

}  // namespace

void add_history(Program& program) {
  CLI::App* command = add_command(program, "history", "the revisions of the cluster's configuration, newest first");
  auto as_json = std::make_shared<bool>(false);
  command->add_flag("--json", *as_json, "as JSON");
  command->callback([&program, as_json] { program.run = [&program, as_json] { return history(program, *as_json); }; });
}

}  // namespace isochrone::cli
