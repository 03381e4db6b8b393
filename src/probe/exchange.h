#pragma once
// One HTTP request and its answer on a connection of its own, by libcurl: what the kinds http, https and grpc share.
//
// Every try makes a new connection and a whole handshake. Keeping connections would cost a fifth of the CPU, but would
// prove less and measure worse: clients of a gateway connect anew, so a listener that accepts nobody must show; the
// certificate and its expiry are seen at every try; and the RTT of SYN and SYN-ACK is the only one that holds none of
// the server's thinking (on a kept connection the acknowledgement waits for the answer). docs/performance.md: the
// price.
//
// The URL names the host for Host, SNI and the certificate; the connection goes to the target's address whatever the
// name resolves to. No redirect is followed, no proxy of the environment used, nothing but HTTP spoken.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/attempt.h"

namespace isochrone::probe {

struct Request {
  std::string url;
  std::string method = "GET";
  std::vector<std::string> headers;  // "Name: value"
  std::string body;                  // sent where not empty
  int http_version = 0;              // 0: HTTP/2 where TLS negotiates it, else 1.1; 1; 2: with prior knowledge in clear
};

struct Answer {
  int status = 0;
  std::string headers;    // of the final answer and its trailers, lines as they came
  std::string body;       // at most the probe's body_limit
  bool body_cut = false;  // there was more

  // The value of the last header of that name, case ignored; empty where there is none.
  std::string_view header(std::string_view name) const;
};

// Headers of all answers together; a server that sends more is cut off.
inline constexpr size_t kHeaderLimit = 64 * 1024;

// Is it what was expected? Fills failure, phase and reason where it is not.
using Judge = std::function<void(const Answer&, health::Outcome&)>;

Started start_exchange(Workshop& workshop, const health::Target& target, const Request& request, Judge judge,
                       Done done);

// The name that Host, SNI and certificate are to be for: the probe's host, or the address as text.
std::string host_of(const health::Target& target);
// "https://host:port/path", an IPv6 address in brackets.
std::string url_of(const health::Target& target, bool tls, std::string_view path);

}  // namespace isochrone::probe
