#pragma once
// What goes to a gateway over HTTP and what comes back, as values.

#include <string>
#include <string_view>
#include <vector>

#include "health/probe.h"

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

// The name that Host, SNI and certificate are to be for: the probe's host, or the address as text.
std::string host_of(const health::Target& target);
// "https://host:port/path", an IPv6 address in brackets.
std::string url_of(const health::Target& target, bool tls, std::string_view path);

}  // namespace isochrone::probe
