#include "node/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>

namespace isochrone::node {

namespace {

constexpr rlim_t kEnough = 65536;  // 4,096 TCP clients, 8,192 probes, and room for larger settings

}  // namespace

int raise_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t wanted = std::min(limit.rlim_max, kEnough);
  if (limit.rlim_cur < wanted) {
    const rlimit raised{wanted, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit.rlim_cur = wanted;
  }
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, INT32_MAX));
}

}  // namespace isochrone::node
