// `_why`: who may ask, what is told, and that it is a zone like any other.

#include <gtest/gtest.h>

#include "../steer/world.h"
#include "ask.h"

namespace isochrone::answer {
namespace {

constexpr std::string_view kWhyParent = R"(
@ 3600 IN SOA ns1 hostmaster 9 7200 900 1209600 60
@ 3600 IN NS ns1
_why 3600 IN NS ns1
ns1 300 IN A 192.0.2.253
to 60 IN CNAME svc._why
)";
constexpr std::string_view kWhyZone = R"(
@ 0 IN SOA ns1.example. hostmaster.example. 9 7200 900 1209600 0
@ 3600 IN NS ns1.example.
)";
constexpr std::string_view kWhyNegative = "\nauthority: _why.example. 0 IN SOA ns1.example. hostmaster.example. 9 7200 900 1209600 0";

// Clients of 198.51.100.0/24 are nearest to b, everybody else to a. 203.0.113.0/24 may ask why.
class Why : public testing::Test {
 protected:
  Why() : places("abc") {
    places.row("0.0.0.0/0", {{'a', 10ms}, {'b', 20ms}, {'c', 30ms}});
    places.row("198.51.100.0/24", {{'a', 30ms}, {'b', 10ms}, {'c', 20ms}});
    world.zone("example.", kWhyParent, {{"svc.example.", 0}, {"example.", 0}});
    steer::PoolSpec spec;
    spec.name = "example/svc";
    places.pool(spec, {places.up('a'), places.up('b'), places.down('c')});
    world.snapshot.steering = places.steering;
    world.snapshot.slots = world.table.assign(places.steering.pools, *places.steering.regions);
    world.snapshot.settings.cookies = {secret};
    Problems problems;
    zone::ZoneBuilder builder(zone::name("_why.example."), 7, {"zone"});
    zone::parse_into(builder, kWhyZone, zone::name("_why.example."), problems);
    for (const char* name : {"_why.example.", "svc._why.example."}) builder.set_pool(zone::name(name).wire(), 0, {"zone"});
    WhyZones zones;
    zones.tables = {"measured.csv"};
    zones.list = {{world.snapshot.zones->zones()[0].get(), builder.build(problems), {*Prefix::parse("203.0.113.0/24")}}};
    world.snapshot.why = std::make_shared<const WhyZones>(std::move(zones));
  }

  std::string over_tcp(const std::string& name, const std::string& type = "TXT", const Octets& options = {}) {
    return world.lines({.name = name, .type = type, .payload = 1232, .options = options, .tcp = true});
  }

  CookieSecret secret{1, 2, 3};
  steer::World places;
  World world;
};

std::string line(std::string_view text, std::string_view owner = "svc._why.example.") {
  return fmt::format("\nanswer: {} 0 IN TXT \"{}\"", owner, text);
}

TEST_F(Why, TellsWhoTheClientIsAndWhatDecided) {
  EXPECT_EQ(over_tcp("svc._why.example.", "TXT", ecs("198.51.100.0/24")),
            "NOERROR aa" +
                line("client: 198.51.100.0/24 (client subnet); its block 198.51.100.0/24; client subnet sent: 198.51.100.0/24; asked by 203.0.113.53") +
                line("A: 192.0.2.2; TTL 30 s, as configured; scope /24, the client's block of the latency map") +
                line("A decided: lowest latency") + line("A verdicts: the quorum's") +
                line("A 1 b: 10.00 ms, up, table measured.csv, 198.51.100.0/24, given") +
                line("A 2 a: 30.00 ms, up, table measured.csv, 198.51.100.0/24") +
                line("A - c: 20.00 ms, down, table measured.csv, 198.51.100.0/24") +
                line("AAAA: 2001:db8::2; TTL 30 s, as configured; scope /24, the client's block of the latency map") +
                line("AAAA decided: lowest latency") + line("AAAA verdicts: the quorum's") +
                line("AAAA 1 b: 10.00 ms, up, table measured.csv, 198.51.100.0/24, given") +
                line("AAAA 2 a: 30.00 ms, up, table measured.csv, 198.51.100.0/24") +
                line("AAAA - c: 20.00 ms, down, table measured.csv, 198.51.100.0/24"));
}

TEST_F(Why, WithoutEcsTheResolverIsTheClientAndTheApexIsAServiceToo) {
  const std::string told = over_tcp("_why.example.");
  EXPECT_NE(told.find(line("client: 203.0.113.53 (resolver); its block", "_why.example.").substr(0, 60)), told.npos) << told;
  EXPECT_NE(told.find("A 1 a: 10.00 ms, up, table measured.csv, 0.0.0.0/0, given"), told.npos) << told;
}

TEST_F(Why, ItsScopeIsNoWiderThanTheNetworkItNames) {
  const auto scope = [&](std::string_view subnet) {
    return options_of(world.ask({.name = "svc._why.example.", .type = "TXT", .payload = 1232, .options = ecs(subnet), .tcp = true})).substr(12, 4);
  };
  EXPECT_EQ(scope("198.51.100.0/24"), "1818");
  EXPECT_EQ(scope("198.51.100.128/25"), "1919");
  EXPECT_EQ(scope("198.51.0.0/16"), "1012") << "198.51.0.0/18";
}

TEST_F(Why, OverUdpOnlyWithACookie) {
  Ask ask{.name = "svc._why.example.", .type = "TXT", .payload = 4096};
  EXPECT_EQ(world.lines(ask), "NOERROR aa tc");
  const Octets client{1, 2, 3, 4, 5, 6, 7, 8};
  ask.options = option(10, client);
  EXPECT_EQ(world.lines(ask), "NOERROR aa tc") << "a client cookie alone proves nothing";
  Octets both = client;
  wire::ClientCookie cookie;
  std::copy(client.begin(), client.end(), cookie.begin());
  const auto server = wire::make_server_cookie(cookie, *IpAddress::parse("203.0.113.53"), world.now, secret);
  both.insert(both.end(), server.begin(), server.end());
  ask.options = option(10, both);
  EXPECT_EQ(world.lines(ask).substr(0, 30), "NOERROR aa\nanswer: svc._why.ex") << world.lines(ask);
  both.back() ^= 1;
  ask.options = option(10, both);
  EXPECT_EQ(world.lines(ask), "NOERROR aa tc");
}

TEST_F(Why, OthersAreRefusedWhateverTheyAsk) {
  for (const auto& [name, type] : {std::pair{"svc._why.example.", "TXT"}, {"_why.example.", "SOA"}, {"nowhere._why.example.", "A"}, {"to.example.", "TXT"}})
    EXPECT_EQ(world.lines({.name = name, .type = type, .tcp = true, .from = "192.0.2.53"}), "REFUSED") << name;
  EXPECT_EQ(world.lines({.name = "svc.example.", .from = "192.0.2.53"}), "NOERROR aa\nanswer: svc.example. 30 IN A 192.0.2.1");
}

TEST_F(Why, IsAZoneOfItsOwn) {
  const std::string ns = "\nadditional: ns1.example. 300 IN A 192.0.2.253";
  EXPECT_EQ(over_tcp("_why.example.", "NS"), "NOERROR aa\nanswer: _why.example. 3600 IN NS ns1.example." + ns);
  EXPECT_EQ(over_tcp("_why.example.", "SOA"), "NOERROR aa\nanswer" + std::string(kWhyNegative.substr(10)));
  EXPECT_EQ(over_tcp("svc._why.example.", "A"), "NOERROR aa" + std::string(kWhyNegative));
  EXPECT_EQ(over_tcp("nowhere._why.example."), "NXDOMAIN aa" + std::string(kWhyNegative));
  EXPECT_EQ(over_tcp("svc._why.example.", "DS"), "NOERROR aa" + std::string(kWhyNegative));
  EXPECT_EQ(over_tcp("_why.example.", "DS"),
            "NOERROR aa\nauthority: example. 60 IN SOA ns1.example. hostmaster.example. 9 7200 900 1209600 60")
      << "DS is the parent's, RFC 4035 §3.1.4.1";
  EXPECT_EQ(over_tcp("_why.example.", "ANY"), "NOERROR aa\nanswer: _why.example. 3600 IN NS ns1.example." + ns);
}

TEST_F(Why, AnAliasLeadsThere) {
  EXPECT_EQ(over_tcp("to.example.").substr(0, 92), "NOERROR aa\nanswer: to.example. 60 IN CNAME svc._why.example.\nanswer: svc._why.example. 0 IN ");
}

TEST_F(Why, AgesAreToldAsFarAsKnown) {
  steer::World measured("ab");
  measured.cover("198.51.100.0/24", 1).measured(1, {{'a', 10ms}, {'b', 20ms}});
  measured.steering.vantages = std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"own", "tokyo"});
  measured.pool(places.steering.pools[0]->spec, {measured.up('a'), measured.up('b')});
  world.snapshot.steering = measured.steering;
  const auto at = std::make_shared<MeasuredAt>(2, 2);
  at->set(1, 0, Family::V4, world.now - 90);
  world.snapshot.measured_at = at;
  const std::string told = over_tcp("svc._why.example.", "TXT", ecs("198.51.100.0/24"));
  EXPECT_NE(told.find("\"A 1 a: 10.00 ms, up, vantage tokyo, 198.51.100.0/24, 90s ago, given\""), told.npos) << told;
  EXPECT_NE(told.find("\"A 2 b: 20.00 ms, up, vantage tokyo, 198.51.100.0/24\""), told.npos) << told;
}

TEST_F(Why, WithoutItTheNameIsNotThere) {
  world.snapshot.why = nullptr;
  EXPECT_EQ(over_tcp("svc._why.example.").substr(0, 7), "NOERROR") << "the cut is in this test's file: a referral";
}

}  // namespace
}  // namespace isochrone::answer
