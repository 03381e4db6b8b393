// Queries signed with a key: none is known here (RFC 8945 §5.2.1).

#include <gtest/gtest.h>

#include "ask.h"

namespace isochrone::answer {
namespace {

constexpr std::string_view kSmallZone = "@ 60 IN SOA ns1 h 1 7200 900 1209600 60\n@ 60 IN NS ns1\nns1 60 IN A 192.0.2.1\n";

Octets signed_with(const std::string& key, const Ask& ask) {
  Octets query = query_octets(ask);
  const wire::Name name = zone::name(key);
  query.insert(query.end(), name.wire().begin(), name.wire().end());
  const Octets rest = from_hex("00fa 00ff 00000000 001f 0b686d61632d736861323536 00 0000655a0000 012c 0002 abcd 1a2b 0000 0000");
  query.insert(query.end(), rest.begin(), rest.end());
  ++query[11];  // ARCOUNT
  return query;
}

// The answer as lines; of a TSIG the error, 17 for BADKEY, and the key, as ldns reads them.
std::string told(const Octets& answer) {
  ldns_pkt* raw = nullptr;
  if (ldns_wire2pkt(&raw, answer.data(), answer.size()) != LDNS_STATUS_OK) return "garbage";
  const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(raw, ldns_pkt_free);
  std::string out = to_lines(answer);
  const ldns_rr* tsig = ldns_pkt_tsig(raw);
  if (tsig == nullptr) return out;
  const std::unique_ptr<char, decltype(&free)> owner(ldns_rdf2str(ldns_rr_owner(tsig)), free), error(ldns_rdf2str(ldns_rr_rdf(tsig, 5)), free);
  return out + " " + error.get() + " of " + owner.get();
}

TEST(Tsig, AnUnknownKeyIsToldAsOne) {
  World world;
  world.zone("example.", kSmallZone);
  const std::string label = std::string(63, 'k') + ".", longest = label + label + label + std::string(61, 'k') + ".";
  const std::string far = label + label + label + std::string(53, 'q') + ".example.";
  const struct {
    const char* name;
    std::string key;
    Ask ask;
    std::string expected;
  } cases[] = {
      {"a name that is there", "key.", {.name = "ns1.example."}, "NOTAUTH 17 of key."},
      {"with EDNS", "key.", {.name = "ns1.example.", .payload = 1232, .options = ecs("192.0.2.0/24")}, "NOTAUTH 17 of key."},
      {"over TCP", "key.", {.name = "ns1.example.", .tcp = true}, "NOTAUTH 17 of key."},
      {"a transfer", "key.", {.name = "example.", .type = "AXFR", .tcp = true}, "NOTAUTH 17 of key."},
      {"a name that is nobody's", "key.", {.name = "elsewhere."}, "NOTAUTH 17 of key."},
      {"what finds no room is asked for over TCP", longest, {.name = far}, "NOTAUTH tc"},
      {"and is there", longest, {.name = far, .tcp = true}, "NOTAUTH 17 of " + longest},
  };
  for (const auto& c : cases) {
    const Octets answer = world.send(signed_with(c.key, c.ask), c.ask.tcp);
    EXPECT_EQ(told(answer), c.expected) << c.name;
    EXPECT_LE(answer.size(), c.ask.tcp ? wire::kMaxMessage : c.ask.payload < 0 ? 512 : 1232) << c.name;
  }
  EXPECT_EQ(world.table.totals().truncated, 1u);
  EXPECT_EQ(options_of(world.send(signed_with("key.", {.name = "ns1.example.", .payload = 1232}))), "");
}

TEST(Tsig, WhatIsNoQuestionIsAnsweredWithoutOne) {
  World world;
  world.zone("example.", kSmallZone);
  EXPECT_EQ(told(world.send(signed_with("key.", {.name = "example.", .flags = 0x2800}))), "NOTIMP");
  EXPECT_EQ(told(world.send(signed_with("key.", {.name = "example.", .payload = 1232, .version = 1}))), "BADVERS");
}

}  // namespace
}  // namespace isochrone::answer
