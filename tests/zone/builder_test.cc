#include "zone/builder.h"

#include <gtest/gtest.h>

#include "zone_text.h"

namespace isochrone::zone {
namespace {

struct Case {
  const char* name;
  const char* text;      // behind $TTL, SOA and NS: its first line is line 4
  const char* problems;
  bool built;
};

const std::string kHead = "$TTL 60\n" + std::string(kSoaAndNs);

const Case kCases[] = {
    {"fine", "a A 192.0.2.1\n", "", true},
    {"CNAME beside A", "a A 192.0.2.1\na CNAME b\n",
     "zone:5:1: CNAME beside A at 'a.example.'; a CNAME is alone at its name (RFC 1034 §3.6.2)\n", false},
    {"CNAME beside its proofs", "a CNAME other.test.\na NSEC b CNAME RRSIG NSEC\n", "", true},
    {"two CNAMEs", "a CNAME other.test.\na CNAME other2.test.\n", "zone:5:1: second CNAME at 'a.example.'; expected one\n", false},
    {"two DNAMEs", "a DNAME other.test.\na DNAME other2.test.\n", "zone:5:1: second DNAME at 'a.example.'; expected one\n", false},
    {"CNAME beside keys and old proofs", "a CNAME other.test.\na KEY 256 3 8 AwEAAbEB\na NXT \\# 3 000100\n", "", true},
    {"CNAME beside DNAME", "a DNAME other.test.\na CNAME other.test.\n",
     "zone:5:1: CNAME beside DNAME at 'a.example.'; a CNAME is alone at its name (RFC 1034 §3.6.2)\n", false},
    {"DNAME at a cut", "a DNAME other.test.\na NS ns.other.test.\n",
     "zone:4:1: DNAME at the zone cut 'a.example.'; one of NS and DNAME, not both (RFC 6672 §2.4)\n", false},
    {"name below a DNAME", "a DNAME other.test.\nc.b.a A 192.0.2.1\n",
     "zone:5:1: A at 'c.b.a.example.' is below the DNAME 'a.example.'; nothing may be there (RFC 6672 §2.4)\n", false},
    {"second SOA", "@ 3600 SOA ns host 2 2 3 4 5\n", "zone:4:1: second SOA in zone 'example.'; expected one SOA (RFC 1035 §5.2)\n", false},
    {"DS at the apex", "@ DS 1 13 9 00\n", "zone:4:1: DS at the apex of 'example.'; it belongs to the parent zone (RFC 4035 §2.4)\n", false},
    {"SOA below the apex", "a SOA ns host 2 2 3 4 5\n", "zone:4:1: SOA at 'a.example.', below the apex; expected it at 'example.' only\n", false},
    {"out of zone", "a.other.test. A 192.0.2.1\nxexample. A 192.0.2.1\n",
     "zone:4:1: 'a.other.test.' is outside the zone; expected a name at or below 'example.'\n"
     "zone:5:1: 'xexample.' is outside the zone; expected a name at or below 'example.'\n", false},
    {"repeated record", "a A 192.0.2.1\nb A 192.0.2.1\na A 192.0.2.1\n", "zone:6:1: warning: this record is a repetition and dropped\n", true},
    {"differing TTLs", "a 30 A 192.0.2.1\na 40 A 192.0.2.2\na 50 A 192.0.2.3\n",
     "zone:5:1: warning: TTL 40 differs from TTL 30 of line 4 for the same name and type; the lowest is served (RFC 2181 §5.2)\n", true},
    {"targets that are CNAMEs", "@ MX 10 alias\nalias CNAME other.test.\n_x._tcp SRV 0 0 1 ALIAS\n",
     "zone:4:1: warning: MX points to 'alias.example.', which is a CNAME; expected a name with addresses (RFC 2181 §10.3)\n"
     "zone:6:1: warning: SRV points to 'alias.example.', which is a CNAME; expected a name with addresses (RFC 2181 §10.3)\n", true},
    {"a CNAME may point to a CNAME", "a CNAME b\nb CNAME other.test.\n", "", true},
    {"no glue", "sub NS ns.sub\n", "zone:4:1: warning: name server 'ns.sub.example.' has no address in this zone; expected A or AAAA (glue)\n", true},
    {"glue", "sub NS ns.sub\nns.sub AAAA 2001:db8::1\n", "", true},
    {"glue at the cut itself", "sub NS sub\nsub A 192.0.2.1\n", "", true},
    {"server of another cut has its address there", "sub NS ns.other\nother NS ns.elsewhere.test.\n", "", true},
    {"server by wildcard", "@ 3600 NS any\n* A 192.0.2.1\n", "", true},
    {"apex server without address", "@ 3600 NS ns\n", "zone:4:1: warning: name server 'ns.example.' has no address in this zone; expected A or AAAA (glue)\n", true},
    {"data below a cut", "sub NS ns.other.test.\nwww.sub A 192.0.2.1\n",
     "zone:5:1: warning: A at 'www.sub.example.' is below the zone cut 'sub.example.' and never answered; it belongs to the delegated zone\n", true},
    {"data at a cut", "sub NS ns.other.test.\nsub TXT x\nsub DS 1 13 9 00\n",
     "zone:5:1: warning: TXT at the zone cut 'sub.example.' is never answered; it belongs to the delegated zone\n", true},
    {"wildcard NS", "*.w NS ns.other.test.\n",
     "zone:4:1: warning: NS at the wildcard '*.w.example.'; what resolvers make of it is not defined (RFC 4592 §4.2, §4.4)\n", true},
    {"final dot forgotten in an owner", "www.example A 192.0.2.1\n",
     "zone:4:1: warning: 'www.example.example.' ends with the zone's name twice; did you mean 'www.example.', with a dot at its end?\n", true},
    {"final dot forgotten in a target", "@ MX 10 mail.example\n",
     "zone:4:1: warning: 'mail.example.example.' ends with the zone's name twice; did you mean 'mail.example.', with a dot at its end?\n", true},
    {"similar but fine", "myexample A 192.0.2.1\n", "", true},
};

TEST(Builder, Table) {
  for (const Case& test : kCases) {
    Problems problems;
    const auto zone = build_zone(kHead + test.text, "example.", problems);
    EXPECT_EQ(problems.to_text(), test.problems) << test.name;
    EXPECT_EQ(zone != nullptr, test.built) << test.name;
  }
}

TEST(Builder, NamesInDataDifferInMoreThanCase) {
  const struct {
    const char *type, *first, *again;
  } repetitions[] = {
      {"NS", "Ns.x.test.", "nS.X.test."}, {"CNAME", "b", "B"}, {"DNAME", "b", "B"}, {"PTR", "b", "B"}, {"MX", "1 Mail", "1 mail"},
      {"MINFO", "a b", "A B"}, {"RP", "a b", "a B"}, {"AFSDB", "1 b", "1 B"}, {"RT", "1 b", "1 B"}, {"KX", "1 b", "1 B"},
      {"PX", "1 a b", "1 a B"}, {"SRV", "1 2 3 b", "1 2 3 B"}, {"NAPTR", "1 1 \"s\" \"E\" \"!x!Y!\" b", "1 1 \"s\" \"E\" \"!x!Y!\" B"},
      {"RRSIG", "A 13 2 60 20300101000000 20290101000000 7 Example. QUJD", "A 13 2 60 20300101000000 20290101000000 7 example. QUJD"},
  };
  for (const auto& [type, first, again] : repetitions) {
    Problems problems;
    const auto zone = build_zone(kHead + "a " + type + " " + first + "\nA " + type + " " + again + "\n", "example.", problems);
    EXPECT_EQ(problems.to_text(), "zone:5:1: warning: this record is a repetition and dropped\n") << type;
    ASSERT_TRUE(zone) << type;
    EXPECT_EQ(zone->record_count(), 3u) << type;
  }
  const struct {
    const char *type, *first, *other;
  } different[] = {
      {"MX", "1 b", "2 B"}, {"MX", "16640 b", "24832 b"},  // preferences 0x4100 and 0x6100: "A" and "a"
      {"SRV", "1 2 65 b", "1 2 97 b"}, {"PTR", "b", "bb"}, {"RP", "a b", "b a"}, {"TXT", "x", "X"}, {"HINFO", "x y", "X y"},
      {"NAPTR", "1 1 s E x b", "1 1 S E x b"}, {"CAA", "0 issue \"a.test\"", "0 issue \"A.test\""},
      {"RRSIG", "A 13 2 60 20300101000000 20290101000000 7 b QUJD", "A 13 2 60 20300101000000 20290101000000 7 b QUJd"},
  };
  for (const auto& [type, first, other] : different) {
    Problems problems;
    const auto zone = build_zone(kHead + "a " + type + " " + first + "\na " + type + " " + other + "\n", "example.", problems);
    EXPECT_EQ(problems.to_text(), "") << type << " " << other;
    ASSERT_TRUE(zone) << type;
    EXPECT_EQ(zone->record_count(), 4u) << type << " " << other;
  }
}

TEST(Builder, TheFirstSpellingStays) {
  Problems problems;
  const auto zone = build_zone(kHead + "a MX 1 Mail\na MX 1 mAIL\na MX 1 mail\n@ 3600 SOA NS1 HOSTMASTER 1 7200 900 1209600 60\n", "example.", problems);
  EXPECT_EQ(problems.to_text(),
            "zone:7:1: warning: this record is a repetition and dropped\n"
            "zone:5:1: warning: this record is a repetition and dropped\n"
            "zone:6:1: warning: this record is a repetition and dropped\n");
  ASSERT_TRUE(zone);
  const RRset mail = *find(*zone, "a.example.").node.find(wire::Type::MX);
  ASSERT_EQ(mail.count, 1);
  EXPECT_EQ(std::string(mail.wire.begin() + 15, mail.wire.begin() + 19), "Mail");
  const RRset soa = *zone->apex_node().find(wire::Type::SOA);
  EXPECT_EQ(std::string(soa.wire.begin() + 13, soa.wire.begin() + 16), "ns1");
}

TEST(Builder, SoaAndNsMustBeThere) {
  Problems problems;
  EXPECT_FALSE(build_zone("$TTL 60\na A 192.0.2.1\n", "example.", problems));
  EXPECT_EQ(problems.to_text(),
            "zone: zone 'example.' has no SOA; expected '@ SOA <primary> <mailbox> <serial> <refresh> <retry> <expire> <minimum>'\n"
            "zone: zone 'example.' has no NS at its apex; expected at least one '@ NS <name server>'\n");
  Problems nothing;
  EXPECT_FALSE(build_zone("", "example.", nothing));
  EXPECT_EQ(nothing.errors(), 2u);
}

TEST(Builder, WhatCannotBeReadIsNotToldToBeMissing) {
  const std::string ns = "@ 60 NS ns.x.test.\n", soa = "@ 60 SOA ns hm 7 2h 30m 14d 60\n";
  const std::string no_soa = "zone 'example.' has no SOA", no_ns = "zone 'example.' has no NS at its apex";
  const struct {
    std::string text, told, missing;
  } cases[] = {
      {"@ 60 SOA ns hm 7 2h 30m 14d\n" + ns, "ends too early", ""},
      {"@ 60 SOA ns hm 4294967296 2h 30m 14d 60\n" + ns, "is not a serial", ""},
      {"@ 1x SOA ns hm 7 2h 30m 14d 60\n" + ns, "is not a TTL", ""},
      {"@ CH SOA ns hm 7 2h 30m 14d 60\n" + ns, "class CH", ""},
      {"  SOA ns hm 7 2h 30m 14d 60\n" + ns, "no owner", ""},
      {"@ 60 SOA ns hm ( 7 2h 30m 14d 60\n" + ns, "never closed", ""},
      {"@ 60 SOA ns \"hm 7 2h 30m 14d 60\n" + ns, "quoted string", ""},
      {"@ 60 SOA ns hm 7 2h 30m 14d\n", "ends too early", no_ns},
      {soa + "@ 60 NS x..test.\n", "empty label", ""},
      {soa + "example. 60 NS\n", "ends too early", ""},
      {soa + "sub 60 NS\n", "ends too early", no_ns},
      {soa + "a 60 A x\n", "is not an IPv4 address", no_ns},
      {ns + "a 60 A x\n", "is not an IPv4 address", no_soa},
      {"$INCLUDE missing\n", "cannot include", ""},
  };
  for (const auto& test : cases) {
    Problems problems;
    EXPECT_FALSE(build_zone(test.text, "example.", problems)) << test.text;
    const std::string told = problems.to_text();
    EXPECT_NE(told.find(test.told), told.npos) << told;
    EXPECT_NE(told.find(test.missing), told.npos) << told;
    EXPECT_EQ(problems.errors(), test.missing.empty() ? 1u : 2u) << told;
  }
}

TEST(Builder, OtherPeoplesProblemsDoNotStopIt) {
  Problems problems;
  problems.error({"elsewhere", 1, 1}, "", "something");
  EXPECT_TRUE(build_zone(kHead, "example.", problems));
}

TEST(Builder, ServicesStandAlone) {
  const struct {
    const char *name, *text, *service, *problems;
  } cases[] = {
      {"beside other types", "s TXT x\n", "s.example.", ""},
      {"at the apex", "", "example.", ""},
      {"beside A", "s A 192.0.2.1\n", "S.example.", "zone:4:1: A at 's.example.', which is a service; its addresses come from its gateways; remove one of the two\n"},
      {"beside CNAME", "s CNAME x.test.\n", "s.example.", "zone:4:1: CNAME at 's.example.', which is a service; its addresses come from its gateways; remove one of the two\n"},
      {"at a cut", "s NS ns.x.test.\n", "s.example.", "services:9:3: service 's.example.' is at a zone cut; expected a name that this zone answers for\n"},
      {"at a DNAME", "s DNAME x.test.\n", "s.example.", "services:9:3: service 's.example.' is at a DNAME; expected a name that this zone answers for\n"},
      {"below a cut", "sub NS ns.x.test.\n", "s.sub.example.",
       "services:9:3: service at 's.sub.example.' is below the zone cut 'sub.example.'; expected a name that this zone answers for\n"},
      {"below a DNAME", "sub DNAME x.test.\n", "s.sub.example.",
       "services:9:3: service at 's.sub.example.' is below the DNAME 'sub.example.'; expected a name that this zone answers for\n"},
      {"outside", "", "s.test.", "services:9:3: 's.test.' is outside the zone; expected a name at or below 'example.'\n"},
      {"name server", "@ 3600 NS s\n", "s.example.", ""},
  };
  for (const auto& test : cases) {
    Problems problems;
    ZoneBuilder builder(name("example."), 7);
    parse_into(builder, kHead + test.text, name("example."), problems);
    builder.set_pool(name(test.service).wire(), 1, {"services", 9, 3});
    const auto zone = builder.build(problems);
    EXPECT_EQ(problems.to_text(), test.problems) << test.name;
    EXPECT_EQ(zone != nullptr, problems.ok()) << test.name;
  }
}

TEST(Builder, AServiceOfNamesHasNothingBesideIt) {
  const struct {
    const char *name, *text, *service, *problems;
  } cases[] = {
      {"alone", "", "s.example.", ""},
      {"a wildcard", "", "*.example.", ""},
      {"beside another type", "s TXT x\n", "S.example.",
       "zone:4:1: TXT at 's.example.', which is a service whose gateways are names; its answer is a CNAME, and that is alone at its name "
       "(RFC 1034 §3.6.2)\n"},
      {"at the apex", "", "example.",
       "services:9:3: service 'example.' is the apex, and its gateways are names; expected addresses: a CNAME cannot stand beside SOA and NS "
       "(RFC 1034 §3.6.2, RFC 2181 §10.1)\n"},
      {"below a cut", "sub NS ns.x.test.\n", "s.sub.example.",
       "services:9:3: service at 's.sub.example.' is below the zone cut 'sub.example.'; expected a name that this zone answers for\n"},
      {"pointed to", "@ MX 10 s\n", "s.example.",
       "zone:4:1: warning: MX points to 's.example.', which is a CNAME; expected a name with addresses (RFC 2181 §10.3)\n"},
  };
  for (const auto& test : cases) {
    Problems problems;
    ZoneBuilder builder(name("example."), 7);
    parse_into(builder, kHead + test.text, name("example."), problems);
    builder.set_pool(name(test.service).wire(), 1, {"services", 9, 3}, ZoneBuilder::Steers::Names);
    const auto zone = builder.build(problems);
    EXPECT_EQ(problems.to_text(), test.problems) << test.name;
    EXPECT_EQ(zone != nullptr, problems.ok()) << test.name;
  }
}

TEST(Builder, AnRRsetFitsIntoOneMessage) {
  std::string text = kHead;
  for (int i = 0; i < 4100; ++i) text += "many A 10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256) + "\n";
  Problems problems;
  EXPECT_FALSE(build_zone(text, "example.", problems));
  EXPECT_EQ(problems.to_text(), "zone:4103:1: all A records of 'many.example.' together take 65600 octets; at most 65253 fit into one answer\n");
}

TEST(Builder, ManyRecordsOfOneNameAndManyChunks) {
  // 3 MiB of staged records, so that chunks are filled, freed while the tree is written, and heads lie in other ones.
  std::string text = kHead;
  const std::string filler(200, 'x');
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 4000; ++i) text += "n" + std::to_string(i) + ".sub TXT " + std::to_string(round) + filler + "\n";
  Problems problems;
  const auto zone = build_zone(text, "example.", problems);
  ASSERT_TRUE(zone) << problems.to_text();
  EXPECT_EQ(zone->record_count(), 12002u);
  for (int i = 0; i < 4000; ++i) {
    const Found found = find(*zone, "n" + std::to_string(i) + ".sub.example.");
    ASSERT_TRUE(found.exact);
    const RRset txt = found.node.rrset(0);
    ASSERT_EQ(txt.count, 3);
    for (int round = 0; round < 3; ++round) ASSERT_EQ(txt.wire[static_cast<size_t>(round) * (txt.wire.size() / 3) + 13], '0' + round);
  }
}

}  // namespace
}  // namespace isochrone::zone
