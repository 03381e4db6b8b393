// isochrone drain, undrain: take a region, a pool or one gateway out of service, and back.

#include <iostream>
#include <optional>

#include <fmt/format.h>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/json_text.h"
#include "cli/say.h"
#include "cli/table.h"

namespace isochrone::cli {

using nlohmann::json;

namespace {

struct DrainOptions {
  std::string target, reason;
  std::optional<std::string> duration;
  bool as_json = false;
  bool here = false;
};

// "drained west for 2h"; "drained west until undrained (it was to end in 2h)", where it was drained already.
std::string what_was_drained(const json& reply) {
  const json &ends = reply["ends_in"], before = reply.value("replaced", json());
  std::string text = fmt::format("drained {} {}", reply["target"].get<std::string>(), ends.is_number() ? "for " + span(ends) : "until undrained");
  if (before.is_object()) text += before["ends_in"].is_number() ? fmt::format(" (it was to end in {})", span(before["ends_in"])) : " (it was until undrained)";
  return text;
}

int act(const Program& program, const DrainOptions& options, bool set) {
  const auto client = Client::open(program.config_file());
  if (!client) return std::cerr << client.error().text << "\n", kCouldNotRun;
  json body{{"target", options.target}, {"by", operator_name()}};
  if (!options.reason.empty()) body["reason"] = options.reason;
  if (options.here) body["here"] = true;
  if (options.duration) body["for"] = *options.duration;
  const auto reply = client->post(set ? "/api/v1/drain" : "/api/v1/undrain", body);
  if (!reply) return std::cerr << reply.error().text << "\n", kCouldNotRun;
  if (!reply->ok()) return std::cerr << reply->error() << "\n", reply->exit_status();
  if (options.as_json) return std::cout << json_text(reply->body), kFine;
  const json& services = reply->body["services"];
  const size_t count = reply->body["service_count"];
  say("{}; {} service{}:\n", set ? what_was_drained(reply->body) : "no longer drained: " + reply->body["target"].get<std::string>(), count,
      reply->body.value("replaced", json()).is_object() ? count == 1 ? " is moved as before" : "s are moved as before" : count == 1 ? " moves" : "s move");
  if (set && reply->body["takes"].is_number())
    say("its client networks leave little by little, the last after {} (guard drain-rate)\n", span(reply->body["takes"]));
  for (const json& service : services) say("  {}\n", service.get<std::string>());
  if (count > services.size()) say("  … and {} more\n", count - services.size());
  return kFine;
}

constexpr const char* kTarget = "REGION, POOL.ZONE, SERVICE.ZONE, or either of these with /REGION";

}  // namespace

void add_drain(Program& program) {
  CLI::App* command = add_command(program, "drain", "take a region or a gateway out of service; kept over restarts");
  auto options = std::make_shared<DrainOptions>();
  command->add_option("target", options->target, kTarget)->required();
  command->add_option("--reason", options->reason, "why; logged and shown in status")->required();
  command->add_option("--for", options->duration, "ends by itself after this long, 1s to 365d, such as 2h (default: until undrained)");
  command->add_flag("--here", options->here, "in a cluster whose etcd is away: on this node alone, and on the others once etcd is back");
  command->add_flag("--json", options->as_json, "as JSON");
  command->callback([&program, options] { program.run = [&program, options] { return act(program, *options, true); }; });
}

void add_undrain(Program& program) {
  CLI::App* command = add_command(program, "undrain", "end a drain");
  auto options = std::make_shared<DrainOptions>();
  command->add_option("target", options->target, kTarget)->required();
  command->add_option("--reason", options->reason, "why; logged");
  command->add_flag("--json", options->as_json, "as JSON");
  command->callback([&program, options] { program.run = [&program, options] { return act(program, *options, false); }; });
}

}  // namespace isochrone::cli
