#pragma once
// The two clocks a worker reads, once per batch.

#include <time.h>

#include <cstdint>

namespace isochrone::net {

inline uint64_t nanoseconds(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

// For how long something took.
inline uint64_t monotonic_ns() { return nanoseconds(CLOCK_MONOTONIC); }
// Seconds since 1970, modulo 2^32; good to the tick of the kernel.
inline uint32_t unix_seconds() { return static_cast<uint32_t>(nanoseconds(CLOCK_REALTIME_COARSE) / 1'000'000'000); }

}  // namespace isochrone::net
