// Routing by where clients are: areas that gateways serve, and the way along the Earth with its bias.

#include "steer/geography.h"

#include <gtest/gtest.h>

#include "steer/explain.h"
#include "steer/telling.h"
#include "world.h"

namespace isochrone::steer {
namespace {

// Gateways by letter, and what is the matter with them: down (-).
std::vector<GatewayState> standing(const World& world, std::string_view text) {
  std::vector<GatewayState> result;
  for (const char c : text) {
    if (c >= 'a' && c <= 'e') result.push_back(world.up(c));
    if (c == '-') result.back() = world.down(world.letter(result.back().region));
  }
  return result;
}

// a serves Japan, b a box around Tokyo and Seoul, c Asia, d and e the rest; 10 ms from Japan to e and 10 more to each
// letter before.
struct Asia {
  World world{"abcde"};
  PoolSpec spec;

  Asia() {
    world.row("0.0.0.0/0", {{'a', 50ms}, {'b', 40ms}, {'c', 30ms}, {'d', 20ms}, {'e', 10ms}});
    world.in("198.51.100.0/24", "JP").in("198.51.101.0/24", "KR").in("198.51.102.0/24", "IN").in("198.51.103.0/24", "FR");
    const auto of = [this](std::string_view letters) {
      RegionSet set;
      for (const char letter : letters) set.add(world.id(letter));
      return set;
    };
    const std::vector<Geography::Area> areas{{"country:JP", of("a")}, {"area [30, 120, 46, 146]", of("b")}, {"continent:AS", of("c")}};
    spec.name = "zone/pool";
    spec.routing = Routing::Geographic;
    spec.geography = std::make_shared<const Geography>(areas, std::vector<std::vector<uint16_t>>{{0, 1, 2}, {1, 2}, {2}, {}}, of("de"));
  }
};

TEST(Geographic, TheMostSpecificAreaWhoseGatewaysAreUp) {
  struct Case {
    const char* story;
    const char* gateways;
    const char* client;
    char given;
    const char* area;
    DecidedBy by = DecidedBy::ServesArea;
  };
  using enum DecidedBy;
  Asia asia;
  for (const Case& c : {
           Case{"a country before everything", "abcde", "198.51.100.0/24", 'a', "country:JP"},
           {"a box before a continent", "abcde", "198.51.101.0/24", 'b', "area [30, 120, 46, 146]"},
           {"a continent before the rest", "abcde", "198.51.102.0/24", 'c', "continent:AS"},
           {"the rest: the nearest of them", "abcde", "198.51.103.0/24", 'e', "", Latency},
           {"who is nowhere is of the rest", "abcde", "192.0.2.0/24", 'e', "", Latency},
           {"the country is down: the box around it", "a-bcde", "198.51.100.0/24", 'b', "area [30, 120, 46, 146]"},
           {"and the box: the continent", "a-b-cde", "198.51.100.0/24", 'c', "continent:AS"},
           {"and the continent: the rest", "a-b-c-de", "198.51.100.0/24", 'e', "", Latency},
           {"one of the rest", "a-b-c-de-", "198.51.100.0/24", 'd', "", ServesRest},
           {"the rest is down: anybody, by latency", "abcd-e-", "198.51.103.0/24", 'c', nullptr, Latency},
           {"all down: as if all were up", "a-b-c-d-e-", "198.51.100.0/24", 'a', "country:JP"},
       }) {
    asia.world.pool(asia.spec, standing(asia.world, c.gateways));
    EXPECT_EQ(asia.world.region(c.client), c.given) << c.story;
    const Explanation e = asia.world.explained(c.client);
    EXPECT_EQ(to_text(e.decided_by), to_text(c.by)) << c.story;
    EXPECT_EQ(e.by_area, c.area != nullptr) << c.story;
    EXPECT_EQ(e.area, c.area ? c.area : "") << c.story;
  }
}

TEST(Geographic, WithoutAFallbackAClientStaysInItsArea) {
  Asia asia;
  asia.spec.stay_in_area = true;
  asia.world.pool(asia.spec, standing(asia.world, "a-bcde"));
  const Choice choice = asia.world.choose("198.51.100.0/24");
  EXPECT_EQ(asia.world.letter(choice.region), 'a');
  EXPECT_EQ(choice.outcome, Outcome::AllDown);
  EXPECT_EQ(asia.world.region("198.51.101.0/24"), 'b') << "others notice nothing";
}

TEST(Geographic, WithoutAFallbackTheRestIsAnAreaToo) {
  Asia asia;
  asia.spec.stay_in_area = true;
  for (const char* client : {"198.51.103.0/24", "192.0.2.0/24"}) {
    asia.world.pool(asia.spec, standing(asia.world, "abcd-e-"));
    const Choice choice = asia.world.choose(client);
    EXPECT_EQ(asia.world.letter(choice.region), 'e') << client << ": the nearest of those that are down";
    EXPECT_EQ(choice.outcome, Outcome::AllDown) << client;
    const Explanation e = asia.world.explained(client);
    EXPECT_TRUE(e.by_area && e.area.empty()) << client;
    const std::vector<std::string> tables;
    EXPECT_EQ(Telling(asia.world.steering, tables, *asia.world.steering.pools[0], e).decided(),
              "lowest latency, of those that serve whom no other serves; none of these is healthy, and the client stays in its area");
    asia.world.pool(asia.spec, standing(asia.world, "abcde-"));
    EXPECT_EQ(asia.world.region(client), 'd') << client << ": while one is up it is that one";
    asia.world.pool(asia.spec, standing(asia.world, "abc"));
    EXPECT_EQ(asia.world.region(client), 'c') << client << ": nobody serves the rest";
  }
}

TEST(Geographic, TheScopeIsWhatIsInOneCountry) {
  Asia asia;
  asia.world.pool(asia.spec, standing(asia.world, "abcde"));
  EXPECT_EQ(asia.world.scope("198.51.100.128/25"), 24);
  EXPECT_EQ(asia.world.scope("198.51.102.0/24"), 24);
  EXPECT_EQ(asia.world.explained("198.51.100.0/24").locality->country, (std::array{'J', 'P'}));
  EXPECT_FALSE(asia.world.explained("192.0.2.0/24").locality);
}

TEST(Geographic, ARowInsideACountryIsInIt) {
  World world("ab");
  world.row("198.51.100.128/25", {{'b', 1ms}}).in("198.51.100.0/24", "JP").in("198.51.100.192/26", "KR");
  RegionSet a, b;
  a.add(0), b.add(1);
  PoolSpec spec;
  spec.routing = Routing::Geographic;
  spec.geography = std::make_shared<const Geography>(std::vector<Geography::Area>{{"country:JP", a}, {"country:KR", b}},
                                                     std::vector<std::vector<uint16_t>>{{0}, {1}}, RegionSet());
  world.pool(spec, standing(world, "ab"));
  EXPECT_EQ(world.region("198.51.100.1"), 'a');
  EXPECT_EQ(world.region("198.51.100.129"), 'a') << "the row says nothing of the country";
  EXPECT_EQ(world.region("198.51.100.193"), 'b') << "the innermost place counts";
  EXPECT_EQ(world.scope("198.51.100.193"), 26);
}

TEST(Proximity, TheShortestWayWithItsBias) {
  struct Case {
    const char* story;
    const char* gateways;
    std::vector<int> bias;
    char given;
    DecidedBy by = DecidedBy::Proximity;
  };
  using enum DecidedBy;
  World world("abcd");
  world.row("0.0.0.0/0", {{'a', 10ms}, {'b', 20ms}, {'c', 30ms}, {'d', 40ms}});
  world.in("198.51.100.0/24", "", {{'a', 4000}, {'b', 1000}, {'c', 2001}});
  for (const Case& c : {
           Case{"whatever the latency", "abc", {0, 0, 0}, 'b'},
           {"half the way", "abc", {0, 0, 50}, 'b'},
           {"a little less than half", "abc", {0, 0, 51}, 'c'},
           {"twice the way", "abc", {0, -50, 0}, 'b'},
           {"more than twice", "abc", {0, -51, 0}, 'c'},
           {"a hundredth", "abc", {99, 0, 0}, 'a'},
           {"a hundred times", "abc", {0, -99, -99}, 'a'},
           {"what is down is not near", "ab-c", {0, 0, 0}, 'c'},
           {"a region without a position comes last", "dca", {0, 0, 0}, 'c'},
           {"alone", "a", {0}, 'a', OnlyOne},
           {"nothing but a region without a position", "d", {0}, 'd', OnlyOne},
       }) {
    PoolSpec spec;
    spec.routing = Routing::Proximity;
    auto gateways = standing(world, c.gateways);
    for (size_t i = 0; i < c.bias.size(); ++i) gateways[i].bias = static_cast<int8_t>(c.bias[i]);
    world.pool(spec, gateways);
    EXPECT_EQ(world.region("198.51.100.0/24"), c.given) << c.story;
    const Explanation e = world.explained("198.51.100.0/24");
    EXPECT_EQ(to_text(e.decided_by), to_text(c.by)) << c.story;
    EXPECT_FALSE(e.unplaced) << c.story;
    EXPECT_TRUE(e.lines[0].chosen) << c.story;

    EXPECT_TRUE(world.explained("192.0.2.0/24").unplaced) << c.story;
    if (c.gateways == std::string_view("abc")) {
      EXPECT_EQ(world.region("192.0.2.0/24"), 'a') << c.story << ": nobody knows where this client is; the lowest latency";
    }
  }
}

TEST(Proximity, ExplainTellsTheWays) {
  World world("ab");
  world.in("198.51.100.0/24", "", {{'a', 4000}, {'b', 1000}});
  PoolSpec spec;
  spec.routing = Routing::Proximity;
  world.pool(spec, standing(world, "ab"));
  const Explanation e = world.explained("198.51.100.0/24");
  ASSERT_EQ(e.lines.size(), 2u);
  EXPECT_EQ(world.letter(e.lines[0].region), 'b') << "nearest first";
  EXPECT_EQ(e.lines[0].km, 1000);
  EXPECT_EQ(e.lines[1].km, 4000);
  EXPECT_EQ(world.scope("198.51.100.1"), 24);
}

}  // namespace
}  // namespace isochrone::steer
