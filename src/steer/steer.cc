#include "steer/steer.h"

#include <algorithm>

#include "steer/scope.h"
#include "steer/shedding.h"

namespace isochrone::steer {

namespace {

DecidedBy decided_without_ranking(const Pool& pool, const PoolFamily& family, const View& view) {
  if (!family.may_answer()) return DecidedBy::NoGateway;
  if (!view.eligible.empty()) return DecidedBy::AllHealthy;
  switch (view.outcome) {
    case Outcome::ServFail: return DecidedBy::AllDownServFail;
    case Outcome::NoData: return DecidedBy::AllDownNoData;
    default: return pool.spec.all_down == AllDown::Address ? DecidedBy::FixedAddress : DecidedBy::ServeAll;
  }
}

const Answer* answer_at(const PoolFamily& family, int index) {
  return index < 0 ? nullptr : &family.answers[static_cast<size_t>(index)];
}

// The answer that everybody is given who follows this view.
DecidedBy take_shared(const Question& question, const PoolFamily& side, const View& view, Choice& choice,
                      Recorder* recorder) {
  choice.answer = answer_at(side, view.answer);
  choice.region = view.first;
  const DecidedBy by = decided_without_ranking(question.pool, side, view);
  if (recorder && by == DecidedBy::AllHealthy) {
    tell_ranking(question, *recorder);
    view.eligible.for_each([&](RegionId region) { recorder->given({&region, 1}); });
  }
  return by;
}

Decision decide_with_shedding(const Question& q, const PoolFamily& side, const View& view, Recorder* recorder) {
  RegionSet kept = without_shed(q, side, view, recorder);
  if (!side.relief_of.empty()) kept = without_loaded(q, side, view, kept, recorder);
  return decide({q.steering, q.pool, q.family, q.client, kept, kept.size()}, recorder);
}

void take(const Decision& decision, const PoolFamily& side, const View& view, Choice& choice) {
  const auto& given = decision.given;
  choice.answer = answer_at(side, view.answer_of[given[0]]);
  choice.region = given[0];
  if (given[1] == kNoRegion) choice.gateway = given[0];
  for (size_t i = 1; i < given.size() && given[i] != kNoRegion; ++i)
    choice.further[i - 1] = answer_at(side, view.answer_of[given[i]]);
}

// Of what latency alone has chosen.
void lower_ttl(const Question& q, const Swaps& swaps, const Decision& decision, Choice& choice) {
  if (!q.pool.heeds_swaps() || decision.by != DecidedBy::Latency || !choice.answer) return;
  const wire::Ttl low = std::max<wire::Ttl>(q.pool.spec.ttl_min, 1);
  if (low < choice.answer->ttl && is_swapping(q, swaps, decision.given[0])) choice.lowered_ttl = low;
}

// What a pool in this one gives the client, as if the client had asked for it. Whether anything was healthy is a matter
// of both.
Grounds take_nested(const Question& q, const GatewayState& gateway, Choice& choice) {
  const Outcome outcome = choice.outcome;
  const Grounds inner = give(q.steering, *gateway.nested, q.family, q.client, choice, nullptr);
  if (choice.answer && outcome == Outcome::AllDown) choice.outcome = outcome;
  choice.gateway = gateway.region;
  return inner;
}

}  // namespace

Grounds give(const Steering& steering, const Pool& pool, Family family, const Client& client, Choice& choice, Recorder* recorder) {
  const PoolFamily& side = pool.family(family);
  const VantageId vantage = steering.vantage(client.block);
  const View& view = side.view(vantage);
  if (recorder) recorder->view(view, vantage);

  Grounds grounds;
  choice.outcome = view.outcome;
  const Question question{steering, pool, family, client, view.eligible, view.eligible_count};
  if (view.is_ranked()) {
    const Decision decision =
        side.sheds ? decide_with_shedding(question, side, view, recorder) : decide(question, recorder);
    if (decision.is_down) choice.outcome = Outcome::AllDown;
    const int16_t at = view.answer_of[decision.given[0]];
    if (at <= kNested) grounds = take_nested(question, pool.gateways[static_cast<size_t>(kNested - at)], choice);
    else take(decision, side, view, choice);
    grounds.by = decision.by;
    if (const Swaps* swaps = live_of(question).swaps.get()) [[unlikely]]
      lower_ttl(question, *swaps, decision, choice);
  } else {
    grounds.by = take_shared(question, side, view, choice, recorder);
  }
  grounds.by_network |= grounds.by == DecidedBy::Weights || grounds.by == DecidedBy::Share || side.sheds;
  grounds.by_subnet |= pool.spec.routing == Routing::Subnet;
  grounds.is_drawn |= grounds.by == DecidedBy::Draw;
  return grounds;
}

Choice steer(const Steering& steering, const Pool& pool, const MergedScopes* merged, Family family, const Client& client,
             Recorder* recorder) {
  Choice choice;
  const Grounds grounds = give(steering, pool, family, client, choice, recorder);
  const Scope scope = scope_of(steering, pool, merged, family, client, choice, grounds);
  choice.scope_prefix_len = static_cast<uint8_t>(scope.len);
  if (recorder) recorder->decided(choice, grounds.by, scope.reason);
  return choice;
}

Choice steer(const Steering& steering, zone::PoolId pool, Family family, const Client& client, Recorder* recorder) {
  return steer(steering, *steering.pools[pool], merged_of(steering, pool, family), family, client, recorder);
}

std::string_view name_of(const Pool& pool, const std::vector<Region>& regions, RegionId gateway) {
  if (gateway < regions.size()) return regions[gateway].name;
  const auto own = std::find_if(pool.gateways.begin(), pool.gateways.end(), [gateway](auto& g) { return g.region == gateway; });
  return own == pool.gateways.end() ? std::string_view() : own->name;
}

}  // namespace isochrone::steer
