#pragma once
// A question put to the answer path as a datagram would put it, and the answer in presentation format.

#include <optional>
#include <string>
#include <vector>

#include "answer/snapshot.h"
#include "util/ip.h"
#include "wire/name.h"
#include "wire/types.h"

namespace isochrone::node {

struct Asked {
  std::string rcode;                    // "NOERROR"
  std::vector<std::string> answers;     // RRs of the answer section
  std::vector<std::string> data;        // the RDATA of those that are of the type asked for
  uint32_t ttl = 0;                     // the least of them; of a negative answer, its SOA's
  std::optional<int> scope;             // of the ECS option
  std::optional<wire::Name> leads_to;   // where the CNAMEs of the answer end
  std::string delegated;                // of a referral, the name of its name servers' records; else empty
};

// A question as a datagram, without a cookie or DO; with `subnet`, by EDNS. Its ID is 0.
std::vector<uint8_t> make_query(const wire::Name& name, wire::Type type, const std::optional<Prefix>& subnet);

// Control thread. Nothing is counted: it is no client's query.
Asked ask(const answer::Snapshot& snapshot, const wire::Name& name, wire::Type type, const std::optional<Prefix>& subnet,
          const IpAddress& resolver);

}  // namespace isochrone::node
