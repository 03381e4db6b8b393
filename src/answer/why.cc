#include "answer/why.h"

#include <fmt/format.h>

#include <algorithm>

#include "answer/additional.h"
#include "answer/steered.h"
#include "steer/telling.h"
#include "wire/rr.h"

namespace isochrone::answer {
namespace {

constexpr size_t kRegionsTold = 60;  // of a family; more would not fit into a message over TCP
constexpr size_t kMaxString = 255;   // RFC 1035 §3.3

// Without it a small question with a forged source address would bring a long answer.
bool is_proven(const Answering& a) {
  if (a.asker.tcp) return true;
  const auto& cookie = a.query.edns.cookie;
  if (!cookie) return false;
  const auto check =
      wire::check_server_cookie(*cookie, a.asker.resolver, a.asker.unix_seconds, a.snapshot.settings.cookies);
  return check == wire::CookieCheck::Good || check == wire::CookieCheck::Stale;
}

// An RRset of TXT, a line a record: each says by itself what it is of, for resolvers give them in any order.
class Lines {
 public:
  void add(std::string_view line) {
    const std::string text = printable(line);
    const size_t strings = (text.size() + kMaxString - 1) / kMaxString;
    const size_t begin = wire_.size();
    wire_.resize(begin + wire::kRrHeader);
    wire::put_rr_header(wire_.data() + begin, wire::Type::TXT, 0, text.size() + strings);
    for (size_t at = 0; at < text.size(); at += kMaxString) {
      const size_t size = std::min(kMaxString, text.size() - at);
      wire_.push_back(static_cast<uint8_t>(size));
      wire_.insert(wire_.end(), text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(at + size));
    }
    ++count_;
  }
  std::span<const uint8_t> wire() const { return wire_; }
  uint16_t count() const { return count_; }

 private:
  // ASCII alone: what tools print of TXT is escaped otherwise.
  static std::string printable(std::string_view line) {
    std::string out;
    for (const char c : line) {
      const auto octet = static_cast<uint8_t>(c);
      if (octet >= 0x20 && octet < 0x7f) out += c;
      else if (octet == 0xc2) out += "+-";  // "±" is the one other that our words have
      else if (octet != 0xb1) out += '?';
    }
    return out;
  }
  std::vector<uint8_t> wire_;
  uint16_t count_ = 0;
};

std::string addresses_of(const steer::Choice& choice) {
  std::string out;
  for_each_answer(choice, [&](const steer::Answer& answer) {
    out += answer.name;
    for (const IpAddress& address : answer.addresses) out += (out.empty() ? "" : " ") + address.to_text();
    return true;
  });
  return out;
}

class Reasons {
 public:
  Reasons(Answering& a, zone::PoolId pool, const steer::Client& client) : a_(a), pool_(pool), client_(client) {}

  Lines tell() {
    tell_client();
    if (pool().gives_names) tell("CNAME", Family::V4);
    else tell("A", Family::V4), tell("AAAA", Family::V6);
    return std::move(lines_);
  }

 private:
  const steer::Pool& pool() const { return *a_.snapshot.steering.pools[pool_]; }

  void tell_client() {
    const steer::Explanation choice = steer::explain(a_.snapshot.steering, pool_, Family::V4, client_);
    const steer::Telling telling(a_.snapshot.steering, a_.snapshot.why->tables, pool(), choice);
    const auto& subnet = a_.query.edns.subnet;
    lines_.add(fmt::format("client: {}; its block {}; client subnet sent: {}; asked by {}", telling.client(), telling.block(),
                           subnet ? subnet->prefix().to_text() : "none", a_.asker.resolver.to_text()));
  }

  void tell(const char* type, Family family) {
    const steer::Explanation choice = steer::explain(a_.snapshot.steering, pool_, family, client_);
    const steer::Telling telling(a_.snapshot.steering, a_.snapshot.why->tables, pool(), choice);
    const std::string given = addresses_of(choice.choice);
    if (given.empty()) lines_.add(fmt::format("{}: no address: {}", type, telling.decided()));
    else lines_.add(answer(type, given, choice));
    if (choice.lines.empty() || choice.decided_by == steer::DecidedBy::NoGateway) return;
    if (!given.empty()) lines_.add(fmt::format("{} decided: {}", type, telling.decided()));
    const std::string vantage = telling.vantage();
    lines_.add(fmt::format("{} verdicts: {}", type, vantage.empty() ? "the quorum's" : "vantage " + vantage + "'s"));
    tell_regions(type, family, pool(), choice, "");
  }

  // And of the pool that the chosen gateway is, if it is one: "emea/westeurope".
  void tell_regions(const char* type, Family family, const steer::Pool& pool, const steer::Explanation& choice, const std::string& path) {
    const steer::Telling telling(a_.snapshot.steering, a_.snapshot.why->tables, pool, choice);
    if (!path.empty()) lines_.add(fmt::format("{} in {} decided: {}", type, path, telling.decided()));
    size_t told = 0;
    for (const auto& line : choice.lines) {
      if (told++ == kRegionsTold) break;
      lines_.add(region(type, line, telling, family, path));
    }
    if (choice.lines.size() > kRegionsTold)
      lines_.add(fmt::format("{} {}further: {} regions more", type, path, choice.lines.size() - kRegionsTold));
    if (choice.nested.empty()) return;
    for (const steer::GatewayState& gateway : pool.gateways)
      if (gateway.region == choice.choice.gateway && gateway.nested)
        tell_regions(type, family, *gateway.nested, choice.nested.front(), path + choice.nested_name + "/");
  }

  static std::string answer(const char* type, const std::string& given, const steer::Explanation& choice) {
    std::string out = fmt::format("{}: {}; TTL {} s, {}", type, given, choice.choice.lowered_ttl ? choice.choice.lowered_ttl : choice.choice.answer->ttl, steer::to_text(choice.ttl_reason));
    if (choice.client.has_subnet) out += fmt::format("; scope /{}", int{choice.choice.scope_prefix_len});
    return out + ", " + std::string(steer::to_text(choice.scope_reason));
  }

  // "A 1 west: 12.00 ms, up, table latency.csv, 192.0.2.0/24, given"
  std::string region(const char* type, const steer::Explanation::Line& line, const steer::Telling& telling, Family family,
                     const std::string& path) const {
    std::string out = fmt::format("{} {} {}{}: ", type, line.position ? std::to_string(line.position) : "-", path, telling.region(line.region));
    if (line.estimate) out += fmt::format("{:.2f} ms, ", to_milliseconds(line.estimate->value()));
    out += telling.verdict(line) + ", " + telling.source(line);
    if (const auto age = age_of(line, family)) out += fmt::format(", {} ago", to_text(std::chrono::seconds(*age)));
    if (line.weight != 1) out += fmt::format(", weight {}", line.weight);
    if (line.in_band) out += ", within the tolerance";
    if (line.chosen) out += ", given";
    return out;
  }

  std::optional<uint32_t> age_of(const steer::Explanation::Line& line, Family family) const {
    if (line.from == steer::Explanation::From::Observed) {
      const auto age = static_cast<int32_t>(a_.asker.unix_seconds - line.observed->at);
      return age > 0 ? static_cast<uint32_t>(age) : 0;
    }
    if (!a_.snapshot.measured_at || line.from != steer::Explanation::From::Vantage) return std::nullopt;
    return a_.snapshot.measured_at->age(line.vantage, line.region, family, a_.asker.unix_seconds);
  }

  Answering& a_;
  zone::PoolId pool_;
  const steer::Client& client_;
  Lines lines_;
};

Step tell_reasons(Answering& a, zone::PoolId pool) {
  if (!is_proven(a)) return Step::Truncated;
  const Lines lines = Reasons(a, pool, client_of(a)).tell();
  // They name the very network that was sent, so they are for no wider one, and for one longer where the service's are.
  if (const auto& subnet = a.query.edns.subnet; subnet && subnet->source_prefix_len != 0) {
    uint8_t scope = subnet->source_prefix_len;
    for (const Family family : {Family::V4, Family::V6})
      scope = std::max(scope, steer::steer(a.snapshot.steering, pool, family, client_of(a)).scope_prefix_len);
    a.opt.scope_prefix_len = scope;
  }
  const bool fits = a.response.append(wire::Section::Answer, a.owner(), wire::Type::TXT, lines.count(), lines.wire());
  return fits ? Step::Hit : Step::Truncated;
}

}  // namespace

const WhyZone* find_why(const Answering& a, const zone::Found& found) {
  if (!a.snapshot.why || found.cut_suffix + 1 != a.apex_suffix) return nullptr;
  const WhyZone* why = a.snapshot.why->find(*a.zone);
  return why && wire::equal(why->zone->apex().wire(), a.name->suffix(found.cut_suffix)) ? why : nullptr;
}

Step answer_why(Answering& a, const WhyZone& why) {
  if (std::ranges::none_of(why.allow, [&](const Prefix& net) { return net.contains(a.asker.resolver); })) return Step::Refused;
  a.zone = why.zone.get();
  --a.apex_suffix;
  const zone::Found found = a.zone->find(*a.name, a.apex_suffix);
  const zone::Node node = found.exact ? found.node : found.wildcard;
  if (!node) return Step::NxDomain;
  const wire::Type qtype = a.query.qtype;
  const bool any = qtype == wire::Type::ANY;
  const auto rrset = any && node.rrset_count() != 0 ? std::optional(node.rrset(0)) : node.find(qtype);
  if (rrset) {
    if (!a.response.append(wire::Section::Answer, a.owner(), rrset->type, rrset->count, rrset->wire)) return Step::Truncated;
    if (has_additional(rrset->type)) append_additional(a, *rrset);
    return Step::Hit;
  }
  if (node.pool() != zone::kNoPool && (any || qtype == wire::Type::TXT)) return tell_reasons(a, node.pool());
  return Step::NoData;
}

}  // namespace isochrone::answer
