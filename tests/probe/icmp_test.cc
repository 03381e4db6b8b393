#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <array>
#include <cstdlib>
#include <thread>

#include "one_try.h"

namespace isochrone::probe::testing {
namespace {

using health::Failure;
using health::Kind;
using health::Outcome;

class Icmp : public ::testing::TestWithParam<Family> {};

TEST_P(Icmp, LoopbackAnswersOrThePermissionIsAskedFor) {
  const Outcome outcome = one_try(target_on_loopback(Kind::Icmp, 0, GetParam()));
  if (outcome.failure == Failure::Local) {
    EXPECT_EQ(outcome.reason, "icmp unavailable: needs CAP_NET_RAW or net.ipv4.ping_group_range");
    GTEST_SKIP() << outcome.reason;
  }
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
  ASSERT_TRUE(outcome.rtt);
  EXPECT_GT(*outcome.rtt, 0ms);
  EXPECT_LT(*outcome.rtt, 50ms);
}

INSTANTIATE_TEST_SUITE_P(Families, Icmp, ::testing::Values(Family::V4, Family::V6));

TEST(IcmpMany, EachReplyFindsItsProbe) {
  TestLoop loop;
  std::vector<int> outcomes(200);
  int came = 0, local = 0;
  Prober prober(loop.get(), {},
                {[&](const Outcome& outcome) {
                   came += ++outcomes[outcome.target] == 1;
                   local += outcome.failure == Failure::Local;
                   EXPECT_TRUE(outcome.ok() || outcome.failure == Failure::Local) << outcome.reason;
                 },
                 {}});
  std::vector<health::Target> targets;
  for (uint32_t i = 0; i < 200; ++i) {
    health::Target target = target_on_loopback(Kind::Icmp, 0);
    target.address = IpAddress::v4(0x7f000100 + i);
    target.key = target.address.to_text();
    targets.push_back(target);
  }
  prober.set_plan(plan_of(targets));
  for (uint32_t i = 0; i < 200; ++i) prober.probe_now(i);
  loop.run_until([&] { return came == 200; });
  prober.close();
  if (local) GTEST_SKIP() << "icmp unavailable";
}

// A network of this thread's own, where nobody answers for an address of the link: the kernel says so after its ARP has
// been tried in vain, as a router does of a host behind it.
class DeadLink {
 public:
  static bool make() {
    if (::unshare(CLONE_NEWNET) != 0) return false;
    for (const char* command : {"ip link set lo up", "ip link add v0 type veth peer name v1",
                                "ip addr add 192.0.2.1/24 dev v0", "ip addr add 2001:db8::1/64 dev v0 nodad",
                                "ip link set v1 up", "ip link set v0 up",
                                "echo 20 > /proc/sys/net/ipv4/neigh/v0/retrans_time_ms",
                                "echo 20 > /proc/sys/net/ipv6/neigh/v0/retrans_time_ms"})
      if (std::system(fmt::format("({}) 2>/dev/null", command).c_str()) != 0) return false;
    return true;
  }
};

TEST(Unreachable, IsSaidAtOnceAndBySomebody) {
  std::thread([] {
    if (!DeadLink::make()) GTEST_SKIP() << "needs root, ip and veth";
    const struct {
      Kind kind;
      const char *address, *reason;
    } cases[] = {
        {Kind::Icmp, "192.0.2.77", "192.0.2.77 is unreachable: host unreachable, says 192.0.2.1"},
        {Kind::Icmp, "2001:db8::77", "2001:db8::77 is unreachable: address unreachable, says 2001:db8::1"},
        {Kind::Tcp, "192.0.2.78", "192.0.2.78:443 is unreachable: No route to host"},
        {Kind::Tcp, "2001:db8::78", "[2001:db8::78]:443 is unreachable: No route to host"},
        {Kind::Http, "192.0.2.79", "192.0.2.79:443 is unreachable: No route to host"},
        {Kind::Dns, "192.0.2.80", "192.0.2.80:443 is unreachable: No route to host"},
    };
    for (const auto& c : cases) {
      health::Target target = target_on_loopback(c.kind, 443);
      target.address = *IpAddress::parse(c.address);
      target.spec.dns_name = "example";
      const Outcome outcome = one_try(target);
      EXPECT_EQ(outcome.failure, Failure::Unreachable) << c.address;
      EXPECT_EQ(outcome.reason, c.reason);
    }
  }).join();
}

// Pings share a socket, and the kernel tells an error to whoever uses it next.
TEST(Unreachable, IsNoErrorOfAnotherTarget) {
  std::thread([] {
    if (!DeadLink::make()) GTEST_SKIP() << "needs root, ip and veth";
    TestLoop loop;
    std::array<int, 2> good{}, bad{};
    Prober prober(loop.get(), {},
                  {[&](const Outcome& outcome) { ++(outcome.ok() ? good : bad)[outcome.target]; }, {}});
    health::Target dead = target_on_loopback(Kind::Icmp, 0), alive = dead;
    dead.address = *IpAddress::parse("192.0.2.77");
    dead.key = "dead";
    prober.set_plan(plan_of({dead, alive}));
    for (int round = 1; round <= 3; ++round) {
      prober.probe_now(0);
      loop.run_until([&] { return bad[0] == round; });
      prober.probe_now(1);
      loop.run_until([&] { return good[1] == round; });
    }
    EXPECT_EQ(bad[1], 0);
    prober.close();
  }).join();
}

}  // namespace
}  // namespace isochrone::probe::testing
