#include "wire/ecs.h"

#include <algorithm>

#include "wire/reader.h"
#include "wire/types.h"

namespace isochrone::wire {
namespace {

constexpr size_t kFixed = 4;  // FAMILY, SOURCE and SCOPE PREFIX-LENGTH

size_t octets_of(uint8_t prefix_len) {
  return (prefix_len + 7u) / 8;
}

// The longest SOURCE of a family; -1: we do not know it.
int max_source(ClientSubnet::Family family) {
  switch (family) {
    // RFC 7871 §7.1.2: FAMILY says nothing where SOURCE is 0, and dig +subnet=0 sends 0 in both; BIND takes it too.
    case ClientSubnet::Family::None:
      return 0;
    case ClientSubnet::Family::V4:
      return 32;
    case ClientSubnet::Family::V6:
      return 128;
  }
  return -1;
}

}  // namespace

std::optional<ClientSubnet> parse_client_subnet(std::span<const uint8_t> option) {
  ClientSubnet subnet;
  WireReader in(option);
  subnet.family = static_cast<ClientSubnet::Family>(in.u16());
  subnet.source_prefix_len = in.u8();
  const uint8_t scope = in.u8();
  const auto address = in.bytes(octets_of(subnet.source_prefix_len));
  if (in.failed() || in.remaining() != 0) return std::nullopt;
  if (subnet.source_prefix_len > max_source(subnet.family)) return std::nullopt;
  if (scope != 0) return std::nullopt;  // RFC 7871 §6: MUST be 0 in queries

  std::copy(address.begin(), address.end(), subnet.address.begin());
  // RFC 7871 §6: bits beyond SOURCE MUST be zero; §7.1.2 asks for FORMERR, so that faulty clients are noticed.
  const int spare = 8 * static_cast<int>(address.size()) - subnet.source_prefix_len;
  if (spare != 0 && (address.back() & ((1u << spare) - 1)) != 0) return std::nullopt;
  return subnet;
}

size_t client_subnet_size(const ClientSubnet& subnet) {
  return 4 + kFixed + octets_of(subnet.source_prefix_len);
}

void append_client_subnet(WireWriter& out, const ClientSubnet& subnet, uint8_t scope_prefix_len) {
  const size_t octets = octets_of(subnet.source_prefix_len);
  // OPTION-CODE, OPTION-LENGTH, FAMILY, SOURCE and SCOPE PREFIX-LENGTH
  out.bytes(std::array<uint8_t, 4 + kFixed>{0, static_cast<uint8_t>(Option::ClientSubnet), 0, static_cast<uint8_t>(kFixed + octets), 0,
                                            static_cast<uint8_t>(subnet.family), subnet.source_prefix_len, scope_prefix_len});
  out.bytes(std::span(subnet.address).first(octets));
}

}  // namespace isochrone::wire
