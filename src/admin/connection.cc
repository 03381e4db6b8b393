#include "admin/connection.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "loop/clock.h"
#include "net/socket.h"

namespace isochrone::admin {

namespace {

constexpr Duration kFarewell = 1s;  // for what a client still sends after its answer

SSL* tls_session(SSL_CTX* context, int socket) {
  SSL* ssl = context != nullptr ? SSL_new(context) : nullptr;
  if (ssl != nullptr) SSL_set_fd(ssl, socket);
  return ssl;
}

// "" and 0 for a Unix socket.
void describe(const sockaddr_storage& address, std::string& ip, int& port) {
  ip.clear();
  port = 0;
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return;
  const Endpoint endpoint = net::endpoint_of(address);
  ip = endpoint.address.to_text();
  port = endpoint.port;
}

}  // namespace

Connection::Connection(int socket, SSL_CTX* tls, size_t most_body, Strangers& strangers)
    : socket_(socket), ssl_(tls_session(tls, socket)), most_body_(most_body), strangers_(strangers), accepted_(loop::now()) {
  ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
  strangers_.add(socket_);
}

Connection::~Connection() {
  strangers_.remove(socket_);
  ::close(socket_);
}

bool Connection::open() {
  if (!wait(POLLIN, accepted_ + kPatience)) return false;
  if (!ssl_) return true;
  for (;;) {
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    if (result == 1) return true;
    if (!again(result)) return false;
  }
}

void Connection::finish() {
  strangers_.add(socket_);
  if (ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(socket_, SHUT_WR);
  const Time until = loop::now() + kFarewell;
  size_t left = most_body_;
  while (left > 0 && wait(POLLIN, until)) {
    const ssize_t got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) return;
    left -= std::min(left, static_cast<size_t>(got));
  }
}

bool Connection::is_readable() const { return begin_ != end_ || (ssl_ && SSL_pending(ssl_.get()) > 0) || wait(POLLIN, deadline()); }

bool Connection::is_writable() const { return wait(POLLOUT, deadline()); }

ssize_t Connection::read(char* octets, size_t size) {
  const size_t most = in_head_ ? kMostHead : most_body_;
  if (taken_ >= most) return -1;
  if (begin_ == end_)
    if (const ssize_t got = receive(); got <= 0) return got;
  const size_t count = std::min({size, end_ - begin_, most - taken_});
  size_t n = 0;
  while (n < count) {
    octets[n] = buffer_[begin_++];
    ++taken_;
    if (in_head_) {
      follow(octets[n++]);
      if (!in_head_) break;  // another bound holds for what comes next
    } else {
      ++n;
    }
  }
  return static_cast<ssize_t>(n);
}

// httplib ends the head at an empty line with CRLF, whatever ended the line before it.
void Connection::follow(char octet) {
  last_ = last_ << 8 | static_cast<uint8_t>(octet);
  if ((last_ & 0xffffff) != 0x0a0d0a) return;
  in_head_ = false;
  taken_ = 0;
  strangers_.remove(socket_);
}

ssize_t Connection::receive() {
  begin_ = end_ = 0;
  for (;;) {
    ssize_t got = 0;
    if (ssl_) {
      ERR_clear_error();
      got = SSL_read(ssl_.get(), buffer_.data(), static_cast<int>(buffer_.size()));
      if (got <= 0 && SSL_get_error(ssl_.get(), static_cast<int>(got)) == SSL_ERROR_ZERO_RETURN) return 0;
      if (got <= 0 && again(static_cast<int>(got))) continue;
    } else {
      got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN && wait(POLLIN, deadline())) continue;
    }
    if (got > 0) end_ = static_cast<size_t>(got);
    return got > 0 ? got : got == 0 && !ssl_ ? 0 : -1;
  }
}

ssize_t Connection::write(const char* octets, size_t size) {
  size_t sent = 0;
  while (sent < size) {
    ssize_t n = 0;
    if (ssl_) {
      ERR_clear_error();
      n = SSL_write(ssl_.get(), octets + sent, static_cast<int>(std::min<size_t>(size - sent, 1 << 20)));
      if (n <= 0 && !again(static_cast<int>(n))) return -1;
    } else {
      n = ::send(socket_, octets + sent, size - sent, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno != EAGAIN || !wait(POLLOUT, deadline()))) return -1;
    }
    if (n > 0) sent += static_cast<size_t>(n);
  }
  return static_cast<ssize_t>(size);
}

bool Connection::again(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return wait(POLLIN, deadline());
    case SSL_ERROR_WANT_WRITE: return wait(POLLOUT, deadline());
    default: return false;
  }
}

bool Connection::wait(short events, Time until) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - loop::now()).count();
    if (left <= 0) return false;
    pollfd entry{socket_, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getpeername(socket_, reinterpret_cast<sockaddr*>(&address), &size);
  describe(address, ip, port);
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
  describe(address, ip, port);
}

}  // namespace isochrone::admin
