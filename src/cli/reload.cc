// isochrone reload: have the node load its configuration anew, and wait for the verdict.

#include <iostream>


#include "admin/backend.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/say.h"
#include "cli/table.h"

namespace isochrone::cli {

namespace {

int reload(const Program& program) {
  const auto client = Client::open(program.config_file());
  if (!client) return std::cerr << client.error().text << "\n", kCouldNotRun;
  const auto reply = client->post("/api/v1/reload", nlohmann::json::object(), {admin::kLongestLoad, "the load to end"});
  if (!reply) return std::cerr << reply.error().text << "\n", kCouldNotRun;
  if (!reply->body.contains("ok")) return std::cerr << reply->error() << "\n", kCouldNotRun;
  std::cerr << reply->body["problems"].get<std::string>();
  if (!reply->body["ok"].get<bool>()) return std::cerr << "not loaded; what was served before is served on\n", kProblem;
  say("loaded in {}\n", span(reply->body["took"]));
  return kFine;
}

}  // namespace

void add_reload(Program& program) {
  CLI::App* command = add_command(program, "reload", "load the configuration anew; exit status 1 where it was refused");
  command->callback([&program] { program.run = [&program] { return reload(program); }; });
}

}  // namespace isochrone::cli
