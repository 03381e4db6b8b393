// Steered names: who the client is, which gateway comes, what the ECS option says, what is counted.

#include <gtest/gtest.h>

#include "../steer/world.h"
#include "ask.h"

namespace isochrone::answer {
namespace {

using steer::AllDown;

constexpr std::string_view kSteered = R"(
@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 60
@ 3600 IN NS ns1
ns1 300 IN A 192.0.2.253
static 300 IN A 192.0.2.254
alias 60 IN CNAME svc
svc 300 IN TXT "a service"
mx 300 IN MX 10 svc
)";
constexpr std::string_view kNegative = "\nauthority: example. 60 IN SOA ns1.example. hostmaster.example. 1 7200 900 1209600 60";

// Clients of 198.51.100.0/24 and 2001:db8:b::/48 are nearest to b, everybody else to a. The resolver is everybody.
class Steered : public testing::Test {
 protected:
  Steered() : places("abc") {
    places.row("0.0.0.0/0", {{'a', 10ms}, {'b', 20ms}, {'c', 30ms}}).row("::/0", {{'a', 10ms}, {'b', 20ms}});
    places.row("198.51.100.0/24", {{'a', 30ms}, {'b', 10ms}, {'c', 20ms}});
    places.row("2001:db8:b::/48", {{'a', 30ms}, {'b', 10ms}});
    world.zone("example.", kSteered, {{"svc.example.", 0}, {"*.any.example.", 0}});
    pool({places.up('a'), places.up('b'), places.up('c')});
  }

  void pool(std::vector<steer::GatewayState> gateways, AllDown all_down = AllDown::ServeNearest) {
    steer::PoolSpec spec;
    spec.name = "example/svc";
    spec.all_down = all_down;
    places.pool(spec, std::move(gateways));
    world.snapshot.steering = places.steering;
    world.snapshot.slots = world.table.assign(places.steering.pools, *places.steering.regions);
  }

  // The octets of the ECS option in the answer to a question with this subnet.
  std::string subnet_of_answer(std::string name, std::string_view subnet, std::string type = "A") {
    return options_of(world.ask({std::move(name), std::move(type), 1232, ecs(subnet)}));
  }
  uint64_t counted(std::string_view region, bool all_down = false) const {
    for (const auto& count : world.table.answers())
      if (count.pool == "example/svc" && count.region == region && count.all_down == all_down) return count.answers;
    return UINT64_MAX;
  }

  steer::World places;
  World world;
};

TEST_F(Steered, WithoutEcsTheResolverIsTheClient) {
  EXPECT_EQ(world.lines({"svc.example."}), "NOERROR aa\nanswer: svc.example. 30 IN A 192.0.2.1");
  EXPECT_EQ(world.lines({.name = "svc.example.", .from = "198.51.100.53"}), "NOERROR aa\nanswer: svc.example. 30 IN A 192.0.2.2");
  EXPECT_EQ(world.lines({.name = "svc.example.", .type = "AAAA", .from = "2001:db8:b::53"}),
            "NOERROR aa\nanswer: svc.example. 30 IN AAAA 2001:db8::2");
  EXPECT_EQ(options_of(world.ask({"svc.example.", "A", 1232})), "") << "RFC 7871 §7.2.1: no option where none was sent";
}

TEST_F(Steered, WithEcsTheSubnetIs) {
  EXPECT_EQ(world.lines({"svc.example.", "A", 1232, ecs("198.51.100.0/24")}), "NOERROR aa\nanswer: svc.example. 30 IN A 192.0.2.2");
  EXPECT_EQ(subnet_of_answer("svc.example.", "198.51.100.0/24"), "0008000700011818c63364");
  // Longer than SOURCE where the block is: a /16 holds more than one of them.
  EXPECT_EQ(subnet_of_answer("svc.example.", "198.51.0.0/16").substr(8, 8), "00011012") << "198.51.0.0/18";
}

TEST_F(Steered, StaticAndNegativeAnswersHaveScopeZero) {
  for (const auto& [name, type] : {std::pair{"static.example.", "A"}, {"svc.example.", "MX"}, {"svc.example.", "TXT"},
                                   {"nowhere.example.", "A"}, {"elsewhere.test.", "A"}, {"example.", "AXFR"}})
    EXPECT_EQ(subnet_of_answer(name, "198.51.100.0/24", type), "0008000700011800c63364") << name << " " << type;
}

TEST_F(Steered, FormErrAndBadVersCarryNoEcs) {
  EXPECT_EQ(subnet_of_answer("svc.example.", "198.51.100.0/24", "TSIG"), "");
  EXPECT_EQ(options_of(world.ask({.name = "svc.example.", .payload = 1232, .options = ecs("198.51.100.0/24"), .version = 1})), "");
  const Octets bit_too_many = from_hex("0008 0007 0001 17 00 c00003");
  EXPECT_EQ(world.lines({"svc.example.", "A", 1232, bit_too_many}), "FORMERR");
  EXPECT_EQ(options_of(world.ask({"svc.example.", "A", 1232, bit_too_many})), "");
}

TEST_F(Steered, SourceZeroIsTheResolverWithScopeZero) {
  EXPECT_EQ(subnet_of_answer("svc.example.", "0.0.0.0/0"), "0008000400010000");
  EXPECT_EQ(world.lines({.name = "svc.example.", .payload = 1232, .options = ecs("0.0.0.0/0"), .from = "198.51.100.53"}),
            "NOERROR aa\nanswer: svc.example. 30 IN A 192.0.2.2");
}

TEST_F(Steered, FoldedAddressesGetTheirScopeFoldedBack) {
  // 6to4: 2002:c633:6400::/40 is 198.51.100.0/24; its 24 bits are 40 of what was sent.
  EXPECT_EQ(subnet_of_answer("svc.example.", "2002:c633:6400::/40"), "00080009" "00022828" "2002c63364");
  EXPECT_EQ(world.lines({"svc.example.", "A", 1232, ecs("2002:c633:6400::/40")}), "NOERROR aa\nanswer: svc.example. 30 IN A 192.0.2.2");
}

TEST_F(Steered, ThroughACnameAndAWildcard) {
  EXPECT_EQ(world.lines({"alias.example."}),
            "NOERROR aa\nanswer: alias.example. 60 IN CNAME svc.example.\nanswer: svc.example. 30 IN A 192.0.2.1");
  EXPECT_EQ(subnet_of_answer("alias.example.", "198.51.100.0/24"), "0008000700011818c63364");
  EXPECT_EQ(world.lines({"x.any.example."}), "NOERROR aa\nanswer: x.any.example. 30 IN A 192.0.2.1");
}

TEST_F(Steered, TheTtlIsLoweredWhileASwapIsNear) {
  places.steering.map = nullptr;
  places.builder = steer::LatencyMapBuilder(3);
  places.cover("198.51.100.0/24", 0).measured(0, {{'a', 10ms}, {'b', 20ms}, {'c', 30ms}}).swapping(0, 'a', 'b');
  steer::GatewayState two = places.up('a');
  two.addresses.push_back({*IpAddress::parse("192.0.2.11"), steer::Verdict::Up});
  pool({two, places.up('b'), places.up('c')});
  const auto lines = [&](const char* name, const char* type, const char* subnet) { return world.lines({name, type, 1232, ecs(subnet)}); };
  EXPECT_EQ(lines("svc.example.", "A", "198.51.100.0/24"),
            "NOERROR aa\nanswer: svc.example. 5 IN A 192.0.2.1\nanswer: svc.example. 5 IN A 192.0.2.11");
  EXPECT_EQ(lines("svc.example.", "AAAA", "198.51.100.0/24"), "NOERROR aa\nanswer: svc.example. 5 IN AAAA 2001:db8::1");
  EXPECT_EQ(lines("mx.example.", "MX", "198.51.100.0/24"),
            "NOERROR aa\nanswer: mx.example. 300 IN MX 10 svc.example.\nadditional: svc.example. 5 IN A 192.0.2.1\n"
            "additional: svc.example. 5 IN A 192.0.2.11\nadditional: svc.example. 5 IN AAAA 2001:db8::1");
  EXPECT_EQ(lines("svc.example.", "A", "203.0.113.0/24").substr(0, 40), "NOERROR aa\nanswer: svc.example. 30 IN A ");
}

TEST_F(Steered, AdditionalDataIsSteeredToo) {
  EXPECT_EQ(world.lines({"mx.example.", "MX", 1232, ecs("198.51.100.0/24")}),
            "NOERROR aa\nanswer: mx.example. 300 IN MX 10 svc.example.\n"
            "additional: svc.example. 30 IN A 192.0.2.2\nadditional: svc.example. 30 IN AAAA 2001:db8::2");
  EXPECT_EQ(subnet_of_answer("mx.example.", "198.51.100.0/24", "MX"), "0008000700011818c63364");
}

TEST_F(Steered, AnyIsTheSteeredAddress) {
  EXPECT_EQ(world.lines({"svc.example.", "ANY"}), "NOERROR aa\nanswer: svc.example. 30 IN A 192.0.2.1");
}

TEST_F(Steered, AnAnswerOfSeveralIsCountedForTheFirstInIt) {
  steer::PoolSpec spec;
  spec.name = "example/svc";
  spec.routing = steer::Routing::Multivalue;
  const auto count = [&](int most) {
    spec.count = static_cast<uint8_t>(most);
    places.pool(spec, {places.up('c'), places.up('b'), places.up('a')});
    world.snapshot.steering = places.steering;
    world.snapshot.slots = world.table.assign(places.steering.pools, *places.steering.regions);
    world.ask({.name = "svc.example.", .from = "198.51.100.53"});
  };
  count(2);
  EXPECT_EQ(counted("b"), 1u) << "the nearest of two";
  count(3);
  EXPECT_EQ(counted("c"), 1u) << "all of them: the first one written";
  EXPECT_EQ(counted(""), 0u);
  pool({places.down('a'), places.down('b')}, AllDown::ServeAll);
  world.ask({.name = "svc.example.", .from = "198.51.100.53"});
  EXPECT_EQ(counted(""), 1u) << "what all-down gives is nobody's";
}

TEST_F(Steered, AnswersAreCountedByRegionNameOverReloads) {
  world.ask({"svc.example."});
  world.ask({.name = "svc.example.", .from = "198.51.100.53"});
  EXPECT_EQ(counted("a"), 1u);
  EXPECT_EQ(counted("b"), 1u);
  pool({places.up('b'), places.up('c')});  // a is gone, its count stays
  world.ask({.name = "svc.example.", .from = "198.51.100.53"});
  EXPECT_EQ(counted("a"), 1u);
  EXPECT_EQ(counted("b"), 2u);
}

TEST_F(Steered, AllDownIsServedToldAndCounted) {
  const std::string error = "000f0017" "0000" "6e6f2067617465776179206973206865616c746879";  // 0, "no gateway is healthy"
  pool({places.down('a'), places.down('b')}, AllDown::ServeNearest);
  EXPECT_EQ(world.lines({.name = "svc.example.", .from = "198.51.100.53"}), "NOERROR aa\nanswer: svc.example. 5 IN A 192.0.2.2");
  EXPECT_EQ(options_of(world.ask({"svc.example.", "A", 1232})), error);
  EXPECT_EQ(counted("", true), 2u);

  pool({places.down('a'), places.down('b')}, AllDown::ServeAll);
  EXPECT_EQ(world.lines({"svc.example."}),
            "NOERROR aa\nanswer: svc.example. 5 IN A 192.0.2.1\nanswer: svc.example. 5 IN A 192.0.2.2");
  EXPECT_EQ(counted(""), 1u);

  pool({places.down('a'), places.down('b')}, AllDown::NoData);
  EXPECT_EQ(world.lines({"svc.example."}), "NOERROR aa\nauthority: example. 5 IN SOA ns1.example. hostmaster.example. 1 7200 900 1209600 60")
      << "kept for no longer than ttl-min";
  EXPECT_EQ(options_of(world.ask({"svc.example.", "A", 1232})), error);

  pool({places.down('a'), places.down('b')}, AllDown::ServFail);
  EXPECT_EQ(world.lines({"svc.example."}), "SERVFAIL");
  EXPECT_EQ(world.lines({"alias.example."}), "SERVFAIL") << "nothing of the chain is left";
  EXPECT_EQ(options_of(world.ask({"svc.example.", "A", 1232})), error);
}

// RFC 8482: one RRset, of whichever family has one. An outage is told where nothing is given, not beside what is.
TEST_F(Steered, AnyIsOfTheFamilyThatIsUp) {
  const std::string error = "000f0017" "0000" "6e6f2067617465776179206973206865616c746879";
  steer::GatewayState half = places.up('a');
  for (auto& address : half.addresses)
    if (address.address.family == Family::V4) address.quorum = steer::Verdict::Down;
  pool({half}, AllDown::NoData);
  EXPECT_EQ(world.lines({"x.any.example.", "ANY", 1232}), "NOERROR aa\nanswer: x.any.example. 30 IN AAAA 2001:db8::1");
  EXPECT_EQ(options_of(world.ask({"x.any.example.", "ANY", 1232})), "");
  EXPECT_EQ(counted("", true), 0u);

  pool({places.down('a')}, AllDown::NoData);
  EXPECT_EQ(world.lines({"svc.example.", "ANY", 1232}), "NOERROR aa\nanswer: svc.example. 300 IN TXT \"a service\"");
  EXPECT_EQ(options_of(world.ask({"svc.example.", "ANY", 1232})), "");
  EXPECT_EQ(counted("", true), 0u);
  EXPECT_EQ(world.lines({"x.any.example.", "ANY", 1232}),
            "NOERROR aa\nauthority: example. 5 IN SOA ns1.example. hostmaster.example. 1 7200 900 1209600 60");
  EXPECT_EQ(options_of(world.ask({"x.any.example.", "ANY", 1232})), error);
  EXPECT_EQ(counted("", true), 2u);
}

// What the query log is told: "example/svc a /24", "-" where nothing was steered.
class Logged : public Steered {
 protected:
  Logged() { world.counters->log = &log; }
  std::string decided(const Ask& question) {
    world.ask(question);
    std::string out;
    log.take([&](const LoggedQuery& query) { out = told(query.decision); });
    return out;
  }
  std::string told(const LoggedDecision& decision) const {
    const auto name = world.table.name_of(decision.slot);
    return name ? fmt::format("{} {} /{}", name->pool, name->region.empty() ? "none" : name->region, decision.scope_prefix_len) : "-";
  }
  QueryLog log{1};
};

TEST_F(Logged, TheRegionAndTheScope) {
  EXPECT_EQ(decided({"svc.example.", "A", 1232, ecs("198.51.100.0/24")}), "example/svc b /24");
  EXPECT_EQ(decided({"svc.example."}), "example/svc a /0");
  EXPECT_EQ(decided({"alias.example.", "AAAA", 1232, ecs("2001:db8:b::/48")}), "example/svc b /48") << "behind a CNAME";
  EXPECT_EQ(decided({"x.any.example.", "ANY"}), "example/svc a /0");
  for (const auto& [name, type] : {std::pair{"static.example.", "A"}, {"svc.example.", "TXT"}, {"mx.example.", "MX"}, {"nowhere.example.", "A"},
                                   {"elsewhere.test.", "A"}, {"svc.example.", "TSIG"}})
    EXPECT_EQ(decided({name, type}), "-") << name << " " << type;
}

TEST_F(Logged, OfSeveralTheFirst) {
  steer::PoolSpec spec;
  spec.name = "example/svc";
  spec.routing = steer::Routing::Multivalue;
  spec.count = 2;
  places.pool(spec, {places.up('a'), places.up('b'), places.up('c')});
  world.snapshot.steering = places.steering;
  EXPECT_EQ(decided({"svc.example.", "A", 1232, ecs("198.51.100.0/24")}), "example/svc b /24");
  EXPECT_EQ(decided({"svc.example.", "AAAA"}), "example/svc a /0");
  places.pool(spec, {places.up('c'), places.up('b')});
  world.snapshot.steering = places.steering;
  EXPECT_EQ(decided({"svc.example."}), "example/svc c /0") << "all that are healthy, as configured";
}

TEST_F(Logged, WhatIsGivenWhileNothingIsHealthy) {
  const std::vector<steer::GatewayState> both{places.down('b'), places.down('c')};
  const Ask question{"svc.example.", "A", 1232, ecs("198.51.100.0/24")};
  pool(both, AllDown::ServeNearest);
  EXPECT_EQ(decided(question), "example/svc b /24");
  pool(both, AllDown::ServeAll);
  EXPECT_EQ(decided(question).substr(0, 17), "example/svc none ");
  for (const AllDown nothing : {AllDown::NoData, AllDown::ServFail}) {
    pool(both, nothing);
    EXPECT_EQ(decided(question), "example/svc none /0");
  }
}

TEST_F(Logged, NamesOutliveAReloadThatRenumbers) {
  const Ask question{"svc.example.", "A", 1232, ecs("198.51.100.0/24")};
  world.ask(question);
  steer::World other("cba");
  other.row("0.0.0.0/0", {{'a', 10ms}, {'b', 20ms}});
  steer::PoolSpec spec;
  spec.name = "example/other";
  other.pool(spec, {other.up('c'), other.up('b'), other.up('a')});
  world.snapshot.steering = other.steering;
  world.snapshot.slots = world.table.assign(other.steering.pools, *other.steering.regions);
  world.ask(question);
  std::vector<std::string> lines;
  log.take([&](const LoggedQuery& query) { lines.push_back(told(query.decision)); });
  EXPECT_EQ(lines, (std::vector<std::string>{"example/svc b /24", "example/other a /6"}));
}

TEST_F(Steered, NoAddressOfTheFamilyIsPlainNoData) {
  auto only_v4 = places.up('a');
  only_v4.addresses.resize(1);
  pool({only_v4});
  EXPECT_EQ(world.lines({"svc.example.", "AAAA"}), "NOERROR aa" + std::string(kNegative));
  EXPECT_EQ(options_of(world.ask({"svc.example.", "AAAA", 1232})), "") << "nothing is degraded";
}

}  // namespace
}  // namespace isochrone::answer
