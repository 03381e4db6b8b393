#include "golden.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "zone/ldns.h"

namespace isochrone::wire {
namespace {

using Packet = std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)>;

std::string owned(char* text) {
  std::string copy(text);
  LDNS_FREE(text);
  return copy;
}

std::string status_line(const ldns_pkt* packet) {
  const int rcode = ldns_pkt_get_rcode(packet) | ldns_pkt_edns_extended_rcode(packet) << 4;
  std::string line = fmt::format("id {:04x}, opcode {}, rcode {},", ldns_pkt_id(packet),
                                 static_cast<int>(ldns_pkt_get_opcode(packet)), rcode);
  if (ldns_pkt_qr(packet)) line += " qr";
  if (ldns_pkt_aa(packet)) line += " aa";
  if (ldns_pkt_tc(packet)) line += " tc";
  if (ldns_pkt_rd(packet)) line += " rd";
  if (ldns_pkt_ra(packet)) line += " ra";
  if (ldns_pkt_ad(packet)) line += " ad";
  if (ldns_pkt_cd(packet)) line += " cd";
  return line;
}

std::string text_of(const ldns_rr* rr) {
  std::string text = owned(ldns_rr2str(rr));
  text.erase(text.find_last_not_of(" \n") + 1);
  std::replace(text.begin(), text.end(), '\t', ' ');
  return text;
}

void add_records(std::vector<std::string>& lines, const char* section, const ldns_rr_list* records) {
  for (size_t i = 0; i < ldns_rr_list_rr_count(records); ++i)
    lines.push_back(fmt::format("{}: {}", section, text_of(ldns_rr_list_rr(records, i))));
}

std::string opt_line(const ldns_pkt* packet) {
  std::string line =
      fmt::format("opt: payload {}{}", ldns_pkt_edns_udp_size(packet), ldns_pkt_edns_do(packet) ? ", do" : "");
  if (const ldns_rdf* data = ldns_pkt_edns_data(packet)) {
    line += ", " + to_hex({ldns_rdf_data(data), ldns_rdf_size(data)});
  }
  return line;
}

}  // namespace

Golden load_golden(std::string_view name) {
  std::ifstream file(fmt::format("{}/{}.hex", GOLDEN_DIR, name));
  if (!file) throw std::runtime_error(fmt::format("no golden packet {}", name));
  Golden golden;
  std::string line, text;
  while (std::getline(file, line)) {
    if (line.starts_with("> ")) {
      golden.reading.push_back(line.substr(2));
    } else {
      text += line + '\n';
    }
  }
  golden.octets = hex(text);
  return golden;
}

std::vector<std::string> describe(const Octets& message) {
  ldns_pkt* raw = nullptr;
  const ldns_status status = ldns_wire2pkt(&raw, message.data(), message.size());
  if (status != LDNS_STATUS_OK) return {fmt::format("malformed: {}", ldns_get_errorstr_by_id(status))};
  const Packet packet(raw, &ldns_pkt_free);

  std::vector<std::string> lines{status_line(packet.get())};
  add_records(lines, "question", ldns_pkt_question(packet.get()));
  add_records(lines, "answer", ldns_pkt_answer(packet.get()));
  add_records(lines, "authority", ldns_pkt_authority(packet.get()));
  add_records(lines, "additional", ldns_pkt_additional(packet.get()));
  if (ldns_pkt_edns(packet.get())) lines.push_back(opt_line(packet.get()));
  if (ldns_rr* tsig = ldns_pkt_tsig(packet.get())) lines.push_back("tsig: " + text_of(tsig));
  return lines;
}

}  // namespace isochrone::wire
