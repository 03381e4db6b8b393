#pragma once
// SipHash-2-4 (Aumasson and Bernstein 2012), the keyed hash of server cookies: RFC 9018 §4.4.

#include <array>
#include <cstdint>
#include <span>

namespace isochrone::wire {

uint64_t siphash24(const std::array<uint8_t, 16>& key, std::span<const uint8_t> message);

}  // namespace isochrone::wire
