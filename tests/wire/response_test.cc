#include "wire/response.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "golden.h"
#include "stored.h"

namespace isochrone::wire {
namespace {

// A query and an answer to it, with what they need to stay alive.
struct Conversation {
  explicit Conversation(const char* qname, size_t limit = kMaxMessage, size_t opt_room = 0)
      : datagram(question(qname, Type::ANY)), parsed(parse_query(datagram, query)), out(query, room, limit, opt_room) {}

  bool add(Section section, Owner owner, const Stored& rrset) {
    return out.append(section, owner, rrset.type, rrset.count, rrset.wire);
  }
  Octets finish(const Opt* opt = nullptr) {
    const auto sent = out.finish(opt);
    return {sent.begin(), sent.end()};
  }

  Octets datagram;
  Query query;
  Parsed parsed;
  std::vector<uint8_t> room = std::vector<uint8_t>(kMaxMessage);
  Response out;
};

TEST(Response, HeaderTakesOpcodeAndRdFromTheQuery) {
  struct {
    const char* name;
    const char* sent;
    const char* back;
  } cases[] = {
      {"nothing set", "0000", "8000"},
      {"RD", "0100", "8100"},
      {"CD is the resolvers' own, RFC 4035 §3.1.6", "0010", "8000"},
      {"AA, TC, RA, Z, AD and an RCODE are ours", "06ef", "8000"},
      {"an unknown opcode", "7800", "f800"},
  };
  for (const auto& c : cases) {
    const Octets datagram = hex(std::string("1a2b ") + c.sent + " 0001 0000 0000 0000 00 0001 0001");
    Query query;
    parse_query(datagram, query);
    std::array<uint8_t, 512> room;
    Response out(query, room, 512, 0);
    EXPECT_EQ(to_hex(out.finish(nullptr).first(4)), std::string("1a2b") + c.back) << c.name;
  }
}

TEST(Response, AnRcodeAbove15NeedsAnOpt) {
  Conversation talk("example.");
  talk.out.set_rcode(Rcode::BadCookie);
  EXPECT_EQ(talk.finish()[3] & 15, 1) << "FORMERR";
}

TEST(Response, AnRRsetFitsWholeOrNotAtAll) {
  const Stored two = stored({"example. 60 IN A 192.0.2.1", "example. 60 IN A 192.0.2.2"});
  const size_t exact = kHeaderSize + 9 + 4 + two.wire.size();
  const Stored filler = stored({("example. 60 IN TXT " + std::string(255, 'x') + " " + std::string(200, 'x')).c_str()});
  const size_t used = filler.wire.size();
  for (const auto& [limit, fits] : {std::pair{exact + used, true}, {exact + used - 1, false}}) {
    Conversation talk("example.", limit);
    ASSERT_TRUE(talk.add(Section::Answer, Owner::qname(), filler));
    EXPECT_EQ(talk.add(Section::Answer, Owner::qname(), two), fits);
    EXPECT_EQ(talk.out.count(Section::Answer), fits ? 3 : 1);
    EXPECT_EQ(talk.finish().size(), fits ? limit : limit + 1 - two.wire.size());
  }
}

TEST(Response, AnRRsetMayGoOutWithAnotherTtl) {
  for (const char* data : {"A 192.0.2.1", "MX 10 mail.example.", "CNAME a.b.example."}) {
    const std::string low = std::string("example. 5 IN ") + data, high = std::string("example. 3600 IN ") + data;
    Conversation wanted("example."), talk("example.");
    ASSERT_TRUE(wanted.add(Section::Answer, Owner::qname(), stored({low.c_str()})));
    const Stored kept = stored({high.c_str()});
    ASSERT_TRUE(talk.out.append_for(Section::Answer, Owner::qname(), kept.type, 5, kept.count, kept.wire));
    EXPECT_EQ(talk.finish(), wanted.finish()) << data;
  }
  const Stored two = stored({"example. 60 IN A 192.0.2.1", "example. 60 IN A 192.0.2.2"});
  Conversation tight("example.", 512, 512 - kHeaderSize - 13 - two.wire.size() + 1);
  EXPECT_FALSE(tight.out.append_for(Section::Answer, Owner::qname(), two.type, 5, two.count, two.wire));
  EXPECT_EQ(tight.out.count(Section::Answer), 0);
}

TEST(Response, RoomForOptIsKept) {
  Opt opt;
  const Stored rr = stored({"example. 60 IN A 192.0.2.1"});
  Conversation talk("example.", 512, opt_size(opt));
  int added = 0;
  while (talk.add(Section::Answer, Owner::qname(), rr)) ++added;
  EXPECT_EQ(added, (512 - 25 - 11) / 16);
  const Octets sent = talk.finish(&opt);
  EXPECT_LE(sent.size(), 512u);
  EXPECT_EQ(describe(sent).back(), "opt: payload 1232");
}

TEST(Response, RollsBackToAMark) {
  const Name other = Name::parse("ns.other.").value();
  const Stored ns = stored({"example. 60 IN NS ns.other."}), glue = stored({"ns.other. 60 IN A 192.0.2.1"});
  Conversation talk("example.");
  talk.add(Section::Authority, Owner::qname(), ns);
  const auto mark = talk.out.mark();
  const size_t size = talk.out.size();
  // Names learnt after the mark are forgotten with it: a later owner must not point at what is no longer there.
  talk.add(Section::Additional, Owner::name(Name::parse("gone.new.").value().wire()), glue);
  talk.out.roll_back(mark);
  EXPECT_EQ(talk.out.size(), size);
  EXPECT_EQ(talk.out.count(Section::Additional), 0);
  talk.add(Section::Additional, Owner::name(Name::parse("a.gone.new.").value().wire()), glue);
  talk.add(Section::Additional, Owner::name(other.wire()), glue);
  EXPECT_THAT(
      describe(talk.finish()),
      testing::ElementsAre("id 1a2b, opcode 0, rcode 0, qr", "question: example. IN ANY",
                           "authority: example. 60 IN NS ns.other.", "additional: a.gone.new. 60 IN A 192.0.2.1",
                           "additional: ns.other. 60 IN A 192.0.2.1"));
}

TEST(Response, ClearLeavesTheQuestion) {
  Conversation talk("example.");
  talk.add(Section::Answer, Owner::qname(), stored({"example. 60 IN NS ns.example."}));
  talk.out.clear();
  talk.out.set_truncated();
  EXPECT_THAT(describe(talk.finish()),
              testing::ElementsAre("id 1a2b, opcode 0, rcode 0, qr tc", "question: example. IN ANY"));
}

TEST(Response, RRsetsThatFailLeaveNoNames) {
  const Stored ns = stored({"example. 60 IN NS a.very.long.name.that.will.not.fit.in.what.is.left.of.the.message."});
  const Stored filler = stored({("example. 60 IN TXT " + std::string(255, 'x') + " " + std::string(180, 'x')).c_str()});
  Conversation talk("example.", 512);
  ASSERT_TRUE(talk.add(Section::Answer, Owner::qname(), filler));
  ASSERT_FALSE(talk.add(Section::Authority, Owner::qname(), ns));
  ASSERT_TRUE(talk.add(Section::Additional, Owner::name(Name::parse("of.the.message.").value().wire()),
                       stored({"x. 60 IN A 192.0.2.1"})));
  EXPECT_EQ(describe(talk.finish()).back(), "additional: of.the.message. 60 IN A 192.0.2.1");
}

// Every type with names in it, against every place that is known: question, owners, RDATA.
TEST(Response, CompressionSavesWhatRfc3597Allows) {
  struct {
    const char* line;
    size_t saved;  // octets less than uncompressed
  } cases[] = {
      {"example. 60 IN NS a.example.", 7},
      {"example. 60 IN CNAME example.", 7},
      {"example. 60 IN PTR a.b.example.", 7},
      {"example. 60 IN MX 10 a.example.", 7},
      {"example. 60 IN SOA a.example. b.a.example. 1 2 3 4 5", 7 + 9},
      {"example. 60 IN MINFO a.example. a.example.", 7 + 9},
      {"example. 60 IN MB a.example.", 7},
      {"example. 60 IN NS a.EXAMPLE.", 0},
      {"example. 60 IN NS .", 0},
      {"example. 60 IN SRV 0 0 53 a.example.", 0},
      {"example. 60 IN DNAME a.example.", 0},
      {"example. 60 IN RP a.example. a.example.", 0},
      {"example. 60 IN AFSDB 1 a.example.", 0},
      {"example. 60 IN KX 1 a.example.", 0},
      {"example. 60 IN NAPTR 1 1 \"\" \"\" \"\" a.example.", 0},
  };
  for (const auto& c : cases) {
    Conversation talk("example.");
    const Stored rrset = stored({c.line});
    const size_t before = talk.out.size();
    ASSERT_TRUE(talk.add(Section::Answer, Owner::qname(), rrset)) << c.line;
    EXPECT_EQ(talk.out.size() - before, rrset.wire.size() - c.saved) << c.line;
    EXPECT_EQ(describe(talk.finish()).back(), fmt::format("answer: {}", c.line));
  }
}

// It reads as the one that is compressed anew, whatever stands before the owner in the question.
TEST(Response, APreparedRrPointsIntoAnyQuestionBelowItsOwner) {
  struct {
    const char* line;
    size_t saved;  // octets less than uncompressed
  } cases[] = {
      {"example. 60 IN SOA ns1.example. hostmaster.example. 1 2 3 4 5", 7 + 7 + 7},
      {"example. 60 IN SOA ns1.dns.other. hostmaster.dns.other. 1 2 3 4 5", 7 + 9},
      {"example. 60 IN SOA example. . 1 2 3 4 5", 7 + 7},
      {"example. 60 IN SOA ns1.EXAMPLE. a.ns1.EXAMPLE. 1 2 3 4 5", 7 + 11},
      {"example. 60 IN SOA \\200\\192. \\200\\192.\\200. 1 2 3 4 5", 7},
      {". 60 IN SOA a.root. b.root. 1 2 3 4 5", 4},
      {". 60 IN SOA . . 1 2 3 4 5", 0},
      {"example. 60 IN MX 10 mail.example.", 7 + 7},
      {"example. 60 IN A 192.0.2.1", 7},
  };
  for (const auto& c : cases) {
    const Stored rrset = stored({c.line});
    const Name owner = Name::parse(std::string_view(c.line).substr(0, std::string_view(c.line).find(' '))).value();
    const PreparedRr rr = prepare_rr(owner, rrset.type, 60, std::span(rrset.wire).subspan(12));
    EXPECT_EQ(rr.octets.size() + c.saved, rrset.wire.size() - 2 + owner.size()) << c.line;
    const std::string long_name = std::string(63, 'd') + "." + std::string(60, 'e');
    for (const std::string& below : {std::string(), std::string("a"), std::string("b.c"), long_name}) {
      const std::string qname = below.empty() ? owner.to_text() : Name::parse(below, &owner).value().to_text();
      Conversation talk(qname.c_str());
      ASSERT_TRUE(talk.out.append_prepared(Section::Authority, rr)) << qname;
      EXPECT_EQ(talk.out.count(Section::Authority), 1);
      EXPECT_EQ(describe(talk.finish()).back(), fmt::format("authority: {}", c.line)) << qname;
    }
  }
}

TEST(Response, APreparedRrIsForItsPlaceAlone) {
  const Stored soa = stored({"example. 60 IN SOA ns1.example. hostmaster.example. 1 2 3 4 5"});
  const PreparedRr rr = prepare_rr(Name::parse("Example.").value(), soa.type, 60, std::span(soa.wire).subspan(12));
  for (const char* qname : {"a.eXample.", "EXAMPLE."}) {
    Conversation other_case(qname);
    EXPECT_FALSE(other_case.out.append_prepared(Section::Authority, rr)) << qname;
  }
  Conversation capitals_below("A.B.example.");
  EXPECT_TRUE(capitals_below.out.append_prepared(Section::Authority, rr));
  EXPECT_FALSE(capitals_below.out.append_prepared(Section::Authority, rr)) << "not the first";

  const size_t size = kHeaderSize + 9 + 4 + rr.octets.size();
  for (const size_t room : {size, size - 1}) {
    Conversation tight("example.", 512, 512 - room);
    EXPECT_EQ(tight.out.append_prepared(Section::Authority, rr), room == size);
    EXPECT_EQ(tight.finish().size(), room == size ? size : kHeaderSize + 9 + 4);
  }
}

// More names than the table holds, in more octets than a pointer reaches: all must still read as they were written.
TEST(Response, ABigMessageReadsAsItWasWritten) {
  Conversation talk("example.");
  std::vector<std::string> expected{"id 1a2b, opcode 0, rcode 0, qr", "question: example. IN ANY"};
  for (int i = 0; i < 1500; ++i) {
    const std::string owner = fmt::format("host{}.part{}.example.", i, i % 7);
    const std::string line = fmt::format("{} 60 IN MX {} mail{}.part{}.example.", owner, i, i % 50, i % 5);
    ASSERT_TRUE(talk.add(Section::Answer, Owner::name(Name::parse(owner)->wire()), stored({line.c_str()}))) << i;
    expected.push_back("answer: " + line);
  }
  const Octets sent = talk.finish();
  EXPECT_GT(sent.size(), 0x8000u);
  EXPECT_EQ(describe(sent), expected);
}

TEST(Response, TheLongestQuestionLeavesRoomForOpt) {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b') + ".";
  const Octets nsid(kMaxNsid, 'n');
  const Cookie cookie;
  const auto subnet = parse_client_subnet(hex("0002 80 00 20010db8000000000000000000000001"));
  Opt opt;
  opt.nsid = nsid;
  opt.cookie = &cookie;
  opt.subnet = &*subnet;
  opt.keepalive = 100;
  Conversation talk(longest.c_str(), 512, opt_size(opt));
  ASSERT_EQ(talk.parsed, Parsed::Ok);
  const Octets sent = talk.finish(&opt);
  EXPECT_LE(sent.size(), 512u);
  EXPECT_NE(describe(sent).back().find("opt: "), std::string::npos);
}

// What ldns builds, we read the same.
TEST(Query, OfLdnsIsReadAlike) {
  struct {
    const char* name;
    Type type;
    uint16_t payload;
    bool dnssec_ok, rd, cd;
  } cases[] = {
      {"example.org.", Type::AAAA, 1232, true, true, false},
      {".", Type::NS, 4096, false, false, true},
      {"a\\.b.\\000\\255.Example.", Type::TXT, 512, true, false, false},
      {"_443._tcp.example.", Type{65280}, 0, false, true, false},  // 0: without EDNS
  };
  for (const auto& c : cases) {
    ldns_rdf* qname = ldns_dname_new_frm_str(c.name);
    const uint16_t flags = static_cast<uint16_t>((c.rd ? LDNS_RD : 0) | (c.cd ? LDNS_CD : 0));
    const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(
        ldns_pkt_query_new(qname, static_cast<ldns_rr_type>(c.type), LDNS_RR_CLASS_IN, flags), &ldns_pkt_free);
    ldns_pkt_set_id(packet.get(), 4711);
    if (c.payload) ldns_pkt_set_edns_udp_size(packet.get(), c.payload);
    if (c.dnssec_ok) ldns_pkt_set_edns_do(packet.get(), true);
    uint8_t* octets = nullptr;
    size_t size = 0;
    ASSERT_EQ(ldns_pkt2wire(&octets, packet.get(), &size), LDNS_STATUS_OK);

    Query query;
    EXPECT_EQ(parse_query({octets, size}, query), Parsed::Ok) << c.name;
    EXPECT_EQ(query.id, 4711) << c.name;
    EXPECT_EQ(query.qtype, c.type) << c.name;
    EXPECT_EQ(query.recursion_desired(), c.rd) << c.name;
    EXPECT_EQ((query.flags & 0x0010) != 0, c.cd) << c.name;
    EXPECT_EQ(query.edns.present, c.payload != 0) << c.name;
    EXPECT_EQ(query.edns.payload, c.payload ? c.payload : 512) << c.name;
    EXPECT_EQ(query.edns.dnssec_ok, c.dnssec_ok) << c.name;
    EXPECT_EQ(Name::from_wire(query.qname.suffix(0)), *Name::parse(c.name)) << c.name;
    LDNS_FREE(octets);
  }
}

}  // namespace
}  // namespace isochrone::wire
