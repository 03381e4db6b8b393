#include "answer/additional.h"

#include <algorithm>

#include "answer/rdata.h"
#include "answer/steered.h"

namespace isochrone::answer {
namespace {

constexpr size_t kMaxHosts = 16;  // of one RRset; the addresses of more would hardly fit

// The name in RDATA; empty where there is none to look up.
wire::NameView host_of(wire::Type type, std::span<const uint8_t> rdata) {
  size_t before = 0;  // octets before the name
  switch (type) {
    case wire::Type::NS: break;
    case wire::Type::MX: before = 2; break;
    case wire::Type::SRV: before = 6; break;
    case wire::Type::SVCB:
    case wire::Type::HTTPS: before = 2; break;
    default: return {};
  }
  if (rdata.size() <= before) return {};
  rdata = rdata.subspan(before);
  size_t size = 0;
  while (size < rdata.size() && rdata[size] != 0) size += rdata[size] + size_t{1};
  return size < rdata.size() ? rdata.first(size + 1) : wire::NameView{};
}

// What a zone knows of `name`: its own data, a wildcard's included, or glue below one of its cuts.
zone::Node host_in(const zone::Zone& zone, const wire::QName& name, int apex_suffix) {
  const zone::Found found = zone.find(name, apex_suffix);
  if (found.exact) return found.node;
  return found.cut ? zone::Node() : found.wildcard;
}

bool has_addresses(const zone::Node& node) {
  return node && (node.pool() != zone::kNoPool || node.find(wire::Type::A) || node.find(wire::Type::AAAA));
}

// What the deepest of our zones around it knows of `name`, and where that has no address for it, what the zone of the answer has as
// glue: all of that goes into a referral (RFC 9471 §3.1).
zone::Node find_host(const Answering& a, const wire::QName& name) {
  const auto match = a.snapshot.zones->find(name);
  if (!match.zone) return {};
  const zone::Node node = host_in(*match.zone, name, match.apex_suffix);
  if (match.zone == a.zone || has_addresses(node)) return node;
  const wire::Name& apex = a.zone->apex();
  const int apex_suffix = name.labels - apex.label_count();
  if (apex_suffix < 0 || !wire::equal(name.suffix(apex_suffix), apex.wire())) return node;
  const zone::Node glue = host_in(*a.zone, name, apex_suffix);
  return has_addresses(glue) ? glue : node;
}

bool append_family(Answering& a, wire::NameView host, const zone::Node& node, Family family) {
  const auto type = family == Family::V4 ? wire::Type::A : wire::Type::AAAA;
  if (node.pool() != zone::kNoPool) {
    if (a.snapshot.steering.pools[node.pool()]->gives_names) return true;  // no host has such a name (RFC 2181 §10.3)
    const steer::Choice choice = choose(a, node.pool(), family);
    return append_choice(a.response, wire::Section::Additional, wire::Owner::name(host), choice);
  }
  const auto rrset = node.find(type);
  return !rrset || a.response.append(wire::Section::Additional, wire::Owner::name(host), type, rrset->count, rrset->wire);
}

bool is_svcb(wire::Type type) { return type == wire::Type::SVCB || type == wire::Type::HTTPS; }

bool append_of_node(Answering& a, wire::NameView host, const zone::Node& node) {
  const bool v4 = append_family(a, host, node, Family::V4);
  const bool v6 = append_family(a, host, node, Family::V6);
  return v4 && v6;
}

// RFC 9460 §4.1: where the alias mode leads, the SVCB RRset of the target is what is asked for next.
bool append_svcb(Answering& a, wire::NameView host, const zone::Node& node, wire::Type type) {
  const auto rrset = node.find(type);
  return !rrset ||
         a.response.append(wire::Section::Additional, wire::Owner::name(host), type, rrset->count, rrset->wire);
}

}  // namespace

bool has_additional(wire::Type type) {
  return type == wire::Type::NS || type == wire::Type::MX || type == wire::Type::SRV || is_svcb(type);
}

bool append_addresses(Answering& a, wire::NameView host, const wire::QName& name) {
  const zone::Node node = find_host(a, name);
  return !node || append_of_node(a, host, node);
}

void append_additional(Answering& a, const zone::RRset& answer) {
  std::array<wire::NameView, kMaxHosts> hosts;
  size_t count = 0;
  for_each_rdata(answer, [&](std::span<const uint8_t> rdata) {
    wire::NameView host = host_of(answer.type, rdata);
    if (is_svcb(answer.type) && host.size() == 1 && (rdata[0] | rdata[1])) host = a.spelled();  // RFC 9460 §2.5.2: "." is the owner
    if (host.size() <= 1 || count == kMaxHosts) return;
    const auto known = std::span(hosts).first(count);
    if (std::ranges::none_of(known, [&](wire::NameView other) { return wire::equal(other, host); })) hosts[count++] = host;
  });
  for (const wire::NameView host : std::span(hosts).first(count)) {
    wire::QName name;
    if (!name.assign(host)) continue;
    const zone::Node node = find_host(a, name);
    if (!node) continue;
    const bool next_asked = is_svcb(answer.type) && !wire::equal(host, a.spelled());
    if (next_asked && !append_svcb(a, host, node, answer.type)) return;
    if (!append_of_node(a, host, node)) return;
  }
}

}  // namespace isochrone::answer
