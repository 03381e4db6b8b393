#include <fmt/format.h>
#include <gtest/gtest.h>

#include "one_try.h"
#include "server.h"

namespace isochrone::probe::testing {
namespace {

using health::Failure;
using health::Kind;
using health::Outcome;
using health::Phase;

TEST(Tcp, AnOpenPortIsUpAndTheKernelsRttIsReported) {
  const Server server([](Connection& connection) { connection.hang(); });
  const Outcome outcome = one_try(target_on_loopback(Kind::Tcp, server.port()));
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
  EXPECT_EQ(outcome.reason, "");
  EXPECT_EQ(outcome.phase, Phase::Done);
  ASSERT_TRUE(outcome.rtt);
  EXPECT_GT(*outcome.rtt, 0ms);
  EXPECT_LT(*outcome.rtt, 20ms);
  EXPECT_GT(outcome.phases[1], 0ms);
}

TEST(Tcp, OverIpv6) {
  const Server server([](Connection& connection) { connection.hang(); }, {}, Family::V6);
  EXPECT_TRUE(one_try(target_on_loopback(Kind::Tcp, server.port(), Family::V6)).ok());
}

TEST(Tcp, AClosedPortIsRefused) {
  const uint16_t port = closed_port();
  const Outcome outcome = one_try(target_on_loopback(Kind::Tcp, port));
  EXPECT_EQ(outcome.failure, Failure::Refused);
  EXPECT_EQ(outcome.phase, Phase::Connect);
  EXPECT_EQ(outcome.reason, fmt::format("connection refused by 127.0.0.1:{}", port));
  EXPECT_FALSE(outcome.rtt);
}

TEST(Tcp, ASourceAddressIsUsed) {
  const Server server([](Connection& connection) { connection.hang(); });
  health::Target target = target_on_loopback(Kind::Tcp, server.port());
  target.spec.source_v4 = IpAddress::parse("127.0.0.99");
  EXPECT_TRUE(one_try(target).ok());
  target.spec.source_v4 = IpAddress::parse("192.0.2.99");  // not ours
  const Outcome outcome = one_try(target);
  EXPECT_EQ(outcome.failure, Failure::Local);
  EXPECT_EQ(outcome.reason,
            fmt::format("cannot probe 127.0.0.1:{} from here: Cannot assign requested address", server.port()));
}

}  // namespace
}  // namespace isochrone::probe::testing
