#include "util/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace isochrone {

IpAddress IpAddress::v4(uint32_t host_order) {
  IpAddress address;
  for (int i = 0; i < 4; ++i) address.octets[static_cast<size_t>(i)] = static_cast<uint8_t>(host_order >> (24 - 8 * i));
  return address;
}

IpAddress IpAddress::v6(const uint8_t* sixteen_octets) {
  IpAddress address{Family::V6, {}};
  std::memcpy(address.octets.data(), sixteen_octets, 16);
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof buffer || text.find('\0') != text.npos) return std::nullopt;
  text.copy(buffer, text.size());
  buffer[text.size()] = 0;
  IpAddress address;
  if (inet_pton(AF_INET, buffer, address.octets.data()) == 1) return address;
  address = {Family::V6, {}};
  if (inet_pton(AF_INET6, buffer, address.octets.data()) == 1) return address;
  return std::nullopt;
}

IpAddress IpAddress::masked(int len) const {
  IpAddress result = *this;
  for (int i = 0; i < size(); ++i) {
    const int keep = len - 8 * i;
    if (keep >= 8) continue;
    result.octets[static_cast<size_t>(i)] &= keep <= 0 ? 0 : static_cast<uint8_t>(0xff << (8 - keep));
  }
  return result;
}

std::string IpAddress::to_text() const {
  char buffer[INET6_ADDRSTRLEN];
  inet_ntop(family == Family::V4 ? AF_INET : AF_INET6, octets.data(), buffer, sizeof buffer);
  return buffer;
}

std::optional<Prefix> Prefix::parse(std::string_view text, bool* host_bits) {
  if (host_bits) *host_bits = false;
  const size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  int len = max_prefix_len(address->family);
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    unsigned given = 0;  // unsigned: "-0" is no length
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), given);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    if (given > static_cast<unsigned>(len)) return std::nullopt;
    len = static_cast<int>(given);
  }
  if (address->masked(len) != *address) {
    if (host_bits) *host_bits = true;
    return std::nullopt;
  }
  return Prefix{*address, static_cast<uint8_t>(len)};
}

std::string Prefix::to_text() const { return fmt::format("{}/{}", address.to_text(), len); }

namespace {

// How many bits stand before the IPv4 address in an IPv6 one that folds; 0 where it does not.
int bits_before_v4(const IpAddress& address) {
  static constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  static constexpr uint8_t kNat64[12] = {0, 0x64, 0xff, 0x9b};
  const uint8_t* octets = address.octets.data();
  if (octets[0] == 0x20 && octets[1] == 0x02) return 16;
  return !std::memcmp(octets, kMapped, 12) || !std::memcmp(octets, kNat64, 12) ? 96 : 0;
}

}  // namespace

std::optional<IpAddress> address_behind(const Prefix& prefix) {
  IpAddress next = prefix.address;
  for (int i = prefix.len - 1; i >= 0; --i) {
    auto& octet = next.octets[static_cast<size_t>(i) / 8];
    octet = static_cast<uint8_t>(octet ^ 0x80 >> i % 8);
    if (next.bit(i)) return next;  // no carry into the bit before
  }
  return std::nullopt;
}

FoldedAddress fold_v6(const IpAddress& address) {
  const int before = bits_before_v4(address);
  if (before == 0) return {address, 0};
  IpAddress inner;
  std::memcpy(inner.octets.data(), address.octets.data() + before / 8, 4);
  return {inner, before};
}

Folded fold(const Prefix& prefix) {
  const auto [inner, before] = fold(prefix.address);
  if (before == 0 || prefix.len <= before) return {prefix, 0};
  return {Prefix::make(inner, std::min(32, prefix.len - before)), before};
}

const std::array<Prefix, 3>& folding_blocks() {
  static const std::array<Prefix, 3> blocks{*Prefix::parse("::ffff:0:0/96"), *Prefix::parse("64:ff9b::/96"),
                                            *Prefix::parse("2002::/16")};
  return blocks;
}

bool is_loopback(const IpAddress& address) {
  if (address.family == Family::V4) return address.octets[0] == 127;
  return address == *IpAddress::parse("::1");
}

std::string_view why_unusable(const IpAddress& address) {
  const uint8_t first = address.octets[0];
  if (address.family == Family::V4) {
    if (first == 0) return "is of 0.0.0.0/8, which is nobody's";
    if (first >= 224) return "is multicast or reserved";
    return {};
  }
  if (first == 0xff) return "is multicast";
  if (address == *IpAddress::parse("::")) return "is nobody's";
  static const Prefix mapped = *Prefix::parse("::ffff:0:0/96");
  if (mapped.contains(address)) return "is an IPv4 address in IPv6 form: write it as IPv4";
  return {};
}

const std::array<Prefix, 9>& private_blocks() {
  static const std::array<Prefix, 9> blocks = [] {
    std::array<Prefix, 9> result;
    size_t n = 0;
    for (const char* text : {"10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                             "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10"})
      result[n++] = *Prefix::parse(text);
    return result;
  }();
  return blocks;
}

bool is_private(const IpAddress& address) {
  for (const Prefix& block : private_blocks())
    if (block.contains(address)) return true;
  return false;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool bracketed = host.front() == '[' && host.back() == ']' && host.size() > 2;
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (!address || bracketed != (address->family == Family::V6)) return std::nullopt;
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return Endpoint{*address, port};
}

std::string Endpoint::to_text() const {
  return address.family == Family::V6 ? fmt::format("[{}]:{}", address.to_text(), port)
                                      : fmt::format("{}:{}", address.to_text(), port);
}

}  // namespace isochrone
