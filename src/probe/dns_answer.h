#pragma once
// Whether a DNS answer is the expected one. A stranger wrote it: cut, looping and absurd messages are only faults.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "health/probe.h"
#include "util/ip.h"

namespace isochrone::probe {

struct AddressesInAnswer {
  std::vector<IpAddress> addresses;
  uint32_t ttl = UINT32_MAX;  // seconds, the lowest of all RRs of the answer section
};

// The addresses of `type` (A or AAAA) in the answer section, whoever owns them: a chain of CNAMEs ends in them. Those
// before the first fault, where the message has one. `message` has a header and one question, as is_ours() checks.
AddressesInAnswer addresses_in(std::span<const uint8_t> message, uint16_t type);

// What keeps `message` from being what a dns probe expects, for a person; empty: nothing does.
std::string find_dns_fault(std::span<const uint8_t> message, const health::ProbeSpec& spec);

}  // namespace isochrone::probe
