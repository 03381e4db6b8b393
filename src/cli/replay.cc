// isochrone replay: recorded samples through the estimators and orders that serve uses; what calm costs, and a sweep. Or a query
// log against a configuration: replay_log.h.

#include <array>
#include <fstream>
#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/json_text.h"
#include "cli/replay_log.h"
#include "cli/say.h"
#include "cli/table.h"
#include "config/load.h"
#include "config/samples.h"
#include "health/replay.h"

namespace isochrone::cli {

using nlohmann::json;

namespace {

struct ReplayOptions {
  std::vector<std::string> logs;
  std::string samples, choices, margin, dwell, slice = "1h";
  bool sweep = false, per_client = false, as_json = false;
};

// Times of the record in seconds, as they were in the file.
std::string seconds(Time at) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) : fmt::format("{}.{:03}", ms / 1000, ms % 1000);
}

bool take_duration(const std::string& text, const char* option, Duration& value) {
  if (text.empty()) return true;
  const auto parsed = parse_duration(text);
  if (parsed) return value = *parsed, true;
  std::cerr << fmt::format("--{}: '{}' is no duration; expected one number and ms, s, m, h or d, as in 30s\n", option, text);
  return false;
}

// The configuration's where one was named, else the defaults; options before both.
std::optional<health::SteeringRules> rules_of(const Program& program, const ReplayOptions& options) {
  health::SteeringRules rules;
  if (!program.config.empty()) {
    Problems problems;
    const auto node = config::load_node_config(program.config, problems);
    const auto world = node && !node->zones_dir.empty() ? config::load_world(*node, problems) : nullptr;
    if (!problems.ok()) return std::cerr << problems.to_text(), std::nullopt;
    if (world) rules = world->steering;
  }
  if (!take_duration(options.margin, "margin", rules.margin) || !take_duration(options.dwell, "dwell", rules.dwell)) return std::nullopt;
  return rules;
}

json to_json(const health::Tally& tally) {
  return {{"rows", tally.rows},
          {"charged", tally.charged},
          {"switches", tally.switches},
          {"switch_percent", 100 * tally.switch_share()},
          {"regret_ms", tally.mean_regret_ms()}};
}

json to_json(const health::Series& series, const health::SteeringRules& rules) {
  return {{"samples", series.samples.size()},
          {"clients", series.clients.size()},
          {"regions", series.regions},
          {"margin_ms", to_milliseconds(rules.margin)},
          {"dwell_seconds", to_seconds(rules.dwell)}};
}

Cell number(std::string text) { return {std::move(text), Colour::None, true}; }
Cell percent(const health::Tally& tally) { return number(fmt::format("{:.2f} %", 100 * tally.switch_share())); }
Cell regret(const health::Tally& tally) { return number(fmt::format("{:.2f} ms", tally.mean_regret_ms())); }

void print_head(const health::Series& series, const health::SteeringRules& rules, bool with_margin) {
  say("{} samples of {} client{} and {} region{}, {}dwell {}\n", series.samples.size(), series.clients.size(),
      series.clients.size() == 1 ? "" : "s", series.regions.size(), series.regions.size() == 1 ? "" : "s",
      with_margin ? fmt::format("margin {}, ", to_text(rules.margin)) : "", to_text(rules.dwell));
}

int print_sweep(const health::Series& series, const health::SteeringRules& rules, bool as_json) {
  const auto points = health::sweep(series, rules);
  json list = json::array();
  Table table({"margin", "switches", "regret", "last sample: switches", "regret", "regret under it"});
  for (const health::SweepPoint& point : points) {
    const auto simple = health::simple_regret_ms(points, point.ours.switch_share());
    const bool comparable = simple && *simple > 0;
    const double under = comparable ? 100 * (1 - point.ours.mean_regret_ms() / *simple) : 0;
    table.row({number(to_text(point.margin)), percent(point.ours), regret(point.ours), percent(point.simple), regret(point.simple),
               number(comparable ? fmt::format("{:.1f} %", under) : "–")});
    list.push_back({{"margin_ms", to_milliseconds(point.margin)},
                    {"ours", to_json(point.ours)},
                    {"last_sample", to_json(point.simple)},
                    {"under_percent", comparable ? json(under) : json(nullptr)}});
  }
  json out = to_json(series, rules);
  out.erase("margin_ms");
  out["sweep"] = std::move(list);
  if (as_json) return std::cout << json_text(out), kFine;
  print_head(series, rules, false);
  std::cout << "\n" << table.text();
  std::cout << "\nRegret under it: at the same share of switches, between the points of the chooser that moves to the lowest last sample.\n";
  return kFine;
}

void print(const health::Series& series, const health::SteeringRules& rules, const health::Replayed& replayed, bool per_client) {
  const health::Tally total = replayed.total();
  print_head(series, rules, true);
  say("regret    {:.2f} ms a row\n", total.mean_regret_ms());
  say("switches  {} in {} rows, {:.2f} %\n", total.switches, total.rows, 100 * total.switch_share());
  if (total.charged < total.rows) say("uncharged {} rows: no RTT of the region held\n", total.rows - total.charged);
  if (!per_client) return;
  Table table({"client", "rows", "switches", "share", "regret"});
  for (size_t c = 0; c < series.clients.size(); ++c) {
    const health::Tally& tally = replayed.by_client[c];
    table.row({series.clients[c], number(std::to_string(tally.rows)), number(std::to_string(tally.switches)), percent(tally), regret(tally)});
  }
  std::cout << "\n" << table.text();
}

int run(const health::Series& series, const health::SteeringRules& rules, const ReplayOptions& options) {
  if (options.sweep && options.choices.empty()) return print_sweep(series, rules, options.as_json);
  std::ofstream choices;
  if (!options.choices.empty()) {
    choices.open(options.choices);
    choices << "time,client,region\n";
  }
  const auto write = [&](Time at, uint32_t client, steer::RegionId held) {
    choices << seconds(at) << ',' << series.clients[client] << ',' << series.regions[held] << '\n';
  };
  const auto replayed = health::replay(series, rules, options.choices.empty() ? health::OnChoice{} : write);
  if (!options.choices.empty() && !choices.flush()) return std::cerr << options.choices << ": cannot be written\n", kCouldNotRun;

  if (options.sweep) return print_sweep(series, rules, options.as_json);
  if (!options.as_json) return print(series, rules, replayed, options.per_client), kFine;
  json out = to_json(series, rules);
  out.update(to_json(replayed.total()));
  if (options.per_client) {
    json& list = out["by_client"] = json::array();
    for (size_t c = 0; c < series.clients.size(); ++c) {
      list.push_back(to_json(replayed.by_client[c]));
      list.back()["client"] = series.clients[c];
    }
  }
  std::cout << json_text(out);
  return kFine;
}

int replay(const Program& program, const ReplayOptions& options) {
  if (!options.logs.empty()) return replay_log(program.config_file(), options.logs, options.as_json);
  if (options.samples.empty()) return std::cerr << "nothing to replay; expected --samples or --log\n", kCouldNotRun;
  const auto rules = rules_of(program, options);
  Duration slice{};
  if (!rules || !take_duration(options.slice, "slice", slice)) return kCouldNotRun;
  if (slice <= Duration::zero()) return std::cerr << "--slice: expected more than 0\n", kCouldNotRun;
  Problems problems;
  config::Files files;
  const auto series = config::read_samples(options.samples, slice, files, problems);
  if (!series) return std::cerr << problems.to_text(), kCouldNotRun;
  return run(*series, *rules, options);
}

}  // namespace

void add_replay(Program& program) {
  CLI::App* command = add_command(program, "replay", "a record against a configuration: samples, for regret and switches, or a query log");
  auto options = std::make_shared<ReplayOptions>();
  CLI::Option* log = command->add_option("--log", options->logs, "what `query-log` wrote: who would be given another region; may be given again");
  command->add_option("--samples", options->samples, "CSV: time,client,region,rtt_ms (seconds; empty: lost) or slice,client,<region>,…")
      ->excludes(log);
  const std::array of_samples{
      command->add_option("--choices", options->choices, "write time,client,region: what each client holds after the samples of that time"),
      command->add_flag("--sweep", options->sweep, "regret against switches over margins, beside the last sample plus that margin"),
      command->add_option("--margin", options->margin, "in place of steering.margin"),
      command->add_option("--dwell", options->dwell, "in place of steering.dwell"),
      command->add_option("--slice", options->slice, "time between slices, where the file counts slices")->capture_default_str(),
      command->add_flag("--per-client", options->per_client, "each client's figures, too")};
  for (CLI::Option* option : of_samples) option->excludes(log);
  command->add_flag("--json", options->as_json, "as JSON");
  command->callback([&program, options] { program.run = [&program, options] { return replay(program, *options); }; });
}

}  // namespace isochrone::cli
