#include "cli/replay_log.h"

#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/impact_text.h"
#include "cli/json_text.h"
#include "cli/say.h"
#include "cli/table.h"
#include "node/decision_replay.h"

namespace isochrone::cli {

using nlohmann::json;
using node::DecisionReplay;

namespace {

constexpr size_t kReplayedMovesShown = 20;

uint64_t compared(const DecisionReplay& result) { return result.same + result.moved; }
double part(uint64_t queries, const DecisionReplay& result) {
  return share(static_cast<double>(queries), static_cast<double>(compared(result)));
}
Cell part_cell(uint64_t queries, const DecisionReplay& result) {
  return {fmt::format("{:.2f} %", part(queries, result)), Colour::None, true};
}

void print_bad_lines(const DecisionReplay& result) {
  if (result.bad == 0) return;
  std::cout << paint(fmt::format("bad      {} line{}, left out\n", result.bad, result.bad == 1 ? "" : "s"), Colour::Bad);
  for (const Problem& problem : result.bad_lines) say("         {}\n", problem.to_text());
  if (result.bad > result.bad_lines.size()) say("         … and {} more\n", result.bad - result.bad_lines.size());
}

void print_replay_head(const DecisionReplay& result) {
  say("{} line{}, {} of steered answers\n", result.lines, result.lines == 1 ? "" : "s", result.steered);
  for (const std::string& note : result.notes) std::cout << paint("! " + note, Colour::Odd) << "\n";
  say("same     {:.2f} % ({})\n", part(result.same, result), result.same);
  say("moved    {}, of {} of {}{} networks\n", paint(fmt::format("{:.2f} % ({})", part(result.moved, result), result.moved), Colour::Bold),
      result.moved_networks, result.more_networks ? "the first " : "", result.networks);
  if (result.gone > 0)
    std::cout << paint(fmt::format("gone     {}: the name, or the type of it, is not steered here\n", result.gone), Colour::Bad);
  if (result.drawn > 0) say("drawn    {}: drawn anew for every answer, nothing to compare\n", result.drawn);
  if (result.by_resolver > 0) say("of these {} without a client subnet: asked for their resolver\n", result.by_resolver);
  print_bad_lines(result);
}

void print_replayed(const DecisionReplay& result) {
  print_replay_head(result);
  Table moves({"from", "to", "queries", "share"});
  for (size_t i = 0; i < result.moves.size() && i < kReplayedMovesShown; ++i) {
    const node::ReplayedMove& move = result.moves[i];
    moves.row({move.from, move.to, {std::to_string(move.queries), Colour::None, true}, part_cell(move.queries, result)});
  }
  if (!moves.empty()) std::cout << "\n" << moves.text();
  if (result.moves.size() > kReplayedMovesShown) say("… and {} more (--json)\n", result.moves.size() - kReplayedMovesShown);
  Table load({"region", "load in the log", "here"});
  for (const auto& row : result.load) load.row({row.region, part_cell(row.before, result), part_cell(row.after, result)});
  if (!load.empty()) std::cout << "\n" << load.text();
}

json to_json(const DecisionReplay& result) {
  json out{{"lines", result.lines},
           {"steered", result.steered},
           {"same", result.same},
           {"moved", result.moved},
           {"moved_percent", part(result.moved, result)},
           {"gone", result.gone},
           {"drawn", result.drawn},
           {"by_resolver", result.by_resolver},
           {"bad", result.bad},
           {"networks", result.networks},
           {"moved_networks", result.moved_networks},
           {"all_networks", !result.more_networks},
           {"notes", result.notes},
           {"bad_lines", json::array()},
           {"moves", json::array()},
           {"load", json::array()}};
  for (const Problem& problem : result.bad_lines) out["bad_lines"].push_back(problem.to_text());
  for (const auto& [from, to, queries] : result.moves)
    out["moves"].push_back({{"from", from}, {"to", to}, {"queries", queries}, {"percent", part(queries, result)}});
  for (const auto& [region, before, after] : result.load)
    out["load"].push_back({{"region", region}, {"before_percent", part(before, result)}, {"after_percent", part(after, result)}});
  return out;
}

}  // namespace

int replay_log(const std::string& config, const std::vector<std::string>& logs, bool as_json) {
  Problems problems;
  const auto result = node::replay_decisions(config, logs, problems);
  if (!result) {
    std::cerr << (problems.ok() ? "" : problems.to_text()) << result.error().text << "\n";
    return kCouldNotRun;
  }
  if (as_json) std::cout << json_text(to_json(*result));
  else print_replayed(*result);
  if (result->bad == 0 || result->bad < result->lines) return kFine;
  std::cerr << "no line could be read; expected what `query-log` writes\n";
  return kProblem;
}

}  // namespace isochrone::cli
