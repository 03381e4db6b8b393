#include "zone/master_file.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "zone/rdata.h"
#include "zone_text.h"

namespace isochrone::zone {
namespace {

struct Parsed {
  std::string records, problems;
};

// "owner ttl type rdata", one a line, in the order of the text; `places` adds file:line:column in front.
Parsed parse(std::string_view text, const Files& files = {}, bool places = false) {
  Problems problems;
  Parsed parsed;
  const LoadInclude load = [&](const std::string& path) -> Result<std::string_view> {
    const auto found = files.find(path);
    if (found == files.end()) return fail("no such file");
    return found->second;
  };
  const RecordSink sink = [&](const Record& record) {
    if (places)
      parsed.records += std::string(record.where.file) + ":" + std::to_string(record.where.line) + ":" + std::to_string(record.where.column) + " ";
    parsed.records += wire::to_text(record.owner) + " " + std::to_string(record.ttl) + " " + to_text(record.type) + " " +
                      to_presentation(record.type, record.rdata) + "\n";
  };
  parse_master_file({text, "dir/zone", name("example.")}, load, sink, problems);
  parsed.problems = problems.to_text();
  return parsed;
}

struct Good {
  const char* name;
  const char* text;
  const char* records;
};

const Good kGood[] = {
    {"TTL, class", "a 300 IN A 192.0.2.1\n", "a.example. 300 A 192.0.2.1\n"},
    {"class, TTL", "a IN 300 A 192.0.2.1\n", "a.example. 300 A 192.0.2.1\n"},
    {"no class", "a 300 A 192.0.2.1\n", "a.example. 300 A 192.0.2.1\n"},
    {"lower case", "a 300 in a 192.0.2.1\n", "a.example. 300 A 192.0.2.1\n"},
    {"CLASS1 and TYPE1", "a 300 CLASS1 TYPE1 192.0.2.1\n", "a.example. 300 A 192.0.2.1\n"},
    {"TTL with units", "a 1h30m IN A 192.0.2.1\n", "a.example. 5400 A 192.0.2.1\n"},
    {"$TTL, in any case", "$ttl 1d\na A 192.0.2.1\n$TTL 60\nb A 192.0.2.1\n", "a.example. 86400 A 192.0.2.1\nb.example. 60 A 192.0.2.1\n"},
    {"$TTL is stronger than the last TTL", "$TTL 60\na 300 A 192.0.2.1\nb A 192.0.2.1\n", "a.example. 300 A 192.0.2.1\nb.example. 60 A 192.0.2.1\n"},
    {"without $TTL: the last one", "a 300 A 192.0.2.1\nb A 192.0.2.1\n", "a.example. 300 A 192.0.2.1\nb.example. 300 A 192.0.2.1\n"},
    {"without any: the SOA's MINIMUM", "@ SOA ns host 1 2 3 4 1m\nb A 192.0.2.1\n",
     "example. 60 SOA ns.example. host.example. 1 2 3 4 60\nb.example. 60 A 192.0.2.1\n"},
    {"blank owner", "a 300 A 192.0.2.1\n  A 192.0.2.2\n\tIN A 192.0.2.3\n",
     "a.example. 300 A 192.0.2.1\na.example. 300 A 192.0.2.2\na.example. 300 A 192.0.2.3\n"},
    {"blank owner over $ORIGIN", "a 300 A 192.0.2.1\n$ORIGIN sub\n A 192.0.2.2\nb A 192.0.2.3\n",
     "a.example. 300 A 192.0.2.1\na.example. 300 A 192.0.2.2\nb.sub.example. 300 A 192.0.2.3\n"},
    {"$ORIGIN absolute, and @", "$origin other.test.\n@ 300 NS @\n", "other.test. 300 NS other.test.\n"},
    {"numeric owner", "10 300 PTR a\n", "10.example. 300 PTR a.example.\n"},
    {"SOA in parentheses", "@ 300 SOA ns host ( 1 ; serial\n 1h 2h\n 1w\n 60 )\n", "example. 300 SOA ns.example. host.example. 1 3600 7200 604800 60\n"},
    {"owner that looks like a type", "A 300 A 192.0.2.1\n", "A.example. 300 A 192.0.2.1\n"},
    {"TXT strings", "a 300 TXT one \"two three\" \"\" \"q\\\"\\065;\"\n", "a.example. 300 TXT \"one\" \"two three\" \"\" \"q\\\"A;\"\n"},
    {"RFC 3597", "a 300 TYPE65280 \\# 3 01 02fF\nb 300 A \\# 4 C0000201\nc 300 TYPE65281 \\# 0\n",
     "a.example. 300 TYPE65280 \\# 3 0102ff\nb.example. 300 A 192.0.2.1\nc.example. 300 TYPE65281 \\# 0\n"},
    {"CRLF and no final newline", "a 300 A 192.0.2.1\r\nb A 192.0.2.2", "a.example. 300 A 192.0.2.1\nb.example. 300 A 192.0.2.2\n"},
    {"$GENERATE", "$GENERATE 1-5/2 h${0,2} 60 IN A 192.0.2.$\nb A 192.0.2.9\n",
     "h01.example. 60 A 192.0.2.1\nh03.example. 60 A 192.0.2.3\nh05.example. 60 A 192.0.2.5\nb.example. 60 A 192.0.2.9\n"},
    {"$GENERATE: quoted data", "$generate 1-2 @ 60 MX \"$ mail$\"\n", "example. 60 MX 1 mail1.example.\nexample. 60 MX 2 mail2.example.\n"},
    {"$GENERATE: unquoted data", "$GENERATE 1-2 @ 60 MX $ mail$\n", "example. 60 MX 1 mail1.example.\nexample. 60 MX 2 mail2.example.\n"},
    {"$GENERATE: strings in the data", "$GENERATE 1-1 t 60 TXT \"\\\"a b\\\" c$\"\n", "t.example. 60 TXT \"a b\" \"c1\"\n"},
    {"$GENERATE: nibbles", "$GENERATE 10-11 ${0,3,n}.ip6 60 PTR h$\n", "a.0.ip6.example. 60 PTR h10.example.\nb.0.ip6.example. 60 PTR h11.example.\n"},
    {"an escaped dollar is an owner", "\\$x 60 A 192.0.2.1\n", "\\$x.example. 60 A 192.0.2.1\n"},
};

TEST(MasterFile, WhatIsAllowed) {
  for (const Good& test : kGood) {
    const Parsed parsed = parse(test.text);
    EXPECT_EQ(parsed.records, test.records) << test.name;
    EXPECT_EQ(parsed.problems, "") << test.name;
  }
}

struct Bad {
  const char* text;
  const char* problem;  // behind "dir/zone:"
};

const Bad kBad[] = {
    {"a 300 IN AAA ::1\n", "1:10: unknown type 'AAA'; did you mean 'AAAA'?"},
    {"a 300 IN CNAM b\n", "1:10: unknown type 'CNAM'; did you mean 'CNAME'?"},
    {"a 300 IN gibberish b\n", "1:10: unknown type 'gibberish'; expected a type such as A, AAAA, NS or TYPE65280"},
    {"a 300 IN \"A\" 192.0.2.1\n", "1:10: \"A\" where a type should be; expected it without quotes"},
    {"a 300 IN ANY x\n", "1:10: ANY is not a type of data; expected a type such as A, AAAA or NS"},
    {"a 300 CH TXT x\n", "1:7: class CH; expected IN: no other class is served"},
    {"a 300 CLASS3 TXT x\n", "1:7: class CLASS3; expected IN: no other class is served"},
    {"a 3x IN A 192.0.2.1\n", "1:3: '3x' is not a TTL; expected seconds or e.g. '1h30m', at most 2147483647"},
    {"a 2147483648 IN A 192.0.2.1\n", "1:3: '2147483648' is not a TTL; expected seconds or e.g. '1h30m', at most 2147483647"},
    {"a A 192.0.2.1\n", "1:3: no TTL; expected one before the type, or '$TTL <seconds>' above"},
    {"  300 A 192.0.2.1\n", "1:3: no owner; expected a name before the first record"},
    {"a..b 300 A 192.0.2.1\n", "1:1: 'a..b' has an empty label; expected a name"},
    {"a 300 IN\n", "1:9: the line ends without a type; expected a type and its data"},
    {"a\n", "1:2: the line ends without a type; expected a type and its data"},
    {"a 300 A\n", "1:8: A record ends too early; expected its IPv4 address"},
    {"a 300 A 192.0.2.1 x\n", "1:19: 'x' is too much for type A; expected the end of the line"},
    {"$TTL\n", "1:5: $TTL ends too early; expected '$TTL <seconds>'"},
    {"$TTL 1x\n", "1:6: '1x' is not a TTL; expected seconds or e.g. '1h30m', at most 2147483647"},
    {"$TTL 1 2\n", "1:8: '2' is too much for $TTL; expected '$TTL <seconds>'"},
    {"$ORIGIN a..b.\n", "1:9: 'a..b.' has an empty label; expected a name"},
    {"$ORIGN a.\n", "1:1: unknown directive '$ORIGN'; did you mean '$ORIGIN'?"},
    {"$include\n", "1:9: $include ends too early; expected '$INCLUDE <file> [<origin>]'"},
    {"$INCLUDE missing\n", "1:10: cannot include 'dir/missing'; no such file"},
    {"$INCLUDE zone\n", "1:10: 'dir/zone' includes itself; expected a file that is not being read already"},
    {"$INCLUDE ../dir/./zone\n", "1:10: 'dir/zone' includes itself; expected a file that is not being read already"},
    {"$GENERATE 1-2 a\n", "1:16: $GENERATE ends too early; expected '$GENERATE <start>-<stop>[/<step>] <owner> [<TTL>] [<class>] <type> <data>'"},
    {"$GENERATE 2-1 a 60 A 192.0.2.1\n", "1:11: range '2-1' is empty; expected its start not to be above its end"},
    {"$GENERATE 254-300 a$ 60 A 192.0.2.$\n", "1:27: '192.0.2.256' is not an IPv4 address; expected e.g. '192.0.2.1'"},
    {"$GENERATE 1-2 a$ 60 A ${x}\n", "1:23: '${x}' is not a format; expected '${offset[,width[,base]]}', base d, o, x, X, n or N"},
    {"a 300 MX (\n 10\n x..y )\n", "3:2: 'x..y' has an empty label; expected a mail server"},
};

TEST(MasterFile, EachMistakeHasItsPlaceAndAWayOut) {
  for (const Bad& test : kBad) EXPECT_EQ(parse(test.text).problems, "dir/zone:" + std::string(test.problem) + "\n") << test.text;
}

TEST(MasterFile, AllMistakesOfOneRunAndTheRecordsBetween) {
  const Parsed parsed = parse("$TTL 60\na A 192.0.2.1\nb A 192.0.2\nc TXT \"x\nd A 192.0.2.2\ne FOO x\n\n   f..g A\n");
  EXPECT_EQ(parsed.records, "a.example. 60 A 192.0.2.1\nd.example. 60 A 192.0.2.2\n");
  EXPECT_EQ(parsed.problems,
            "dir/zone:3:5: '192.0.2' is not an IPv4 address; expected e.g. '192.0.2.1'\n"
            "dir/zone:4:7: quoted string does not end on its line; expected '\"'\n"
            "dir/zone:6:3: unknown type 'FOO'; expected a type such as A, AAAA, NS or TYPE65280\n"
            "dir/zone:8:4: unknown type 'f..g'; expected a type such as A, AAAA, NS or TYPE65280\n");
}

TEST(MasterFile, IncludesKeepOriginAndOwnerOfTheIncluder) {
  const Files files = {
      {"dir/more", "$ORIGIN deeper\nx 300 A 192.0.2.1\n"},
      {"dir/hosts/list", "y 300 A 192.0.2.2\n$INCLUDE next\n"},
      {"dir/hosts/next", "z 300 A 192.0.2.3\n"},
      {"/etc/other", "w 300 A 192.0.2.4\n"},
  };
  const Parsed parsed = parse(
      "a 300 A 192.0.2.9\n$INCLUDE more sub\n A 192.0.2.10\nb A 192.0.2.11\n$INCLUDE \"hosts/list\"\n$INCLUDE /etc/other other.test.\n", files, true);
  EXPECT_EQ(parsed.problems, "");
  EXPECT_EQ(parsed.records,
            "dir/zone:1:1 a.example. 300 A 192.0.2.9\n"
            "dir/more:2:1 x.deeper.sub.example. 300 A 192.0.2.1\n"
            "dir/zone:3:2 a.example. 300 A 192.0.2.10\n"
            "dir/zone:4:1 b.example. 300 A 192.0.2.11\n"
            "dir/hosts/list:1:1 y.example. 300 A 192.0.2.2\n"
            "dir/hosts/next:1:1 z.example. 300 A 192.0.2.3\n"
            "/etc/other:1:1 w.other.test. 300 A 192.0.2.4\n");
}

TEST(MasterFile, IncludesEnd) {
  EXPECT_EQ(parse("$INCLUDE a\n", {{"dir/a", "$INCLUDE b\n"}, {"dir/b", "\n$INCLUDE a\n"}}).problems,
            "dir/b:2:10: 'dir/a' includes itself; expected a file that is not being read already\n");
  Files chain;
  for (int i = 0; i < 30; ++i) chain["dir/" + std::to_string(i)] = "$INCLUDE " + std::to_string(i + 1) + "\n";
  EXPECT_EQ(parse("$INCLUDE 0\n", chain).problems, "dir/19:1:10: more than 20 files include each other; expected fewer\n");

  Files bomb;
  for (int i = 0; i < 10; ++i)
    for (int n = 0; n < 9; ++n) bomb["dir/" + std::to_string(i)] += "$INCLUDE " + std::to_string(i + 1) + "\n";
  bomb["dir/10"] = "\n";
  const std::string told = parse("$INCLUDE 0\n", bomb).problems;
  EXPECT_TRUE(told.ends_with("the zone includes 10000 files; expected fewer; no more are read\n")) << told;
  EXPECT_EQ(std::ranges::count(told, '\n'), 1);
}

TEST(MasterFile, WithoutALoaderNothingIsIncluded) {
  Problems problems;
  parse_master_file({"$INCLUDE x\n", "zone", name("example.")}, {}, [](const Record&) {}, problems);
  EXPECT_EQ(problems.to_text(), "zone:1:10: cannot include 'x'; files cannot be included here\n");
}

}  // namespace
}  // namespace isochrone::zone
