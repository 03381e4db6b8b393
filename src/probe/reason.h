#pragma once
// Why a try failed, in words that can be acted on. What a stranger sent is made harmless before it is repeated.

#include <optional>
#include <string>
#include <string_view>

#include "health/probe.h"
#include "util/ip.h"

namespace isochrone::probe {

Endpoint endpoint_of(const health::Target& target);
// "192.0.2.1:443"; the address alone where the kind of probe knows no port.
std::string name_of(const health::Target& target);

// At most `limit` octets of `text`, every octet that is not printable ASCII replaced by '?'; "…" where it was cut.
std::string printable(std::string_view text, size_t limit = 80);

// All of it, on one line and in printable ASCII: "\\n", "\\\\", "\\xff" for what is not.
std::string escaped(std::string_view octets);

// OpenSSL's own words in what curl says of a handshake that failed: "wrong version number (does the port speak TLS?)".
std::string handshake_reason(std::string_view curl_text);

// "connect", "TLS", "first byte", "body", "resolve".
std::string_view to_text(health::Phase phase);
// "ok", "refused", "timeout", …: a word, as metrics and reports have it; and back.
std::string_view to_text(health::Failure failure);
std::optional<health::Failure> parse_failure(std::string_view word);

health::Outcome failed(health::Failure failure, health::Phase phase, std::string reason);
// Something of ours: it says nothing of the target.
health::Outcome failed_here(std::string reason);

// "no answer from 192.0.2.1:443 within 2s (connect)".
health::Outcome timed_out(const health::Target& target, health::Phase phase);

// connect() or the first use of a socket failed: "connection refused by 192.0.2.1:443". `at_once` is true where the
// call itself failed: then a missing route, address or permission is this machine's, and the outcome Local.
health::Outcome failed_with_errno(const health::Target& target, int error, health::Phase phase, bool at_once = false);

}  // namespace isochrone::probe
