#pragma once
// net: the sockets that queries come in by, and the threads that answer them.
//
//   Server ─┬─ UdpWorker  a thread for each address and core: recvmmsg ─► answer ─► sendmmsg
//           └─ TcpWorker  a thread for each core, every address: libuv loop ─► TcpConnection ─► answer
//
// State comes in as Published<Snapshot> and goes out as counters; nothing else is shared with other threads.

#include <memory>
#include <thread>
#include <vector>

#include "answer/counter_table.h"
#include "answer/snapshot.h"
#include "net/tcp_gate.h"
#include "util/published.h"
#include "util/result.h"

namespace isochrone::net {

struct ServerConfig {
  std::vector<Endpoint> listen;  // UDP and TCP; port 0: a free one, see Server::endpoints()
  int udp_workers = 0;           // for each address; 0: one per core
  int tcp_workers = 0;           // 0: one per core
  TcpLimits tcp;
};

class UdpWorker;
class TcpWorker;

// One control thread calls all of this. `snapshots` and `counters` outlive the server.
class Server {
 public:
  Server(ServerConfig config, Published<answer::Snapshot>& snapshots, answer::CounterTable& counters);
  ~Server();  // stops
  Server(const Server&) = delete;

  // Opens every socket, then starts the threads; once. Fails as a whole and names the address that could not be had.
  Status start();
  // Answers every query that has been received, then comes back; within about a second. No harm if nothing runs.
  void stop();

  // What is listened on, in the order configured, with the ports that were chosen.
  const std::vector<Endpoint>& endpoints() const { return endpoints_; }
  // TCP clients let in at once: the configured number, or fewer where the limit of open files is low.
  int tcp_clients() const { return config_.tcp.clients; }
  int tcp_open() const { return gate_ ? gate_->clients() : 0; }  // of them, now
  int64_t tcp_held() const { return gate_ ? gate_->held() : 0; }  // octets in memory for clients that do not read
  uint64_t tcp_closed_unread() const { return gate_ ? gate_->closed_unread() : 0; }  // to bound that memory

 private:
  void keep_within_descriptors();

  ServerConfig config_;
  Published<answer::Snapshot>& snapshots_;
  answer::CounterTable& counters_;
  std::vector<Endpoint> endpoints_;
  std::unique_ptr<TcpGate> gate_;
  std::vector<std::unique_ptr<UdpWorker>> udp_;
  std::vector<std::unique_ptr<TcpWorker>> tcp_;
  std::vector<std::thread> threads_;
};

}  // namespace isochrone::net
