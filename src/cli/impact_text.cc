#include "cli/impact_text.h"

#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "cli/say.h"
#include "cli/table.h"

namespace isochrone::cli {

namespace {

constexpr size_t kMovesShown = 20;

Cell right(std::string text, Colour colour = Colour::None) { return {std::move(text), colour, true}; }
std::string mean_ms(double sum, double judged) { return judged > 0 ? fmt::format("{:.1f} ms", sum / judged) : "–"; }
std::string signed_ms(double ms) { return fmt::format("{:+.1f} ms", ms == 0 ? 0.0 : ms); }

void print_head(const node::WhatIf& result, bool sampled) {
  const steer::ImpactTally& total = result.impact.total;
  say("{} network{}, {}; {} pool{}\n", result.clients, result.clients == 1 ? "" : "s",
      sampled ? "weighted by the queries of the sample" : "blocks of the latency map that count alike", result.pools.size(),
      result.pools.size() == 1 ? "" : "s");
  for (const std::string& note : result.notes) std::cout << paint("! " + note, Colour::Odd) << "\n";
  say("moved    {}\n", paint(fmt::format("{:.2f} % of the clients", share(total.moved, total.clients)), Colour::Bold));
  if (total.lost > 0) std::cout << paint(fmt::format("lost     {:.2f} % get no answer any more\n", share(total.lost, total.clients)), Colour::Bad);
  if (total.down > 0)
    std::cout << paint(fmt::format("down     {:.2f} % are given gateways of which none is healthy\n", share(total.down, total.clients)), Colour::Bad);
  if (const auto& spread = result.impact.spread; spread.moved > 0)
    say("of these {} in the mean, {} at p95, {} at worst, {} at best\n", signed_ms(spread.mean), signed_ms(spread.p95), signed_ms(spread.worst), signed_ms(spread.best));
  say("all      {} before, {} after\n", mean_ms(total.ms_before, total.judged), mean_ms(total.ms_after, total.judged));
  if (total.judged < total.clients) say("unknown  {:.2f} %: no latency of their region is known\n", share(total.clients - total.judged, total.clients));
}

void print_moves(const steer::Impact& impact, bool all) {
  Table table({"from", "to", "clients", "latency"});
  for (size_t i = 0; i < impact.moves.size() && (all || i < kMovesShown); ++i) {
    const steer::ImpactMove& move = impact.moves[i];
    const double ms = mean(move.ms, move.judged);
    table.row({impact.regions[move.from], impact.regions[move.to], right(fmt::format("{:.2f} %", share(move.clients, impact.total.clients))),
               move.judged > 0 ? right(signed_ms(ms), ms > 0 ? Colour::Bad : Colour::Good) : right("–")});
  }
  if (!table.empty()) std::cout << "\n" << table.text();
  if (impact.moves.size() > kMovesShown && !all) say("… and {} more (--all)\n", impact.moves.size() - kMovesShown);
}

void print_load(const steer::Impact& impact) {
  Table table({"region", "load before", "after", "change"});
  for (size_t r = 0; r < impact.regions.size(); ++r) {
    const double before = share(impact.load_before[r], impact.total.clients), after = share(impact.load_after[r], impact.total.clients);
    if (before + after <= 0) continue;
    table.row({impact.regions[r], right(fmt::format("{:.2f} %", before)), right(fmt::format("{:.2f} %", after)),
               right(before > 0 ? fmt::format("{:+.1f} %", 100 * (after - before) / before) : "new")});
  }
  if (!table.empty()) std::cout << "\n" << table.text();
}

void print_pools(const node::WhatIf& result, bool all) {
  if (result.pools.size() < 2) return;
  std::vector<size_t> order(result.pools.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto& pools = result.impact.pools;
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return pools[a].affected > pools[b].affected; });
  Table table({"pool", "moved", "down", "before", "after"});
  for (size_t i = 0; i < order.size() && (all || i < kMovesShown); ++i) {
    const steer::ImpactTally& pool = pools[order[i]];
    table.row({result.pools[order[i]], right(fmt::format("{:.2f} %", share(pool.moved, pool.clients))),
               pool.down > 0 ? right(fmt::format("{:.2f} %", share(pool.down, pool.clients)), Colour::Bad) : right("–"),
               right(mean_ms(pool.ms_before, pool.judged)), right(mean_ms(pool.ms_after, pool.judged))});
  }
  std::cout << "\n" << table.text();
}

}  // namespace

void print_impact(const node::WhatIf& result, bool sampled, bool all) {
  print_head(result, sampled);
  print_moves(result.impact, all);
  print_load(result.impact);
  print_pools(result, all);
}

}  // namespace isochrone::cli
