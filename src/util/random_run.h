#pragma once
// A number that names this run of the process to others. By chance: of two starts within a second, or with a clock that was
// set back between them, each is to be another run.

#include <cstdint>
#include <random>

namespace isochrone {

// 1 to 2⁶³ − 1: a JSON reader may keep no more.
inline uint64_t random_run() {
  std::random_device random;
  return (uint64_t{random()} << 31 | random() >> 1) | 1;
}

}  // namespace isochrone
