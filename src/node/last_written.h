#pragma once
// When a file may have been written to last.

#include <sys/stat.h>

#include <chrono>

namespace isochrone::node {

// The latest moment that a file's modification time leaves open. The kernel dates files by a clock that ticks (of 1 to 10 ms), and
// some file systems keep whole seconds only.
inline std::chrono::system_clock::time_point last_written(const struct stat& info) {
  using namespace std::chrono;
  const auto dated = seconds(info.st_mtim.tv_sec) + nanoseconds(info.st_mtim.tv_nsec);
  const nanoseconds later = info.st_mtim.tv_nsec == 0 ? nanoseconds(1s) : nanoseconds(10ms);
  return system_clock::time_point(duration_cast<system_clock::duration>(dated + later));
}

}  // namespace isochrone::node
