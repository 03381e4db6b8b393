// Services whose gateways are names: a steered CNAME (RFC 1034 §4.3.2, §3.6.2).

#include <gtest/gtest.h>

#include "../steer/world.h"
#include "ask.h"

namespace isochrone::answer {
namespace {

constexpr std::string_view kNamed = R"(
@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 60
@ 3600 IN NS ns1
ns1 300 IN A 192.0.2.253
alias 60 IN CNAME svc
mx 300 IN MX 10 svc
)";
// What the names of half the gateways lead to is ours as well.
constexpr std::string_view kTargets = R"(
@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 60
@ 3600 IN NS ns1
a 20 IN A 192.0.2.101
b 20 IN CNAME svc.example.
)";
constexpr std::string_view kNoData = "\nauthority: example. 60 IN SOA ns1.example. hostmaster.example. 1 7200 900 1209600 60";

// Clients of 198.51.100.0/24 are nearest to b, everybody else to a.
class Named : public testing::Test {
 protected:
  Named() : places("ab") {
    places.row("0.0.0.0/0", {{'a', 10ms}, {'b', 20ms}}).row("::/0", {{'a', 10ms}, {'b', 20ms}});
    places.row("198.51.100.0/24", {{'a', 30ms}, {'b', 10ms}});
    world.zone("example.", kNamed, {{"svc.example.", 0}, {"*.any.example.", 0}});
    pool({places.named('a'), places.named('b')});
  }

  void pool(std::vector<steer::GatewayState> gateways, steer::AllDown all_down = steer::AllDown::ServeNearest) {
    steer::PoolSpec spec;
    spec.name = "example/svc";
    spec.all_down = all_down;
    places.pool(spec, std::move(gateways));
    world.snapshot.steering = places.steering;
    world.snapshot.slots = world.table.assign(places.steering.pools, *places.steering.regions);
  }
  uint64_t counted(std::string_view region) const {
    for (const auto& count : world.table.answers())
      if (count.region == region && !count.all_down) return count.answers;
    return UINT64_MAX;
  }

  steer::World places;
  World world;
};

TEST_F(Named, TheTtlIsLoweredWhileASwapIsNear) {
  places.steering.map = nullptr;
  places.builder = steer::LatencyMapBuilder(2);
  places.cover("198.51.100.0/24", 0).measured(0, {{'a', 10ms}, {'b', 20ms}}).swapping(0, 'a', 'b');
  pool({places.named('a'), places.named('b')});
  EXPECT_EQ(world.lines({"svc.example.", "AAAA", 1232, ecs("198.51.100.0/24")}), "NOERROR aa\nanswer: svc.example. 5 IN CNAME a.names.test.");
}

TEST_F(Named, EveryTypeGetsTheCname) {
  for (const char* type : {"A", "AAAA", "CNAME", "MX", "TXT", "HTTPS", "DS", "ANY"})
    EXPECT_EQ(world.lines({"svc.example.", type}), "NOERROR aa\nanswer: svc.example. 30 IN CNAME a.names.test.") << type;
  EXPECT_EQ(counted("a"), 8u);
  EXPECT_EQ(world.lines({"x.any.example.", "AAAA"}), "NOERROR aa\nanswer: x.any.example. 30 IN CNAME a.names.test.");
}

TEST_F(Named, TheSubnetDecidesAndItsScopeIsTold) {
  EXPECT_EQ(world.lines({"svc.example.", "AAAA", 1232, ecs("198.51.100.0/24")}), "NOERROR aa\nanswer: svc.example. 30 IN CNAME b.names.test.");
  EXPECT_EQ(options_of(world.ask({"svc.example.", "MX", 1232, ecs("198.51.100.0/24")})), "0008000700011818c63364");
  EXPECT_EQ(options_of(world.ask({"svc.example.", "A", 1232, ecs("198.51.100.0/24")})), "0008000700011818c63364");
}

TEST_F(Named, OctetByOctet) {
  EXPECT_EQ(world.ask({"svc.example.", "AAAA"}), from_hex("1a2b 8400 0001 0001 0000 0000"
                                                          "03737663 076578616d706c65 00 001c 0001"
                                                          "c00c 0005 0001 0000001e 000e 0161 056e616d6573 0474657374 00"));
}

TEST_F(Named, TheChainIsFollowedWhereItIsOurs) {
  world.zone("names.test.", kTargets);
  EXPECT_EQ(world.lines({"alias.example."}), "NOERROR aa\nanswer: alias.example. 60 IN CNAME svc.example.\n"
                                             "answer: svc.example. 30 IN CNAME a.names.test.\nanswer: a.names.test. 20 IN A 192.0.2.101");
  EXPECT_EQ(world.lines({"svc.example.", "AAAA"}),
            "NOERROR aa\nanswer: svc.example. 30 IN CNAME a.names.test.\n"
            "authority: names.test. 60 IN SOA ns1.names.test. hostmaster.names.test. 1 7200 900 1209600 60");
  EXPECT_EQ(world.lines({"svc.example.", "CNAME"}), "NOERROR aa\nanswer: svc.example. 30 IN CNAME a.names.test.") << "asked for itself";
  EXPECT_EQ(world.lines({"svc.example.", "A", 1232, ecs("198.51.100.0/24")}),
            "NOERROR aa\nanswer: svc.example. 30 IN CNAME b.names.test.\nanswer: b.names.test. 20 IN CNAME svc.example.")
      << "a circle ends where it closes";
}

TEST_F(Named, ATargetThatIsNotThereIsNxdomain) {
  world.zone("names.test.", "\n@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 60\n@ 3600 IN NS ns1\n");
  EXPECT_EQ(world.lines({"svc.example."}), "NXDOMAIN aa\nanswer: svc.example. 30 IN CNAME a.names.test.\n"
                                           "authority: names.test. 60 IN SOA ns1.names.test. hostmaster.names.test. 1 7200 900 1209600 60")
      << "RFC 6604 §3: the RCODE is that of the last name";
}

TEST_F(Named, NoHostHasSuchAName) {
  EXPECT_EQ(world.lines({"mx.example.", "MX"}), "NOERROR aa\nanswer: mx.example. 300 IN MX 10 svc.example.") << "RFC 2181 §10.3";
}

TEST_F(Named, AllDown) {
  const auto down = [&](steer::AllDown policy) {
    pool({places.named('a', steer::Verdict::Down), places.named('b', steer::Verdict::Down)}, policy);
    return world.lines({"svc.example.", "TXT"});
  };
  EXPECT_EQ(down(steer::AllDown::ServeNearest), "NOERROR aa\nanswer: svc.example. 5 IN CNAME a.names.test.");
  EXPECT_EQ(down(steer::AllDown::NoData), "NOERROR aa\nauthority: example. 5 IN SOA ns1.example. hostmaster.example. 1 7200 900 1209600 60")
      << "caches are to come back soon";
  EXPECT_EQ(down(steer::AllDown::ServFail), "SERVFAIL");
  EXPECT_EQ(world.lines({"alias.example.", "A"}), "SERVFAIL");
}

TEST_F(Named, DisabledIsNodataOfEveryType) {
  auto only = places.named('a');
  only.enabled = false;
  pool({only});
  for (const char* type : {"A", "AAAA", "CNAME", "TXT", "ANY"}) EXPECT_EQ(world.lines({"svc.example.", type}), "NOERROR aa" + std::string(kNoData)) << type;
}

}  // namespace
}  // namespace isochrone::answer
