#include "node/asked.h"

#include <algorithm>
#include <memory>

#include "answer/responder.h"
#include "loop/clock.h"
#include "wire/response.h"
#include "wire/writer.h"
#include "zone/ldns.h"

namespace isochrone::node {

namespace {

struct FreePacket {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
using Packet = std::unique_ptr<ldns_pkt, FreePacket>;

std::string taken(char* text) {
  std::string out = text ? text : "";
  LDNS_FREE(text);
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  std::replace(out.begin(), out.end(), '\t', ' ');
  return out;
}

// RFC 7871 §6: FAMILY, SOURCE PREFIX-LENGTH, SCOPE PREFIX-LENGTH.
std::optional<int> scope_of(const ldns_pkt* packet) {
  const ldns_rdf* options = ldns_pkt_edns_data(packet);
  if (!options) return std::nullopt;
  const uint8_t* data = ldns_rdf_data(options);
  for (size_t at = 0, size = ldns_rdf_size(options); at + 4 <= size;) {
    const size_t code = data[at] << 8 | data[at + 1], length = data[at + 2] << 8 | data[at + 3];
    if (code == 8 && length >= 4 && at + 8 <= size) return data[at + 7];
    at += 4 + length;
  }
  return std::nullopt;
}

void read_section(const ldns_rr_list* section, ldns_rr_type type, Asked& asked) {
  for (size_t i = 0; i < ldns_rr_list_rr_count(section); ++i) {
    const ldns_rr* rr = ldns_rr_list_rr(section, i);
    asked.answers.push_back(taken(ldns_rr2str(rr)));
    asked.ttl = i == 0 ? ldns_rr_ttl(rr) : std::min(asked.ttl, ldns_rr_ttl(rr));
    if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_CNAME)
      if (auto target = wire::Name::parse(taken(ldns_rdf2str(ldns_rr_rdf(rr, 0))))) asked.leads_to = std::move(*target);
    if (ldns_rr_get_type(rr) == type && ldns_rr_rd_count(rr) != 0) asked.data.push_back(taken(ldns_rdf2str(ldns_rr_rdf(rr, 0))));
  }
}

}  // namespace

std::vector<uint8_t> make_query(const wire::Name& name, wire::Type type, const std::optional<Prefix>& subnet) {
  std::vector<uint8_t> out(wire::kHeaderSize + wire::kMaxName + 64);
  wire::WireWriter writer(out);
  for (const uint16_t field : {0x0000, 0x0000, 0x0001, 0x0000, 0x0000, subnet ? 0x0001 : 0x0000}) writer.u16(field);
  writer.bytes(name.wire());
  writer.u16(static_cast<uint16_t>(type));
  writer.u16(static_cast<uint16_t>(wire::Class::IN));
  if (subnet) {
    const size_t octets = (subnet->len + 7u) / 8;
    writer.u8(0);
    for (const uint16_t field : {41, 1232, 0, 0}) writer.u16(field);  // OPT, payload, flags
    for (const size_t field : {8 + octets, size_t{8}, 4 + octets}) writer.u16(static_cast<uint16_t>(field));
    writer.u16(subnet->family() == Family::V4 ? 1 : 2);
    writer.u8(subnet->len);
    writer.u8(0);
    writer.bytes(std::span(subnet->address.octets).first(octets));
  }
  out.resize(writer.size());
  return out;
}

Asked ask(const answer::Snapshot& snapshot, const wire::Name& name, wire::Type type, const std::optional<Prefix>& subnet,
          const IpAddress& resolver) {
  // Counters of its own, so that the real ones stay true.
  answer::CounterTable scratch;
  answer::Snapshot uncounted = snapshot;
  uncounted.slots = scratch.assign(snapshot.steering.pools, *snapshot.steering.regions);
  std::vector<uint8_t> room(wire::kMaxMessage);
  const size_t size = answer::handle(make_query(name, type, subnet), uncounted, {resolver, true, static_cast<uint32_t>(loop::unix_now())}, room, scratch.add_worker());
  ldns_pkt* parsed = nullptr;
  Asked asked;
  if (size == 0 || ldns_wire2pkt(&parsed, room.data(), size) != LDNS_STATUS_OK) return asked;
  const Packet packet(parsed);
  asked.rcode = taken(ldns_pkt_rcode2str(ldns_pkt_get_rcode(packet.get())));
  read_section(ldns_pkt_answer(packet.get()), static_cast<ldns_rr_type>(type), asked);
  const ldns_rr_list* authority = ldns_pkt_authority(packet.get());
  if (asked.answers.empty() && ldns_rr_list_rr_count(authority) != 0) {
    const ldns_rr* first = ldns_rr_list_rr(authority, 0);
    asked.ttl = ldns_rr_ttl(first);
    if (ldns_rr_get_type(first) == LDNS_RR_TYPE_NS) asked.delegated = taken(ldns_rdf2str(ldns_rr_owner(first)));
  }
  asked.scope = scope_of(packet.get());
  return asked;
}

}  // namespace isochrone::node
