#include "answer/edns.h"

#include <algorithm>

#include "answer/cookies.h"
#include "wire/response.h"

namespace isochrone::answer {

wire::Opt make_opt(const wire::Query& query, wire::Parsed parsed, const Snapshot& snapshot, const Asker& asker,
                   Counters& counters) {
  const wire::Edns& edns = query.edns;
  const Settings& settings = snapshot.settings;
  counters.edns.add();
  wire::Opt opt;
  opt.payload = settings.max_udp_payload;
  opt.dnssec_ok = edns.dnssec_ok;
  if (parsed == wire::Parsed::BadVers) return opt;  // options of a version that is not ours say nothing

  if (edns.nsid) opt.nsid = settings.nsid;
  if (edns.keepalive && asker.tcp) opt.keepalive = settings.tcp_keepalive;
  if (edns.cookie) offer_cookie(opt, *edns.cookie, settings, asker, counters);
  if (edns.subnet) {
    counters.client_subnet.add();
    if (parsed != wire::Parsed::FormErr) opt.subnet = &*edns.subnet;  // DESIGN §4: not in FORMERR
  }
  return opt;
}

size_t answer_limit(const wire::Query& query, const Settings& settings, const Asker& asker) {
  if (asker.tcp) return wire::kMaxMessage;
  if (!query.edns.present) return wire::kMinUdpPayload;
  return std::min<size_t>(std::clamp<size_t>(settings.max_udp_payload, wire::kMinUdpPayload, kMaxUdpAnswer),
                          query.edns.payload);
}

}  // namespace isochrone::answer
