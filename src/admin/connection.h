#pragma once
// One admin connection as httplib reads and writes it, bounded in octets and time. httplib's own streams are not: a head
// without an end, chunks without an end and a request of an octet a second are what anybody can send who reaches the port.

#include <httplib.h>
#include <openssl/ssl.h>

#include <array>
#include <memory>
#include <string>

#include "admin/strangers.h"
#include "util/duration.h"

namespace isochrone::admin {

class Connection : public httplib::Stream {
 public:
  static constexpr size_t kMostHead = 16 << 10;  // octets: request line and headers
  static constexpr Duration kPatience = 2s;      // for the first octet: a stop waits that long for a client that says nothing
  static constexpr Duration kHeadTime = 5s;      // until the head has ended, the TLS handshake included
  static constexpr Duration kWholeTime = 30s;    // until the answer is sent

  // Takes over an accepted socket and closes it in the end. `tls` null: HTTP in the clear. `most_body`: octets behind the head.
  // It is among the strangers until its head is read, and again when it has its answer.
  Connection(int socket, SSL_CTX* tls, size_t most_body, Strangers& strangers);
  ~Connection() override;
  Connection(const Connection&) = delete;

  // The TLS handshake, and the first octet is there; false: nobody who asks anything.
  bool open();
  // What is still under way is taken in for a second: a refusal that comes before the whole request is read must not be
  // lost to a reset.
  void finish();

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* octets, size_t size) override;         // -1 past a bound, too
  ssize_t write(const char* octets, size_t size) override;  // all of it, or -1
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  Time deadline() const { return accepted_ + (in_head_ ? kHeadTime : kWholeTime); }
  bool wait(short events, Time until) const;
  // Whether TLS's `result` is worth another try, after waiting for what it wants.
  bool again(int result);
  ssize_t receive();           // into buffer_: how many octets; 0 at the end, -1 for an error or no time left
  void follow(char octet);     // notices the end of the head

  const int socket_;
  const std::unique_ptr<SSL, Free> ssl_;
  const size_t most_body_;
  Strangers& strangers_;
  const Time accepted_;
  bool in_head_ = true;
  uint32_t last_ = 0;          // the last four octets read
  size_t taken_ = 0;           // octets of the head, or of what is behind it
  std::array<char, 4096> buffer_;
  size_t begin_ = 0, end_ = 0;  // of what is in it and not read yet
};

}  // namespace isochrone::admin
