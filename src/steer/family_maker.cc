#include "steer/family_maker.h"

#include <algorithm>
#include <span>

#include "steer/pool_answer.h"
#include "steer/verdicts.h"

namespace isochrone::steer {

namespace {

// Vantages that see an address otherwise than the quorum does, here or in a pool below.
void add_dissenters(const GatewayState& gateway, std::vector<VantageId>& result) {
  for (const AddressState& address : gateway.addresses)
    for (const auto& dissent : address.dissent) result.push_back(dissent.first);
  if (gateway.nested)
    for (const GatewayState& inner : gateway.nested->gateways) add_dissenters(inner, result);
}

// Ordinary gateways: this one, or those of the pool that it is.
void add_leaves(const PoolSpec& spec, const GatewayState& gateway, Family family, std::vector<const GatewayState*>& leaves) {
  if (!is_candidate(spec, gateway, family)) return;
  if (!gateway.nested) return leaves.push_back(&gateway);
  for (const GatewayState& inner : gateway.nested->gateways) add_leaves(gateway.nested->spec, inner, family, leaves);
}

// One family of a pool at work.
class FamilyMaker {
 public:
  FamilyMaker(const PoolSpec& spec, const std::vector<GatewayState>& gateways, Family family)
      : spec_(spec), gateways_(gateways), family_(family) {
    for (const GatewayState& gateway : gateways) {
      if (!is_candidate(spec, gateway, family)) continue;
      candidates_.push_back(&gateway);
      add_shed(gateway);
      made_.enabled.add(gateway.region);
    }
  }

  PoolFamily make() {
    made_.views.push_back(quorum_view());
    if (may_vantages_differ()) add_vantage_views();
    made_.client_matters = client_matters();
    return std::move(made_);
  }

 private:
  // Who is not to leave its area (`fallback: none`) is given the gateway even where that is down: it sheds nobody.
  void add_shed(const GatewayState& gateway) {
    const uint16_t own = family_ == Family::V4 ? gateway.shed_v4 : gateway.shed_v6;
    const uint16_t share = spec_.families_together ? std::max(gateway.shed_v4, gateway.shed_v6) : own;
    if (spec_.stay_in_area && has_areas(spec_.routing)) return;
    if (share != 0) put(made_.shed_of, gateway.region, share);
    if (gateway.relief > Duration::zero()) put(made_.relief_of, gateway.region, gateway.relief);
    made_.sheds = !made_.shed_of.empty() || !made_.relief_of.empty();
  }
  template <typename T>
  static void put(std::vector<T>& list, RegionId region, T value) {
    if (list.size() <= region) list.resize(size_t{region} + 1);
    list[region] = value;
  }

  // Candidates by how gladly they are used: healthy before unknown, drained ones last (DESIGN §5.1, §6).
  struct Tiers {
    RegionSet up, unknown, drained_up, drained_unknown;
  };

  Tiers tiers(VantageId vantage) const {
    Tiers tiers;
    for (const GatewayState* gateway : candidates_) {
      Verdict verdict = verdict_here(*gateway, vantage, false);
      bool drained = gateway->drained;
      // A pool that is only up by drained gateways counts as one of them.
      if (gateway->nested && verdict == Verdict::Down) drained = true, verdict = verdict_here(*gateway, vantage, true);
      if (verdict == Verdict::Up) (drained ? tiers.drained_up : tiers.up).add(gateway->region);
      if (verdict == Verdict::Unknown) (drained ? tiers.drained_unknown : tiers.unknown).add(gateway->region);
    }
    return tiers;
  }

  Verdict verdict_here(const GatewayState& gateway, VantageId vantage, bool with_drained) const {
    const auto in = [&](Family family) { return verdict_of(gateway, family, vantage, with_drained); };
    return spec_.families_together ? worse(in(family_), in(other_than(family_))) : in(family_);
  }

  View quorum_view() {
    const Tiers quorum = tiers(kNoVantage);
    if (!quorum.up.empty()) return ranked(quorum.up, kNoVantage);
    if (!quorum.unknown.empty()) return ranked_unknown(quorum.unknown, kNoVantage);
    if (!quorum.drained_up.empty()) return drained(ranked(quorum.drained_up, kNoVantage));
    if (!quorum.drained_unknown.empty()) return drained(ranked_unknown(quorum.drained_unknown, kNoVantage));
    return all_down();
  }

  // Own verdicts first; where they leave nobody, the quorum's; the drained ones only when those leave nobody either.
  View vantage_view(VantageId vantage) {
    const Tiers own = tiers(vantage);
    const View& quorum = made_.views[0];
    if (!own.up.empty()) return ranked(own.up, vantage);
    if (!own.unknown.empty()) return ranked_unknown(own.unknown, vantage);
    if (quorum.outcome == Outcome::Steered && !quorum.drained_used) return quorum;
    if (!own.drained_up.empty()) return drained(ranked(own.drained_up, vantage));
    if (!own.drained_unknown.empty()) return drained(ranked_unknown(own.drained_unknown, vantage));
    return quorum;
  }

  View ranked(const RegionSet& eligible, VantageId vantage) {
    View view;
    view.outcome = Outcome::Steered;
    view.by_quorum = vantage == kNoVantage;
    view.eligible = spec_.routing == Routing::Priority ? first_in_priority(eligible) : eligible;
    view.eligible_count = static_cast<uint16_t>(view.eligible.size());
    if (made_.sheds) view.next = first_in_priority(eligible.without(view.eligible));
    for (const GatewayState* gateway : candidates_)
      if (view.eligible.has(gateway->region)) view.regions = view.regions | regions_behind(*gateway, family_, vantage);
    std::vector<const GatewayState*> gateways = candidates_;
    std::erase_if(gateways, [&view](const GatewayState* g) { return !view.eligible.has(g->region) && !view.next.has(g->region); });
    if (spec_.routing == Routing::Multivalue) {
      add_answers_together(view, gateways, vantage);
    } else {
      // Who is not to leave its area is given its gateway even where that is down: each has an answer.
      if (has_areas(spec_.routing) && spec_.stay_in_area) gateways = candidates_;
      for (const GatewayState* gateway : gateways)
        answer_of(view, gateway->region) = answer_from(*gateway, vantage);
    }
    return view;
  }

  int16_t answer_from(const GatewayState& gateway, VantageId vantage) {
    if (gateway.nested) return static_cast<int16_t>(kNested - (&gateway - gateways_.data()));
    return keep(gateway_answer(spec_, gateway, family_, vantage));
  }

  static int16_t& answer_of(View& view, RegionId region) {
    if (view.answer_of.size() <= region) view.answer_of.resize(size_t{region} + 1, -1);
    return view.answer_of[region];
  }

  // All in one answer where there is room for all of them, as configured; else each client is given its nearest ones.
  void add_answers_together(View& view, std::span<const GatewayState* const> gateways, VantageId vantage) {
    const std::vector<Answer> answers = answers_to_combine(spec_, gateways, family_, vantage);
    if (gateways.size() > 1 && gateways.size() <= spec_.count && !made_.sheds) {
      view.answer = keep(combined(answers));
      view.first = gateways.front()->region;
      return;
    }
    for (size_t i = 0; i < gateways.size(); ++i) answer_of(view, gateways[i]->region) = keep(answers[i]);
  }

  RegionSet first_in_priority(const RegionSet& regions) const {
    uint16_t first = UINT16_MAX;
    RegionSet set;
    for (const GatewayState* gateway : candidates_) {
      if (!regions.has(gateway->region) || gateway->priority > first) continue;
      if (gateway->priority < first) set = RegionSet();
      first = gateway->priority;
      set.add(gateway->region);
    }
    return set;
  }

  View ranked_unknown(const RegionSet& eligible, VantageId vantage) {
    View view = ranked(eligible, vantage);
    view.unknown_used = true;
    return view;
  }

  static View drained(View view) {
    view.drained_used = true;
    return view;
  }

  View all_down() {
    View view;
    if (candidates_.empty()) return view;  // NODATA: the type does not exist here
    switch (spec_.all_down) {
      case AllDown::ServeNearest:
        view = ranked(as_if_up(), kNoVantage);
        view.outcome = Outcome::AllDown;
        return view;
      case AllDown::ServeAll: {
        std::vector<const GatewayState*> gateways;
        for (const RegionSet set = as_if_up(); const GatewayState* gateway : candidates_)
          if (set.has(gateway->region)) add_leaves(spec_, *gateway, family_, gateways);
        view.answer = keep(serve_all_answer(spec_, gateways, family_));
        view.outcome = Outcome::AllDown;
        return view;
      }
      case AllDown::NoData: return view;
      case AllDown::ServFail: view.outcome = Outcome::ServFail; return view;
      case AllDown::Address: {
        std::vector<IpAddress> addresses = spec_.all_down_addresses;
        std::erase_if(addresses, [this](const IpAddress& a) { return a.family != family_; });
        if (addresses.empty()) return view;
        view.answer = keep(make_answer(addresses, std::min(spec_.ttl, spec_.ttl_min), TtlReason::AllDown));
        view.outcome = Outcome::AllDown;
        return view;
      }
    }
    return view;
  }

  // Who would be served if all were up: not the drained ones, unless there are no others.
  RegionSet as_if_up() const {
    RegionSet set;
    for (const GatewayState* gateway : candidates_)
      if (!gateway->drained) set.add(gateway->region);
    return set.empty() ? made_.enabled : set;
  }

  // all-down: nodata, servfail and a fixed address are the quorum's alone, so that no negative answer depends on the
  // client (RFC 7871 §7.4, DESIGN §5.2).
  bool may_vantages_differ() const {
    if (made_.views[0].outcome == Outcome::Steered) return true;
    return !candidates_.empty() && (spec_.all_down == AllDown::ServeNearest || spec_.all_down == AllDown::ServeAll);
  }

  void add_vantage_views() {
    for (const VantageId vantage : dissenters()) {
      const View view = vantage_view(vantage);
      auto same = std::find_if(made_.views.begin(), made_.views.end(), [&](const View& v) { return v.gives_as(view); });
      if (same == made_.views.end()) same = made_.views.insert(same, view);
      const auto index = static_cast<uint16_t>(same - made_.views.begin());
      if (index == 0) continue;
      if (made_.view_of.size() <= vantage) made_.view_of.resize(size_t{vantage} + 1, 0);
      made_.view_of[vantage] = index;
    }
  }

  std::vector<VantageId> dissenters() const {
    std::vector<VantageId> result;
    for (const GatewayState* gateway : candidates_) add_dissenters(*gateway, result);
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
  }

  bool client_matters() const {
    const auto all_give = [this](Outcome outcome, int16_t answer) {
      return std::all_of(made_.views.begin(), made_.views.end(), [&](const View& view) {
        if (view.outcome != outcome) return false;
        if (!view.is_ranked()) return view.answer == answer;
        return std::all_of(view.answer_of.begin(), view.answer_of.end(),
                           [answer](int16_t a) { return a == -1 || a == answer; });
      });
    };
    const View& first = made_.views[0];
    // The last is of the highest eligible region, never -1.
    const int16_t answer = first.is_ranked() ? first.answer_of.back() : first.answer;
    if (!all_give(first.outcome, answer)) return true;
    return answer <= kNested && gateways_[static_cast<size_t>(kNested - answer)].nested->family(family_).client_matters;
  }

  int16_t keep(Answer answer) {
    auto& answers = made_.answers;
    const auto same = std::find_if(answers.begin(), answers.end(), [&](const Answer& a) {
      return a.wire == answer.wire && a.ttl_reason == answer.ttl_reason;
    });
    if (same != answers.end()) return static_cast<int16_t>(same - answers.begin());
    answers.push_back(std::move(answer));
    return static_cast<int16_t>(answers.size() - 1);
  }

  const PoolSpec& spec_;
  const std::vector<GatewayState>& gateways_;
  const Family family_;
  std::vector<const GatewayState*> candidates_;
  PoolFamily made_;
};

}  // namespace

PoolFamily make_family(const PoolSpec& spec, const std::vector<GatewayState>& gateways, Family family) {
  return FamilyMaker(spec, gateways, family).make();
}

}  // namespace isochrone::steer
