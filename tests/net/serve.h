#pragma once
// A server on loopback with a small zone, and clients made of plain sockets.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>

#include "../answer/ask.h"
#include "net/server.h"
#include "net/socket.h"

namespace isochrone::net {

using answer::Octets;

// What query() gets.
inline constexpr std::string_view kAnswer = "NOERROR aa\nanswer: www.example. 300 IN A 192.0.2.10";
inline constexpr int kPatienceMs = 20000;  // for what must come; never waited out when it does

inline Endpoint at(std::string_view text) { return Endpoint::parse(text).value(); }

// Waits until `done`; false when patience is at an end.
template <typename Condition>
bool eventually(Condition done) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

class Client {
 public:
  Client(int type, const Endpoint& server, std::string_view from = {}) {
    socket_ = Socket(::socket(server.address.family == Family::V4 ? AF_INET : AF_INET6, type, 0));
    const timeval patience{kPatienceMs / 1000, 0};
    setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (!from.empty()) {
      const SocketAddress source = SocketAddress::of({IpAddress::parse(from).value(), 0});
      bind(socket_.fd(), reinterpret_cast<const sockaddr*>(&source.storage), source.length);
    }
    const SocketAddress to = SocketAddress::of(server);
    // A connected UDP socket takes answers from the address it asked, and no other.
    connected_ = connect(socket_.fd(), reinterpret_cast<const sockaddr*>(&to.storage), to.length) == 0;
  }
  bool connected() const { return connected_; }
  int fd() const { return socket_.fd(); }

  void send(const Octets& octets) const { ::send(fd(), octets.data(), octets.size(), MSG_NOSIGNAL); }
  // One datagram, or what a stream has; empty at its end or when patience is.
  Octets receive() const {
    Octets octets(65535);
    const ssize_t n = recv(fd(), octets.data(), octets.size(), 0);
    octets.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return octets;
  }
  // Exactly so many octets of a stream; fewer at its end.
  Octets receive_exactly(size_t size) const {
    Octets octets(size);
    const ssize_t n = recv(fd(), octets.data(), size, MSG_WAITALL);
    octets.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return octets;
  }
  Octets receive_frame() const {
    const Octets head = receive_exactly(2);
    return head.size() < 2 ? Octets() : receive_exactly(size_t{head[0]} << 8 | head[1]);
  }
  // The server has closed the connection.
  bool closed_by_server() const {
    pollfd wait{fd(), POLLIN, 0};
    uint8_t octet;
    return poll(&wait, 1, kPatienceMs) == 1 && recv(fd(), &octet, 1, 0) <= 0;
  }

 private:
  Socket socket_;
  bool connected_ = false;
};

inline Octets framed(const Octets& message) {
  Octets frame;
  answer::put16(frame, message.size());
  frame.insert(frame.end(), message.begin(), message.end());
  return frame;
}

inline Octets query(uint16_t id = 1, std::string_view name = "www.example.") {
  Octets octets = answer::query_octets({std::string(name)});
  octets[0] = static_cast<uint8_t>(id >> 8);
  octets[1] = static_cast<uint8_t>(id);
  return octets;
}

class Serving : public testing::Test {
 protected:
  Serving() {
    std::string text = "@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 60\n@ 3600 IN NS ns1\nns1 300 IN A 192.0.2.1\nwww 300 IN A 192.0.2.10\n";
    for (int i = 0; i < 255; ++i) text += fmt::format("large 300 IN TXT \"{:0>200}\"\n", i);
    world_.zone("example.", text);
    published_.publish(std::make_unique<const answer::Snapshot>(world_.snapshot));
  }

  void serve(std::vector<std::string_view> listen, TcpLimits limits = {}) {
    ServerConfig config;
    for (const auto text : listen) config.listen.push_back(at(text));
    config.udp_workers = 2;
    config.tcp_workers = 1;
    config.tcp = limits;
    server_.emplace(config, published_, table_);
    const Status status = server_->start();
    ASSERT_TRUE(status) << status.error().text;
  }
  Endpoint endpoint(size_t i = 0) const { return server_->endpoints()[i]; }
  answer::Totals totals() const { return table_.totals(); }

  answer::World world_;
  answer::CounterTable table_;
  Published<answer::Snapshot> published_{std::make_unique<const answer::Snapshot>()};
  std::optional<Server> server_;
};

}  // namespace isochrone::net
