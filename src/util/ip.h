#pragma once
// Addresses and prefixes as values, IPv4 and IPv6 alike.

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace isochrone {

enum class Family : uint8_t { V4 = 4, V6 = 6 };

inline Family other_than(Family family) { return family == Family::V4 ? Family::V6 : Family::V4; }
inline int max_prefix_len(Family family) { return family == Family::V4 ? 32 : 128; }

// octets in network order; an IPv4 address uses the first four, the other twelve are zero.
struct IpAddress {
  Family family = Family::V4;
  std::array<uint8_t, 16> octets{};

  static IpAddress v4(uint32_t host_order);
  static IpAddress v6(const uint8_t* sixteen_octets);
  // Presentation format without brackets, port or zone; "192.0.2.1", "2001:db8::1".
  static std::optional<IpAddress> parse(std::string_view text);

  int size() const { return family == Family::V4 ? 4 : 16; }
  uint32_t v4_value() const {  // host order; IPv4 only
    return uint32_t{octets[0]} << 24 | uint32_t{octets[1]} << 16 | uint32_t{octets[2]} << 8 | octets[3];
  }
  bool bit(int i) const { return octets[static_cast<size_t>(i) / 8] >> (7 - i % 8) & 1; }
  // All bits from `len` on cleared.
  IpAddress masked(int len) const;
  std::string to_text() const;

  auto operator<=>(const IpAddress&) const = default;
};

// Host bits are always zero: construct through make() or parse().
struct Prefix {
  IpAddress address;
  uint8_t len = 0;

  static Prefix make(const IpAddress& address, int len) {
    return {address.masked(len), static_cast<uint8_t>(len)};
  }
  // "192.0.2.0/24", "2001:db8::/32", or an address alone (its full length). nullopt where it is none of these or
  // has host bits set; `host_bits`, where given, tells the two apart.
  static std::optional<Prefix> parse(std::string_view text, bool* host_bits = nullptr);

  Family family() const { return address.family; }
  bool contains(const IpAddress& other) const { return other.family == address.family && other.masked(len) == address; }
  bool contains(const Prefix& other) const { return other.len >= len && contains(other.address); }
  std::string to_text() const;

  auto operator<=>(const Prefix&) const = default;
};

// The first address behind it; nullopt: there is none.
std::optional<IpAddress> address_behind(const Prefix& prefix);

// An IPv6 address that stands for an IPv4 one: v4-mapped ::ffff:0:0/96, NAT64 64:ff9b::/96 (RFC 6052), 6to4
// 2002::/16 (RFC 3056). `bits_before` is how many leading bits of the IPv6 form are not of the IPv4 address: a
// scope of n IPv4 bits is n + bits_before bits of what the client sent. Others come back as they are, with 0.
struct FoldedAddress {
  IpAddress address;
  int bits_before = 0;
};
FoldedAddress fold_v6(const IpAddress& address);
inline FoldedAddress fold(const IpAddress& address) {
  return address.family == Family::V4 ? FoldedAddress{address, 0} : fold_v6(address);
}

inline bool folds(const IpAddress& address) { return fold(address).bits_before != 0; }

// The same for prefixes. One that holds no bit of the IPv4 address does not fold: 2002::/16 and 64:ff9b::/96 are
// people behind a technique, not the whole of IPv4.
struct Folded {
  Prefix prefix;
  int bits_before = 0;
};
Folded fold(const Prefix& prefix);

// The IPv6 blocks whose addresses fold.
const std::array<Prefix, 3>& folding_blocks();

// 127.0.0.0/8 and ::1.
bool is_loopback(const IpAddress& address);

// Not routable from here to there: RFC 1918, 6598, 3927, 4193, 4291 link-local and loopback, documentation excluded.
bool is_private(const IpAddress& address);

// What no client can connect to, or what would be answered in the wrong family: "is multicast"; empty: it is fine.
std::string_view why_unusable(const IpAddress& address);
inline bool is_unusable(const IpAddress& address) { return !why_unusable(address).empty(); }

// The blocks is_private() is made of.
const std::array<Prefix, 9>& private_blocks();

// "192.0.2.1:53", "[2001:db8::1]:53".
struct Endpoint {
  IpAddress address;
  uint16_t port = 0;

  static std::optional<Endpoint> parse(std::string_view text);
  std::string to_text() const;
  auto operator<=>(const Endpoint&) const = default;
};

}  // namespace isochrone
