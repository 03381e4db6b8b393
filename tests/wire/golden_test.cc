// One behaviour a packet: our encoder makes these octets, and ldns reads in them what was meant.

#include "golden.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <set>

#include "stored.h"
#include "wire/response.h"
#include "wire/tsig.h"

namespace isochrone::wire {
namespace {

// An answer to `datagram`, `fill`ed by one case.
using Fill = std::function<void(const Query&, Response&, Opt&)>;

Octets answer(const Octets& datagram, const Fill& fill, size_t limit = 1232) {
  Query query;
  parse_query(datagram, query);
  std::array<uint8_t, 4096> room;
  Response out(query, room, limit, 64);
  Opt opt;
  fill(query, out, opt);
  std::array<uint8_t, kMaxTsigError> tsig;
  const auto sent = out.finish(query.edns.present ? &opt : nullptr, query.has_tsig ? bad_key(query, tsig) : std::span<const uint8_t>());
  return {sent.begin(), sent.end()};
}

bool add(Response& out, Section section, Owner owner, const Stored& rrset) {
  return out.append(section, owner, rrset.type, rrset.count, rrset.wire);
}

struct Case {
  const char* file;
  Octets query;
  Fill fill;
  size_t limit = 1232;
};

const Name& glue_name() {
  static const Name name = Name::parse("ns1.sub.Example.").value();
  return name;
}

std::vector<Case> cases() {
  const Octets cookie_only = hex("1a2b 0000 0000 0000 0000 0001 00 0029 04d0 00000000 000c 000a 0008 2464c4abcf10c957");
  return {
      {"static-a-subnet", question("www.example.", Type::A, "0008 0007 0001 18 00 c00002"),
       [](const Query& query, Response& out, Opt& opt) {
         out.set_authoritative();
         add(out, Section::Answer, Owner::qname(), stored({"www.example. 3 IN A 198.51.100.7"}));
         opt.subnet = &*query.edns.subnet;
         opt.scope_prefix_len = 24;
       }},
      {"nxdomain-0x20", question("NoNe.ExAmPlE.", Type::A, ""),
       [](const Query&, Response& out, Opt&) {
         const Stored soa = stored({"example. 3600 IN SOA ns1.example. host.example. 7 3600 600 86400 60"});
         out.set_authoritative();
         out.set_rcode(Rcode::NxDomain);
         out.append_rr(Section::Authority, Owner::suffix(1), Type::SOA, 60, std::span(soa.wire).subspan(12));
       }},
      {"referral-glue", question("www.sub.Example.", Type::A),
       [](const Query&, Response& out, Opt&) {
         add(out, Section::Authority, Owner::suffix(1),
             stored({"sub.example. 86400 IN NS ns1.sub.Example.", "sub.example. 86400 IN NS ns.other.example."}));
         add(out, Section::Additional, Owner::name(glue_name().wire()),
             stored({"ns1.sub.example. 300 IN A 192.0.2.1", "ns1.sub.example. 300 IN A 192.0.2.2"}));
       }},
      {"cname-chain", question("alias.example.", Type::A),
       [](const Query&, Response& out, Opt&) {
         const Name target = Name::parse("real.example.").value();
         out.set_authoritative();
         add(out, Section::Answer, Owner::qname(), stored({"alias.example. 60 IN CNAME real.example."}));
         add(out, Section::Answer, Owner::name(target.wire()), stored({"real.example. 30 IN A 192.0.2.9"}));
       }},
      {"steered-cname-subnet", question("www.example.", Type::AAAA, "0008 0007 0001 18 00 c00002"),
       [](const Query& query, Response& out, Opt& opt) {
         out.set_authoritative();
         add(out, Section::Answer, Owner::qname(), stored({"www.example. 30 IN CNAME gw1.example.net."}));
         opt.subnet = &*query.edns.subnet;
         opt.scope_prefix_len = 24;
       }},
      {"mx-compressed-srv-not", question("example.", Type::ANY),
       [](const Query&, Response& out, Opt&) {
         out.set_authoritative();
         add(out, Section::Answer, Owner::qname(), stored({"example. 60 IN MX 10 mail.example."}));
         add(out, Section::Answer, Owner::qname(), stored({"example. 60 IN SRV 0 5 443 mail.example."}));
       }},
      {"dname-synthesis", question("a.old.example.", Type::AAAA),
       [](const Query&, Response& out, Opt&) {
         const Name target = Name::parse("a.new.example.").value();
         out.set_authoritative();
         add(out, Section::Answer, Owner::suffix(1), stored({"old.example. 300 IN DNAME new.example."}));
         out.append_rr(Section::Answer, Owner::qname(), Type::CNAME, 300, target.wire());
       }},
      {"root-ns", question(".", Type::NS),
       [](const Query&, Response& out, Opt&) {
         out.set_authoritative();
         add(out, Section::Answer, Owner::qname(), stored({". 60 IN NS a.root."}));
       }},
      {"truncated", question("big.example.", Type::TXT, ""),
       [](const Query&, Response& out, Opt&) {
         const std::string line = "big.example. 60 IN TXT " + std::string(250, 'x');
         out.set_authoritative();
         const bool fits = add(out, Section::Answer, Owner::qname(), stored({line.c_str(), line.c_str()}));
         if (!fits) out.set_truncated();
       },
       512},
      {"badvers", hex("1a2b 0100 0001 0000 0000 0001 076578616d706c65 00 0001 0001 00 0029 04d0 00010000 0000"),
       [](const Query&, Response& out, Opt&) { out.set_rcode(Rcode::BadVers); }},
      {"notimp-update", hex("1a2b 2800 0001 0000 0000 0000 076578616d706c65 00 0006 0001"),
       [](const Query&, Response& out, Opt&) { out.set_rcode(Rcode::NotImp); }},
      {"notimp-notify-opt", hex("1a2b 2400 0001 0000 0000 0001 076578616d706c65 00 0006 0001 00 0029 04d0 00000000 0000"),
       [](const Query&, Response& out, Opt&) { out.set_rcode(Rcode::NotImp); }},
      {"tsig-badkey",
       hex("1a2b 0000 0001 0000 0000 0002 03777777 076578616d706c65 00 0001 0001 00 0029 04d0 00000000 0000 036b6579 c010 "
           "00fa 00ff 00000000 001f 0b686d61632d736861323536 00 0000655a0000 012c 0002 abcd 1a2b 0000 0000"),
       [](const Query&, Response& out, Opt&) { out.set_rcode(Rcode::NotAuth); }},
      {"cookie-only", cookie_only,
       [](const Query& query, Response&, Opt& opt) {
         const CookieSecret secret{0xe5, 0xe9, 0x73, 0xe5, 0xa6, 0xb2, 0xa4, 0x3f,
                                   0x48, 0xe7, 0xdc, 0x84, 0x9e, 0x37, 0xbf, 0xcf};
         opt.cookie = &*query.edns.cookie;
         opt.server_cookie =
             make_server_cookie(opt.cookie->client, *IpAddress::parse("198.51.100.100"), 1559731985, secret);
       }},
      {"nodata-all-options", question("www.example.", Type::TXT, "0003 0000 000b 0000"),
       [](const Query&, Response& out, Opt& opt) {
         static constexpr uint8_t kNsid[] = {'n', 's', '1'};
         out.set_authoritative();
         opt.dnssec_ok = true;
         opt.nsid = kNsid;
         opt.keepalive = 100;
         opt.error = ExtendedError::NoReachableAuthority;
         opt.error_text = "all down";
       }},
  };
}

TEST(Golden, WeSendTheseOctets) {
  for (const Case& c : cases()) {
    EXPECT_EQ(to_hex(answer(c.query, c.fill, c.limit)), to_hex(load_golden(c.file).octets)) << c.file;
  }
}

TEST(Golden, LdnsReadsWhatWasMeant) {
  for (const Case& c : cases()) {
    const Golden golden = load_golden(c.file);
    EXPECT_THAT(describe(golden.octets), testing::ElementsAreArray(golden.reading)) << c.file;
  }
}

TEST(Golden, EveryFileHasItsCase) {
  std::set<std::string> files, used;
  for (const auto& entry : std::filesystem::directory_iterator(GOLDEN_DIR)) files.insert(entry.path().stem());
  for (const Case& c : cases()) used.insert(c.file);
  EXPECT_EQ(files, used);
}

}  // namespace
}  // namespace isochrone::wire
