#pragma once
// EDNS Client Subnet, RFC 7871: the option's octets as a value, and the option of an answer.

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "util/ip.h"
#include "wire/writer.h"

namespace isochrone::wire {

// The option of a query. Always well formed: it comes out of parse_client_subnet().
struct ClientSubnet {
  // IANA address family numbers. None only with SOURCE PREFIX-LENGTH 0: "do not use my address" said by a client
  // that names no family either.
  enum class Family : uint16_t { None = 0, V4 = 1, V6 = 2 };

  Family family = Family::None;
  uint8_t source_prefix_len = 0;      // bits; ≤ 32 (V4), ≤ 128 (V6), 0 (None)
  std::array<uint8_t, 16> address{};  // network order; zero from source_prefix_len on

  // For steering. SOURCE 0 is a prefix of length 0, of IPv4 where no family is named.
  Prefix prefix() const {
    return {{family == Family::V6 ? isochrone::Family::V6 : isochrone::Family::V4, address}, source_prefix_len};
  }
};

// `option` is OPTION-DATA. nullopt means FORMERR (RFC 7871 §7.1.1, §7.2.1): unknown family, a prefix longer than its
// addresses, octets missing or too many, bits set beyond the prefix, a SCOPE that is not 0 in a query.
std::optional<ClientSubnet> parse_client_subnet(std::span<const uint8_t> option);

// Octets of the whole option in an answer, code and length included.
size_t client_subnet_size(const ClientSubnet& subnet);

// The whole option, with FAMILY, SOURCE and ADDRESS as they were sent (RFC 7871 §7.2.1).
void append_client_subnet(WireWriter& out, const ClientSubnet& subnet, uint8_t scope_prefix_len);

}  // namespace isochrone::wire
