#pragma once
// Connections that have a thread while nothing is done for them: their head is not whole yet, or they have their answer and do not
// go. Anybody can keep a thread so, for seconds; when none is left, whoever keeps more than a share of them loses one.

#include <cstddef>
#include <mutex>
#include <vector>

#include "util/ip.h"

namespace isochrone::admin {

// Any thread.
class Strangers {
 public:
  // A connected socket; it is removed before it is closed. To remove one that is not here, or not any more, is no harm.
  void add(int socket);
  void remove(int socket);
  // Shuts one down: of the address (net::TcpGate::group_of) that has most of them the one that has been here longest. Where none
  // has more than kShare, as when many workers report at one time, nobody is.
  void end_one();

  static constexpr std::ptrdiff_t kShare = 8;

 private:
  struct One {
    int socket;
    IpAddress group;
  };

  std::mutex mutex_;          // guards the list, and keeps its sockets from being closed
  std::vector<One> list_;     // oldest first; as many as there are threads at most
};

}  // namespace isochrone::admin
