#include "node/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/asked.h"
#include "steer/explain.h"

namespace isochrone::node {

namespace {

struct Question {
  wire::Name name;
  wire::QName qname;
  std::optional<Prefix> subnet;
  IpAddress resolver;
};

Result<Question> parse(const admin::ExplainRequest& request) {
  Question question;
  auto name = wire::Name::parse(request.name);
  if (!name) return fail(fmt::format("name '{}': {}", request.name, name.error().text));
  question.name = std::move(*name);
  question.qname.assign(question.name.wire());
  if (!request.client.empty()) {
    bool host_bits = false;
    question.subnet = Prefix::parse(request.client, &host_bits);
    if (!question.subnet)
      return fail(fmt::format("client '{}': {}; expected a prefix such as 192.0.2.0/24", request.client,
                              host_bits ? "bits are set beyond the prefix" : "not a prefix"));
  }
  const std::string resolver = request.resolver.empty() ? "127.0.0.1" : request.resolver;
  const auto address = IpAddress::parse(resolver);
  if (!address) return fail(fmt::format("resolver '{}': not an IP address", resolver));
  question.resolver = *address;
  return question;
}

// The pool that steers the name: its own, or that of the wildcard it is synthesized from.
zone::PoolId find_pool(const answer::Snapshot& snapshot, const wire::QName& qname, wire::Type type) {
  if (type != wire::Type::A && type != wire::Type::AAAA) return zone::kNoPool;
  const auto match = snapshot.zones->find(qname);
  if (!match.zone) return zone::kNoPool;
  const zone::Found found = match.zone->find(qname, match.apex_suffix);
  if (found.cut || found.dname) return zone::kNoPool;
  const zone::Node node = found.exact ? found.node : found.wildcard;
  return node ? node.pool() : zone::kNoPool;
}

class Telling {
 public:
  Telling(const ExplainContext& context, const steer::Pool& pool, const steer::Explanation& choice, Family family)
      : context_(context), pool_(pool), choice_(choice), family_(family) {}

  std::string client() const {
    const steer::Client& c = choice_.client;
    const bool subnet = c.from == steer::Client::From::Subnet;
    std::string out = c.address.to_text() + (subnet ? fmt::format("/{} (client subnet)", int{c.source_prefix_len}) : " (resolver)");
    out += place();
    if (!subnet && c.has_subnet) out += c.source_prefix_len == 0 ? ", the client asked not to be located" : ", the client subnet is private";
    return out;
  }

  std::string block() const {
    const steer::Client& c = choice_.client;
    return Prefix::make(c.address, c.block.len).to_text();
  }

  admin::ExplainEstimate line(const steer::Explanation::Line& l) const {
    admin::ExplainEstimate out;
    out.region = region(l.region);
    if (l.estimate) out.estimate = l.estimate->value();
    out.source = way(l) + source(l);
    // Of a pool in the pool it is the age of one of its regions, which is told there.
    const bool ours = l.region < context_.world.regions.size();
    if (l.from == steer::Explanation::From::Vantage && ours) out.age = context_.health.view(l.region, family_, l.vantage, context_.now).age;
    out.verdict = verdict(l);
    out.eligible = l.eligible;
    out.chosen = l.chosen;
    return out;
  }

  std::string decided() const {
    std::string out(steer::to_text(choice_.decided_by));
    out += among();
    if (choice_.unplaced) out += "; the client's place is not known";
    if (choice_.drained_used) out += "; only drained gateways were left";
    if (choice_.unknown_used) out += "; only gateways not probed yet were left";
    if (choice_.choice.outcome == steer::Outcome::AllDown) out += "; nothing is healthy";
    return out;
  }

  std::string vantage() const {
    return choice_.by_quorum || choice_.vantage == steer::kNoVantage ? "" : context_.world.vantages[choice_.vantage].name;
  }

  std::string region(steer::RegionId id) const { return std::string(steer::name_of(pool_, context_.world.regions, id)); }

 private:
  // " in JP, at 35.68, 139.77": as far as a pool is routed by it.
  std::string place() const {
    std::string out;
    if (!choice_.locality) return out;
    const steer::Locality& at = *choice_.locality;
    if (at.country[0] != 0) out += fmt::format(" in {}{}", at.country[0], at.country[1]);
    if (at.located) out += fmt::format(" at {:.2f}, {:.2f}", at.latitude, at.longitude);
    return out;
  }

  std::string among_areas() const {
    using steer::DecidedBy;
    if (choice_.decided_by == DecidedBy::ServesRest) return "";
    if (choice_.area.empty()) return ", of those that serve whom no other serves";
    return choice_.decided_by == DecidedBy::ServesArea ? ": " + choice_.area : ", of those that serve " + choice_.area;
  }

  // Of `routing: subnet` and `geographic`: those that were ranked.
  std::string among() const {
    using steer::DecidedBy;
    if (choice_.by_area) return among_areas();
    if (!choice_.by_network || choice_.decided_by == DecidedBy::ServesRest) return "";
    if (!choice_.network) return ", of those that serve whom no other serves";
    const std::string network = choice_.network->to_text();
    return choice_.decided_by == DecidedBy::Serves ? ": " + network : ", of those that serve " + network;
  }

  // Of `routing: proximity`: what ranked it.
  static std::string way(const steer::Explanation::Line& l) {
    if (!l.km) return "";
    if (l.bias == 0) return fmt::format("{:.0f} km; ", *l.km);
    return fmt::format("{:.0f} km, counted as {:.0f} by its bias; ", *l.km, *l.km * steer::reach_of(l.bias) / steer::reach_of(0));
  }

  std::string source(const steer::Explanation::Line& l) const {
    using From = steer::Explanation::From;
    const std::string prefix = Prefix::make(choice_.client.address, l.prefix_len).to_text();
    switch (l.from) {
      case From::Table: return fmt::format("table {}, {}", context_.world.tables[l.table], prefix);
      case From::Vantage:
        // Without a length: it covers the client's AS or country.
        if (l.prefix_len == 0) return fmt::format("vantage {}, which covers this AS or country", context_.world.vantages[l.vantage].name);
        return fmt::format("vantage {}, {}", context_.world.vantages[l.vantage].name, prefix);
      case From::Prediction: return prediction(l.prediction);
      case From::Median: return "median over the vantages";
      case From::None: break;
    }
    return "not measured";
  }

  std::string prediction(steer::PredictionId id) const {
    const steer::Predicted& predicted = *context_.snapshot.steering.predicted;
    if (predicted.geography) return "prediction (by distance alone)";
    return fmt::format("prediction ({} observations, ± {:.1f} ms)", predicted.observations, predicted.spread_ms[id]);
  }

  static std::string verdict(const steer::Explanation::Line& l) {
    if (!l.enabled) return "disabled";
    if (!l.has_family) return "no address";
    std::string out(steer::to_text(l.verdict));
    if (l.verdict != l.quorum) out += fmt::format(" here, {} by quorum", steer::to_text(l.quorum));
    if (l.shed) out += ", sheds this network";
    return l.drained ? out + ", drained" : out;
  }

  const ExplainContext& context_;
  const steer::Pool& pool_;
  const steer::Explanation& choice_;
  Family family_;
};

// What the chosen pool in the pool did, its gateways behind the others: "emea/westeurope".
void add_nested(const ExplainContext& context, const steer::Pool& pool, const steer::Explanation& choice, Family family,
                const std::string& path, admin::Explanation& out) {
  if (choice.nested.empty()) return;
  const auto& gateway = *std::find_if(pool.gateways.begin(), pool.gateways.end(), [&](auto& g) { return g.region == choice.choice.gateway; });
  const steer::Explanation& inner = choice.nested.front();
  const Telling telling(context, *gateway.nested, inner, family);
  out.decided_by += fmt::format("; in {}: {}", path, telling.decided());
  for (const auto& line : inner.lines) {
    out.estimates.push_back(telling.line(line));
    out.estimates.back().region = path + "/" + out.estimates.back().region;
  }
  add_nested(context, *gateway.nested, inner, family, path + "/" + inner.nested_name, out);
}

void add_choice(const ExplainContext& context, const Question& question, zone::PoolId pool, Family family,
                admin::Explanation& out) {
  const steer::Steering& steering = context.snapshot.steering;
  const steer::Client client = steer::locate(steering, question.subnet, question.resolver);
  const steer::Explanation choice = steer::explain(steering, pool, family, client);
  const steer::Pool& built = *steering.pools[pool];
  const Telling telling(context, built, choice, family);
  out.pool = context.world.pools[pool].spec.name;
  out.client = telling.client();
  out.block = telling.block();
  out.vantage = telling.vantage();
  out.outcome = steer::to_text(choice.choice.outcome);
  out.decided_by = telling.decided();
  out.ttl_reason = steer::to_text(choice.ttl_reason);
  out.scope_reason = steer::to_text(choice.scope_reason);
  for (const auto& line : choice.lines) {
    out.estimates.push_back(telling.line(line));
    if (line.in_band) out.band.push_back(telling.region(line.region));
  }
  add_nested(context, built, choice, family, choice.nested_name, out);
}

}  // namespace

Result<admin::Explanation> explain(const admin::ExplainRequest& request, const ExplainContext& context) {
  const auto question = parse(request);
  if (!question) return tl::unexpected(question.error());
  const Asked asked = ask(context.snapshot, question->name, request.type, question->subnet, question->resolver);
  admin::Explanation out;
  out.name = question->name.to_text();
  out.type = wire::to_text(request.type);
  out.rcode = asked.rcode;
  out.ttl = asked.ttl;
  out.scope = asked.scope;
  const zone::PoolId pool = find_pool(context.snapshot, question->qname, request.type);
  if (pool != zone::kNoPool) {
    out.answer = asked.data;
    add_choice(context, *question, pool, request.type == wire::Type::A ? Family::V4 : Family::V6, out);
    return out;
  }
  out.answer = asked.answers;
  out.decided_by = asked.rcode == "REFUSED" ? "no zone of ours" : "the zone's own records, whoever asks";
  out.ttl_reason = asked.answers.empty() ? "of the negative answer (RFC 2308)" : "the zone's";
  out.scope_reason = "nothing here depends on the client";
  return out;
}

}  // namespace isochrone::node
