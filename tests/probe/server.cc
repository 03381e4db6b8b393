#include "server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "probe/socket.h"

namespace isochrone::probe::testing {

namespace {

int choose_alpn(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned in_size,
                void* only) {
  const auto& ours = *static_cast<const std::string*>(only);
  auto* chosen = const_cast<unsigned char**>(out);
  const int found = SSL_select_next_proto(chosen, size, reinterpret_cast<const unsigned char*>(ours.data()),
                                          static_cast<unsigned>(ours.size()), in, in_size);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

uint16_t port_of(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);  // where sin6_port is, too
}

int listen_on(Family family) {
  const int fd = ::socket(family == Family::V4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const SocketAddress any = to_socket_address({*IpAddress::parse(family == Family::V4 ? "127.0.0.1" : "::1"), 0});
  if (::bind(fd, any.get(), any.size) != 0 || ::listen(fd, 128) != 0) std::abort();
  return fd;
}

}  // namespace

std::string Connection::read() {
  char buffer[4096];
  const ssize_t got = ssl_ ? SSL_read(ssl_, buffer, sizeof buffer) : ::recv(fd_, buffer, sizeof buffer, 0);
  return got > 0 ? std::string(buffer, static_cast<size_t>(got)) : std::string();
}

std::string Connection::read_until(const std::string& end) {
  std::string all;
  while (all.find(end) == all.npos) {
    const std::string part = read();
    if (part.empty()) break;
    all += part;
  }
  return all;
}

bool Connection::write(const std::string& text) {
  if (ssl_) return SSL_write(ssl_, text.data(), static_cast<int>(text.size())) > 0;
  return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

void Connection::hang() {
  while (!read().empty()) {
  }
}

void Connection::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

Server::Server(Script script, std::optional<Identity> identity, Family family, std::string alpn)
    : script_(std::move(script)), alpn_(static_cast<char>(alpn.size()) + alpn) {
  ::signal(SIGPIPE, SIG_IGN);  // SSL_write to a peer that is gone
  if (identity) {
    tls_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(tls_, identity->certificate.get());
    SSL_CTX_use_PrivateKey(tls_, identity->key.get());
    SSL_CTX_set_alpn_select_cb(tls_, choose_alpn, &alpn_);
  }
  listener_ = listen_on(family);
  port_ = port_of(listener_);
  acceptor_ = std::thread([this] { accept_all(); });
}

Server::~Server() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
  SSL_CTX_free(tls_);
}

void Server::accept_all() {
  while (true) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (stopping_ || fd < 0) {
      if (fd >= 0) ::close(fd);
      return;
    }
    ++connections_;
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void Server::serve(int fd) {
  SSL* ssl = nullptr;
  bool ready = true;
  if (tls_) {
    ssl = SSL_new(tls_);
    SSL_set_fd(ssl, fd);
    ready = SSL_accept(ssl) == 1;
  }
  if (ready) {
    Connection connection(fd, ssl);
    script_(connection);
    if (ssl) SSL_shutdown(ssl);
  }
  SSL_free(ssl);
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  ::close(fd);
}

Server::Script answer_with(std::string response) {
  return [response = std::move(response)](Connection& connection) {
    connection.read_until("\r\n\r\n");
    connection.write(response);
  };
}

uint16_t closed_port() {
  const int fd = listen_on(Family::V4);
  const uint16_t port = port_of(fd);
  ::close(fd);
  return port;
}

}  // namespace isochrone::probe::testing
