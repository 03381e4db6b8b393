#include "steer/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.h"

namespace isochrone::steer {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

TEST(Pool, AnswersAreEncodedAsTheyAreSent) {
  World world("ab");
  PoolSpec spec;
  spec.ttl = 0x01020304;
  const auto pool = make_pool(spec, {world.up('a')});
  EXPECT_THAT(pool->v4.answers.at(0).wire,
              ElementsAreArray({0xc0, 0x0c, 0, 1, 0, 1, 1, 2, 3, 4, 0, 4, 192, 0, 2, 1}));
  EXPECT_THAT(pool->v6.answers.at(0).wire,
              ElementsAreArray({0xc0, 0x0c, 0, 28, 0, 1, 1, 2, 3, 4, 0, 16, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
}

// A gateway of three IPv4 addresses by their verdicts: U up, D down, ? unknown, F up but failing, S fresh start.
GatewayState gateway_of(std::string_view verdicts) {
  GatewayState gateway;
  gateway.region = 0;
  for (size_t i = 0; i < verdicts.size(); ++i) {
    AddressState state{IpAddress::v4(0xc0000200u + static_cast<uint32_t>(i))};
    const char c = verdicts[i];
    state.quorum = c == 'U' || c == 'F' ? Verdict::Up : c == 'D' ? Verdict::Down : Verdict::Unknown;
    state.failing = c == 'F';
    state.fresh_start = c == 'S';
    gateway.addresses.push_back(state);
  }
  return gateway;
}

TEST(Pool, AddressesThatAreDownAreLeftOutWhileOthersAreUp) {
  struct Case {
    const char* verdicts;
    const char* given;  // numbers of the addresses
    Outcome outcome;
    wire::Ttl ttl;
    TtlReason reason;
  };
  using enum Outcome;
  for (const Case& c : {
           Case{"UUU", "012", Steered, 30, TtlReason::Configured},
           {"UDU", "02", Steered, 30, TtlReason::Configured},
           {"UD?", "0", Steered, 30, TtlReason::Configured},
           {"D?D", "1", Steered, 30, TtlReason::Configured},
           {"S?U", "02", Steered, 30, TtlReason::Configured},
           {"S", "0", Steered, 30, TtlReason::Configured},
           {"FUD", "01", Steered, 5, TtlReason::Failing},
           {"DDD", "012", AllDown, 5, TtlReason::AllDown},
       }) {
    const auto pool = make_pool({}, {gateway_of(c.verdicts)});
    const View& view = pool->v4.views[0];
    ASSERT_EQ(view.outcome, c.outcome) << c.verdicts;
    const Answer& answer = pool->v4.answers.at(static_cast<size_t>(view.answer_of.at(0)));
    std::string given;
    for (const IpAddress& address : answer.addresses) given += static_cast<char>('0' + address.octets[3]);
    EXPECT_EQ(given, c.given) << c.verdicts;
    EXPECT_EQ(answer.ttl, c.ttl) << c.verdicts;
    EXPECT_EQ(answer.ttl_reason, c.reason) << c.verdicts;
    EXPECT_EQ(answer.count, given.size());
    EXPECT_EQ(answer.wire.size(), given.size() * 16);
  }
}

TEST(Pool, AnUnknownGatewayComesAfterGoodOnesButNotInAFreshStart) {
  World world("abc");
  const auto pool = make_pool({}, {world.unknown('a'), world.up('b')});
  EXPECT_EQ(pool->v4.views[0].eligible.first(), world.id('b'));
  EXPECT_EQ(pool->v4.views[0].eligible_count, 1);
  EXPECT_FALSE(pool->v4.views[0].unknown_used);

  GatewayState fresh = world.unknown('a');
  for (auto& address : fresh.addresses) address.fresh_start = true;
  EXPECT_EQ(make_pool({}, {fresh, world.up('b')})->v4.views[0].eligible_count, 2);

  const auto none_known = make_pool({}, {world.unknown('a'), world.down('b')});
  EXPECT_EQ(none_known->v4.views[0].eligible.first(), world.id('a'));
  EXPECT_TRUE(none_known->v4.views[0].unknown_used);
}

TEST(Pool, FamiliesStandAloneUnlessTogether) {
  World world("ab");
  GatewayState half = world.up('a');
  half.addresses[1].quorum = Verdict::Down;  // IPv6
  GatewayState v4_only = world.up('b');
  v4_only.addresses.pop_back();

  const auto apart = make_pool({}, {half, v4_only});
  EXPECT_EQ(apart->v4.views[0].eligible_count, 2);
  EXPECT_EQ(apart->v6.views[0].outcome, Outcome::AllDown);
  EXPECT_FALSE(apart->v6.enabled.has(world.id('b')));

  PoolSpec spec;
  spec.families_together = true;
  const auto together = make_pool(spec, {half, v4_only, world.up('b')});
  EXPECT_EQ(together->v4.views[0].eligible.first(), world.id('b')) << "the gateway that is whole";
  EXPECT_EQ(together->v4.views[0].eligible_count, 1);
  EXPECT_EQ(together->v4.views[0].eligible, together->v6.views[0].eligible);
}

TEST(Pool, DisabledIsNoDataAndDrainedIsBeforeAllDown) {
  World world("ab");
  GatewayState disabled = world.up('a'), drained = world.up('b');
  disabled.enabled = false;
  drained.drained = true;
  EXPECT_TRUE(make_pool({}, {disabled})->v4.enabled.empty());
  EXPECT_EQ(make_pool({}, {disabled})->v4.views[0].outcome, Outcome::NoData);

  EXPECT_EQ(make_pool({}, {world.up('a'), drained})->v4.views[0].eligible_count, 1);
  EXPECT_FALSE(make_pool({}, {world.up('a'), drained})->v4.client_matters);
  const auto pool = make_pool({}, {world.down('a'), drained});
  EXPECT_EQ(pool->v4.views[0].outcome, Outcome::Steered);
  EXPECT_EQ(pool->v4.views[0].eligible.first(), world.id('b'));
  EXPECT_TRUE(pool->v4.views[0].drained_used);

  drained.addresses[0].quorum = Verdict::Down;
  const auto dead = make_pool({}, {world.down('a'), drained});
  EXPECT_EQ(dead->v4.views[0].outcome, Outcome::AllDown);
  EXPECT_EQ(dead->v4.views[0].eligible.first(), world.id('a')) << "as if all were up: the drained one is not used";
  EXPECT_EQ(dead->v4.views[0].eligible_count, 1);
}

TEST(Pool, AllDownPolicies) {
  World world("abc");
  PoolSpec spec;
  spec.all_down_addresses = {*IpAddress::parse("198.51.100.1"), *IpAddress::parse("198.51.100.2")};
  struct Case {
    AllDown policy;
    Outcome v4, v6;
    int ranked;
    int addresses;  // of the IPv4 answer that is not ranked
    bool client_matters;
  };
  using enum Outcome;
  for (const Case& c : {
           Case{AllDown::ServeNearest, Outcome::AllDown, Outcome::AllDown, 3, -1, true},
           {AllDown::ServeAll, Outcome::AllDown, Outcome::AllDown, 0, 3, false},
           {AllDown::NoData, NoData, NoData, 0, -1, false},
           {AllDown::ServFail, ServFail, ServFail, 0, -1, false},
           {AllDown::Address, Outcome::AllDown, NoData, 0, 2, false},  // no IPv6 address is given
       }) {
    spec.all_down = c.policy;
    const auto pool = make_pool(spec, {world.down('a'), world.down('b'), world.down('c')});
    const int policy = static_cast<int>(c.policy);
    const View& view = pool->v4.views[0];
    EXPECT_EQ(view.outcome, c.v4) << policy;
    EXPECT_EQ(pool->v6.views[0].outcome, c.v6) << policy;
    EXPECT_EQ(view.eligible_count, c.ranked) << policy;
    EXPECT_EQ(pool->v4.client_matters, c.client_matters) << policy;
    ASSERT_EQ(view.answer >= 0, c.addresses >= 0) << policy;
    if (view.answer >= 0) {
      const Answer& answer = pool->v4.answers[static_cast<size_t>(view.answer)];
      EXPECT_EQ(answer.addresses.size(), static_cast<size_t>(c.addresses)) << policy;
      EXPECT_EQ(answer.ttl, spec.ttl_min);
    }
  }
}

TEST(Pool, ServeAllGivesWhatFitsOneOfEachInTurn) {
  World world("abc");
  PoolSpec spec;
  spec.all_down = AllDown::ServeAll;
  std::vector<GatewayState> gateways = {world.down('a'), world.down('b'), world.down('c')};
  for (GatewayState& gateway : gateways) {
    gateway.addresses.resize(1);
    for (uint32_t i = 1; i < 100; ++i)
      gateway.addresses.push_back({IpAddress::v4(0xc6336400u + 256u * gateway.region + i), Verdict::Down});
  }
  const auto pool = make_pool(spec, gateways);
  const Answer& answer = pool->v4.answers.at(0);
  EXPECT_LE(answer.wire.size(), 800u);
  EXPECT_GE(answer.count, 45);
  EXPECT_EQ(answer.addresses[0], gateways[0].addresses[0].address);
  EXPECT_EQ(answer.addresses[1], gateways[1].addresses[0].address);
  EXPECT_EQ(answer.addresses[2], gateways[2].addresses[0].address);
  EXPECT_EQ(answer.addresses[3], gateways[0].addresses[1].address);
}

TEST(Pool, DissentingVantagesHaveViewsAndShareEqualOnes) {
  World world("abc");
  GatewayState a = world.up('a'), b = world.up('b');
  a.addresses[0].dissent = {{2, Verdict::Down}, {5, Verdict::Down}};
  b.addresses[0].dissent = {{7, Verdict::Up}};  // no dissent at all: the same as the quorum
  const auto pool = make_pool({}, {a, b});
  EXPECT_EQ(pool->v4.views.size(), 2u);
  EXPECT_EQ(&pool->v4.view(2), &pool->v4.view(5));
  EXPECT_EQ(&pool->v4.view(7), &pool->v4.views[0]);
  EXPECT_EQ(&pool->v4.view(kNoVantage), &pool->v4.views[0]);
  EXPECT_EQ(pool->v4.view(2).eligible.first(), world.id('b'));
  EXPECT_FALSE(pool->v4.view(2).by_quorum);
  EXPECT_EQ(pool->v6.views.size(), 1u) << "IPv6 sees no difference";
}

TEST(Pool, AVantageThatSeesNobodyFollowsTheQuorum) {
  World world("ab");
  GatewayState a = world.up('a'), b = world.down('b');
  a.addresses[0].dissent = {{0, Verdict::Down}};
  const auto pool = make_pool({}, {a, b});
  EXPECT_EQ(pool->v4.view(0).eligible.first(), world.id('a'));
  EXPECT_TRUE(pool->v4.view(0).by_quorum);
}

TEST(Pool, NegativePoliciesAreTheQuorumsAlone) {
  World world("ab");
  for (const AllDown policy : {AllDown::NoData, AllDown::ServFail, AllDown::ServeNearest}) {
    PoolSpec spec;
    spec.all_down = policy;
    GatewayState a = world.down('a');
    a.addresses[0].dissent = {{0, Verdict::Up}};
    const auto pool = make_pool(spec, {a, world.down('b')});
    EXPECT_EQ(pool->v4.view(0).outcome == Outcome::Steered, policy == AllDown::ServeNearest);
    EXPECT_EQ(pool->v4.client_matters, policy == AllDown::ServeNearest);
  }
}

TEST(Pool, TheSeedIsOfTheNameAlone) {
  World world("ab");
  PoolSpec one, other;
  one.name = "zone/one";
  other.name = "zone/other";
  EXPECT_EQ(make_pool(one, {})->hash_seed, make_pool(one, {world.up('a')})->hash_seed);
  EXPECT_NE(make_pool(one, {})->hash_seed, make_pool(other, {})->hash_seed);
}

}  // namespace
}  // namespace isochrone::steer
