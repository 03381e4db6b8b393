#include <gtest/gtest.h>

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

}  // namespace
}  // namespace isochrone::probe::testing
