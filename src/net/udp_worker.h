#pragma once
// One thread, one UDP socket, one loop: receive up to 64 queries, answer them all, send all answers.
//
// The thread blocks in recvmmsg(MSG_WAITFORONE) and does nothing else, which costs less than an event loop (DESIGN §8).
// A socket bound to a wildcard address answers from the address that was asked (IP_PKTINFO).

#include <atomic>
#include <memory>

#include "answer/responder.h"
#include "net/socket.h"
#include "util/published.h"

namespace isochrone::net {

class UdpWorker {
 public:
  // `socket` is of open_listener(), for `local`.
  UdpWorker(Socket socket, const IpAddress& local, Published<answer::Snapshot>& snapshots,
            answer::WorkerCounters& counters);
  ~UdpWorker();

  // The body of the thread. Comes back after stop(), when every query the socket had received has been answered.
  void run();
  // From any thread.
  void stop();

 private:
  struct Batch;

  int receive(int flags);
  void answer(int count, const answer::Snapshot& snapshot);
  void send(unsigned count);
  void drain(Published<answer::Snapshot>::Reader& reader);

  Socket socket_;
  const bool is_wildcard_;
  Published<answer::Snapshot>& snapshots_;
  answer::WorkerCounters& counters_;
  std::atomic<bool> stopping_{false};
  std::unique_ptr<Batch> batch_;
  size_t dirty_;  // message headers that the kernel has written to since they were made ready
};

}  // namespace isochrone::net
