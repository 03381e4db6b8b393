// The routing methods: who is given what, to how many, and for whom the answer holds.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "steer/explain.h"
#include "steer/hash.h"
#include "steer/shedding.h"
#include "world.h"

namespace isochrone::steer {
namespace {

PoolSpec routed(Routing routing, int count = kMaxGiven) {
  PoolSpec spec;
  spec.name = "zone/pool";
  spec.routing = routing;
  spec.count = static_cast<uint8_t>(count);
  return spec;
}

// "a1 b2- c2~": a gateway by its letter, its priority, and what is the matter with it: down (-), unknown (?), drained (~),
// disabled (!), failing (f).
std::vector<GatewayState> line_up(const World& world, std::string_view text) {
  std::vector<GatewayState> result;
  for (const char c : text) {
    if (c >= 'a' && c <= 'e') result.push_back(world.up(c));
    if (c >= '1' && c <= '9') result.back().priority = static_cast<uint16_t>(c - '0');
    if (c == '!') result.back().enabled = false;
    if (c == '~') result.back().drained = true;
    for (auto& address : result.back().addresses) {
      if (c == '-' || c == '?') address.quorum = c == '-' ? Verdict::Down : Verdict::Unknown;
      if (c == 'f') address.failing = true;
    }
  }
  return result;
}

// Letters of all the regions in an answer, in its order.
std::string letters_of(const World& world, const Choice& choice) {
  std::string letters;
  const auto add = [&](const Answer* answer) {
    if (answer)
      for (const IpAddress& a : answer->addresses) letters += world.letter(static_cast<RegionId>(a.octets[a.size() - 1u] - 1));
  };
  add(choice.answer);
  for (const Answer* further : choice.further) add(further);
  return letters;
}

TEST(Priority, TheFirstThatIsHealthy) {
  struct Case {
    const char* story;
    const char* gateways;
    const char* given;
    int scope;
    DecidedBy by = DecidedBy::Priority;
    Outcome outcome = Outcome::Steered;
  };
  World world("abcde");
  world.row("198.51.100.0/24", {{'a', 40ms}, {'b', 30ms}, {'c', 20ms}, {'d', 10ms}});
  for (const Case& c : {
           Case{"the lowest number, however far away", "a1 b2 c3", "a", 0},
           {"whatever the order written", "c3 b2 a1", "a", 0},
           {"the next when that is down", "a1- b2 c3", "b", 0},
           {"and the one after that", "a1- b2- c3", "c", 0},
           {"one without a verdict waits for its first", "a1? b2 c3", "b", 0},
           {"drained steps back", "a1~ b2 c3", "b", 0},
           {"drained is better than dead, the first of them", "a1~ b2~ c3-", "a", 0},
           {"disabled is not there", "a1! b2 c3", "b", 0},
           {"equal ones: the nearest", "a1 b2 c2 d2", "a", 0},
           {"equal ones: the nearest, when the first is down", "a1- b2 c2 e3", "c", 24, DecidedBy::Latency},
           {"all down: the first, as if it were up", "a1- b2- c3-", "a", 0, DecidedBy::Priority, Outcome::AllDown},
           {"alone", "a1", "a", 0, DecidedBy::OnlyOne},
       }) {
    world.pool(routed(Routing::Priority), line_up(world, c.gateways));
    const Choice choice = world.choose("198.51.100.0/24");
    EXPECT_EQ(letters_of(world, choice), c.given) << c.story;
    EXPECT_EQ(choice.outcome, c.outcome) << c.story;
    EXPECT_EQ(choice.scope_prefix_len, c.scope) << c.story;
    EXPECT_EQ(to_text(world.explained("198.51.100.0/24").decided_by), to_text(c.by)) << c.story;
  }
}

TEST(Priority, AVantageMovesOnlyTheClientsItCovers) {
  World world("ab");
  world.cover("198.51.100.0/24", 4);
  auto list = line_up(world, "a1 b2");
  list[0].addresses[0].dissent = {{4, Verdict::Down}};
  world.pool(routed(Routing::Priority), list);
  EXPECT_EQ(world.region("198.51.100.1"), 'b');
  EXPECT_EQ(world.scope("198.51.100.1"), 24);
  EXPECT_EQ(world.region("198.51.101.1"), 'a');
}

// How many of 4,096 networks of 192.0.0.0/4 each letter is given.
std::map<char, int> shares(const World& world) {
  std::map<char, int> count;
  for (uint32_t i = 0; i < 4096; ++i)
    ++count[world.region(Prefix::make(IpAddress::v4(0xc0000000u + (i << 12)), 20).to_text())];
  return count;
}

TEST(Weighted, SharesFollowWeightsWhateverTheLatency) {
  struct Case {
    const char* story;
    const char* gateways;
    std::vector<uint32_t> weights;
    std::map<char, double> shares;
  };
  for (const Case& c : {
           Case{"equal", "a b", {1, 1}, {{'a', 0.5}, {'b', 0.5}}},
           {"one in ten", "a b", {9, 1}, {{'a', 0.9}, {'b', 0.1}}},
           {"three", "a b c", {500, 300, 200}, {{'a', 0.5}, {'b', 0.3}, {'c', 0.2}}},
           {"what is down gives its share to the others", "a b c-", {500, 300, 200}, {{'a', 0.625}, {'b', 0.375}}},
           {"all down: as if all were up", "a- b-", {9, 1}, {{'a', 0.9}, {'b', 0.1}}},
       }) {
    World world("abc");
    world.row("0.0.0.0/0", {{'a', 40ms}, {'b', 10ms}, {'c', 20ms}});
    auto list = line_up(world, c.gateways);
    for (size_t i = 0; i < list.size(); ++i) list[i].weight = c.weights[i];
    world.pool(routed(Routing::Weighted), list);
    const auto counted = shares(world);
    EXPECT_EQ(counted.size(), c.shares.size()) << c.story;
    for (const auto& [letter, count] : counted) {
      const double share = c.shares.at(letter);
      EXPECT_NEAR(count / 4096.0, share, 4 * std::sqrt(share * (1 - share) / 4096)) << c.story << ": " << letter;
    }
  }
}

TEST(Weighted, ARegionThatFailsMovesOnlyItsOwnNetworks) {
  World before("abc"), after("abc");
  before.pool(routed(Routing::Weighted), line_up(before, "a b c"));
  after.pool(routed(Routing::Weighted), line_up(after, "a b- c"));
  for (uint32_t i = 0; i < 512; ++i) {
    const std::string network = Prefix::make(IpAddress::v4(0xc0000000u + (i << 12)), 20).to_text();
    if (before.region(network) == 'b') continue;
    EXPECT_EQ(before.region(network), after.region(network)) << network;
  }
}

TEST(Weighted, TheScopeIsTheNetworkThatIsGivenOneAnswer) {
  World world("ab");
  world.row("198.51.100.0/24", {{'a', 10ms}, {'b', 20ms}});
  world.pool(routed(Routing::Weighted), line_up(world, "a b"));
  EXPECT_EQ(world.scope("192.0.2.0/24"), 20);
  EXPECT_EQ(world.scope("198.51.100.0/24"), 24) << "a block that is smaller stays one";
  EXPECT_EQ(world.scope("2001:db8:77::/48", Family::V6), 40);
  EXPECT_EQ(world.explained("192.0.2.0/24").scope_reason, ScopeReason::WeightCut);
  EXPECT_EQ(world.explained("192.0.2.0/24").decided_by, DecidedBy::Share);
  world.pool(routed(Routing::Weighted), line_up(world, "a b-"));
  EXPECT_EQ(world.scope("192.0.2.0/24"), 0) << "one is left: the same for all";
}

TEST(Weighted, PerAnswerEveryQueryIsDrawnAnew) {
  World world("ab");
  world.row("198.51.100.0/24", {{'a', 10ms}, {'b', 20ms}});
  PoolSpec spec = routed(Routing::Weighted);
  spec.per_answer = true;
  auto list = line_up(world, "a b");
  list[0].weight = 3;
  world.pool(spec, list);
  std::map<char, int> count;
  for (int id = 0; id < 4096; ++id) {
    const Client client = locate(world.steering, Prefix::parse("198.51.100.0/24"), IpAddress::v4(1), static_cast<uint16_t>(id));
    const Choice choice = steer(world.steering, 0, Family::V4, client);
    ++count[world.letter(choice.region)];
    ASSERT_EQ(choice.scope_prefix_len, 0) << "anybody may have it";
  }
  EXPECT_NEAR(count['a'] / 4096.0, 0.75, 0.03);
  EXPECT_EQ(world.explained("198.51.100.0/24").decided_by, DecidedBy::Draw);

  // Where a vantage disagrees its clients draw from other regions.
  World split("ab");
  split.cover("198.51.100.0/24", 4);
  list[0].addresses[0].dissent = {{4, Verdict::Down}};
  split.pool(spec, list);
  EXPECT_EQ(split.scope("198.51.100.0/24"), 24);
  EXPECT_GT(split.scope("198.51.101.0/24"), 0);
}

TEST(Multivalue, SeveralHealthyOnesInOneAnswer) {
  struct Case {
    const char* story;
    int count;
    const char* gateways;
    const char* given;
    int scope;
    DecidedBy by;
    wire::Ttl ttl = 30;
    Outcome outcome = Outcome::Steered;
  };
  using enum DecidedBy;
  World world("abcde");
  world.row("198.51.100.0/24", {{'a', 40ms}, {'b', 30ms}, {'c', 20ms}, {'d', 10ms}});
  for (const Case& c : {
           Case{"all there is room for, as configured", 8, "a b c", "abc", 0, AllHealthy},
           {"exactly as many", 3, "a b c", "abc", 0, AllHealthy},
           {"the nearest ones, nearest first", 2, "a b c d", "dc", 24, Nearest},
           {"one is the nearest", 1, "a b c d", "d", 24, Nearest},
           {"what is not measured comes last", 4, "e a b c d", "dcba", 24, Nearest},
           {"those that are down never", 2, "a b c d-", "cb", 24, Nearest},
           {"down to as many as there is room for", 3, "a b c d-", "abc", 0, AllHealthy},
           {"down to one", 3, "a- b- c d-", "c", 0, OnlyOne},
           {"unknown only where there is no other", 3, "a b?", "a", 0, OnlyOne},
           {"drained neither", 3, "a b c~", "ab", 0, AllHealthy},
           {"all down: the nearest as if up", 2, "a- b- c-", "cb", 24, Nearest, 5, Outcome::AllDown},
           {"one is failing: one RRset has one TTL", 2, "a bf c d", "dc", 24, Nearest, 5},
           {"one is failing: the same, all together", 4, "a bf c d", "abcd", 0, AllHealthy, 5},
       }) {
    world.pool(routed(Routing::Multivalue, c.count), line_up(world, c.gateways));
    const Choice choice = world.choose("198.51.100.0/24");
    EXPECT_EQ(letters_of(world, choice), c.given) << c.story;
    EXPECT_EQ(choice.outcome, c.outcome) << c.story;
    EXPECT_EQ(choice.scope_prefix_len, c.scope) << c.story;
    EXPECT_EQ(choice.gateway == kNoRegion, std::string_view(c.given).size() > 1) << c.story;
    EXPECT_EQ(world.letter(choice.region), c.given[0]) << c.story << ": counted for the first in it";
    ASSERT_TRUE(choice.answer) << c.story;
    EXPECT_EQ(choice.answer->ttl, c.ttl) << c.story;
    for (const Answer* further : choice.further) {
      if (further) { EXPECT_EQ(further->ttl, c.ttl) << c.story << ": RFC 2181 §5.2"; }
    }

    const Explanation e = world.explained("198.51.100.0/24");
    EXPECT_EQ(to_text(e.decided_by), to_text(c.by)) << c.story;
    std::string chosen;
    for (const auto& line : e.lines)
      if (line.chosen) chosen += world.letter(line.region);
    std::string given = c.given;
    std::sort(chosen.begin(), chosen.end()), std::sort(given.begin(), given.end());
    EXPECT_EQ(chosen, given) << c.story;
  }
}

TEST(Multivalue, AnAnswerOfSeveralHoldsThemAll) {
  World world("ab");
  world.pool(routed(Routing::Multivalue), line_up(world, "a b"));
  const Answer& answer = *world.choose("192.0.2.1").answer;
  EXPECT_EQ(answer.count, 2);
  EXPECT_EQ(answer.wire.size(), 32u);
}

// 10.0.0.0/8 is served by a, 10.1.0.0/16 in it by b and c, 2001:db8:1::/48 by c, all the rest by d; e serves nobody.
World& served_world(World& world, std::string_view who, bool stay_in_area = false) {
  const std::vector<std::pair<const char*, char>> serves{
      {"10.0.0.0/8", 'a'}, {"10.1.0.0/16", 'b'}, {"10.1.0.0/16", 'c'}, {"2001:db8:1::/48", 'c'}};
  std::vector<std::pair<Prefix, RegionId>> prefixes;
  for (const auto& [text, letter] : serves) {
    prefixes.emplace_back(*Prefix::parse(text), world.id(letter));
    world.builder.add_divider(prefixes.back().first);
  }
  RegionSet rest;
  rest.add(world.id('d'));
  PoolSpec spec = routed(Routing::Subnet);
  spec.serves = std::make_shared<const Serves>(prefixes, rest);
  spec.stay_in_area = stay_in_area;
  return world.pool(spec, line_up(world, who));
}

TEST(Subnet, TheLongestPrefixThatHasAHealthyGateway) {
  struct Case {
    const char* story;
    const char* gateways;
    const char* client;
    char region;
    int scope;
    DecidedBy by = DecidedBy::Serves;
    bool stay = false;
    Outcome outcome = Outcome::Steered;
  };
  using enum DecidedBy;
  for (const Case& c : {
           Case{"the only prefix", "a b c d e", "10.7.0.0/24", 'a', 14},
           {"the longest prefix, there the nearest", "a b c d e", "10.1.2.0/24", 'c', 16, Latency},
           {"the one of two that is healthy", "a b c- d e", "10.1.2.0/24", 'b', 16},
           {"a network without: the wider one", "a b- c- d e", "10.1.2.0/24", 'a', 16},
           {"without that: who serves the rest", "a- b- c- d e", "10.1.2.0/24", 'd', 16, ServesRest},
           {"without that: by latency", "a- b c d- e", "10.7.0.0/24", 'e', 14, Latency},
           {"IPv6", "a b c d e", "2001:db8:1:2::/64", 'c', 48},
           {"no prefix: who serves the rest", "a b c d e", "64.1.2.0/24", 'd', 3, ServesRest},
           {"to stay: though it is down", "a- b c d e", "10.7.0.0/24", 'a', 14, Serves, true, Outcome::AllDown},
           {"to stay: the nearest of those that are down", "a b- c- d e", "10.1.2.0/24", 'c', 16, Latency, true, Outcome::AllDown},
           {"to stay: while one is up it is that one", "a b c- d e", "10.1.2.0/24", 'b', 16, Serves, true},
           {"to stay: a gateway that is disabled has no networks", "a! b c d e", "10.7.0.0/24", 'd', 14, ServesRest, true},
           {"to stay: among those that serve the rest, too", "a b c d- e", "64.1.2.0/24", 'd', 3, ServesRest, true, Outcome::AllDown},
           {"to stay: nobody serves the rest", "a b c d! e", "64.1.2.0/24", 'e', 3, Latency, true},
           {"one is left", "a- b- c d- e-", "10.7.0.0/24", 'c', 0, OnlyOne},
       }) {
    World world("abcde");
    world.median({{'e', 5ms}, {'c', 10ms}, {'b', 20ms}, {'a', 30ms}, {'d', 40ms}});
    served_world(world, c.gateways, c.stay);
    const Choice choice = world.choose(c.client);
    EXPECT_EQ(world.letter(choice.region), c.region) << c.story;
    EXPECT_EQ(choice.outcome, c.outcome) << c.story;
    EXPECT_EQ(choice.scope_prefix_len, c.scope) << c.story;
    EXPECT_EQ(to_text(world.explained(c.client).decided_by), to_text(c.by)) << c.story;
  }
}

TEST(Subnet, APrivateNetworkIsServedAndRankedByItsResolver) {
  World world("abcde");
  world.row("203.0.113.0/24", {{'b', 5ms}, {'c', 50ms}}).median({{'c', 5ms}, {'b', 50ms}});
  served_world(world, "a b c d");
  EXPECT_EQ(world.region("10.1.2.0/24"), 'b') << "10.1.0.0/16 is b's and c's; the resolver, 203.0.113.53, is nearer to b";
  EXPECT_EQ(world.region("10.7.0.0/24"), 'a');
  EXPECT_EQ(world.region("192.168.1.0/24"), 'd') << "nobody's";
}

TEST(Subnet, WithoutASubnetTheResolverIsLookedFor) {
  World world("abcde");
  served_world(world, "a b c d e");
  EXPECT_EQ(world.letter(world.choose("", Family::V4, "10.7.0.53").region), 'a');
  EXPECT_EQ(world.letter(world.choose("", Family::V4, "192.0.2.53").region), 'd');
}

TEST(Subnet, OtherPoolsAreAnsweredAsBefore) {
  World plain("abcde"), divided("abcde");
  for (World* world : {&plain, &divided}) world->row("10.0.0.0/9", {{'b', 5ms}, {'a', 9ms}}).median({{'a', 5ms}, {'b', 50ms}});
  served_world(divided, "a b c d e");
  for (World* world : {&plain, &divided}) world->pool(routed(Routing::Latency), line_up(*world, "a b"));
  for (const char* client : {"10.1.2.0/24", "10.128.0.0/24", "192.0.2.0/24", "192.168.7.0/24", "2001:db8:1::/48"})
    EXPECT_EQ(plain.region(client), divided.region(client)) << client;
}

TEST(Shedding, AShareOfTheNetworksGoesToTheNext) {
  struct Case {
    const char* story;
    Routing routing;
    const char* gateways;
    uint16_t shed;  // of a, thousandths
    std::map<char, double> shares;
  };
  for (const Case& c : {
           Case{"nothing", Routing::Latency, "a b c", 0, {{'a', 1}}},
           {"to the next closest", Routing::Latency, "a b c", 300, {{'a', 0.7}, {'b', 0.3}}},
           {"all of them", Routing::Latency, "a b c", 1000, {{'b', 1}}},
           {"all of them, but it is alone", Routing::Latency, "a b- c-", 1000, {{'a', 1}}},
           {"to the next in priority", Routing::Priority, "a1 b2 c3", 100, {{'a', 0.9}, {'b', 0.1}}},
           {"to the next in priority that is up", Routing::Priority, "a1 b2- c3", 100, {{'a', 0.9}, {'c', 0.1}}},
           {"by weight among the others", Routing::Weighted, "a b c", 500, {{'a', 1 / 6.0}, {'b', 5 / 12.0}, {'c', 5 / 12.0}}},
       }) {
    World world("abc");
    world.row("0.0.0.0/0", {{'a', 10ms}, {'b', 20ms}, {'c', 30ms}});
    auto list = line_up(world, c.gateways);
    list[0].shed_v4 = c.shed;
    world.pool(routed(c.routing), list);
    const auto counted = shares(world);
    EXPECT_EQ(counted.size(), c.shares.size()) << c.story;
    for (const auto& [letter, count] : counted) {
      ASSERT_TRUE(c.shares.contains(letter)) << c.story << ": " << letter;
      const double share = c.shares.at(letter);
      EXPECT_NEAR(count / 4096.0, share, 1e-9 + 4 * std::sqrt(share * (1 - share) / 4096)) << c.story << ": " << letter;
    }
  }
}

TEST(Shedding, TheSameNetworksMoveFirstAndComeBackLast) {
  for (uint64_t network = 0; network < 200; ++network) {
    bool shed = false;
    for (uint16_t share = 0; share <= 1000; share = static_cast<uint16_t>(share + 20)) {
      const bool now = is_shed(mix(network + 1), "west", share);
      EXPECT_TRUE(now || !shed) << network << " is shed at less than " << share;
      shed = now;
    }
    EXPECT_TRUE(shed) << "at 1000 all are";
  }
}

TEST(Shedding, TheScopeIsTheNetworkAndReasonsAreTold) {
  World world("ab");
  world.row("0.0.0.0/0", {{'a', 10ms}, {'b', 20ms}});
  auto list = line_up(world, "a b");
  list[0].shed_v4 = list[0].shed_v6 = 1000;
  world.pool(routed(Routing::Latency), list);
  EXPECT_EQ(world.scope("64.1.2.0/24"), 20);
  const Explanation e = world.explained("64.1.2.0/24");
  EXPECT_EQ(e.scope_reason, ScopeReason::WeightCut);
  EXPECT_EQ(e.decided_by, DecidedBy::OnlyOne);
  EXPECT_EQ(world.letter(e.choice.region), 'b');
  EXPECT_TRUE(e.lines[1].shed && !e.lines[0].shed);
}

TEST(Shedding, SeveralInOneAnswerLeaveOutWhatSheds) {
  World world("abc");
  world.row("0.0.0.0/0", {{'a', 10ms}, {'b', 20ms}, {'c', 30ms}});
  auto list = line_up(world, "a b c");
  list[0].shed_v4 = 1000;
  world.pool(routed(Routing::Multivalue), list);
  EXPECT_EQ(letters_of(world, world.choose("192.0.2.0/24")), "bc");
}

}  // namespace
}  // namespace isochrone::steer
