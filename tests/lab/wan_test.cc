// The WAN without devices: plans, links, and what the commands do to packets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wan/command.h"
#include "wan/network.h"
#include "wan/plan.h"

namespace isochrone::lab {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr auto kPlaces =
    "# three places\n"
    "place,ipv4,ipv6\n"
    "tokyo,198.18.1.0/24,2001:db8:1::/48\n"
    "paris,198.18.2.0/24,2001:db8:2::/48\r\n"
    "lima,198.18.3.0/24,2001:db8:3::/48\n";
constexpr auto kMatrix =
    "source,destination,rtt_ms\n"
    "tokyo,paris,230\n"
    "paris,tokyo,234\n"
    "tokyo,lima,150\n"
    "paris,lima,200\n"
    "oslo,paris,20\n";

Network make_network() {
  return Network(*parse_plan(kPlaces, kMatrix), 1);
}

// An IPv4 or IPv6 header with nothing behind it, `mark` in an octet that routing does not look at.
std::vector<uint8_t> packet_to(std::string_view address, uint8_t mark = 0) {
  const auto to = *IpAddress::parse(address);
  std::vector<uint8_t> octets(to.family == Family::V4 ? 20 : 40);
  octets[0] = to.family == Family::V4 ? 0x45 : 0x60;
  octets[1] = mark;
  std::copy_n(to.octets.begin(), to.size(), octets.end() - to.size());
  return octets;
}

struct Delivered {
  Time due;
  size_t to;
  uint8_t mark;
  bool operator==(const Delivered&) const = default;
};

std::vector<Delivered> deliver_until(Network& network, Time until) {
  std::vector<Delivered> out;
  network.take_due(until, [&](const Packet& packet) { out.push_back({packet.due, packet.to, packet.octets[1]}); });
  return out;
}

TEST(Plan, OneWayCountsForBoth) {
  const auto plan = parse_plan(kPlaces, kMatrix);
  ASSERT_TRUE(plan) << plan.error().text;
  EXPECT_EQ(plan->places.size(), 3u);
  EXPECT_EQ(plan->rtt(0, 1), 230);
  EXPECT_EQ(plan->rtt(1, 0), 234);
  EXPECT_EQ(plan->rtt(2, 0), 150);
  EXPECT_EQ(plan->rtt(0, 0), 0);
  EXPECT_EQ(first_address(plan->places[1].v6).to_text(), "2001:db8:2::1");
}

TEST(Plan, SaysWhatIsWrong) {
  const struct {
    const char* name;
    std::string places, matrix;
    const char* error;
  } cases[] = {
      {"no header", "tokyo,198.18.1.0/24,2001:db8:1::/48\n", kMatrix, "places: line 1: expected the header"},
      {"a cell short", "place,ipv4,ipv6\ntokyo,198.18.1.0/24\n", kMatrix, "expected 3 cells"},
      {"families swapped", "place,ipv4,ipv6\ntokyo,2001:db8:1::/48,198.18.1.0/24\n", kMatrix, "not an IPv4 network"},
      {"a name that a shell would read", "place,ipv4,ipv6\nt$(x),198.18.1.0/24,2001:db8:1::/48\n", kMatrix,
       "not a place's name"},
      {"twice", "place,ipv4,ipv6\na,198.18.1.0/24,2001:db8:1::/48\na,198.18.2.0/24,2001:db8:2::/48\n", kMatrix,
       "twice"},
      {"one inside another", "place,ipv4,ipv6\na,198.18.0.0/16,2001:db8:1::/48\nb,198.18.2.0/24,2001:db8:2::/48\n",
       kMatrix, "overlap"},
      {"a pair missing", kPlaces, "source,destination,rtt_ms\ntokyo,paris,1\n", "no time between 'tokyo' and 'lima'"},
      {"not a number", kPlaces, "source,destination,rtt_ms\ntokyo,paris,fast\n", "matrix: line 2: 'fast'"},
  };
  for (const auto& [name, places, matrix, error] : cases) {
    const auto plan = parse_plan(places, matrix);
    ASSERT_FALSE(plan) << name;
    EXPECT_THAT(plan.error().text, HasSubstr(error)) << name;
  }
}

TEST(Network, TakesHalfTheRoundTripEachWay) {
  Network network = make_network();
  network.send(0, packet_to("198.18.2.77", 4), 0ms);
  network.send(1, packet_to("2001:db8:1::9", 6), 1ms);
  EXPECT_EQ(network.next_due(), Time(115ms));
  EXPECT_TRUE(deliver_until(network, 114ms).empty());
  EXPECT_THAT(deliver_until(network, 200ms), ElementsAre(Delivered{115ms, 1, 4}, Delivered{118ms, 0, 6}));
  EXPECT_EQ(network.counters().delivered, 2u);
}

TEST(Network, DropsWhatIsForNobody) {
  Network network = make_network();
  network.send(0, packet_to("192.0.2.1"), 0ms);
  network.send(0, packet_to("198.18.1.5"), 0ms);
  network.send(0, std::vector<uint8_t>{0x45, 0, 0}, 0ms);
  network.send(0, {}, 0ms);
  EXPECT_EQ(network.next_due(), std::nullopt);
  EXPECT_EQ(network.counters().unroutable, 4u);
}

TEST(Network, JitterNeverReorders) {
  Network network = make_network();
  ASSERT_EQ(run_command(network, "jitter tokyo paris 80"), "ok");
  for (uint8_t i = 0; i < 200; ++i) network.send(0, packet_to("198.18.2.1", i), i * 1ms);
  const auto delivered = deliver_until(network, 10s);
  ASSERT_EQ(delivered.size(), 200u);
  for (uint8_t i = 0; i < 200; ++i) {
    EXPECT_EQ(delivered[i].mark, i);
    EXPECT_GE(delivered[i].due, i * 1ms + 115ms);
    EXPECT_LE(delivered[i].due, i * 1ms + 155ms);
  }
  EXPECT_GT(delivered[0].due, 115ms);
}

TEST(Network, LossIsOfRoundTrips) {
  Network network = make_network();
  ASSERT_EQ(run_command(network, "loss tokyo * 36"), "ok");  // 36 % of round trips: 20 % each way
  for (int i = 0; i < 10000; ++i) network.send(0, packet_to("198.18.3.1"), 0ms);
  EXPECT_NEAR(static_cast<double>(network.counters().lost), 2000, 150);
}

TEST(Network, CutAndHeal) {
  const struct {
    const char* name;
    std::vector<const char*> commands;
    size_t tokyo_paris, tokyo_lima, paris_lima;  // delivered of one packet each
  } cases[] = {
      {"fair weather", {}, 1, 1, 1},
      {"a pair", {"cut paris tokyo"}, 0, 1, 1},
      {"a dead place", {"cut tokyo"}, 0, 0, 1},
      {"from everywhere", {"cut lima *"}, 1, 0, 0},
      {"a pair healed", {"cut tokyo paris", "heal tokyo paris"}, 1, 1, 1},
      {"a place healed", {"cut tokyo", "heal tokyo"}, 1, 1, 1},
      {"another healed", {"cut tokyo", "heal paris"}, 0, 0, 1},
      {"all healed", {"cut tokyo", "cut paris lima", "loss tokyo lima 100", "heal"}, 1, 1, 1},
  };
  for (const auto& [name, commands, tokyo_paris, tokyo_lima, paris_lima] : cases) {
    Network network = make_network();
    for (const char* command : commands) ASSERT_EQ(run_command(network, command), "ok") << name;
    network.send(0, packet_to("198.18.2.1"), 0ms);
    EXPECT_EQ(deliver_until(network, 1s).size(), tokyo_paris) << name;
    network.send(0, packet_to("198.18.3.1"), 0ms);
    EXPECT_EQ(deliver_until(network, 1s).size(), tokyo_lima) << name;
    network.send(1, packet_to("198.18.3.1"), 0ms);
    EXPECT_EQ(deliver_until(network, 1s).size(), paris_lima) << name;
  }
}

TEST(Network, WhatTravelsToADyingPlaceIsLost) {
  Network network = make_network();
  network.send(0, packet_to("198.18.2.1"), 0ms);
  run_command(network, "cut paris");
  EXPECT_TRUE(deliver_until(network, 1s).empty());
  EXPECT_EQ(network.counters().lost, 1u);
}

TEST(Command, ChangesTheRoundTripBothWays) {
  Network network = make_network();
  EXPECT_EQ(run_command(network, "  rtt tokyo  paris 38 "), "ok");
  EXPECT_EQ(network.link(0, 1).weather.rtt_ms, 38);
  EXPECT_EQ(network.link(1, 0).weather.rtt_ms, 38);
  EXPECT_EQ(run_command(network, "spike tokyo paris 2 300"), "ok");
  EXPECT_EQ(run_command(network, "show paris tokyo"),
            R"({"rtt_ms": 38, "jitter_ms": 0, "loss": 0, "spike_ms": 300, "spike_share": 0.02, "cut": false})");
}

TEST(Command, MistakesChangeNothing) {
  Network network = make_network();
  for (const char* line : {"rtt tokyo paris", "rtt tokyo oslo 3", "rtt tokyo tokyo 3", "rtt tokyo paris -3",
                           "loss tokyo paris 101", "rtt tokyo paris 3ms", "spike tokyo paris 2", "cut", "cut oslo",
                           "heal tokyo oslo", "fly tokyo", "rtt tokyo paris nan"})
    EXPECT_THAT(run_command(network, line), StartsWith("error: ")) << line;
  EXPECT_EQ(network.link(0, 1).weather.rtt_ms, 230);
}

TEST(Lateness, Quantiles) {
  Lateness late;
  for (int us = 0; us < 1000; ++us) late.add(std::chrono::microseconds(us));
  EXPECT_EQ(late.quantile_us(0.5), 510);
  EXPECT_EQ(late.quantile_us(0.99), 1000);
  EXPECT_EQ(late.max_us(), 999);
}

}  // namespace
}  // namespace isochrone::lab
