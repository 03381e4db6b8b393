#pragma once
// When each vantage last measured each region: what reasons tell ages from. The control thread writes, workers read
// whenever they like; nothing is chosen by it.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "steer/region.h"
#include "util/ip.h"

namespace isochrone::answer {

class MeasuredAt {
 public:
  MeasuredAt(size_t vantages, size_t regions)
      : vantages_(vantages), regions_(regions), at_(new std::atomic<uint32_t>[vantages * regions * 2]()) {}

  size_t vantages() const { return vantages_; }
  size_t regions() const { return regions_; }
  // Seconds since 1970, modulo 2^32.
  void set(steer::VantageId vantage, steer::RegionId region, Family family, uint32_t unix_seconds) {
    at_[index(vantage, region, family)].store(unix_seconds, std::memory_order_relaxed);
  }
  // Seconds; nullopt: never measured, or not told yet.
  std::optional<uint32_t> age(steer::VantageId vantage, steer::RegionId region, Family family, uint32_t now) const {
    if (vantage >= vantages_ || region >= regions_) return std::nullopt;
    const uint32_t at = at_[index(vantage, region, family)].load(std::memory_order_relaxed);
    if (at == 0) return std::nullopt;
    const auto age = static_cast<int32_t>(now - at);
    return age > 0 ? static_cast<uint32_t>(age) : 0;
  }

 private:
  size_t index(steer::VantageId vantage, steer::RegionId region, Family family) const {
    return (size_t{vantage} * regions_ + region) * 2 + (family == Family::V6 ? 1 : 0);
  }
  size_t vantages_, regions_;
  std::unique_ptr<std::atomic<uint32_t>[]> at_;
};

}  // namespace isochrone::answer
