#include "node/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "loop/clock.h"
#include "node/asked.h"
#include "node/load_reliefs.h"
#include "steer/telling.h"

namespace isochrone::node {

namespace {

constexpr const char* kNegativeTtl = "of the negative answer (RFC 2308)";

// The pool that steers the name: its own, or that of the wildcard it is synthesized from.
zone::PoolId find_pool(const answer::Snapshot& snapshot, const wire::Name& name, wire::Type type) {
  wire::QName qname;
  qname.assign(name.wire());
  const auto match = snapshot.zones->find(qname);
  if (!match.zone) return zone::kNoPool;
  const zone::Found found = match.zone->find(qname, match.apex_suffix);
  if (found.cut || found.dname) return zone::kNoPool;
  const zone::Node node = found.exact ? found.node : found.wildcard;
  if (!node || node.pool() == zone::kNoPool) return zone::kNoPool;
  const bool steered = type == wire::Type::A || type == wire::Type::AAAA || type == wire::Type::ANY || snapshot.steering.pools[node.pool()]->gives_names;
  return steered ? node.pool() : zone::kNoPool;
}

uint32_t seconds_since(uint32_t at) {
  const auto age = static_cast<int32_t>(static_cast<uint32_t>(loop::unix_now()) - at);
  return age > 0 ? static_cast<uint32_t>(age) : 0;
}

// How old what the choice was made from is, and what that makes of it; a table's row and a model's figure have no age.
void add_age(const steer::Explanation::Line& l, Family family, const ExplainContext& context, admin::ExplainEstimate& out) {
  using From = steer::Explanation::From;
  if (l.from == From::Vantage) {
    const health::RegionView view = context.health.view(l.region, family, l.vantage, context.now);
    out.age = view.age;
    out.stage = view.stage;
  } else if (l.from == From::Median) {
    out.stage = context.health.median_view(l.region, family, context.now).stage;
  } else if (l.from == From::Observed) {
    out.age = std::chrono::seconds(seconds_since(l.observed->at));
    out.stage = health::stage_at(*out.age, health::kObservedFreshFor, context.world.steering.frozen_after);
  } else if (l.from == From::None || (l.from == From::Prediction && context.snapshot.steering.predicted->geography)) {
    out.stage = health::Stage::Geography;
  }
}

// `pool`: whose gateway it is; null: of one in the pool that was asked for.
admin::ExplainEstimate told(const steer::Explanation::Line& l, const steer::Telling& telling, int32_t offset_us, Family family,
                            const ExplainContext& context, const config::Pool* pool) {
  admin::ExplainEstimate out;
  out.region = telling.region(l.region);
  if (l.estimate) out.estimate = l.estimate->value();
  out.source = telling.source(l);
  // Of a pool in the pool it is the age of one of its regions, which is told there.
  const bool ours = l.region < context.world.regions.size();
  if (ours) add_age(l, family, context, out);
  if (l.observed) {
    const steer::ObservedCell& cell = *l.observed;
    out.observed = {cell.rtt.value(), cell.samples, std::chrono::seconds(seconds_since(cell.at)),
                    std::chrono::microseconds(offset_us), std::chrono::microseconds(cell.is_moved ? cell.moved_us : 0), cell.is_clipped};
  }
  out.verdict = telling.verdict(l);
  if (pool != nullptr)
    for (const config::Gateway& gateway : pool->gateways)
      if (const auto load = gateway.number == l.region ? load_of(gateway, context.health, context.now) : std::nullopt)
        out.verdict += fmt::format(", load {:.0f} % of its limit", load->share * 100);
  out.eligible = l.eligible;
  out.chosen = l.chosen;
  return out;
}

// What the chosen pool in the pool did, its gateways behind the others: "emea/westeurope".
void add_nested(const ExplainContext& context, const steer::Pool& pool, const steer::Explanation& choice, Family family,
                const std::string& path, admin::Explanation& out) {
  if (choice.nested.empty()) return;
  const auto& gateway = *std::find_if(pool.gateways.begin(), pool.gateways.end(), [&](auto& g) { return g.region == choice.choice.gateway; });
  const steer::Explanation& inner = choice.nested.front();
  const steer::Telling telling(context.snapshot.steering, context.world.tables, *gateway.nested, inner);
  out.decided_by += fmt::format("; in {}: {}", path, telling.decided());
  for (const auto& line : inner.lines) {
    out.estimates.push_back(told(line, telling, inner.observed_offset_us, family, context, nullptr));
    out.estimates.back().region = path + "/" + out.estimates.back().region;
  }
  add_nested(context, *gateway.nested, inner, family, path + "/" + inner.nested_name, out);
}

std::string ttl_reason(const steer::Explanation& choice) {
  if (choice.choice.outcome == steer::Outcome::ServFail) return "";  // nothing is kept by a TTL
  if (choice.choice.outcome == steer::Outcome::NoData && choice.ttl_reason == steer::TtlReason::Configured) return kNegativeTtl;
  return std::string(steer::to_text(choice.ttl_reason));
}

void add_choice(const ExplainContext& context, const admin::ExplainRequest& question, zone::PoolId pool, Family family,
                admin::Explanation& out) {
  const steer::Steering& steering = context.snapshot.steering;
  const steer::Client client = steer::locate(steering, question.client, question.resolver);
  const steer::Explanation choice = steer::explain(steering, pool, family, client);
  const steer::Pool& built = *steering.pools[pool];
  const steer::Telling telling(steering, context.world.tables, built, choice);
  // Behind a name what it leads to, where that is ours.
  if (const steer::Answer* given = choice.choice.answer; given && !given->name.empty()) out.answer.insert(out.answer.begin(), given->name);
  out.pool = context.world.pools[pool].spec.name;
  out.client = telling.client();
  out.block = telling.block();
  out.vantage = telling.vantage();
  out.outcome = steer::to_text(choice.choice.outcome);
  out.decided_by = telling.decided();
  out.ttl_reason = ttl_reason(choice);
  out.scope_reason = steer::to_text(choice.scope_reason);
  for (const auto& line : choice.lines) {
    out.estimates.push_back(told(line, telling, choice.observed_offset_us, family, context, &context.world.pools[pool]));
    if (line.in_band) out.band.push_back(telling.region(line.region));
  }
  add_nested(context, built, choice, family, choice.nested_name, out);
}

}  // namespace

admin::Explanation explain(const admin::ExplainRequest& request, const ExplainContext& context) {
  const Asked asked = ask(context.snapshot, request.name, request.type, request.client, request.resolver);
  admin::Explanation out;
  out.name = request.name.to_text();
  out.type = wire::to_text(request.type);
  out.rcode = asked.rcode;
  out.ttl = asked.ttl;
  out.scope = asked.scope;
  const Family family = request.type == wire::Type::AAAA ? Family::V6 : Family::V4;
  if (const zone::PoolId pool = find_pool(context.snapshot, request.name, request.type); pool != zone::kNoPool) {
    const bool in_full = asked.data.empty() || request.type == wire::Type::CNAME;
    out.answer = in_full ? asked.answers : asked.data;
    // The first is the gateway's own CNAME, which add_choice tells by its name.
    if (in_full && !out.answer.empty() && context.snapshot.steering.pools[pool]->gives_names) out.answer.erase(out.answer.begin());
    add_choice(context, request, pool, family, out);
    return out;
  }
  // A CNAME of the zone's own may end at a service.
  const zone::PoolId pool = asked.leads_to ? find_pool(context.snapshot, *asked.leads_to, request.type) : zone::kNoPool;
  if (pool != zone::kNoPool) {
    add_choice(context, request, pool, family, out);
    out.decided_by = fmt::format("a CNAME leads to {}; {}", asked.leads_to->to_text(), out.decided_by);
  } else if (asked.rcode == "REFUSED") {
    out.decided_by = "no zone of ours";
  } else if (!asked.delegated.empty()) {
    out.decided_by = fmt::format("{} is delegated: its own name servers answer", asked.delegated);
    out.ttl_reason = "the delegation's";
  } else {
    out.decided_by = "the zone's own records, whoever asks";
    out.ttl_reason = asked.answers.empty() ? kNegativeTtl : "the zone's";
    out.scope_reason = "nothing here depends on the client";
  }
  out.answer = asked.answers;
  return out;
}

}  // namespace isochrone::node
