// isochrone simulate: what a change would do to the clients, by the code of the answer path, from the files.

#include <charconv>
#include <cmath>
#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/impact_text.h"
#include "cli/json_text.h"
#include "cli/say.h"
#include "node/what_if.h"

namespace isochrone::cli {

using nlohmann::json;

namespace {

struct SimulateOptions {
  node::WhatIfRequest request;
  std::string add, margin, tolerance, fail_above, type = "A";
  bool as_json = false, all = false;
};

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// "brazilsouth=-23.5,-46.6".
std::optional<config::AddedRegion> parse_region_at(std::string_view text) {
  const size_t equals = text.find('='), comma = text.find(',', equals == text.npos ? 0 : equals);
  if (equals == text.npos || comma == text.npos || equals == 0) return std::nullopt;
  const auto latitude = parse_number(text.substr(equals + 1, comma - equals - 1)), longitude = parse_number(text.substr(comma + 1));
  if (!latitude || !longitude || !(std::abs(*latitude) <= 90) || !(std::abs(*longitude) <= 180)) return std::nullopt;
  return config::AddedRegion{std::string(text.substr(0, equals)), *latitude, *longitude};
}

// "5%" or "5"; nullopt: no share.
std::optional<double> parse_percent(std::string_view text) {
  if (text.ends_with('%')) text.remove_suffix(1);
  const auto value = parse_number(text);
  return value && *value >= 0 && *value <= 100 ? value : std::nullopt;
}

bool take(const std::string& text, const char* option, std::optional<Duration>& value) {
  if (text.empty()) return true;
  value = parse_duration(text);
  if (value) return true;
  std::cerr << fmt::format("--{}: '{}' is no duration; expected one number and ms, s, m, h or d, as in 10ms\n", option, text);
  return false;
}

// What CLI11 leaves as text, understood. False: what is wrong was told.
bool complete(SimulateOptions& options, std::optional<double>& limit) {
  node::Change& change = options.request.change;
  if (!options.add.empty()) {
    change.add = parse_region_at(options.add);
    if (!change.add) return std::cerr << fmt::format("--add: '{}'; expected REGION=LATITUDE,LONGITUDE, as in brazilsouth=-23.5,-46.6\n", options.add), false;
  }
  if (!options.fail_above.empty()) {
    limit = parse_percent(options.fail_above);
    if (!limit) return std::cerr << fmt::format("--fail-above: '{}'; expected a share from 0% to 100%\n", options.fail_above), false;
  }
  options.request.family = options.type == "AAAA" ? Family::V6 : Family::V4;
  if (!take(options.margin, "margin", change.margin) || !take(options.tolerance, "tolerance", change.tolerance)) return false;
  if (!change.reloads() && change.lose.empty() && change.drain.empty() && !change.margin && !change.tolerance)
    return std::cerr << "no change; expected --lose, --drain, --add, --table, --margin, --tolerance or --new-config\n", false;
  return true;
}

json to_json(const steer::ImpactTally& tally) {
  return {{"clients", tally.clients},
          {"moved", tally.moved},
          {"moved_percent", share(tally.moved, tally.clients)},
          {"lost", tally.lost},
          {"down", tally.down},
          {"unknown", tally.clients - tally.judged},
          {"mean_ms_before", mean(tally.ms_before, tally.judged)},
          {"mean_ms_after", mean(tally.ms_after, tally.judged)},
          {"saved_ms", saved_ms(tally)}};
}

json to_json(const node::WhatIf& result, bool sampled) {
  const steer::Impact& impact = result.impact;
  json out = to_json(impact.total);
  out["networks"] = result.clients;
  out["weighted_by"] = sampled ? "queries" : "blocks";
  out["moved_ms"] = {{"mean", impact.spread.mean}, {"p95", impact.spread.p95}, {"worst", impact.spread.worst}, {"best", impact.spread.best}};
  out["notes"] = result.notes;
  out["moves"] = json::array();
  for (const steer::ImpactMove& move : impact.moves)
    out["moves"].push_back({{"from", impact.regions[move.from]},
                            {"to", impact.regions[move.to]},
                            {"clients", move.clients},
                            {"percent", share(move.clients, impact.total.clients)},
                            {"mean_ms", move.judged > 0 ? json(move.ms / move.judged) : json(nullptr)}});
  out["load"] = json::array();
  for (size_t r = 0; r < impact.regions.size(); ++r)
    if (r < impact.no_answer() || impact.load_before[r] + impact.load_after[r] > 0)
      out["load"].push_back({{"region", impact.regions[r]},
                             {"before_percent", share(impact.load_before[r], impact.total.clients)},
                             {"after_percent", share(impact.load_after[r], impact.total.clients)}});
  out["pools"] = json::array();
  for (size_t p = 0; p < result.pools.size(); ++p) {
    out["pools"].push_back(to_json(impact.pools[p]));
    out["pools"].back()["pool"] = result.pools[p];
  }
  return out;
}

int simulate(const Program& program, SimulateOptions& options) {
  std::optional<double> limit;
  if (!complete(options, limit)) return kCouldNotRun;
  options.request.config = program.config_file();
  Problems problems;
  const auto result = node::what_if(options.request, problems);
  // Bad files too: kProblem says that --fail-above was passed, and nothing else.
  if (!result) return std::cerr << (problems.ok() ? "" : problems.to_text()) << result.error().text << "\n", kCouldNotRun;
  const steer::Impact& impact = result->impact;
  const bool sampled = !options.request.sample.empty();
  if (options.as_json) {
    std::cout << json_text(to_json(*result, sampled));
  } else {
    print_impact(*result, sampled, options.all);
    if (const auto& added = options.request.change.add)
      say("\nA region at {:g},{:g} would save {:.2f} ms in the mean, by the prediction.\n", added->latitude, added->longitude, saved_ms(impact.total));
  }
  const double affected = share(impact.total.affected, impact.total.clients);
  if (!limit || affected <= *limit) return kFine;
  std::cerr << fmt::format("{:.2f} % of the clients would {}, more than {:g} %\n", affected,
                           impact.total.down > 0 ? "move, or be given gateways that are down" : "move", *limit);
  return kProblem;
}

}  // namespace

void add_simulate(Program& program) {
  CLI::App* command = add_command(program, "simulate", "what a change would do to the clients, from the files; needs no node");
  auto options = std::make_shared<SimulateOptions>();
  node::Change& change = options->request.change;
  command->add_option("--lose", change.lose, "a region whose gateways are all down; may be given again");
  command->add_option("--drain", change.drain, "a region taken out of service; may be given again");
  command->add_option("--add", options->add, "REGION=LATITUDE,LONGITUDE: a region more, in every pool, its latencies predicted (needs `places`)");
  command->add_option("--table", change.table, "a latency table in place of the configuration's");
  command->add_option("--margin", options->margin, "in place of steering.margin: for what vantages measure");
  command->add_option("--tolerance", options->tolerance, "in place of every pool's tolerance");
  command->add_option("--new-config", change.new_config, "another isochrone.yaml, with its zones and probes");
  command->add_option("--pool", options->request.pool, "POOL.ZONE or SERVICE.ZONE (default: every pool)");
  command->add_option("--sample", options->request.sample, "CSV prefix,count: who asks, and how much (default: every block of the map counts 1)");
  command->add_option("--type", options->type, "A or AAAA; a pool without such addresses is asked for the other")->check(CLI::IsMember({"A", "AAAA"}))->capture_default_str();
  command->add_option("--fail-above", options->fail_above, "exit status 1 where more than this share of the clients moves or is given gateways that are down, as in 5%");
  command->add_flag("--all", options->all, "all moves and pools, however many");
  command->add_flag("--json", options->as_json, "as JSON");
  command->callback([&program, options] { program.run = [&program, options] { return simulate(program, *options); }; });
}

}  // namespace isochrone::cli
