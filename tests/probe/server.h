#pragma once
// A server for one test: a free port on loopback, a thread a connection, a script for what it says.

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "identity.h"
#include "util/ip.h"

namespace isochrone::probe::testing {

class Connection {
 public:
  Connection(int fd, SSL* ssl) : fd_(fd), ssl_(ssl) {}
  // At least one octet, or "" at the end.
  std::string read();
  // Up to and with `end`.
  std::string read_until(const std::string& end);
  // False once the peer is gone.
  bool write(const std::string& text);
  // Until the peer, or the server, closes.
  void hang();
  // The close will be a RST.
  void reset();

 private:
  int fd_;
  SSL* ssl_;
};

class Server {
 public:
  using Script = std::function<void(Connection&)>;

  explicit Server(Script script, std::optional<Identity> identity = {}, Family family = Family::V4,
                  std::string alpn = "http/1.1");
  ~Server();
  uint16_t port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void accept_all();
  void serve(int fd);

  Script script_;
  std::string alpn_;  // with its length in front, as TLS has it
  SSL_CTX* tls_ = nullptr;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// Reads a request and answers it with `response`.
Server::Script answer_with(std::string response);

// A port on 127.0.0.1 on which nobody listens.
uint16_t closed_port();

}  // namespace isochrone::probe::testing
