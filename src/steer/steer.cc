#include "steer/steer.h"

#include <algorithm>

#include "steer/band.h"
#include "steer/decide.h"
#include "steer/shedding.h"

namespace isochrone::steer {

namespace {

DecidedBy decided_without_ranking(const Pool& pool, const PoolFamily& family, const View& view) {
  if (family.enabled.empty()) return DecidedBy::NoGateway;
  if (!view.eligible.empty()) return DecidedBy::AllHealthy;
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
Scope scope_of(const Steering& steering, const Pool& pool, const PoolFamily& family, const View& view,
               const Client& client, DecidedBy by) {
  if (!client.has_subnet) return {0, ScopeReason::NoSubnet};
  if (client.source_prefix_len == 0) return {0, ScopeReason::SourceZero};
  if (view.outcome == Outcome::NoData || view.outcome == Outcome::ServFail) return {0, ScopeReason::Negative};
  const bool weighed = by == DecidedBy::Weights || by == DecidedBy::Share || !family.shed_of.empty();
  // What was drawn for this answer anybody may be given who draws from the same regions.
  const bool drawn_for_all = by == DecidedBy::Draw && family.views.size() == 1 && !weighed;
  const bool divided = !steering.map->is_trivial() || weighed || pool.spec.routing == Routing::Subnet;
  if (!family.client_matters || drawn_for_all || !divided) return {0, ScopeReason::SameForAll};

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

// The answer that everybody is given who follows this view.
DecidedBy take_shared(const Question& question, const PoolFamily& side, const View& view, Choice& choice,
                      Recorder* recorder) {
  choice.answer = answer_at(side, view.answer);
  const DecidedBy by = decided_without_ranking(question.pool, side, view);
  if (recorder && by == DecidedBy::AllHealthy) {
    tell_ranking(question, *recorder);
    view.eligible.for_each([&](RegionId region) { recorder->given({&region, 1}); });
  }
  return by;
}

Decision decide_with_shedding(const Question& q, const PoolFamily& side, const View& view, Recorder* recorder) {
  const RegionSet kept = without_shed(q, side, view, recorder);
  return decide({q.steering, q.pool, q.family, q.client, kept, kept.size()}, recorder);
}

void take(const Decision& decision, const PoolFamily& side, const View& view, Choice& choice) {
  const auto& given = decision.given;
  choice.answer = answer_at(side, view.answer_of[given[0]]);
  if (given[1] == kNoRegion) choice.region = choice.gateway = given[0];
  for (size_t i = 1; i < given.size() && given[i] != kNoRegion; ++i)
    choice.further[i - 1] = answer_at(side, view.answer_of[given[i]]);
}

// What a pool in this one gives the client. It says so as if the client had asked for it, but for whom that holds, and
// whether anything was healthy, is a matter of both.
void take_nested(const Question& q, const GatewayState& gateway, Choice& choice) {
  const Choice inner = steer(q.steering, *gateway.nested, q.family, q.client);
  const Outcome outcome = choice.outcome;
  choice = inner;
  if (inner.answer && outcome == Outcome::AllDown) choice.outcome = outcome;
  choice.gateway = gateway.region;
}

}  // namespace

Choice steer(const Steering& steering, const Pool& pool, Family family, const Client& client, Recorder* recorder) {
  const PoolFamily& side = pool.family(family);
  const VantageId vantage = steering.vantage(client.block);
  const View& view = side.view(vantage);
  if (recorder) recorder->view(view, vantage);

  Choice choice;
  choice.outcome = view.outcome;
  DecidedBy by;
  const Question question{steering, pool, family, client, view.eligible, view.eligible_count};
  if (view.is_ranked()) {
    const Decision decision =
        side.shed_of.empty() ? decide(question, recorder) : decide_with_shedding(question, side, view, recorder);
    by = decision.by;
    if (decision.is_down) choice.outcome = Outcome::AllDown;
    const int16_t at = view.answer_of[decision.given[0]];
    if (at <= kNested) take_nested(question, pool.gateways[static_cast<size_t>(kNested - at)], choice);
    else take(decision, side, view, choice);
  } else {
    by = take_shared(question, side, view, choice, recorder);
  }
  const Scope scope = scope_of(steering, pool, side, view, client, by);
  choice.scope_prefix_len = std::max(choice.scope_prefix_len, static_cast<uint8_t>(scope.len));
  if (recorder) recorder->decided(choice, by, scope.reason);
  return choice;
}

std::string_view name_of(const Pool& pool, const std::vector<Region>& regions, RegionId gateway) {
  if (gateway < regions.size()) return regions[gateway].name;
  const auto own = std::find_if(pool.gateways.begin(), pool.gateways.end(), [gateway](auto& g) { return g.region == gateway; });
  return own == pool.gateways.end() ? std::string_view() : own->name;
}

Choice steer(const Steering& steering, zone::PoolId pool, Family family, const Client& client, Recorder* recorder) {
  return steer(steering, *steering.pools[pool], family, client, recorder);
}

}  // namespace isochrone::steer
