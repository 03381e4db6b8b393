#include "steer/pool_answer.h"

#include <algorithm>

#include "steer/verdicts.h"
#include "wire/rr.h"

namespace isochrone::steer {

namespace {

// 1232 (the UDP payload we offer) less header 12, question 259, OPT 11, cookie 28, ECS 24, NSID and EDE 98.
constexpr size_t kServeAllOctets = 800;

size_t rr_size(Family family) { return wire::kRrHeader + (family == Family::V4 ? 4 : 16); }

void append_rr(std::vector<uint8_t>& out, wire::Type type, wire::Ttl ttl, std::span<const uint8_t> rdata) {
  const size_t begin = out.size();
  out.resize(begin + wire::kRrHeader);
  wire::put_rr_header(out.data() + begin, type, ttl, rdata.size());
  out.insert(out.end(), rdata.begin(), rdata.end());
}

Answer name_answer(const wire::Name& name, wire::Ttl ttl, TtlReason reason) {
  Answer answer;
  answer.ttl = ttl;
  answer.ttl_reason = reason;
  answer.count = 1;
  answer.type = wire::Type::CNAME;
  answer.name = name.to_host_text();
  append_rr(answer.wire, wire::Type::CNAME, ttl, name.wire());
  return answer;
}

}  // namespace

Answer make_answer(std::span<const IpAddress> addresses, wire::Ttl ttl, TtlReason reason) {
  Answer answer;
  answer.ttl = ttl;
  answer.ttl_reason = reason;
  answer.count = static_cast<uint16_t>(addresses.size());
  if (!addresses.empty()) answer.type = addresses.front().family == Family::V4 ? wire::Type::A : wire::Type::AAAA;
  answer.addresses.assign(addresses.begin(), addresses.end());
  if (!addresses.empty()) answer.wire.reserve(addresses.size() * rr_size(addresses.front().family));
  for (const IpAddress& address : addresses)
    append_rr(answer.wire, answer.type, ttl, std::span(address.octets).first(static_cast<size_t>(address.size())));
  return answer;
}

Answer gateway_answer(const PoolSpec& spec, const GatewayState& gateway, Family family, VantageId vantage) {
  const Verdict best = verdict_of(gateway, family, vantage);
  std::vector<IpAddress> addresses;
  const wire::Name* name = nullptr;
  bool failing = false;
  for (const AddressState& address : gateway.addresses) {
    if (!address.serves(family) || verdict_of(address, vantage) != best) continue;
    if (address.name) name = address.name.get();
    else addresses.push_back(address.address);
    failing |= address.failing;
  }
  const TtlReason reason = best == Verdict::Down ? TtlReason::AllDown : failing ? TtlReason::Failing : TtlReason::Configured;
  const wire::Ttl ttl = reason == TtlReason::Configured ? spec.ttl : std::min(spec.ttl, spec.ttl_min);
  return name ? name_answer(*name, ttl, reason) : make_answer(addresses, ttl, reason);
}

std::vector<Answer> answers_to_combine(const PoolSpec& spec, std::span<const GatewayState* const> gateways,
                                       Family family, VantageId vantage) {
  std::vector<Answer> answers;
  for (const GatewayState* gateway : gateways) answers.push_back(gateway_answer(spec, *gateway, family, vantage));
  const auto lowest = std::min_element(answers.begin(), answers.end(), [](auto& a, auto& b) { return a.ttl < b.ttl; });
  if (lowest == answers.end()) return answers;
  const wire::Ttl ttl = lowest->ttl;
  const TtlReason reason = lowest->ttl_reason;
  for (Answer& answer : answers) answer = make_answer(answer.addresses, ttl, reason);
  return answers;
}

Answer combined(std::span<const Answer> answers) {
  std::vector<IpAddress> addresses;
  for (const Answer& answer : answers) addresses.insert(addresses.end(), answer.addresses.begin(), answer.addresses.end());
  return make_answer(addresses, answers.front().ttl, answers.front().ttl_reason);
}

Answer serve_all_answer(const PoolSpec& spec, std::span<const GatewayState* const> gateways, Family family) {
  const size_t room = kServeAllOctets / rr_size(family);
  std::vector<IpAddress> addresses;
  bool more = true;
  for (size_t turn = 0; more && addresses.size() < room; ++turn) {
    more = false;
    for (const GatewayState* gateway : gateways) {
      size_t seen = 0;
      for (const AddressState& address : gateway->addresses) {
        if (address.address.family != family || seen++ != turn) continue;
        if (addresses.size() < room) addresses.push_back(address.address);
        more = true;
      }
    }
  }
  return make_answer(addresses, std::min(spec.ttl, spec.ttl_min), TtlReason::AllDown);
}

}  // namespace isochrone::steer
