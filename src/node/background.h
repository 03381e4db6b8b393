#pragma once
// Work of the thread pool: loads, fits, merges. It may take seconds, and must not take a core from those who answer.

#include <sys/resource.h>

namespace isochrone::node {

// Called first in every such piece of work: its thread is from now on served after the others (setpriority(2) with 0 is
// the calling thread on Linux). Without effect where that is refused.
inline void give_way_to_answers() {
  constexpr int kNice = 10;
  thread_local const int done = setpriority(PRIO_PROCESS, 0, kNice);
  static_cast<void>(done);
}

}  // namespace isochrone::node
