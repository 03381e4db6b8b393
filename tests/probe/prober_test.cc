// The prober as a whole: plans that change, paces, and a machine without descriptors.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "one_try.h"
#include "server.h"

namespace isochrone::probe::testing {
namespace {

using health::Failure;
using health::Kind;
using health::Outcome;
using health::Target;

Target tcp_target(uint16_t port, const std::string& key, Duration interval = 50ms) {
  Target target = target_on_loopback(Kind::Tcp, port);
  target.key = key;
  target.spec.interval = interval;
  return target;
}

TEST(Prober, TriesEveryTargetAgainAndAgain) {
  const Server server([](Connection&) {});
  TestLoop loop;
  std::vector<int> tries(3);
  Prober prober(loop.get(), {}, {[&](const Outcome& outcome) { tries[outcome.target] += outcome.ok(); }, {}});
  prober.set_plan(
      plan_of({tcp_target(server.port(), "a"), tcp_target(server.port(), "b"), tcp_target(server.port(), "c")}));
  loop.run_until([&] { return tries[0] >= 3 && tries[1] >= 3 && tries[2] >= 3; });
  EXPECT_GE(prober.stats().tries, 9u);
  EXPECT_EQ(prober.stats().failures, 0u);
  prober.close();
}

TEST(Prober, ANewPlanKeepsWhatItNamesAndDropsTheRest) {
  const Server hanging([](Connection& connection) { connection.hang(); });
  TestLoop loop;
  std::vector<Outcome> outcomes;
  Prober prober(loop.get(), {}, {[&](const Outcome& outcome) { outcomes.push_back(outcome); }, {}});
  Target kept = target_on_loopback(Kind::Http, hanging.port()), dropped = kept;
  kept.key = "kept";
  dropped.key = "dropped";
  kept.spec.timeout = dropped.spec.timeout = 300ms;
  prober.set_plan(plan_of({dropped, kept}));
  prober.probe_now(0);
  prober.probe_now(1);
  loop.run_until([&] { return hanging.connections() == 2; });
  EXPECT_EQ(prober.stats().under_way, 2);
  prober.set_plan(plan_of({kept}));
  EXPECT_EQ(prober.stats().under_way, 1);
  loop.run_until([&] { return !outcomes.empty(); });
  EXPECT_EQ(outcomes[0].failure, Failure::Timeout);
  EXPECT_EQ(outcomes[0].target, 0u);  // its number in the new plan
  EXPECT_EQ(outcomes.size(), 1u);
  prober.close();
}

TEST(Prober, WhatIsNotTriedIsNotHurriedNorAnyoneInItsPlace) {
  const uint16_t port = closed_port();
  Target none = tcp_target(port, "none", 1h);
  none.spec.kind = Kind::None;
  TestLoop loop;
  std::vector<std::string> tried;
  const std::vector<std::string> keys{"none", "a", "b"};
  Prober prober(loop.get(), {}, {[&](const Outcome& outcome) { tried.push_back(keys[outcome.target]); }, {}});
  prober.set_plan(plan_of({none}));
  prober.probe_now(0);
  prober.set_plan(plan_of({none, tcp_target(port, "a", 1h), tcp_target(port, "b", 1h)}));
  prober.probe_now(0);
  prober.probe_now(2);
  loop.run_until([&] { return !tried.empty(); });
  EXPECT_EQ(tried, std::vector<std::string>{"b"});
  prober.close();
}

TEST(Prober, AFailureIsRecheckedAtThePaceAsked) {
  const uint16_t port = closed_port();
  TestLoop loop;
  int failures = 0;
  Prober prober(loop.get(), {},
                {[&](const Outcome& outcome) { failures += !outcome.ok(); },
                 [&](health::TargetId) { return failures < 5 ? Duration(10ms) : Duration(1h); }});
  prober.set_plan(plan_of({tcp_target(port, "a", 1h)}));
  prober.probe_now(0);
  loop.run_until([&] { return failures == 5; });
  prober.close();
}

TEST(Prober, ItsCallbackMayReplaceThePlanAndCloseIt) {
  const uint16_t port = closed_port();
  TestLoop loop;
  int calls = 0;
  Prober* self = nullptr;
  const auto on_outcome = [&](const Outcome&) {
    ++calls;
    if (calls == 1) self->set_plan(plan_of({}));
    if (calls == 1) self->set_plan(plan_of({tcp_target(port, "a", 20ms)}));
    if (calls == 2) self->set_plan(plan_of({tcp_target(port, "other", 20ms), tcp_target(port, "a", 20ms)}));
    if (calls == 5) self->close();
  };
  Prober prober(loop.get(), {}, {on_outcome, {}});
  self = &prober;
  prober.set_plan(plan_of({tcp_target(port, "a", 20ms)}));
  loop.run_until([&] { return calls == 5; });
  EXPECT_EQ(prober.stats().under_way, 0);
}

TEST(Prober, RoomBoundsWhatIsUnderWay) {
  const Server hanging([](Connection& connection) { connection.hang(); });
  TestLoop loop;
  int outcomes = 0, most = 0;
  Prober* self = nullptr;
  Prober prober(loop.get(), {{}, 16, 0},
                {[&](const Outcome&) {
                   ++outcomes;
                   most = std::max(most, self->stats().under_way);
                 },
                 {}});
  self = &prober;
  std::vector<Target> targets;
  for (uint32_t i = 0; i < 60; ++i) {
    Target target = target_on_loopback(Kind::Http, hanging.port());
    target.key = std::to_string(i);
    target.spec.timeout = 50ms;
    targets.push_back(target);
  }
  prober.set_plan(plan_of(targets));
  for (uint32_t i = 0; i < 60; ++i) prober.probe_now(i);
  loop.run_until([&] { return outcomes >= 60; });
  EXPECT_LE(most, 16);
  EXPECT_GE(most, 10);
  prober.close();
}

TEST(Prober, WithoutDescriptorsTheFaultIsOurs) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const uint16_t port = closed_port();
  TestLoop loop;
  std::vector<Outcome> outcomes;
  Prober prober(loop.get(), {}, {[&](const Outcome& outcome) { outcomes.push_back(outcome); }, {}});
  Target http = target_on_loopback(Kind::Http, port);
  http.key = "http";
  prober.set_plan(plan_of({tcp_target(port, "tcp", 1h), http}));
  const rlimit none{3, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  prober.probe_now(0);
  prober.probe_now(1);
  loop.run_until([&] { return outcomes.size() == 2; });
  ::setrlimit(RLIMIT_NOFILE, &before);
  for (const Outcome& outcome : outcomes) {
    EXPECT_EQ(outcome.failure, Failure::Local);
    EXPECT_EQ(outcome.reason, fmt::format("cannot probe 127.0.0.1:{} from here: Too many open files", port));
  }
  EXPECT_EQ(prober.stats().local, 2u);
  EXPECT_EQ(prober.stats().failures, 0u);
  prober.close();
}

TEST(Prober, TakesHalfOfWhatTheLimitLeaves) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit usual{1024, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &usual);
  TestLoop loop;
  {
    const Prober prober(loop.get(), {}, {[](const Outcome&) {}, {}});
    EXPECT_EQ(prober.room(), 384);
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace isochrone::probe::testing
