// isochrone explain NAME: what a client would be answered, and why, by the code of the answer path.

#include <iostream>

#include <fmt/format.h>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/json_text.h"
#include "cli/say.h"
#include "cli/table.h"
#include "util/percent.h"

namespace isochrone::cli {

using nlohmann::json;

namespace {

struct ExplainOptions {
  std::string name, type = "A", client, resolver;
  bool as_json = false;
};

std::string joined(const json& list) {
  std::string out;
  for (const json& item : list) out += (out.empty() ? "" : ", ") + item.get<std::string>();
  return out;
}

void line(const char* title, const std::string& text) {
  if (!text.empty()) say("{:<9} {}\n", title, text);
}

// "z.example/shared" → "shared.z.example"; a pool of the apex's own is the zone.
std::string as_a_name(const std::string& pool) {
  const size_t slash = pool.find('/');
  const std::string zone = pool.substr(0, slash), label = pool.substr(slash + 1);
  return label == "@" ? zone : label + "." + zone;
}

void print_where_to_look(const json& e) {
  for (const json& estimate : e["estimates"])
    if (estimate["verdict"] == "down")
      say("why it is down: isochrone probe receipts {}/{}\n", as_a_name(e["pool"]), estimate["region"].get<std::string>());
}

// "2s", "4m, stale", "geography", "–".
Cell age(const json& estimate) {
  const std::string old = estimate["age"].is_number() ? span(estimate["age"]) : "";
  if (!estimate["stage"].is_string() || estimate["stage"] == "fresh") return {old.empty() ? "–" : old, Colour::None, true};
  return {old + (old.empty() ? "" : ", ") + estimate["stage"].get<std::string>(), Colour::Odd, true};
}

void print(const json& e) {
  say("{} {}: {}\n", paint(e["name"].get<std::string>(), Colour::Bold), e["type"].get<std::string>(),
      e["rcode"].get<std::string>());
  line("answer", joined(e["answer"]));
  line("pool", e["pool"].get<std::string>());
  line("client", e["client"].get<std::string>());
  line("block", e["block"].get<std::string>());
  line("verdicts", e["vantage"] == "" ? (e["pool"] == "" ? "" : "the quorum's") : "vantage " + e["vantage"].get<std::string>() + "'s");
  line("decided", e["decided_by"].get<std::string>());
  line("band", joined(e["band"]));
  if (e["ttl_reason"] != "") line("TTL", fmt::format("{} s: {}", e["ttl"].get<uint32_t>(), e["ttl_reason"].get<std::string>()));
  if (e["scope"].is_number()) line("scope", fmt::format("/{}: {}", e["scope"].get<int>(), e["scope_reason"].get<std::string>()));
  Table table({"region", "estimate", "verdict", "age", "source"});
  for (const json& estimate : e["estimates"]) {
    const bool chosen = estimate["chosen"].get<bool>();
    const bool known = estimate["estimate_ms"].is_number();
    table.row({{(chosen ? "→ " : "  ") + estimate["region"].get<std::string>(), chosen ? Colour::Good : Colour::None},
               {known ? fmt::format("{:.2f} ms", estimate["estimate_ms"].get<double>()) : "–", Colour::None, true},
               {estimate["verdict"].get<std::string>(), estimate["eligible"].get<bool>() ? Colour::None : Colour::Odd},
               age(estimate),
               estimate["source"].get<std::string>()});
  }
  if (!table.empty()) std::cout << "\n" << table.text();
  print_where_to_look(e);
}

int show(const Program& program, const ExplainOptions& options) {
  const auto client = Client::open(program.config_file());
  if (!client) return std::cerr << client.error().text << "\n", kCouldNotRun;
  std::string path = "/api/v1/explain?name=" + percent_encoded(options.name) + "&type=" + percent_encoded(options.type);
  if (!options.client.empty()) path += "&client=" + percent_encoded(options.client);
  if (!options.resolver.empty()) path += "&resolver=" + percent_encoded(options.resolver);
  const auto reply = client->get(path);
  if (!reply) return std::cerr << reply.error().text << "\n", kCouldNotRun;
  if (!reply->ok()) return std::cerr << reply->error() << "\n", reply->exit_status();
  if (options.as_json) std::cout << json_text(reply->body);
  else print(reply->body);
  return kFine;
}

}  // namespace

void add_explain(Program& program) {
  CLI::App* command = add_command(program, "explain", "what a client would be answered, and why");
  auto options = std::make_shared<ExplainOptions>();
  command->add_option("name", options->name, "the name asked for")->required();
  command->add_option("--type", options->type, "A, AAAA or any other type")->capture_default_str();
  command->add_option("--client", options->client, "client subnet as a resolver would send it (ECS), such as 192.0.2.0/24");
  command->add_option("--resolver", options->resolver, "address that the query comes from (default 127.0.0.1)");
  command->add_flag("--json", options->as_json, "as JSON");
  command->callback([&program, options] { program.run = [&program, options] { return show(program, *options); }; });
}

}  // namespace isochrone::cli
