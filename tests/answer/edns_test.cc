// The OPT RR, length limits, cookies and the questions that are not plain.

#include <gtest/gtest.h>

#include "ask.h"

namespace isochrone::answer {
namespace {

std::string long_zone() {
  std::string text = R"(
@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 60
@ 3600 IN NS ns1
ns1 300 IN A 192.0.2.1
www 300 IN A 192.0.2.10
alias 300 IN CNAME many
mixed 300 IN TXT small
)";
  for (int i = 1; i <= 60; ++i) text += fmt::format("many 300 IN A 198.51.100.{0}\nmixed 300 IN A 198.51.100.{0}\n", i);
  for (int i = 1; i <= 13; ++i) {
    text += fmt::format("child 300 IN NS a-rather-long-name-{}.child\n", i);
    text += fmt::format("a-rather-long-name-{0}.child 300 IN AAAA 2001:db8::{0}\n", i);
    text += fmt::format("@ 300 IN MX {} mail{}.long-names-here\nmail{}.long-names-here 300 IN AAAA 2001:db8::{}\n", i, i, i, i);
  }
  return text;
}

class EdnsTest : public testing::Test {
 protected:
  EdnsTest() {
    world.zone("example.", long_zone());
    world.snapshot.settings.nsid = {'n', 's', '1'};
    world.snapshot.settings.cookies = {{1, 2, 3}, {4, 5, 6}};
  }
  std::string first_line(const Ask& ask) {
    const std::string lines = world.lines(ask);
    return lines.substr(0, lines.find('\n'));
  }
  World world;
};

TEST_F(EdnsTest, Rfc6891AnOptComesWhereOneCame) {
  EXPECT_EQ(options_of(world.ask({"www.example."})), "no OPT");
  EXPECT_EQ(options_of(world.ask({"www.example.", "A", 1232})), "");
  EXPECT_EQ(options_of(world.ask({"elsewhere.test.", "A", 1232})), "") << "in REFUSED too";
  EXPECT_EQ(options_of(world.ask({"www.example.", "A", 1232, option(65001, {1, 2})})), "") << "unknown options are ignored";
}

TEST_F(EdnsTest, Rfc6891BadVersSaysWhichVersionWeHave) {
  const Octets answer = world.ask({.name = "www.example.", .payload = 1232, .version = 1});
  EXPECT_EQ(to_lines(answer), "BADVERS");
  EXPECT_EQ(answer[answer.size() - 5], 0) << "version 0";
}

TEST_F(EdnsTest, Rfc5001NsidIsGivenToWhoAsks) {
  EXPECT_EQ(options_of(world.ask({"www.example.", "A", 1232, option(3, {})})), "000300036e7331");
}

TEST_F(EdnsTest, Rfc7828KeepaliveIsForTcpOnly) {
  EXPECT_EQ(options_of(world.ask({.name = "www.example.", .payload = 1232, .options = option(11, {}), .tcp = true})), "000b00020064");
  EXPECT_EQ(options_of(world.ask({"www.example.", "A", 1232, option(11, {})})), "");
}

TEST_F(EdnsTest, Rfc2181LongAnswersAreTruncatedToWholeRRsets) {
  struct Case {
    std::string_view what;
    Ask ask;
    std::string_view first;
    size_t most;
  };
  for (const auto& [what, ask, first, most] : {
           Case{"512 octets without EDNS", {"many.example."}, "NOERROR aa tc", 512},
           Case{"what the client takes", {"many.example.", "A", 700}, "NOERROR aa tc", 700},
           Case{"below 512 means 512", {"many.example.", "A", 100}, "NOERROR aa tc", 512},
           Case{"what fits into our 1232", {"many.example.", "A", 4096}, "NOERROR aa", 1232},
           Case{"all of it over TCP", {.name = "many.example.", .tcp = true}, "NOERROR aa", 65535},
       }) {
    const Octets answer = world.ask(ask);
    EXPECT_LE(answer.size(), most) << what;
    EXPECT_EQ(first_line(ask), first) << what;
    EXPECT_EQ(options_of(answer), ask.payload >= 0 ? "" : "no OPT") << what;
  }
  EXPECT_EQ(world.lines({"many.example.", "A", 512}), "NOERROR aa tc") << "no part of an RRset";
  EXPECT_EQ(world.lines({"alias.example."}), "NOERROR aa tc\nanswer: alias.example. 300 IN CNAME many.example.")
      << "the RRsets before it stay";
  world.snapshot.settings.max_udp_payload = 512;
  EXPECT_EQ(first_line({"many.example.", "A", 4096}), "NOERROR aa tc") << "what we offer";
  EXPECT_EQ(world.lines({"mixed.example.", "ANY", 512}), "NOERROR aa\nanswer: mixed.example. 300 IN TXT \"small\"") << "RFC 8482 §4.1: one that fits";
}

TEST_F(EdnsTest, Rfc9471InDomainGlueWithoutRoomSetsTc) {
  EXPECT_EQ(first_line({"www.child.example."}), "NOERROR tc");
  EXPECT_EQ(first_line({"www.child.example.", "A", 1232}), "NOERROR");
}

TEST_F(EdnsTest, Rfc2181AdditionalDataWithoutRoomIsLeftOut) {
  const Octets answer = world.ask({"example.", "MX"});
  EXPECT_LE(answer.size(), 512u);
  EXPECT_EQ(first_line({"example.", "MX"}), "NOERROR aa");
}

TEST_F(EdnsTest, Rfc7873CookiesAreMadeVerifiedAndRenewed) {
  const wire::ClientCookie client{1, 2, 3, 4, 5, 6, 7, 8};
  const IpAddress resolver = *IpAddress::parse("203.0.113.53");
  const auto ask_with = [&](Octets server) {
    server.insert(server.begin(), client.begin(), client.end());
    return options_of(world.ask({"www.example.", "A", 1232, option(10, server)}));
  };
  const auto made = [&](uint32_t time, size_t secret) {
    const auto cookie = wire::make_server_cookie(client, resolver, time, world.snapshot.settings.cookies[secret]);
    return Octets(cookie.begin(), cookie.end());
  };
  const auto as_option = [&](const Octets& server) {
    std::string hex = "000a00180102030405060708";
    for (const uint8_t octet : server) hex += fmt::format("{:02x}", octet);
    return hex;
  };
  const std::string fresh = as_option(made(world.now, 0));
  EXPECT_EQ(ask_with({}), fresh) << "a client cookie alone gets a server cookie";
  EXPECT_EQ(ask_with(made(world.now - 600, 0)), as_option(made(world.now - 600, 0))) << "a good one is kept";
  EXPECT_EQ(ask_with(made(world.now - 2400, 0)), fresh) << "RFC 9018 §4.3: over half an hour it is renewed";
  EXPECT_EQ(ask_with(made(world.now, 1)), fresh) << "RFC 9018 §5: so is one of the former secret";
  EXPECT_EQ(ask_with(made(world.now - 4000, 0)), fresh) << "too old";
  EXPECT_EQ(ask_with(Octets(16, 7)), fresh) << "not ours";
  EXPECT_EQ(first_line({"www.example.", "A", 1232, option(10, {1, 2, 3})}), "FORMERR") << "RFC 7873 §5.2.2";

  const Totals totals = world.table.totals();
  EXPECT_EQ(totals.cookies_fresh, 1u);
  EXPECT_EQ(totals.cookies_valid, 3u);
  EXPECT_EQ(totals.cookies_invalid, 2u);

  world.snapshot.settings.cookies.clear();
  EXPECT_EQ(ask_with({}), "") << "without a secret none is given";
}

TEST_F(EdnsTest, Rfc7873AQueryForACookieAlone) {
  const Octets head = from_hex("1a2b 0000 0000 0000 0000 0001 00 0029 04d0 00000000");
  const auto send = [&](const Octets& cookie) {
    Octets query = head;
    const Octets options = option(10, cookie);
    put16(query, options.size());
    query.insert(query.end(), options.begin(), options.end());
    return to_lines(world.send(query));
  };
  EXPECT_EQ(send({1, 2, 3, 4, 5, 6, 7, 8}), "NOERROR");
  EXPECT_EQ(send(Octets(24, 9)), "BADCOOKIE");
  world.snapshot.settings.cookies.clear();
  EXPECT_EQ(send({1, 2, 3, 4, 5, 6, 7, 8}), "FORMERR");
}

TEST_F(EdnsTest, OtherThanPlainQuestions) {
  const auto with_flags = [](uint16_t flags) { return Ask{.name = "www.example.", .flags = flags}; };
  const auto with_class = [](uint16_t qclass) { return Ask{.name = "www.example.", .qclass = qclass}; };
  EXPECT_EQ(world.lines(with_flags(0x8000)), "nothing") << "QR=1 is never answered";
  for (const int opcode : {1, 2, 3, 4, 5, 6, 15})
    EXPECT_EQ(world.lines(with_flags(static_cast<uint16_t>(opcode << 11))), "NOTIMP") << opcode;
  for (const int qclass : {0, 2, 3, 4, 254, 255, 1000})
    EXPECT_EQ(world.lines(with_class(static_cast<uint16_t>(qclass))), "REFUSED") << qclass;
  EXPECT_EQ(world.send({0, 1, 2}), Octets()) << "no header";
  EXPECT_EQ(to_lines(world.send(from_hex("1a2b 0000 0000 0000 0000 0000"))), "FORMERR") << "no question";
  Octets cut = query_octets({"www.example."});
  cut.pop_back();
  EXPECT_EQ(to_lines(world.send(cut)), "FORMERR");
  EXPECT_EQ(world.send(query_octets(with_flags(0x0110)))[2] & 1, 1) << "RFC 1035 §4.1.1: RD is copied";
  EXPECT_EQ(world.send(query_octets(with_flags(0x0110)))[3], 0) << "RFC 4035 §3.1.6: CD, RA and AD are clear";
}

TEST_F(EdnsTest, QueriesAreCountedByTypeAndRcode) {
  world.ask({"www.example."});
  world.ask({.name = "nowhere.example.", .type = "TYPE999", .payload = 1232, .tcp = true});
  world.ask({"many.example."});
  world.send({0, 1, 2});
  const Totals totals = world.table.totals();
  EXPECT_EQ(totals.queries[0][type_bucket(wire::Type::A)][rcode_bucket(wire::Rcode::NoError)], 2u);
  EXPECT_EQ(totals.queries[1][kTypeBuckets - 1][rcode_bucket(wire::Rcode::NxDomain)], 1u);
  EXPECT_EQ(totals.edns, 1u);
  EXPECT_EQ(totals.truncated, 1u);
  EXPECT_EQ(totals.dropped_short, 1u);
}

// One packet octet by octet, as RFC 1035 §4.1 and RFC 7871 §6 draw them.
TEST_F(EdnsTest, GoldenAnswer) {
  EXPECT_EQ(world.ask({"wWw.example.", "A", 1232, ecs("192.0.2.0/24")}),
            from_hex("1a2b 8400 0001 0001 0000 0001"            // id, QR AA NOERROR, counts
                     "03775777 076578616d706c65 00 0001 0001"   // wWw.example. IN A
                     "c00c 0001 0001 0000012c 0004 c000020a"    // same name, TTL 300 s, 192.0.2.10
                     "00 0029 04d0 00000000 000b"               // OPT, payload 1232, RDLENGTH 11
                     "0008 0007 0001 18 00 c00002"));           // ECS 192.0.2.0/24, scope /0: good for all
}

}  // namespace
}  // namespace isochrone::answer
