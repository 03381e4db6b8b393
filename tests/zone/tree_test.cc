#include <gtest/gtest.h>

#include "zone_text.h"

namespace isochrone::zone {
namespace {

// "*.example. A, MX" for a node; "-" for none; "()" after an empty non-terminal.
std::string told(const wire::QName& asked, const Node& node, int suffix) {
  if (!node) return "-";
  std::string text = wire::to_text(asked.suffix(suffix));
  for (int i = 0; i < node.rrset_count(); ++i) text += " " + to_text(node.rrset(i).type);
  return text;
}

std::string told(const Zone& zone, std::string_view asked_text) {
  const wire::QName asked = qname(asked_text);
  const Found found = zone.find(asked, asked.labels - zone.apex().label_count());
  std::string text = found.exact ? "exact " : "below ";
  text += told(asked, found.node, found.node_suffix);
  if (found.cut) text += "; cut " + told(asked, found.cut, found.cut_suffix);
  if (found.dname) text += "; dname " + told(asked, found.dname, found.dname_suffix);
  if (found.wildcard) text += "; wildcard";
  return text;
}

// The zone of RFC 4592 §2.2.1.
constexpr std::string_view kWildcards = R"(
$ORIGIN example.
example.                 3600 IN  SOA   ns.example.com. host 1 7200 900 1209600 60
example.                 3600     NS    ns.example.com.
example.                 3600     NS    ns.example.net.
*.example.               3600     TXT   "this is a wildcard"
*.example.               3600     MX    10 host1.example.
sub.*.example.           3600     TXT   "this is not a wildcard"
host1.example.           3600     A     192.0.2.1
_ssh._tcp.host1.example. 3600     SRV   0 0 22 host1.example.
_ssh._tcp.host2.example. 3600     SRV   0 0 22 host2.example.
subdel.example.          3600     NS    ns.example.com.
subdel.example.          3600     NS    ns.example.net.
)";

TEST(Tree, WildcardsOfRfc4592) {
  Problems problems;
  const auto zone = build_zone(kWildcards, "example.", problems);
  ASSERT_TRUE(zone) << problems.to_text();
  const std::pair<const char*, const char*> cases[] = {
      {"host3.example.", "below example. NS SOA; wildcard"},
      {"foo.bar.example.", "below example. NS SOA; wildcard"},
      {"host1.example.", "exact host1.example. A"},
      {"HOST1.Example.", "exact host1.example. A"},
      {"sub.*.example.", "exact sub.*.example. TXT"},
      {"_telnet._tcp.host1.example.", "below _tcp.host1.example."},
      {"_tcp.host2.example.", "exact _tcp.host2.example."},
      {"host2.example.", "exact host2.example."},
      {"host.subdel.example.", "below subdel.example. NS; cut subdel.example. NS"},
      {"subdel.example.", "exact subdel.example. NS; cut subdel.example. NS"},
      {"ghost.*.example.", "below *.example. MX TXT"},
      {"*.example.", "exact *.example. MX TXT"},
      {"example.", "exact example. NS SOA"},
  };
  for (const auto& [asked, expected] : cases) EXPECT_EQ(told(*zone, asked), expected) << asked;
}

TEST(Tree, CutsDnamesAndNonTerminals) {
  const auto zone = zone_of(R"(
a.b.c.deep   60 IN A 192.0.2.1
child        60 IN NS ns.child
ns.child     60 IN A 192.0.2.2
inner.child  60 IN NS ns.child
moved        60 IN DNAME elsewhere.test.
moved        60 IN TXT "beside"
)");
  const std::pair<const char*, const char*> cases[] = {
      {"c.deep.example.", "exact c.deep.example."},
      {"x.b.c.deep.example.", "below b.c.deep.example."},
      {"1.2.3.4.5.6.7.8.9.b.c.deep.example.", "below b.c.deep.example."},
      {"child.example.", "exact child.example. NS; cut child.example. NS"},
      {"ns.child.example.", "exact ns.child.example. A; cut child.example. NS"},
      {"inner.child.example.", "exact inner.child.example. NS; cut child.example. NS"},
      {"x.inner.child.example.", "below inner.child.example. NS; cut child.example. NS"},
      {"moved.example.", "exact moved.example. TXT DNAME"},
      {"x.y.moved.example.", "below moved.example. TXT DNAME; dname moved.example. TXT DNAME"},
  };
  for (const auto& [asked, expected] : cases) EXPECT_EQ(told(*zone, asked), expected) << asked;
}

TEST(Tree, DnameAtTheApexAndTheRootZone) {
  const auto apex = zone_of("@ 60 IN DNAME elsewhere.test.\n");
  EXPECT_EQ(told(*apex, "x.example."), "below example. NS SOA DNAME; dname example. NS SOA DNAME");
  EXPECT_EQ(told(*apex, "example."), "exact example. NS SOA DNAME");
  const auto root = zone_of("com 60 IN NS ns.elsewhere.test.\nhost.example 60 IN A 192.0.2.1\n", ".");
  EXPECT_EQ(told(*root, "."), "exact . NS SOA");
  EXPECT_EQ(told(*root, "x.com."), "below com. NS; cut com. NS");
  EXPECT_EQ(told(*root, "host.example."), "exact host.example. A");
  EXPECT_EQ(told(*root, "nothing."), "below . NS SOA");
}

TEST(Tree, AnyOctetsMakeANameAndOnlyTheWholeNameIsFound) {
  const auto zone = zone_of("a\\.b 60 IN A 192.0.2.1\n\\000x 60 IN A 192.0.2.2\n\\255\\@ 60 IN A 192.0.2.3\nUP 60 IN A 192.0.2.4\n");
  EXPECT_TRUE(find(*zone, "a\\.b.example.").exact);
  EXPECT_FALSE(find(*zone, "a.b.example.").exact);
  EXPECT_FALSE(find(*zone, "b.example.").exact);
  EXPECT_TRUE(find(*zone, "\\000x.example.").exact);
  EXPECT_TRUE(find(*zone, "\\255@.example.").exact);
  EXPECT_TRUE(find(*zone, "up.example.").exact);
}

TEST(Tree, RRsetsLieReadyForAnAnswer) {
  const auto zone = zone_of("h 300 IN A 192.0.2.1\nh 300 IN A 192.0.2.2\nh 300 IN TXT x\nh 120 IN A 192.0.2.3\nh IN A 192.0.2.1\n");
  const Node node = find(*zone, "h.example.").node;
  ASSERT_EQ(node.rrset_count(), 2);
  const RRset a = node.rrset(0);
  EXPECT_EQ(a.type, wire::Type::A);
  EXPECT_EQ(a.count, 3);
  EXPECT_EQ(a.ttl, 120u);  // the lowest
  ASSERT_EQ(a.wire.size(), 48u);
  const std::vector<uint8_t> first = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 120, 0, 4, 192, 0, 2, 1};
  EXPECT_TRUE(std::ranges::equal(a.wire.first(16), first));
  EXPECT_EQ(a.wire[47], 3);
  EXPECT_FALSE(node.find(wire::Type::AAAA));
  EXPECT_TRUE(node.find(wire::Type::TXT));
}

TEST(Tree, ZoneFacts) {
  const auto zone = zone_of("h 300 IN A 192.0.2.1\n");
  EXPECT_EQ(zone->apex(), name("example."));
  EXPECT_EQ(zone->serial(), 1u);
  EXPECT_EQ(zone->negative_ttl(), 60u);
  EXPECT_EQ(zone->record_count(), 3u);
  EXPECT_EQ(zone->soa().count, 1);
  EXPECT_GT(zone->memory(), 0u);
}

TEST(Tree, ServicesAreNamesAndTheSerialCanBeSet) {
  Problems problems;
  ZoneBuilder builder(name("example."), 7);
  parse_into(builder, std::string(kSoaAndNs) + "contoso 60 IN TXT x\n", name("example."), problems);
  builder.set_pool(name("contoso.example.").wire(), 3, {"zones/example.yaml", 4, 2});
  builder.set_pool(name("a.b.Example.").wire(), 4, {});
  builder.set_pool(name("example.").wire(), 5, {});
  builder.set_serial(2026112401);
  const auto zone = builder.build(problems);
  ASSERT_TRUE(zone) << problems.to_text();
  EXPECT_EQ(find(*zone, "contoso.example.").node.pool(), 3u);
  EXPECT_EQ(find(*zone, "a.b.example.").node.pool(), 4u);
  EXPECT_EQ(find(*zone, "b.example.").node.pool(), kNoPool);
  EXPECT_EQ(zone->apex_node().pool(), 5u);
  EXPECT_EQ(zone->serial(), 2026112401u);
}

TEST(Tree, ManyNamesAreAllFound) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "n" + std::to_string(i) + ".d" + std::to_string(i % 97) + " 60 IN A 192.0.2.1\n";
  const auto zone = zone_of(text);
  for (int i = 0; i < 20000; ++i) {
    const std::string host = "n" + std::to_string(i), domain = "d" + std::to_string(i % 97) + ".example.";
    ASSERT_TRUE(find(*zone, host + "." + domain).exact) << i;
    const Found missing = find(*zone, "no." + host + "x." + domain);
    ASSERT_FALSE(missing.exact);
    ASSERT_EQ(missing.node_suffix, 2);
  }
}

TEST(ZoneSet, TheLongestApexWins) {
  const ZoneSet zones({zone_of("", "example."), zone_of("", "sub.example."), zone_of("", "a.b.sub.example."), zone_of("", "other.test.")});
  const auto apex = [&](std::string_view text, bool strictly_above = false) {
    const auto match = zones.find(qname(text), strictly_above);
    return match.zone == nullptr ? "-" : match.zone->apex().to_text() + " " + std::to_string(match.apex_suffix);
  };
  EXPECT_EQ(apex("example."), "example. 0");
  EXPECT_EQ(apex("www.EXAMPLE."), "example. 1");
  EXPECT_EQ(apex("sub.example."), "sub.example. 0");
  EXPECT_EQ(apex("sub.example.", true), "example. 1");
  EXPECT_EQ(apex("b.sub.example."), "sub.example. 1");
  EXPECT_EQ(apex("x.a.b.sub.example."), "a.b.sub.example. 1");
  EXPECT_EQ(apex("notexample."), "-");
  EXPECT_EQ(apex("."), "-");
  EXPECT_EQ(apex("test."), "-");
  EXPECT_EQ(apex("example.", true), "-");
  EXPECT_EQ(ZoneSet().find(qname("example.")).zone, nullptr);
  const ZoneSet root({zone_of("", "."), zone_of("", "example.")});
  EXPECT_EQ(root.find(qname("x.y.")).apex_suffix, 2);
  EXPECT_EQ(root.find(qname("x.example.")).zone->apex(), name("example."));
  EXPECT_EQ(root.find(qname("."), true).zone, nullptr);
}

}  // namespace
}  // namespace isochrone::zone
