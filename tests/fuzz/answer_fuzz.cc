// Any datagram to a server with a zone that has everything: what comes back is an answer to it, sound and within bounds.
//
// The first octet says who asks and what the server offers; the rest is the datagram.

#include <algorithm>

#include "../steer/world.h"
#include "check.h"
#include "target.h"

#include "../answer/ask.h"  // last: see there

namespace isochrone::answer {
namespace {

constexpr std::string_view kZone = R"(
@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 60
@ 3600 IN NS ns1
@ 3600 IN NS ns2.below.cut
@ 3600 IN MX 10 mail
ns1 300 IN A 192.0.2.1
ns1 300 IN AAAA 2001:db8::1
mail 300 IN A 192.0.2.2
mail 300 IN A 192.0.2.3
www 300 IN CNAME chain
chain 300 IN CNAME svc
loop 300 IN CNAME pool
pool 300 IN CNAME loop
out 300 IN CNAME www.elsewhere.test.
dangling 300 IN CNAME nowhere
*.wild 300 IN A 192.0.2.4
*.wild 300 IN TXT "any name"
*.alias 300 IN CNAME svc
a.empty.nonterminal 300 IN A 192.0.2.5
d 300 IN DNAME elsewhere.test.
inner 300 IN DNAME wild
cut 300 IN NS ns2.below.cut
cut 300 IN NS ns1
cut 300 IN DS 1 13 2 0102030405060708091011121314151617181920212223242526272829303132
ns2.below.cut 300 IN A 192.0.2.6
ns2.below.cut 300 IN AAAA 2001:db8::6
_s._tcp 300 IN SRV 0 0 443 svc
_s._tcp 300 IN SRV 0 0 443 mail
https 300 IN HTTPS 1 svc alpn=h2
svc 300 IN TXT "a service"
\000\.\255 300 IN A 192.0.2.7
)";

std::string zone_text() {
  std::string text(kZone);
  const std::string words(200, 'x');
  for (int i = 0; i < 6; ++i) text += fmt::format("long 300 IN TXT \"{}{}\"\n", i, words);     // longer than 1232
  for (int i = 0; i < 300; ++i) text += fmt::format("longest 300 IN TXT \"{}{}\"\n", i, words);  // near a message's limit
  return text;
}

struct Server : World {
  Server();
};

Server::Server() {
  zone("example.", zone_text(), {{"svc.example.", 0}, {"example.", 0}, {"*.services.example.", 0}, {"down.example.", 1}});
  zone("nested.example.", "@ 60 IN SOA a b 1 2 3 4 5\n@ 60 IN NS a\na 60 IN A 192.0.2.8\n");
  steer::World places("abc");
  places.row("0.0.0.0/0", {{'a', 10ms}, {'b', 20ms}, {'c', 30ms}}).row("198.51.100.0/24", {{'a', 30ms}, {'b', 10ms}});
  places.row("2001:db8:b::/48", {{'b', 10ms}}).build();
  steer::PoolSpec spec, refusing;
  spec.name = "up", spec.tolerance = 15ms;
  refusing.name = "down", refusing.all_down = steer::AllDown::ServFail;
  places.steering.pools = {steer::make_pool(spec, {places.up('a'), places.down('b'), places.up('c')}),
                           steer::make_pool(refusing, {places.down('a')})};
  snapshot.steering = places.steering;
  snapshot.slots = table.assign(places.steering.pools, *places.steering.regions);
  snapshot.settings.nsid = {'n', 's', '1'};
  snapshot.settings.cookies = {wire::CookieSecret{1, 2, 3}};
}

uint16_t u16(std::span<const uint8_t> octets, size_t at) { return static_cast<uint16_t>(octets[at] << 8 | octets[at + 1]); }

struct Settled {
  wire::Query query;
  wire::Parsed parsed{};
  size_t limit = 0;  // octets, over UDP
};

void check_answer(std::span<const uint8_t> asked, std::span<const uint8_t> answer, const Settled& s) {
  CHECK(answer.size() >= wire::kHeaderSize);
  CHECK(answer[0] == asked[0] && answer[1] == asked[1]);
  CHECK(answer[2] & 0x80);                                  // QR
  CHECK((answer[2] & 0x78) == (asked[2] & 0x78));           // opcode
  CHECK((answer[3] & 0xf0) == 0);                           // no RA, Z, AD, CD
  CHECK(u16(answer, 4) == (s.query.question.empty() ? 0 : 1));
  CHECK(answer.size() >= wire::kHeaderSize + s.query.question.size());
  CHECK(std::ranges::equal(answer.subspan(wire::kHeaderSize, s.query.question.size()), s.query.question));  // 0x20 kept
  ldns_pkt* raw = nullptr;
  const ldns_status status = ldns_wire2pkt(&raw, answer.data(), answer.size());
  if (status != LDNS_STATUS_OK) std::fprintf(stderr, "%s\n", ldns_get_errorstr_by_id(status));
  CHECK(status == LDNS_STATUS_OK);
  CHECK(ldns_pkt_edns(raw) == s.query.edns.present);  // RFC 6891 §6.1.1, §7
  if (s.parsed != wire::Parsed::Ok) CHECK(ldns_pkt_ancount(raw) == 0 && ldns_pkt_nscount(raw) == 0);
  ldns_pkt_free(raw);
}

}  // namespace

FUZZ_TARGET(answer) {
  static Server world;
  static std::vector<uint8_t> room(wire::kMaxMessage), room_tcp(wire::kMaxMessage);
  if (size == 0) return 0;
  const uint8_t how = data[0];
  // Of exactly its size, so that a read past the end is seen.
  const std::vector<uint8_t> asked(data + 1, data + size);
  static constexpr uint16_t kOffers[] = {512, 1232, 1400, 4096};
  world.snapshot.settings.max_udp_payload = kOffers[how & 3];
  Asker asker{how & 4 ? *IpAddress::parse("2001:db8:b::53") : IpAddress::v4(0xc6336435), false, world.now};

  Settled s;
  s.parsed = wire::parse_query(asked, s.query);
  s.limit = s.query.edns.present ? std::min<size_t>(kOffers[how & 3], std::max<size_t>(s.query.edns.payload, 512)) : 512;
  const std::span<uint8_t> udp(room.data(), handle(asked, world.snapshot, asker, room, *world.counters));
  CHECK(udp.empty() == (asked.size() < wire::kHeaderSize || (asked[2] & 0x80)));  // a response is never answered
  if (udp.empty()) return 0;
  CHECK(udp.size() <= s.limit);
  check_answer(asked, udp, s);

  // A batch's steps ahead change nothing.
  if (Ahead ahead; true) {
    ahead.begin(s.query, s.parsed, world.snapshot);
    ahead.ask_for_block(world.snapshot);
    ahead.ask_for_source(s.query, world.snapshot, asker);
    ahead.ask_for_row(world.snapshot);
    const size_t again = respond(s.query, s.parsed, world.snapshot, asker, room_tcp, *world.counters, ahead.client());
    CHECK(std::ranges::equal(udp, std::span(room_tcp.data(), again)));
  }

  // Over TCP the same, or more where UDP had no room for it.
  asker.tcp = true;
  const std::span<uint8_t> tcp(room_tcp.data(), handle(asked, world.snapshot, asker, room_tcp, *world.counters));
  check_answer(asked, tcp, s);
  CHECK(!(tcp[2] & 2));  // TC
  CHECK(udp[2] & 2 || (udp[3] & 15) == (tcp[3] & 15));
  if (s.query.edns.keepalive) return 0;  // RFC 7828: in an answer over TCP alone
  CHECK(tcp.size() >= udp.size());
  if (tcp.size() <= s.limit) CHECK(std::ranges::equal(udp, tcp));
  return 0;
}

}  // namespace isochrone::answer
