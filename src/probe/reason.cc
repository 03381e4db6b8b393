#include "probe/reason.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace isochrone::probe {

using health::Failure;
using health::Outcome;
using health::Phase;

Endpoint endpoint_of(const health::Target& target) {
  return {target.address, target.spec.port};
}

std::string name_of(const health::Target& target) {
  const bool portless = target.spec.kind == health::Kind::Icmp;
  return portless ? target.address.to_text() : endpoint_of(target).to_text();
}

namespace {

// Whether `char` has a sign differs between machines.
bool is_ascii_text(char c) {
  const auto octet = static_cast<uint8_t>(c);
  return octet >= 0x20 && octet < 0x7f;
}

}  // namespace

std::string printable(std::string_view text, size_t limit) {
  std::string out(text.substr(0, limit));
  for (char& c : out)
    if (!is_ascii_text(c)) c = '?';
  if (text.size() > limit) out += "…";
  return out;
}

std::string escaped(std::string_view octets) {
  std::string out;
  for (const char c : octets) {
    if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '\t') out += "\\t";
    else if (c == '\\') out += "\\\\";
    else if (!is_ascii_text(c)) out += fmt::format("\\x{:02x}", static_cast<uint8_t>(c));
    else out += c;
  }
  return out;
}

// "OpenSSL/3.0.22: error:0A00010B:SSL routines::wrong version number"
std::string handshake_reason(std::string_view curl_text) {
  if (const size_t colons = curl_text.rfind("::"); colons != curl_text.npos) curl_text.remove_prefix(colons + 2);
  return printable(curl_text) + (curl_text == "wrong version number" ? " (does the port speak TLS?)" : "");
}

std::string_view to_text(Phase phase) {
  switch (phase) {
    case Phase::Resolve:
      return "resolve";
    case Phase::Connect:
      return "connect";
    case Phase::Tls:
      return "TLS";
    case Phase::FirstByte:
      return "first byte";
    case Phase::Body:
      return "body";
    case Phase::Done:
      return "done";
  }
  return "";
}

namespace {

constexpr std::array<std::pair<Failure, std::string_view>, 13> kFailures{{{Failure::None, "ok"},
                                                                          {Failure::Refused, "refused"},
                                                                          {Failure::Unreachable, "unreachable"},
                                                                          {Failure::Timeout, "timeout"},
                                                                          {Failure::Reset, "reset"},
                                                                          {Failure::Certificate, "certificate"},
                                                                          {Failure::Tls, "tls"},
                                                                          {Failure::Status, "status"},
                                                                          {Failure::Body, "body"},
                                                                          {Failure::Header, "header"},
                                                                          {Failure::Protocol, "protocol"},
                                                                          {Failure::Exit, "exit"},
                                                                          {Failure::Local, "local"}}};

}  // namespace

std::string_view to_text(Failure failure) {
  return std::ranges::find(kFailures, failure, &std::pair<Failure, std::string_view>::first)->second;
}

std::optional<Failure> parse_failure(std::string_view word) {
  const auto found = std::ranges::find(kFailures, word, &std::pair<Failure, std::string_view>::second);
  return found == kFailures.end() ? std::nullopt : std::optional(found->first);
}

Outcome failed(Failure failure, Phase phase, std::string reason) {
  Outcome outcome;
  outcome.failure = failure;
  outcome.phase = phase;
  outcome.reason = std::move(reason);
  return outcome;
}

Outcome failed_here(std::string reason) {
  return failed(Failure::Local, Phase::Resolve, std::move(reason));
}

Outcome timed_out(const health::Target& target, Phase phase) {
  return failed(Failure::Timeout, phase,
                fmt::format("no answer from {} within {} ({})", name_of(target),
                            isochrone::to_text(target.spec.timeout), to_text(phase)));
}

namespace {

bool is_ours(int error, bool at_once) {
  switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EAGAIN:  // no descriptor, memory or local port
    case EADDRNOTAVAIL:
    case EADDRINUSE:
    case EAFNOSUPPORT:
    case EPERM:
    case EACCES:
      return true;
    case ENETUNREACH:
    case EINVAL:  // no route for this family; a blackhole route
      return at_once;
    default:
      return false;
  }
}

}  // namespace

Outcome failed_with_errno(const health::Target& target, int error, Phase phase, bool at_once) {
  const std::string who = name_of(target);
  const char* system = std::strerror(error);
  if (is_ours(error, at_once)) return failed_here(fmt::format("cannot probe {} from here: {}", who, system));
  switch (error) {
    case ECONNREFUSED:
      return failed(Failure::Refused, phase, fmt::format("connection refused by {}", who));
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
      return failed(Failure::Reset, phase, fmt::format("connection reset by {} ({})", who, to_text(phase)));
    case ETIMEDOUT:
      return timed_out(target, phase);
    default:
      return failed(Failure::Unreachable, phase, fmt::format("{} is unreachable: {}", who, system));
  }
}

}  // namespace isochrone::probe
