#include "answer/query_log.h"

#include <algorithm>

namespace isochrone::answer {

void QueryLog::note(const wire::Query& query, const IpAddress& resolver, Transport transport, uint32_t unix_seconds,
                    wire::Rcode rcode, size_t answer_octets, const LoggedDecision& decision) {
  const uint32_t at = written_.load(std::memory_order_relaxed);
  if (at - taken_.load(std::memory_order_acquire) == kRing) return dropped_.add();
  LoggedQuery& entry = ring_[at % kRing];
  entry.transport = transport;
  entry.resolver = resolver;
  entry.unix_seconds = unix_seconds;
  entry.qtype = query.qtype;
  entry.rcode = rcode;
  entry.answer_octets = static_cast<uint16_t>(answer_octets);
  entry.decision = decision;
  entry.has_subnet = query.edns.subnet.has_value();
  if (entry.has_subnet) entry.subnet = query.edns.subnet->prefix();
  entry.name_size = query.question.empty() ? 0 : query.qname.size;
  std::copy_n(query.qname.octets.data(), entry.name_size, entry.name.data());
  written_.store(at + 1, std::memory_order_release);
}

}  // namespace isochrone::answer
