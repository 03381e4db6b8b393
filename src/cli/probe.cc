// isochrone probe: the worker alone, for a vantage that answers no DNS; and of a node's own probes, what they showed.

#include <iostream>
#include <memory>
#include <optional>

#include "admin/backend.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/json_text.h"
#include "cli/receipts.h"
#include "config/load.h"
#include "node/vantage.h"
#include "util/log.h"
#include "util/percent.h"

namespace isochrone::cli {

using nlohmann::json;

namespace {

struct TargetOptions {
  std::string target;
  bool as_json = false;
};

int probe(const Program& program) {
  Problems problems;
  auto config = config::load_node_config(program.config_file(), problems);
  std::cerr << problems.to_text();
  if (!config) return kCouldNotRun;
  if (config->report.empty()) {
    std::cerr << config->file << ": report: missing; expected the nodes that the plan comes from and results are sent to, also beside "
                                 "a cluster\n";
    return kCouldNotRun;
  }
  return node::run_vantage(*config);
}

// The node's answer printed; nothing where there was none that is one, and the fault is told.
std::optional<json> show(const Result<Reply>& reply, const TargetOptions& options) {
  if (!reply || !reply->ok()) {
    std::cerr << (reply ? reply->error() : reply.error().text) << "\n";
    return std::nullopt;
  }
  std::cout << (options.as_json ? json_text(reply->body) : receipts_text(reply->body));
  return reply->body;
}

int probe_receipts(const Program& program, const TargetOptions& options) {
  const auto client = Client::open(program.config_file());
  if (!client) return std::cerr << client.error().text << "\n", kCouldNotRun;
  const auto reply = client->get("/api/v1/receipts?target=" + percent_encoded(options.target));
  if (show(reply, options)) return kFine;
  return reply ? reply->exit_status() : kCouldNotRun;
}

int probe_now(const Program& program, const TargetOptions& options) {
  const auto client = Client::open(program.config_file());
  if (!client) return std::cerr << client.error().text << "\n", kCouldNotRun;
  const auto reply = client->post("/api/v1/probe", {{"target", options.target}}, {admin::kLongestProbe, "the gateway"});
  if (const auto told = show(reply, options)) return has_failure(*told) ? kProblem : kFine;
  return reply ? reply->exit_status() : kCouldNotRun;
}

void add_of_target(Program& program, CLI::App* parent, const char* name, const char* help,
                   int (*act)(const Program&, const TargetOptions&)) {
  CLI::App* command = parent->add_subcommand(name, help);
  command->fallthrough();  // --config
  auto options = std::make_shared<TargetOptions>();
  command->add_option("target", options->target, "ADDRESS; POOL.ZONE or SERVICE.ZONE, alone or with /REGION; or REGION")->required();
  command->add_flag("--json", options->as_json, "as JSON");
  command->callback([&program, options, act] { program.run = [&program, options, act] { return act(program, *options); }; });
}

}  // namespace

void add_probe(Program& program) {
  CLI::App* command = add_command(program, "probe", "measure for other nodes, from here; answers no queries");
  add_of_target(program, command, "receipts", "what the node's last probes of a target showed", probe_receipts);
  add_of_target(program, command, "now", "have the node probe a target at once; exit status 1 where that fails", probe_now);
  command->require_subcommand(0, 1);
  command->callback([&program, command] {
    if (command->get_subcommands().empty()) program.run = [&program] { return probe(program); };
  });
}

}  // namespace isochrone::cli
