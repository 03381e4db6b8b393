#include "net/server.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>

#include "net/listener.h"
#include "net/tcp_worker.h"
#include "net/udp_worker.h"

namespace isochrone::net {
namespace {

constexpr int kOtherDescriptors = 128;  // loops, files, admin; probes have their own reckoning

int cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

// A worker's thread: signals are for the control thread.
template <typename Worker>
std::thread start_thread(const char* name, Worker& worker) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread([&worker] { worker.run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread.native_handle(), name);
  return thread;
}

}  // namespace

Server::Server(ServerConfig config, Published<answer::Snapshot>& snapshots, answer::CounterTable& counters)
    : config_(std::move(config)), snapshots_(snapshots), counters_(counters) {
  if (config_.udp_workers == 0) config_.udp_workers = cores();
  if (config_.tcp_workers == 0) config_.tcp_workers = cores();
}

Server::~Server() { stop(); }

// Half of the limit of open files at most: probes and files need the rest, and libuv without a descriptor would throw
// clients out at random.
void Server::keep_within_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  const auto open_files = static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, INT32_MAX));
  const auto most = std::max<int64_t>(16, std::min(open_files / 2, open_files - kOtherDescriptors));
  config_.tcp.clients = static_cast<int>(std::min<int64_t>(config_.tcp.clients, most));
}

Status Server::start() {
  keep_within_descriptors();
  std::vector<Listener> listeners;
  for (const Endpoint& endpoint : config_.listen) {
    Result<Listener> listener = open_listener(endpoint, config_.udp_workers, config_.tcp_workers);
    if (!listener) return tl::unexpected(listener.error());
    listeners.push_back(std::move(*listener));
  }
  gate_ = std::make_unique<TcpGate>(config_.tcp);
  for (Listener& listener : listeners) {
    endpoints_.push_back(listener.endpoint);
    for (Socket& socket : listener.udp)
      udp_.push_back(std::make_unique<UdpWorker>(std::move(socket), listener.endpoint.address, snapshots_,
                                                 counters_.add_worker()));
  }
  for (size_t i = 0; i < static_cast<size_t>(config_.tcp_workers); ++i) {
    std::vector<Socket> sockets;
    for (Listener& listener : listeners) sockets.push_back(std::move(listener.tcp[i]));
    tcp_.push_back(std::make_unique<TcpWorker>(std::move(sockets), *gate_, snapshots_, counters_.add_worker()));
    if (const Status listening = tcp_.back()->listen(); !listening) return listening;
  }
  for (const auto& worker : udp_) threads_.push_back(start_thread("udp", *worker));
  for (const auto& worker : tcp_) threads_.push_back(start_thread("tcp", *worker));
  return {};
}

void Server::stop() {
  for (const auto& worker : udp_) worker->stop();
  for (const auto& worker : tcp_) worker->stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  udp_.clear();
  tcp_.clear();
}

}  // namespace isochrone::net
