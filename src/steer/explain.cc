#include "steer/explain.h"

#include <algorithm>

#include "steer/decide.h"
#include "steer/scope.h"
#include "steer/verdicts.h"

namespace isochrone::steer {

namespace {

class Keeper : public Recorder {
 public:
  explicit Keeper(Explanation& explanation) : explanation_(explanation) {}

  void view(const View& view, VantageId vantage) override {
    explanation_.vantage = vantage;
    explanation_.by_quorum = view.by_quorum;
    explanation_.drained_used = view.drained_used;
    explanation_.unknown_used = view.unknown_used;
  }
  void estimate(const Estimate& estimate) override { place(estimate.region); }
  void unmeasured(RegionId region) override { place(region); }
  void band(std::span<const RegionId> members) override {
    for (const RegionId region : members) line(region).in_band = true;
  }
  void shed(RegionId region) override { line(region).shed = true; }
  void serving(const Prefix* network) override {
    explanation_.by_network = true;
    if (network) explanation_.network = *network;
  }
  void serving_area(std::string_view area) override {
    explanation_.by_area = true;
    explanation_.area = area;
  }
  void given(std::span<const RegionId> regions) override {
    for (const RegionId region : regions) line(region).chosen = true;
  }
  void decided(const Choice& choice, DecidedBy by, ScopeReason scope) override {
    explanation_.choice = choice;
    explanation_.decided_by = by;
    explanation_.scope_reason = scope;
    if (by == DecidedBy::AllDownNoData) explanation_.ttl_reason = TtlReason::AllDown;
    if (choice.answer) explanation_.ttl_reason = choice.lowered_ttl ? TtlReason::Swapping : choice.answer->ttl_reason;
    if (choice.gateway != kNoRegion) line(choice.gateway).chosen = true;
  }

 private:
  void place(RegionId region) {
    line(region).eligible = true;
    line(region).position = ++placed_;
  }
  Explanation::Line& line(RegionId region) {
    return *std::find_if(explanation_.lines.begin(), explanation_.lines.end(),
                         [region](const Explanation::Line& l) { return l.region == region; });
  }

  Explanation& explanation_;
  int placed_ = 0;
};

// A is not given where AAAA is not, and the other way round.
void add_other_family(const GatewayState& gateway, Family family, VantageId vantage, Explanation::Line& line) {
  const Family other = other_than(family);
  const Verdict verdict = verdict_of(gateway, other, vantage);
  if (!has_family(gateway, other)) line.held_back = other;
  else if (worse(verdict, line.verdict) != line.verdict) line.held_back = other, line.other = verdict;
}

std::vector<Explanation::Line> describe(const Pool& pool, Family family, VantageId vantage) {
  std::vector<Explanation::Line> lines;
  for (const GatewayState& gateway : pool.gateways) {
    Explanation::Line line;
    line.region = gateway.region;
    line.enabled = gateway.enabled;
    line.drained = gateway.drained;
    line.has_family = has_family(gateway, family);
    line.weight = gateway.weight;
    line.bias = gateway.bias;
    line.relief = gateway.relief;
    line.verdict = verdict_of(gateway, family, vantage);
    line.quorum = verdict_of(gateway, family, kNoVantage);
    if (pool.spec.families_together && line.has_family) add_other_family(gateway, family, vantage, line);
    lines.push_back(line);
  }
  return lines;
}

// Of all gateways, so that a reader sees what one that is down would have been worth.
void add_estimates(Explanation& explanation, const Steering& steering, const Pool& pool, Family family) {
  RegionSet all;
  for (const auto& line : explanation.lines) all.add(line.region);
  const Ranking ranking = ranked({steering, pool, family, explanation.client, all, all.size()});
  for (const auto& estimate : ranking.list()) {
    auto& line = *std::find_if(explanation.lines.begin(), explanation.lines.end(),
                               [&](const Explanation::Line& l) { return l.region == estimate.region; });
    line.estimate = estimate.held;
    if (estimate.source == kNoSource) {
      line.from = Explanation::From::Median;
      continue;
    }
    const Source& source = steering.map->source(estimate.source);
    line.from = source.is_predicted() ? Explanation::From::Prediction
                : source.is_observed() ? Explanation::From::Observed
                : source.is_live()     ? Explanation::From::Vantage
                                       : Explanation::From::Table;
    line.table = source.table;
    if (line.from == Explanation::From::Vantage) line.vantage = source.live_vantage();
    if (line.from == Explanation::From::Prediction) line.prediction = source.prediction();
    line.prefix_len = source.prefix_len;
  }
}

// What gateways measured of the client's network.
void add_observed(Explanation& explanation, const Steering& steering, const Pool& pool, Family family) {
  const LiveRows& rows = steering.rows(pool.spec.families_together ? Family::V4 : family);
  for (SourceId id = explanation.client.block.source; id != kNoSource; id = steering.map->source(id).coarser) {
    const Source& source = steering.map->source(id);
    if (!source.is_observed() || !rows.observed) continue;
    const ObservedId observed = source.observed();
    for (const ObservedCell& cell : rows.observed->cells(observed))
      for (auto& line : explanation.lines)
        if (line.region == cell.region) line.observed = &cell;
    explanation.observed_offset_us = rows.observed->offset_us(observed);
    explanation.observed_len = source.prefix_len;
  }
}

// Where the client is, and for proximity how far from everywhere.
void add_place(Explanation& explanation, const Steering& steering, const Pool& pool, Family family) {
  const LocalityId id = steering.locality(explanation.client.block);
  if (steering.localities && id < steering.localities->list.size()) explanation.locality = steering.localities->list[id];
  if (pool.spec.routing != Routing::Proximity) return;
  const auto distances = steering.localities ? steering.localities->distances(id) : std::span<const uint16_t>();
  explanation.unplaced = distances.empty();
  for (auto& line : explanation.lines)
    for (const GatewayState& gateway : pool.gateways) {
      if (distances.empty() || gateway.region != line.region) continue;
      uint16_t nearest = Localities::kNowhere;
      regions_behind(gateway, family, steering.vantage(explanation.client.block)).for_each([&](RegionId r) {
        nearest = std::min(nearest, distances[r]);
      });
      if (nearest != Localities::kNowhere) line.km = nearest * Localities::kStepKm;
    }
}

Explanation explain_in(const Steering& steering, const Pool& pool, const MergedScopes* merged, Family family, const Client& client) {
  const VantageId vantage = steering.vantage(client.block);
  Explanation explanation;
  explanation.client = client;
  explanation.lines = describe(pool, family, vantage);
  add_estimates(explanation, steering, pool, family);
  add_observed(explanation, steering, pool, family);
  add_place(explanation, steering, pool, family);
  Keeper keeper(explanation);
  steer(steering, pool, merged, family, client, &keeper);
  for (const GatewayState& gateway : pool.gateways)
    if (gateway.nested && gateway.region == explanation.choice.gateway) {
      explanation.nested.push_back(explain_in(steering, *gateway.nested, nullptr, family, client));
      explanation.nested_name = gateway.name;
    }
  std::stable_sort(explanation.lines.begin(), explanation.lines.end(), [](const auto& a, const auto& b) {
    return (a.position ? a.position : kMaxRegions + 1) < (b.position ? b.position : kMaxRegions + 1);
  });
  return explanation;
}

}  // namespace

Explanation explain(const Steering& steering, zone::PoolId pool, Family family, const Client& client) {
  return explain_in(steering, *steering.pools[pool], merged_of(steering, pool, family), family, client);
}

std::string_view to_text(DecidedBy by) {
  switch (by) {
    case DecidedBy::NoGateway: return "no enabled gateway has an address of this family";
    case DecidedBy::OnlyOne: return "only one gateway is left";
    case DecidedBy::Latency: return "lowest latency";
    case DecidedBy::Weights: return "several within the tolerance: by weight";
    case DecidedBy::Serves: return "one gateway serves the client's network";
    case DecidedBy::ServesArea: return "one gateway serves the client's area";
    case DecidedBy::ServesRest: return "one gateway serves whom no other serves";
    case DecidedBy::Proximity: return "the shortest way";
    case DecidedBy::Priority: return "the first in priority of those that may be given";
    case DecidedBy::Share: return "by weight";
    case DecidedBy::Draw: return "by weight, drawn for every answer";
    case DecidedBy::Nearest: return "several in one answer: the nearest ones";
    case DecidedBy::AllHealthy: return "several in one answer: all that may be given";
    case DecidedBy::ConfigOrder: return "nothing is measured: the first one configured";
    case DecidedBy::ServeAll: return "all down: every gateway is given";
    case DecidedBy::FixedAddress: return "all down: the fixed address is given";
    case DecidedBy::AllDownNoData: return "all down: no data";
    case DecidedBy::AllDownServFail: return "all down: server failure";
  }
  return "";
}

std::string_view to_text(TtlReason reason) {
  switch (reason) {
    case TtlReason::Configured: return "as configured";
    case TtlReason::Failing: return "lowered: the gateway has failed its last probe";
    case TtlReason::AllDown: return "lowered: all gateways are down";
    case TtlReason::Swapping: return "lowered: another region has been faster for a while, and is about to take over";
  }
  return "";
}

std::string_view to_text(ScopeReason reason) {
  switch (reason) {
    case ScopeReason::NoSubnet: return "the query had no client subnet";
    case ScopeReason::SourceZero: return "the client asked not to be located";
    case ScopeReason::Negative: return "negative answers are for everybody";
    case ScopeReason::SameForAll: return "every client is given the same";
    case ScopeReason::Block: return "the client's block of the latency map";
    case ScopeReason::Merged: return "neighbouring blocks that are given the same";
    case ScopeReason::PrivateBlock: return "a private subnet: its resolver was located";
    case ScopeReason::WeightCut: return "the network that is given one answer where shares are taken";
  }
  return "";
}

std::string_view to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::Steered: return "steered";
    case Outcome::AllDown: return "all down";
    case Outcome::NoData: return "no data";
    case Outcome::ServFail: return "server failure";
  }
  return "";
}

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::Unknown: return "unknown";
    case Verdict::Up: return "up";
    case Verdict::Down: return "down";
  }
  return "";
}

}  // namespace isochrone::steer
