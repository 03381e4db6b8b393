// Any datagram: parsed without harm, and what is answered to it is itself well formed and within its limit.

#include <algorithm>
#include <vector>

#include "check.h"
#include "target.h"
#include "wire/response.h"

namespace isochrone::wire {

FUZZ_TARGET(query) {
  static constexpr uint8_t kA[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
  static constexpr uint8_t kNs[] = {0xc0, 12, 0, 2, 0, 1, 0, 0, 0, 60, 0, 6, 2, 'n', 's', 1, 'a', 0};
  static constexpr uint8_t kName[] = {2, 'n', 's', 1, 'a', 0};

  Query query;
  const Parsed parsed = parse_query({data, size}, query);
  if (parsed == Parsed::Drop) return 0;

  Opt opt;
  if (query.edns.subnet) opt.subnet = &*query.edns.subnet;
  if (query.edns.cookie) opt.cookie = &*query.edns.cookie;
  std::vector<uint8_t> room(4096);
  Response out(query, room, query.edns.payload, opt_size(opt));
  if (parsed == Parsed::Ok) {
    out.append(Section::Answer, Owner::qname(), Type::A, 1, kA);
    out.append(Section::Authority, Owner::suffix(query.qname.labels / 2), Type::NS, 1, kNs);
    for (int i = 0; i < 60; ++i) out.append(Section::Additional, Owner::name(kName), Type::A, 1, kA);
  }
  const auto sent = out.finish(query.edns.present ? &opt : nullptr);
  CHECK(sent.size() <= std::max<size_t>(query.edns.payload, kMinUdpPayload));

  // As a question it must be one that we understand, and the same.
  room.resize(sent.size());
  room[2] &= 0x7f;
  Query again;
  const Parsed reparsed = parse_query(room, again);
  if (parsed == Parsed::Ok || parsed == Parsed::CookieOnly) CHECK(reparsed == parsed);
  CHECK(std::ranges::equal(again.question, query.question));
  return 0;
}

}  // namespace isochrone::wire
