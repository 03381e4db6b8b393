#pragma once
// Regions by number, sets of them, and the compact form of an estimate.

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>

#include "util/duration.h"

namespace isochrone::steer {

// Index into the installation's one list of regions. At most kMaxRegions, so that a map row of 60 regions stays
// within three cache lines; `check` refuses more.
using RegionId = uint8_t;
inline constexpr RegionId kNoRegion = 255;
inline constexpr int kMaxRegions = 255;

// Index into the installation's list of vantages (this node's own is one of them).
using VantageId = uint16_t;
inline constexpr VantageId kNoVantage = UINT16_MAX;

// A set of regions: 256 bits, passed by value or reference, no allocation.
class RegionSet {
 public:
  bool has(RegionId r) const { return words_[r >> 6] >> (r & 63) & 1; }
  void add(RegionId r) { words_[r >> 6] |= uint64_t{1} << (r & 63); }
  void remove(RegionId r) { words_[r >> 6] &= ~(uint64_t{1} << (r & 63)); }
  bool empty() const { return !(words_[0] | words_[1] | words_[2] | words_[3]); }
  int size() const {
    return std::popcount(words_[0]) + std::popcount(words_[1]) + std::popcount(words_[2]) + std::popcount(words_[3]);
  }
  RegionSet operator&(const RegionSet& o) const { return each(o, [](uint64_t a, uint64_t b) { return a & b; }); }
  RegionSet operator|(const RegionSet& o) const { return each(o, [](uint64_t a, uint64_t b) { return a | b; }); }
  RegionSet without(const RegionSet& o) const { return each(o, [](uint64_t a, uint64_t b) { return a & ~b; }); }
  bool operator==(const RegionSet&) const = default;
  // The lowest; kNoRegion of an empty set.
  RegionId first() const {
    for (size_t w = 0; w < 4; ++w)
      if (words_[w]) return static_cast<RegionId>(w * 64 + static_cast<size_t>(std::countr_zero(words_[w])));
    return kNoRegion;
  }
  // Lowest number first.
  template <typename F>
  void for_each(F f) const {
    for (int w = 0; w < 4; ++w)
      for (uint64_t bits = words_[w]; bits; bits &= bits - 1) f(static_cast<RegionId>(w * 64 + std::countr_zero(bits)));
  }

 private:
  template <typename F>
  RegionSet each(const RegionSet& o, F f) const {
    RegionSet r;
    for (int w = 0; w < 4; ++w) r.words_[w] = f(words_[w], o.words_[w]);
    return r;
  }
  uint64_t words_[4]{};
};

// An estimate in two octets: steps of 10 µs up to 327.67 ms, then of 1 ms up to 33 s (where it saturates). Order is
// kept; measured paths differ by far more than a step.
struct Held {
  uint16_t code;  // not initialized by itself: a query's lists of them on the stack would be written for nothing

  static Held from(Duration d) {
    const int64_t us = std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(d).count());
    const int64_t fine = (us + 5) / 10;
    if (fine < 0x8000) return {static_cast<uint16_t>(fine)};
    return {static_cast<uint16_t>(0x8000 + std::min<int64_t>(0x7fff, (us - 327680 + 500) / 1000))};
  }
  Duration value() const {
    return code < 0x8000 ? std::chrono::microseconds(code * 10)
                         : std::chrono::microseconds(327680 + (code - 0x8000) * 1000);
  }
  auto operator<=>(const Held&) const = default;
};

}  // namespace isochrone::steer
