#pragma once
// Small worlds to ask questions of, and answers as lines of text. ldns, which did not make them, reads the answers.

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../zone/zone_text.h"
#include "answer/responder.h"
#include "wire/response.h"
#include "zone/ldns.h"

namespace isochrone::answer {

using Octets = std::vector<uint8_t>;

inline Octets from_hex(std::string_view text) {
  Octets octets;
  std::string digits;
  for (const char c : text)
    if (std::isxdigit(static_cast<unsigned char>(c))) digits += c;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    octets.push_back(static_cast<uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return octets;
}

inline void put16(Octets& octets, size_t value) {
  octets.push_back(static_cast<uint8_t>(value >> 8));
  octets.push_back(static_cast<uint8_t>(value));
}

struct Ask {
  std::string name;
  std::string type = "A";
  int payload = -1;          // of an OPT RR; -1: no EDNS
  Octets options{};          // of the OPT RR, whole
  bool dnssec_ok = false;
  int version = 0;
  uint16_t flags = 0x0000;
  uint16_t qclass = 1;
  bool tcp = false;
  std::string from = "203.0.113.53";
};

// An EDNS option with its head.
inline Octets option(uint16_t code, const Octets& data) {
  Octets octets;
  put16(octets, code);
  put16(octets, data.size());
  octets.insert(octets.end(), data.begin(), data.end());
  return octets;
}

inline Octets ecs(std::string_view prefix) {
  const Prefix p = Prefix::parse(prefix).value();
  Octets data;
  put16(data, p.family() == Family::V4 ? 1 : 2);
  data.push_back(p.len);
  data.push_back(0);
  data.insert(data.end(), p.address.octets.begin(), p.address.octets.begin() + (p.len + 7) / 8);
  return option(8, data);
}

inline Octets query_octets(const Ask& ask) {
  Octets q{0x1a, 0x2b};
  put16(q, ask.flags);
  for (const int count : {1, 0, 0, ask.payload >= 0 ? 1 : 0}) put16(q, static_cast<size_t>(count));
  const wire::Name name = zone::name(ask.name);
  q.insert(q.end(), name.wire().begin(), name.wire().end());
  put16(q, static_cast<size_t>(*wire::parse_type(ask.type)));
  put16(q, ask.qclass);
  if (ask.payload < 0) return q;
  q.push_back(0);
  put16(q, 41);
  put16(q, static_cast<size_t>(ask.payload));
  q.push_back(0);
  q.push_back(static_cast<uint8_t>(ask.version));
  put16(q, ask.dnssec_ok ? 0x8000 : 0);
  put16(q, ask.options.size());
  q.insert(q.end(), ask.options.begin(), ask.options.end());
  return q;
}

// What the answer says: "NOERROR aa", then each RR as "answer: OWNER TTL IN TYPE RDATA", "authority: …",
// "additional: …" in order, without the OPT RR. "nothing" for no answer, "garbage" for what ldns cannot read.
inline std::string to_lines(const Octets& answer) {
  if (answer.empty()) return "nothing";
  ldns_pkt* raw = nullptr;
  if (ldns_wire2pkt(&raw, answer.data(), answer.size()) != LDNS_STATUS_OK) return "garbage";
  const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(raw, ldns_pkt_free);
  const int rcode = ldns_pkt_get_rcode(raw) | ldns_pkt_edns_extended_rcode(raw) << 4;
  std::string lines = wire::to_text(static_cast<wire::Rcode>(rcode));
  if (ldns_pkt_aa(raw)) lines += " aa";
  if (ldns_pkt_tc(raw)) lines += " tc";
  const auto add = [&](std::string_view section, const ldns_rr_list* list) {
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
      const std::unique_ptr<char, decltype(&free)> text(ldns_rr2str(ldns_rr_list_rr(list, i)), free);
      std::string line(text.get());
      for (char& c : line)
        if (c == '\t') c = ' ';
      while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
      lines += "\n" + std::string(section) + ": " + line;
    }
  };
  add("answer", ldns_pkt_answer(raw));
  add("authority", ldns_pkt_authority(raw));
  add("additional", ldns_pkt_additional(raw));
  return lines;
}

// The options of an answer's OPT RR, in hex; "no OPT" without one.
inline std::string options_of(const Octets& answer) {
  ldns_pkt* raw = nullptr;
  if (ldns_wire2pkt(&raw, answer.data(), answer.size()) != LDNS_STATUS_OK) return "garbage";
  const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(raw, ldns_pkt_free);
  if (!ldns_pkt_edns(raw)) return "no OPT";
  const ldns_rdf* data = ldns_pkt_edns_data(raw);
  std::string hex;
  for (size_t i = 0; data && i < ldns_rdf_size(data); ++i) hex += fmt::format("{:02x}", ldns_rdf_data(data)[i]);
  return hex;
}

class World {
 public:
  World() {
    counters = &table.add_worker();
    snapshot.zones = std::make_shared<zone::ZoneSet>();
  }

  // `text` is the whole master file.
  World& zone(std::string_view apex, std::string_view text, std::initializer_list<std::pair<std::string_view, zone::PoolId>> pools = {}) {
    Problems problems;
    zone::ZoneBuilder builder(zone::name(apex), 7, {"zone"});
    zone::parse_into(builder, text, zone::name(apex), problems);
    for (const auto& [owner, pool] : pools) builder.set_pool(zone::name(owner).wire(), pool, {"zone"});
    auto built = builder.build(problems);
    if (!built || !problems.ok()) throw std::runtime_error(problems.to_text());
    zones_.push_back(std::move(built));
    snapshot.zones = std::make_shared<zone::ZoneSet>(zones_);
    return *this;
  }

  Octets send(const Octets& query, bool tcp = false, std::string_view from = "203.0.113.53") {
    Octets out(wire::kMaxMessage);
    const Asker asker{IpAddress::parse(from).value(), tcp, now};
    out.resize(handle(query, snapshot, asker, out, *counters));
    return out;
  }
  Octets ask(const Ask& ask) { return send(query_octets(ask), ask.tcp, ask.from); }
  std::string lines(const Ask& question) { return to_lines(ask(question)); }

  Snapshot snapshot;
  CounterTable table;
  WorkerCounters* counters = nullptr;
  uint32_t now = 1'700'000'000;

 private:
  std::vector<std::shared_ptr<const zone::Zone>> zones_;
};

}  // namespace isochrone::answer
