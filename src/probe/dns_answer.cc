#include "probe/dns_answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/query.h"
#include "wire/reader.h"
#include "wire/types.h"

namespace isochrone::probe {

using health::ProbeSpec;

namespace {

constexpr size_t kTold = 3;  // addresses in a reason

std::string listed(const std::vector<IpAddress>& addresses) {
  std::string text;
  for (size_t i = 0; i < std::min(addresses.size(), kTold); ++i)
    text += (i == 0 ? "" : ", ") + addresses[i].to_text();
  if (addresses.size() > kTold) text += fmt::format(" and {} more", addresses.size() - kTold);
  return text;
}

}  // namespace

AddressesInAnswer addresses_in(std::span<const uint8_t> message, uint16_t type) {
  wire::WireReader in(message);
  in.bytes(6);  // id, flags, QDCOUNT
  const uint16_t count = in.u16();
  in.bytes(4);
  wire::skip_name(in);
  in.bytes(4);  // QTYPE, QCLASS
  AddressesInAnswer found;
  for (int i = 0; i < count && !in.failed(); ++i) {
    wire::skip_name(in);
    const uint16_t rr_type = in.u16();
    in.bytes(2);  // class
    const uint32_t ttl = in.u32();
    const auto rdata = in.bytes(in.u16());
    if (in.failed()) break;
    found.ttl = std::min(found.ttl, ttl);
    if (rr_type != type) continue;
    if (rdata.size() == 4 && type == static_cast<uint16_t>(wire::Type::A))
      found.addresses.push_back(IpAddress::v4(uint32_t{rdata[0]} << 24 | uint32_t{rdata[1]} << 16 | uint32_t{rdata[2]} << 8 | rdata[3]));
    if (rdata.size() == 16 && type == static_cast<uint16_t>(wire::Type::AAAA)) found.addresses.push_back(IpAddress::v6(rdata.data()));
  }
  return found;
}

std::string find_dns_fault(std::span<const uint8_t> message, const ProbeSpec& spec) {
  if (message.size() < wire::kHeaderSize) return "an answer without a header";
  const auto question =
      fmt::format("{} {}", spec.dns_name, wire::to_text(static_cast<wire::Type>(spec.dns_type)));
  const uint16_t rcode = message[3] & 15;
  if (std::ranges::find(spec.expect_rcodes, rcode) == spec.expect_rcodes.end()) {
    std::vector<std::string> expected;
    for (const uint16_t code : spec.expect_rcodes) expected.push_back(wire::to_text(static_cast<wire::Rcode>(code)));
    return fmt::format("{} for {}, expected {}", wire::to_text(static_cast<wire::Rcode>(rcode)), question,
                       fmt::join(expected, " or "));
  }
  if (spec.expect_answers.empty()) return {};
  const std::vector<IpAddress> found = addresses_in(message, spec.dns_type).addresses;
  if (std::ranges::find_first_of(found, spec.expect_answers) != found.end()) return {};
  const bool truncated = (message[2] & 2) != 0;
  return fmt::format("{} for {}{}, expected {}", found.empty() ? "no address" : listed(found), question,
                     truncated ? " (cut: TC is set; 'tcp: true' gets all of it)" : "", listed(spec.expect_answers));
}

}  // namespace isochrone::probe
