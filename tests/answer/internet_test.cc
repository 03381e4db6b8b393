// RFC 1034 §4.3.2 and what grew on it: question → answer, section by section.

#include <gtest/gtest.h>

#include <algorithm>

#include "answer/answering.h"
#include "ask.h"

namespace isochrone::answer {
namespace {

constexpr std::string_view kZone = R"(
@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 60
@ 3600 IN NS ns1
ns1 300 IN A 192.0.2.1
www 300 IN A 192.0.2.10
www 300 IN A 192.0.2.11
WwW 300 IN AAAA 2001:db8::10
txt 300 IN TXT "one" "two"
odd 300 IN TYPE65280 \# 3 0a0b0c
any 300 IN MX 10 mail
any 300 IN TXT "any"
alias 60 IN CNAME alias2
alias2 61 IN CNAME www
out 60 IN CNAME Host.Elsewhere.test.
circle1 60 IN CNAME circle2
circle2 60 IN CNAME circle1
self 60 IN CNAME self
dangling 60 IN CNAME nowhere
toother 60 IN CNAME www.other.
tochild 60 IN CNAME www.child
deep.ent 300 IN A 192.0.2.12
*.wild 300 IN A 192.0.2.13
*.wild 300 IN MX 10 mail
towild 300 IN MX 10 x.wild
towild 300 IN MX 20 x.known.wild
known.wild 300 IN TXT "known"
*.wildalias 60 IN CNAME www
dn 120 IN DNAME other.
dnself 120 IN DNAME target
www.target 300 IN A 192.0.2.14
long 120 IN DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.test.
child 3600 IN NS ns.child
child 3600 IN NS ns.sibling
child 3600 IN NS ns.elsewhere.test.
child 3600 IN DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000
ns.child 300 IN A 198.51.100.1
ns.child 300 IN AAAA 2001:db8:c::1
wildcut 3600 IN NS ns.wildcut
*.wildcut 300 IN A 198.51.100.3
sibling 3600 IN NS ns.sibling
ns.sibling 300 IN A 198.51.100.2
served 3600 IN NS ns1
served 3600 IN DS 2 13 2 0000000000000000000000000000000000000000000000000000000000000000
unsigned 3600 IN NS ns1
below 3600 IN NS ns.under.child
ns.under.child 300 IN A 198.51.100.4
mail 300 IN A 192.0.2.20
mail 300 IN AAAA 2001:db8::20
@ 300 IN MX 10 mail
@ 300 IN MX 20 mail
@ 300 IN MX 30 www.other.
_sip._tcp 300 IN SRV 0 0 5060 mail
web 300 IN HTTPS 1 . alpn=h2
web 300 IN A 192.0.2.30
webalias 300 IN HTTPS 0 web
null 300 IN MX 0 .
)";

constexpr std::string_view kOther = R"(
@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 30
@ 3600 IN NS ns1
ns1 300 IN A 192.0.2.2
www 300 IN A 192.0.2.40
)";

constexpr std::string_view kServed = R"(
@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 90
@ 3600 IN NS ns1
ns1 300 IN A 192.0.2.3
)";

constexpr std::string_view kSoa = "authority: example. 60 IN SOA ns1.example. hostmaster.example. 1 7200 900 1209600 60";

struct Case {
  std::string_view what;
  std::string_view name;
  std::string_view type;
  std::string expected;
};

class Internet : public testing::TestWithParam<Case> {
 protected:
  Internet() {
    world.zone("example.", kZone).zone("other.", kOther);
    for (const char* child : {"served.example.", "undelegated.example.", "served.wild.example.", "under.child.example."})
      world.zone(child, kServed);
  }
  World world;
};

TEST_P(Internet, Answers) {
  const auto& [what, name, type, expected] = GetParam();
  EXPECT_EQ(world.lines({std::string(name), std::string(type)}), expected) << what;
}

const std::string kNodata = "NOERROR aa\n" + std::string(kSoa);
const std::string kNxdomain = "NXDOMAIN aa\n" + std::string(kSoa);

INSTANTIATE_TEST_SUITE_P(Rfc1034, Internet, testing::Values(
  Case{"RFC 1034: a name of the zone, all its RRs", "www.example.", "A",
       "NOERROR aa\nanswer: www.example. 300 IN A 192.0.2.10\nanswer: www.example. 300 IN A 192.0.2.11"},
  Case{"RFC 4343: the case of the question comes back", "wWw.eXample.", "AAAA",
       "NOERROR aa\nanswer: wWw.eXample. 300 IN AAAA 2001:db8::10"},
  Case{"RFC 1034: out of our zones", "www.elsewhere.test.", "A", "REFUSED"},
  Case{"RFC 1034: the root is not ours either", ".", "NS", "REFUSED"},
  Case{"RFC 1034: the apex", "example.", "SOA",
       "NOERROR aa\nanswer: example. 3600 IN SOA ns1.example. hostmaster.example. 1 7200 900 1209600 60"},
  Case{"RFC 3597: a type nobody knows is served", "odd.example.", "TYPE65280",
       "NOERROR aa\nanswer: odd.example. 300 IN TYPE65280 \\# 3 0a0b0c"},
  Case{"RFC 3597: a type nobody knows is NODATA where it is not", "www.example.", "TYPE65281", kNodata}));

INSTANTIATE_TEST_SUITE_P(Rfc2308, Internet, testing::Values(
  Case{"RFC 2308 §2.2: NODATA, SOA at the negative TTL", "txt.example.", "A", kNodata},
  Case{"RFC 2308 §2.1: NXDOMAIN, SOA at the negative TTL", "nowhere.example.", "A", kNxdomain},
  Case{"RFC 8020: nothing below a name that is not", "a.b.nowhere.example.", "A", kNxdomain},
  Case{"RFC 8020: below a name with data is NXDOMAIN too", "a.www.example.", "A", kNxdomain},
  Case{"RFC 4592 §2.2.2: an empty non-terminal exists", "ent.example.", "A", kNodata},
  Case{"the SOA is that of the deepest zone", "x.served.example.", "A",
       "NXDOMAIN aa\nauthority: served.example. 90 IN SOA ns1.served.example. hostmaster.served.example. 1 7200 900 1209600 90"}));

INSTANTIATE_TEST_SUITE_P(Rfc4592, Internet, testing::Values(
  Case{"§3.3.1: a wildcard answers with the name asked for", "x.Y.wild.example.", "A",
       "NOERROR aa\nanswer: x.Y.wild.example. 300 IN A 192.0.2.13"},
  Case{"§3.3.1: a type the wildcard has not is NODATA", "x.wild.example.", "TXT", kNodata},
  Case{"§2.2.1: a name that exists hides it", "known.wild.example.", "A", kNodata},
  Case{"§2.2.1: so it does for names below", "x.known.wild.example.", "A", kNxdomain},
  Case{"§3.2: the parent of the wildcard is not matched", "wild.example.", "A", kNodata},
  Case{"§2.1: the asterisk itself can be asked for", "*.wild.example.", "A",
       "NOERROR aa\nanswer: *.wild.example. 300 IN A 192.0.2.13"},
  Case{"§4.3: a wildcard CNAME is followed", "x.wildalias.example.", "A",
       "NOERROR aa\nanswer: x.wildalias.example. 60 IN CNAME www.example.\n"
       "answer: www.example. 300 IN A 192.0.2.10\nanswer: www.example. 300 IN A 192.0.2.11"},
  Case{"additional data of a wildcard MX", "x.wild.example.", "MX",
       "NOERROR aa\nanswer: x.wild.example. 300 IN MX 10 mail.example.\n"
       "additional: mail.example. 300 IN A 192.0.2.20\nadditional: mail.example. 300 IN AAAA 2001:db8::20"}));

INSTANTIATE_TEST_SUITE_P(Cname, Internet, testing::Values(
  Case{"RFC 1034 §3.6.2: a chain is followed", "alias.example.", "A",
       "NOERROR aa\nanswer: alias.example. 60 IN CNAME alias2.example.\nanswer: alias2.example. 61 IN CNAME www.example.\n"
       "answer: www.example. 300 IN A 192.0.2.10\nanswer: www.example. 300 IN A 192.0.2.11"},
  Case{"RFC 1034 §3.6.2: not where CNAME itself is asked for", "alias.example.", "CNAME",
       "NOERROR aa\nanswer: alias.example. 60 IN CNAME alias2.example."},
  Case{"out of our zones: the CNAME alone", "out.example.", "A",
       "NOERROR aa\nanswer: out.example. 60 IN CNAME Host.Elsewhere.test."},
  Case{"into another zone of ours", "toother.example.", "A",
       "NOERROR aa\nanswer: toother.example. 60 IN CNAME www.other.\nanswer: www.other. 300 IN A 192.0.2.40"},
  Case{"RFC 6604 §3: NXDOMAIN of the last name", "dangling.example.", "A",
       "NXDOMAIN aa\nanswer: dangling.example. 60 IN CNAME nowhere.example.\n" + std::string(kSoa)},
  Case{"RFC 2308 §2.2.1: NODATA of the last name", "alias2.example.", "TXT",
       "NOERROR aa\nanswer: alias2.example. 61 IN CNAME www.example.\n" + std::string(kSoa)},
  Case{"a circle of two ends", "circle1.example.", "A",
       "NOERROR aa\nanswer: circle1.example. 60 IN CNAME circle2.example.\nanswer: circle2.example. 60 IN CNAME circle1.example."},
  Case{"a circle of one ends", "self.example.", "A", "NOERROR aa\nanswer: self.example. 60 IN CNAME self.example."},
  Case{"into a child zone: a referral, still AA for the first name", "tochild.example.", "A",
       "NOERROR aa\nanswer: tochild.example. 60 IN CNAME www.child.example.\n"
       "authority: child.example. 3600 IN NS ns.child.example.\nauthority: child.example. 3600 IN NS ns.sibling.example.\n"
       "authority: child.example. 3600 IN NS ns.elsewhere.test.\n"
       "additional: ns.child.example. 300 IN A 198.51.100.1\nadditional: ns.child.example. 300 IN AAAA 2001:db8:c::1\n"
       "additional: ns.sibling.example. 300 IN A 198.51.100.2"}));

INSTANTIATE_TEST_SUITE_P(Rfc6672, Internet, testing::Values(
  Case{"§3.1: DNAME, a CNAME of its TTL, and the target", "Www.dn.example.", "A",
       "NOERROR aa\nanswer: dn.example. 120 IN DNAME other.\nanswer: Www.dn.example. 120 IN CNAME Www.other.\n"
       "answer: Www.other. 300 IN A 192.0.2.40"},
  Case{"§2.3: its own name is not redirected", "dn.example.", "A", kNodata},
  Case{"§2.3: and can be asked for", "dn.example.", "DNAME", "NOERROR aa\nanswer: dn.example. 120 IN DNAME other."},
  Case{"§3.1: the made CNAME answers CNAME", "x.dnself.example.", "CNAME",
       "NOERROR aa\nanswer: dnself.example. 120 IN DNAME target.example.\n"
       "answer: x.dnself.example. 120 IN CNAME x.target.example."},
  Case{"§2.2: too long a name is YXDOMAIN", "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd.long.example.", "A",
       "YXDOMAIN aa\nanswer: long.example. 120 IN DNAME "
       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
       "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."
       "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.test."},
  Case{"§3.1: into NXDOMAIN", "x.dn.example.", "A",
       "NXDOMAIN aa\nanswer: dn.example. 120 IN DNAME other.\nanswer: x.dn.example. 120 IN CNAME x.other.\n"
       "authority: other. 30 IN SOA ns1.other. hostmaster.other. 1 7200 900 1209600 30"}));

const std::string kReferral =
    "NOERROR\nauthority: child.example. 3600 IN NS ns.child.example.\nauthority: child.example. 3600 IN NS ns.sibling.example.\n"
    "authority: child.example. 3600 IN NS ns.elsewhere.test.\n"
    "additional: ns.child.example. 300 IN A 198.51.100.1\nadditional: ns.child.example. 300 IN AAAA 2001:db8:c::1\n"
    "additional: ns.sibling.example. 300 IN A 198.51.100.2";

INSTANTIATE_TEST_SUITE_P(Delegation, Internet, testing::Values(
  Case{"RFC 1034: a name below the cut is referred, without AA", "www.child.example.", "A", kReferral},
  Case{"RFC 1034: so is the cut's own NS", "child.example.", "NS", kReferral},
  Case{"RFC 1034: so is glue", "ns.child.example.", "A", kReferral},
  Case{"RFC 9471 §3.1: nor is glue lost where a zone of ours lies around it and does not have it", "below.example.", "A",
       "NOERROR\nauthority: below.example. 3600 IN NS ns.under.child.example.\nadditional: ns.under.child.example. 300 IN A 198.51.100.4"},
  Case{"a wildcard below the cut makes no glue", "x.wildcut.example.", "A",
       "NOERROR\nauthority: wildcut.example. 3600 IN NS ns.wildcut.example."},
  Case{"RFC 4035 §3.1.4.1: DS is the parent's", "child.example.", "DS",
       "NOERROR aa\nanswer: child.example. 3600 IN DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000"},
  Case{"RFC 4035 §3.1.4.1: and its absence", "unsigned.example.", "DS", kNodata},
  Case{"RFC 4035 §3.1.4.1: the parent's where we serve both", "served.example.", "DS",
       "NOERROR aa\nanswer: served.example. 3600 IN DS 2 13 2 0000000000000000000000000000000000000000000000000000000000000000"},
  Case{"RFC 4035 §3.1.4.1: and where it delegates nothing", "undelegated.example.", "DS", kNxdomain},
  Case{"RFC 4035 §3.1.4.1: or has a wildcard", "served.wild.example.", "DS", kNodata},
  Case{"RFC 4035 §3.1.4.1: or delegates what is above", "under.child.example.", "DS", kReferral},
  Case{"all else of it is the child's", "ns1.undelegated.example.", "A", "NOERROR aa\nanswer: ns1.undelegated.example. 300 IN A 192.0.2.3"},
  Case{"RFC 4035 §3.1.4.1: NODATA of the child where we serve no parent", "other.", "DS",
       "NOERROR aa\nauthority: other. 30 IN SOA ns1.other. hostmaster.other. 1 7200 900 1209600 30"},
  Case{"RFC 4035 §3.1.4.1: below a cut DS is referred like all", "x.child.example.", "DS", kReferral},
  Case{"both served: the child answers for itself", "ns1.served.example.", "A",
       "NOERROR aa\nanswer: ns1.served.example. 300 IN A 192.0.2.3"}));

INSTANTIATE_TEST_SUITE_P(Additional, Internet, testing::Values(
  Case{"RFC 1035 §3.3.11: NS", "example.", "NS",
       "NOERROR aa\nanswer: example. 3600 IN NS ns1.example.\nadditional: ns1.example. 300 IN A 192.0.2.1"},
  Case{"RFC 1035 §3.3.9: MX, each host once, of all our zones", "example.", "MX",
       "NOERROR aa\nanswer: example. 300 IN MX 10 mail.example.\nanswer: example. 300 IN MX 20 mail.example.\n"
       "answer: example. 300 IN MX 30 www.other.\n"
       "additional: mail.example. 300 IN A 192.0.2.20\nadditional: mail.example. 300 IN AAAA 2001:db8::20\n"
       "additional: www.other. 300 IN A 192.0.2.40"},
  Case{"RFC 4592: a host that a wildcard stands for", "towild.example.", "MX",
       "NOERROR aa\nanswer: towild.example. 300 IN MX 10 x.wild.example.\nanswer: towild.example. 300 IN MX 20 x.known.wild.example.\n"
       "additional: x.wild.example. 300 IN A 192.0.2.13"},
  Case{"RFC 7505: the null MX has none", "null.example.", "MX", "NOERROR aa\nanswer: null.example. 300 IN MX 0 ."},
  Case{"RFC 2782: SRV", "_sip._tcp.example.", "SRV",
       "NOERROR aa\nanswer: _sip._tcp.example. 300 IN SRV 0 0 5060 mail.example.\n"
       "additional: mail.example. 300 IN A 192.0.2.20\nadditional: mail.example. 300 IN AAAA 2001:db8::20"},
  Case{"RFC 9460 §2.5.2: HTTPS whose target is its owner", "web.example.", "HTTPS",
       "NOERROR aa\nanswer: web.example. 300 IN HTTPS 1 . alpn=h2\nadditional: web.example. 300 IN A 192.0.2.30"},
  Case{"RFC 9460 §4.1: HTTPS alias, with the HTTPS of its target", "webalias.example.", "HTTPS",
       "NOERROR aa\nanswer: webalias.example. 300 IN HTTPS 0 web.example.\n"
       "additional: web.example. 300 IN HTTPS 1 . alpn=h2\nadditional: web.example. 300 IN A 192.0.2.30"}));

INSTANTIATE_TEST_SUITE_P(Rfc8482, Internet, testing::Values(
  Case{"§4.1: ANY is one RRset", "any.example.", "ANY", "NOERROR aa\nanswer: any.example. 300 IN MX 10 mail.example."},
  Case{"§4.1: the CNAME where there is one, not followed", "alias.example.", "ANY",
       "NOERROR aa\nanswer: alias.example. 60 IN CNAME alias2.example."},
  Case{"ANY at an empty non-terminal", "ent.example.", "ANY", kNodata},
  Case{"ANY at no name", "nowhere.example.", "ANY", kNxdomain}));

INSTANTIATE_TEST_SUITE_P(MetaTypes, Internet, testing::Values(
  Case{"AXFR", "example.", "AXFR", "REFUSED"}, Case{"IXFR", "example.", "IXFR", "REFUSED"},
  Case{"MAILA", "example.", "MAILA", "NOTIMP"}, Case{"MAILB", "example.", "MAILB", "NOTIMP"},
  Case{"TKEY", "example.", "TKEY", "NOTIMP"}, Case{"OPT", "example.", "OPT", "FORMERR"},
  Case{"TSIG", "example.", "TSIG", "FORMERR"}, Case{"RFC 9824 §3.5: NXNAME", "example.", "TYPE128", "FORMERR"},
  Case{"type 0", "example.", "TYPE0", "FORMERR"}));

TEST(Chain, EndsAfterSixteenCnamesThatWereFollowed) {
  std::string text = "@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 60\n@ 3600 IN NS ns1\nns1 300 IN A 192.0.2.1\n";
  for (int i = 0; i < 30; ++i) text += fmt::format("c{} 60 IN CNAME c{}\n", i, i + 1);
  World world;
  world.zone("example.", text);
  const std::string lines = world.lines({.name = "c0.example.", .tcp = true});
  EXPECT_EQ(std::ranges::count(lines, '\n'), kMaxChain + 1);
  EXPECT_TRUE(lines.starts_with("NOERROR aa\n"));
}

}  // namespace
}  // namespace isochrone::answer
