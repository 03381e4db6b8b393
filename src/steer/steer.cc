#include "steer/steer.h"

#include <algorithm>
#include <array>

#include "steer/band.h"
#include "steer/rank.h"

namespace isochrone::steer {

namespace {

struct Decision {
  RegionId region = kNoRegion;
  DecidedBy by = DecidedBy::NoGateway;
};

// The regions within the tolerance of the first, best first.
struct Band {
  std::array<RegionId, kMaxRegions> members;
  size_t size = 0;
  std::span<const RegionId> list() const { return {members.data(), size}; }
};

Band cut_band(std::span<const Recorder::Estimate> ranked, Duration tolerance) {
  Band band;
  for (const auto& estimate : ranked)
    if (&estimate == &ranked.front() || estimate.held.value() <= ranked.front().held.value() + tolerance)
      band.members[band.size++] = estimate.region;
  return band;
}

void tell_ranking(Recorder& recorder, const Pool& pool, const View& view, std::span<const Recorder::Estimate> ranked) {
  RegionSet unmeasured = view.eligible;
  for (const auto& estimate : ranked) recorder.estimate(estimate), unmeasured.remove(estimate.region);
  for (const GatewayState& gateway : pool.gateways)
    if (unmeasured.has(gateway.region)) recorder.unmeasured(gateway.region);
}

Decision first_configured(const Pool& pool, const View& view) {
  for (const GatewayState& gateway : pool.gateways)
    if (view.eligible.has(gateway.region)) return {gateway.region, DecidedBy::ConfigOrder};
  return {};
}

Decision decide(const Steering& steering, const Pool& pool, Family family, const View& view, const Client& client,
                Recorder* recorder) {
  const bool only_one = view.eligible_count == 1;
  if (only_one && !recorder) return {view.eligible.first(), DecidedBy::OnlyOne};

  // Together means that A and AAAA name one gateway: both are ranked by what IPv4 measures.
  const LiveRows& live = pool.spec.families_together ? steering.rows_v4 : steering.rows(family);
  const RankInput input{*steering.map, live, steering.predicted.get(), client.block.source, view.eligible, view.eligible_count};
  if (pool.spec.tolerance <= Duration::zero() && !recorder) {
    const RegionId region = best(input);
    return region != kNoRegion ? Decision{region, DecidedBy::Latency} : first_configured(pool, view);
  }

  const Ranking ranking = rank(input);
  if (recorder) tell_ranking(*recorder, pool, view, ranking.list());
  if (only_one) return {view.eligible.first(), DecidedBy::OnlyOne};
  if (ranking.list().empty()) return first_configured(pool, view);
  if (pool.spec.tolerance <= Duration::zero()) return {ranking.list().front().region, DecidedBy::Latency};
  const Band band = cut_band(ranking.list(), pool.spec.tolerance);
  if (band.size == 1) return {band.members[0], DecidedBy::Latency};
  if (recorder) recorder->band(band.list());
  return {pick_by_weight(band.list(), pool, *steering.regions, client.address), DecidedBy::Weights};
}

DecidedBy decided_without_ranking(const Pool& pool, const PoolFamily& family, const View& view) {
  if (family.enabled.empty()) return DecidedBy::NoGateway;
  switch (view.outcome) {
    case Outcome::ServFail: return DecidedBy::AllDownServFail;
    case Outcome::NoData: return DecidedBy::AllDownNoData;
    default: return pool.spec.all_down == AllDown::Address ? DecidedBy::FixedAddress : DecidedBy::ServeAll;
  }
}

struct Scope {
  int len = 0;
  ScopeReason reason = ScopeReason::NoSubnet;
};

// The widest we can vouch for: every address in it is given this same answer, and no two scopes overlap
// (RFC 7871 §7.2.1, DESIGN §4).
Scope scope_of(const Steering& steering, const PoolFamily& family, const View& view, const Client& client,
               DecidedBy by) {
  if (!client.has_subnet) return {0, ScopeReason::NoSubnet};
  if (client.source_prefix_len == 0) return {0, ScopeReason::SourceZero};
  if (view.outcome == Outcome::NoData || view.outcome == Outcome::ServFail) return {0, ScopeReason::Negative};
  const bool weighed = by == DecidedBy::Weights;
  if (!family.client_matters || (steering.map->is_trivial() && !weighed)) return {0, ScopeReason::SameForAll};

  Scope scope{client.subnet_block_len, ScopeReason::Block};
  if (client.from == Client::From::Resolver) {
    scope.reason = ScopeReason::PrivateBlock;
  } else if (const int cut = weight_cut(client.address.family); weighed && scope.len < cut) {
    scope = {cut, ScopeReason::WeightCut};
  }
  scope.len = std::max(1, scope.len) + client.bits_before;  // 0 would speak for both families
  return scope;
}

const Answer* answer_at(const PoolFamily& family, int index) {
  return index < 0 ? nullptr : &family.answers[static_cast<size_t>(index)];
}

}  // namespace

Choice steer(const Steering& steering, zone::PoolId pool_id, Family family, const Client& client, Recorder* recorder) {
  const Pool& pool = *steering.pools[pool_id];
  const PoolFamily& side = pool.family(family);
  const SourceId finest = client.block.source;
  const VantageId vantage = finest == kNoSource ? kNoVantage : steering.map->source(finest).vantage;
  const View& view = side.view(vantage);
  if (recorder) recorder->view(view, vantage);

  Decision decision{kNoRegion, decided_without_ranking(pool, side, view)};
  int answer = view.answer;
  if (!view.eligible.empty()) {
    decision = decide(steering, pool, family, view, client, recorder);
    answer = view.answer_of[decision.region];
  }
  const Scope scope = scope_of(steering, side, view, client, decision.by);
  const Choice choice{view.outcome, answer_at(side, answer), decision.region, static_cast<uint8_t>(scope.len)};
  if (recorder) recorder->decided(choice, decision.by, scope.reason);
  return choice;
}

}  // namespace isochrone::steer
