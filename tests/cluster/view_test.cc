// What etcd's keys mean to a node, event by event.

#include "cluster/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probe/wire_json.h"
#include "sync/live_values.h"

namespace isochrone::cluster {
namespace {

using testing::ElementsAre;

constexpr uint64_t kRun = 7;

sync::RevisionHead head_of(uint64_t number, char files = 'a') {
  sync::RevisionHead head;
  head.number = number;
  head.who = "ops";
  head.at = 1000;
  head.manifest = std::string(64, files);
  head.chunks = {head.manifest};
  return head;
}

class Viewing : public testing::Test {
 protected:
  View started(std::optional<uint64_t> kept = {}) {
    std::optional<Revision> revision;
    if (kept) revision = Revision{head_of(*kept), {}, ""};
    return {keys, "ns1", kRun, revision, now};
  }
  sync::KeyValue config(const sync::RevisionHead& head) const { return {keys.config(), sync::encode(head), 1}; }
  sync::KeyValue account(const std::string& node, const std::string& answers, uint64_t run = kRun, uint64_t revision = 5) const {
    sync::NodeKey key{.node = node, .run = run, .revision = revision, .answers = answers};
    return {keys.node(node), sync::encode(key), 1};
  }
  sync::KeyValue drain(const sync::Drain& drain) const {
    sync::Drains one;
    one.add(drain);
    return {keys.drain(drain.target()), one.save(), 1};
  }
  static sync::WatchEvent event(const sync::KeyValue& one) { return {one.key, one.value}; }

  const sync::Keys keys{"prod"};
  Time now = Time() + 1h;
};

TEST_F(Viewing, ANewerHeadIsFetchedAndAnOlderOneRefused) {
  const struct {
    const char* story;
    std::optional<uint64_t> kept;
    sync::RevisionHead head;
    bool fetched, refused;
  } cases[] = {
      {"the first one", {}, head_of(1), true, false},
      {"a newer one", 5, head_of(6), true, false},
      {"much newer", 5, head_of(50), true, false},
      {"the one that is served", 5, head_of(5), false, false},
      {"an older one", 5, head_of(4), false, true},
      {"the same number, other files: another etcd", 5, head_of(5, 'b'), false, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.story);
    View view = started(c.kept);
    const Todo todo = view.all({config(c.head)}, now);
    ASSERT_EQ(todo.fetch.has_value(), c.fetched);
    EXPECT_EQ(todo.fetch.value_or(c.head), c.head);
    const auto status = view.status(now, 1000);
    EXPECT_EQ(status.refused, c.refused ? c.head.number : 0);
    EXPECT_EQ(status.fault.ends_with("push again"), c.refused) << status.fault;
    EXPECT_EQ(status.revision, c.kept.value_or(0));
  }
}

TEST_F(Viewing, ARefusedRevisionIsToldUntilANewerOneIsGood) {
  View view = started(5);
  (void)view.all({config(head_of(6))}, now);
  view.refused({head_of(6), {}, ""}, "no such file");
  sync::NodeKey account;
  view.fill(account);
  EXPECT_EQ(account.run, kRun);
  EXPECT_EQ(account.revision, 5u);
  EXPECT_EQ(account.manifest, head_of(5).manifest);
  EXPECT_EQ(account.refused, 6u);
  EXPECT_EQ(account.fault, "no such file");
  EXPECT_EQ(view.changed(event(config(head_of(7))), now).fetch, head_of(7));
  view.adopted({head_of(7), {}, "folder"});
  view.fill(account);
  EXPECT_EQ(account.revision, 7u);
  EXPECT_EQ(account.refused, 0u);
  EXPECT_EQ(account.fault, "");
  EXPECT_EQ(view.serving()->folder, "folder");
}

TEST_F(Viewing, AHeadThatIsReadAgainIsNotFetchedAgain) {
  View view = started(5);
  const auto read_again = [&](const sync::RevisionHead& head) {
    view.lost("the watch broke", now);
    return view.all({config(head)}, now).fetch;
  };
  EXPECT_EQ(view.all({config(head_of(6))}, now).fetch, head_of(6));
  EXPECT_FALSE(read_again(head_of(6))) << "while it is fetched or loaded";
  (void)view.fetch_failed(head_of(6), "HTTP 503");
  EXPECT_FALSE(read_again(head_of(6))) << "who fetches it tries again";
  view.refused({head_of(6), {}, ""}, "no such file");
  EXPECT_FALSE(read_again(head_of(6))) << "it would be refused again";
  EXPECT_EQ(view.status(now, 1000).fault, "no such file");
  EXPECT_EQ(read_again(head_of(6, 'b')), head_of(6, 'b')) << "another etcd's";
  EXPECT_EQ(read_again(head_of(7)), head_of(7));
  EXPECT_EQ(view.changed(event(config(head_of(8))), now).fetch, head_of(8));
  view.adopted({head_of(7), {}, ""});  // its load had begun
  EXPECT_FALSE(read_again(head_of(8)));
  view.adopted({head_of(8), {}, ""});
  EXPECT_FALSE(read_again(head_of(8)));
}

TEST_F(Viewing, WhatWasTakenBackIsFetchedWhenItComesAgain) {
  View view = started(5);
  EXPECT_EQ(view.all({config(head_of(6))}, now).fetch, head_of(6));
  EXPECT_TRUE(view.changed(event(config(head_of(5))), now).fetch_nothing);
  EXPECT_EQ(view.changed(event(config(head_of(6))), now).fetch, head_of(6));
}

TEST_F(Viewing, WhatIsTakenBackIsNotFetchedAnyMore) {
  View view = started(5);
  EXPECT_FALSE(view.all({config(head_of(6))}, now).fetch_nothing);
  (void)view.fetch_failed(head_of(6), "HTTP 404");
  EXPECT_EQ(view.status(now, 1000).refused, 6u);
  // A backup of before is put back: first its revision is the one that is served, then one before that.
  const Todo back = view.changed(event(config(head_of(5))), now);
  EXPECT_TRUE(back.fetch_nothing);
  EXPECT_FALSE(back.fetch);
  EXPECT_EQ(view.status(now, 1000).refused, 0u);
  EXPECT_EQ(view.status(now, 1000).fault, "");
  const Todo further = view.changed(event(config(head_of(4))), now);
  EXPECT_TRUE(further.fetch_nothing);
  EXPECT_EQ(view.status(now, 1000).refused, 4u);
  EXPECT_EQ(view.changed(event(config(head_of(7))), now).fetch, head_of(7));
}

TEST_F(Viewing, WhatCannotBeFetchedIsAComplaint) {
  View view = started(5);
  const Todo todo = view.fetch_failed(head_of(6), "HTTP 404");
  ASSERT_EQ(todo.complaints.size(), 1u);
  EXPECT_EQ(todo.complaints[0].second, "revision 6 cannot be fetched: HTTP 404");
  EXPECT_EQ(view.status(now, 1000).refused, 6u);
}

TEST_F(Viewing, AHeadThatIsNotUnderstoodChangesNothing) {
  View view = started(5);
  for (const char* text : {"", "{", "[]", "{\"format\": 2}", "{\"format\": 1, \"number\": -1}"}) {
    SCOPED_TRACE(text);
    const uint64_t before = view.status(now, 1000).misunderstood;
    const Todo todo = view.changed({keys.config(), text}, now);
    EXPECT_FALSE(todo.fetch);
    ASSERT_EQ(todo.complaints.size(), 1u);
    EXPECT_NE(todo.complaints[0].second, "");
    EXPECT_EQ(view.status(now, 1000).misunderstood, before + 1);
    EXPECT_EQ(view.status(now, 1000).revision, 5u);
  }
}

TEST_F(Viewing, WhatIsDeletedIsNoState) {
  View view = started(5);
  health::VantageReport report{.vantage = "tokyo", .run = 1, .sequence = 1, .targets = {}};
  (void)view.all({config(head_of(5)), account("ns2", "a")}, now);
  const Todo config_gone = view.changed({keys.config(), std::nullopt}, now);
  const Todo vantage_gone = view.changed({keys.vantage("tokyo"), std::nullopt}, now);
  for (const Todo* todo : {&config_gone, &vantage_gone}) {
    EXPECT_FALSE(todo->fetch);
    EXPECT_TRUE(todo->reports.empty());
    EXPECT_FALSE(todo->drains);
  }
  EXPECT_EQ(view.status(now, 1000).revision, 5u);
  ASSERT_EQ(view.status(now, 1000).nodes.size(), 1u);
  (void)view.changed({keys.node("ns2"), std::nullopt}, now);
  EXPECT_TRUE(view.status(now, 1000).nodes.empty());
}

TEST_F(Viewing, AReportIsTakenOnceAndFromWhomItNames) {
  View view = started(5);
  const auto text = [](const char* vantage, uint64_t sequence) {
    return probe::encode_report({.vantage = vantage, .run = 1, .sequence = sequence, .targets = {}});
  };
  const struct {
    const char *story, *key;
    std::string text;
    bool taken, wrong;
  } steps[] = {
      {"a vantage's", "tokyo", text("tokyo", 1), true, false},
      {"read again after a break", "tokyo", text("tokyo", 1), false, false},
      {"the next one", "tokyo", text("tokyo", 2), true, false},
      {"in another's name", "tokyo", text("paris", 3), false, true},
      {"garbage", "tokyo", "{\"vantage\"", false, true},
      {"well again", "tokyo", text("tokyo", 4), true, false},
      {"this node's own, come back", "ns1", text("ns1", 1), false, false},
  };
  for (const auto& step : steps) {
    SCOPED_TRACE(step.story);
    const uint64_t before = view.status(now, 1000).misunderstood;
    const Todo todo = view.changed({keys.vantage(step.key), step.text}, now);
    EXPECT_EQ(todo.reports.size(), step.taken ? 1u : 0u);
    EXPECT_EQ(view.status(now, 1000).misunderstood - before, step.wrong ? 1u : 0u);
    const bool complains = !todo.complaints.empty() && !todo.complaints[0].second.empty();
    EXPECT_EQ(complains, step.wrong);
  }
  view.passed_on("paris", text("paris", 9), now);
  EXPECT_TRUE(view.changed({keys.vantage("paris"), text("paris", 9)}, now).reports.empty());
}

TEST_F(Viewing, AReportThatIsFoundWasMadeSinceItsVantageWasHeard) {
  View view = started(5);
  const auto of_sequence = [&](uint64_t sequence) {
    return sync::KeyValue{keys.vantage("tokyo"), probe::encode_report({.vantage = "tokyo", .run = 1, .sequence = sequence, .targets = {}}), 1};
  };
  // Its key outlives the vantage, by the time of a lease and by that of an etcd that was away.
  EXPECT_EQ(view.all({of_sequence(1)}, now).reports.at(0).age, kUnheard);
  EXPECT_TRUE(view.all({of_sequence(1)}, now += 1s).reports.empty());
  EXPECT_EQ(view.changed(event(of_sequence(2)), now += 1s).reports.at(0).age, Duration::zero());
  EXPECT_EQ(view.all({of_sequence(3)}, now += 20s).reports.at(0).age, 20s);
  EXPECT_EQ(view.all({of_sequence(4)}, now += 2s).reports.at(0).age, 22s) << "the one before was found, too";
  view.passed_on("tokyo", of_sequence(5).value, now += 1s);
  EXPECT_EQ(view.all({of_sequence(6)}, now += 3s).reports.at(0).age, 3s);
}

TEST_F(Viewing, WhatAWorkerSaidLastLeavesWithIt) {
  View view = started(5);
  (void)view.all({}, now);
  view.passed_on("paris", "one", now);
  view.passed_on("tokyo", "two", now);
  now += kPassedOnSilence;
  EXPECT_TRUE(view.beat(now).remove_vantages.empty());
  (void)view.changed({keys.vantage("tokyo"), "another node's"}, now);
  EXPECT_THAT(view.beat(now + 1s).remove_vantages, ElementsAre("paris")) << "another node hears tokyo";
  EXPECT_TRUE(view.beat(now + 2s).remove_vantages.empty()) << "once";
}

TEST_F(Viewing, WhatGatewaysToldIsOfTheirRegion) {
  View view = started(5);
  const std::vector<health::ObservationReport> told{{.region = "west", .run = 1, .sequence = 7, .forgotten = 0, .networks = {}}};
  const std::string value = sync::encode_observed(told);
  const Todo good = view.changed({keys.observed("west", "gw1"), value}, now);
  ASSERT_EQ(good.observations.size(), 1u);
  EXPECT_EQ(good.observations[0].sequence, 7u);
  const Todo forged = view.changed({keys.observed("east", "gw1"), value}, now);
  EXPECT_TRUE(forged.observations.empty());
  EXPECT_EQ(view.status(now, 1000).misunderstood, 1u);
}

TEST_F(Viewing, DrainsAreAllThatThereAre) {
  const sync::Drain west{"", "west", "r", "ops", 1000, std::nullopt}, east{"z/a", "east", "r", "ops", 1000, std::nullopt};
  View view = started(5);
  EXPECT_EQ(view.all({drain(west)}, now).drains->list().size(), 1u);
  EXPECT_EQ(view.changed(event(drain(east)), now).drains->list().size(), 2u);
  const Todo gone = view.changed({keys.drain("west"), std::nullopt}, now);
  ASSERT_EQ(gone.drains->list().size(), 1u);
  EXPECT_EQ(gone.drains->list()[0].region, "east");
  const Todo bad = view.changed({keys.drain("north"), "{}"}, now);
  EXPECT_EQ(bad.drains->list().size(), 1u);
  EXPECT_EQ(bad.complaints.size(), 1u);
  EXPECT_EQ(view.status(now, 1000).misunderstood, 1u);
  EXPECT_TRUE(view.all({}, now).drains->list().empty());
}

TEST_F(Viewing, AnOwedDrainIsWrittenWhenEtcdIsBackAndActsMeanwhile) {
  const sync::Drain west{"", "west", "r", "ops", 1000, std::nullopt};
  View view = started(5);
  view.owe(west);
  EXPECT_TRUE(view.beat(now).put_drains.empty());
  const Todo back = view.all({}, now);
  ASSERT_EQ(back.put_drains.size(), 1u);
  EXPECT_EQ(back.put_drains[0].target(), "west");
  EXPECT_FALSE(back.put_drains[0].here) << "for all nodes";
  ASSERT_EQ(back.drains->list().size(), 1u);
  EXPECT_TRUE(back.drains->list()[0].here) << "a restart now must not forget that it is owed";
  EXPECT_TRUE(view.beat(now).put_drains.empty());
  view.owe(west);  // another node's order came between
  EXPECT_EQ(view.beat(now).put_drains.size(), 1u);
}

TEST_F(Viewing, OfTwoDrainsOfOneTargetTheLongerOneStands) {
  const auto west = [](std::optional<int64_t> until) { return sync::Drain{"", "west", "r", "ops", 1000, until}; };
  const struct {
    const char* story;
    std::optional<int64_t> owed, there;
    bool put;
  } cases[] = {
      {"both for ever", {}, {}, false},       {"for an hour, there for ever", 4600, {}, false},
      {"for ever, there for an hour", {}, 4600, true}, {"longer", 5000, 4600, true},
      {"shorter", 4000, 4600, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.story);
    View view = started(5);
    view.owe(west(c.owed));
    EXPECT_EQ(view.all({drain(west(c.there))}, now).put_drains.size(), c.put ? 1u : 0u);
    EXPECT_TRUE(view.beat(now).put_drains.empty());
  }
}

TEST_F(Viewing, ReportsOfAnOlderStateOfEtcdAreNoNews) {
  View view = started(5);
  const health::VantageReport old{.vantage = "tokyo", .run = 1, .sequence = 9, .targets = {}}, present{.vantage = "tokyo", .run = 2, .sequence = 3, .targets = {}};
  const sync::KeyValue then{keys.vantage("tokyo"), probe::encode_report(old), 1};
  EXPECT_TRUE(view.all({then, config(head_of(6))}, now, KeysAre::Older).reports.empty());
  EXPECT_EQ(view.changed({keys.vantage("tokyo"), probe::encode_report(present)}, now).reports.size(), 1u);
  EXPECT_EQ(view.all({then}, now).reports.size(), 1u);
}

TEST_F(Viewing, AnotherNodeOfThisNameIsNoticedAfterTheOwnKeyWasSeen) {
  const struct {
    const char* story;
    uint64_t run;
    std::optional<bool> news;
  } steps[] = {
      {"what this node left behind before a restart", 3, {}}, {"its own", kRun, {}},     {"another's", 4, true},
      {"another's again", 4, {}},                             {"its own", kRun, false}, {"its own again", kRun, {}},
  };
  View view = started(5);
  (void)view.all({}, now);
  for (const auto& step : steps) {
    SCOPED_TRACE(step.story);
    EXPECT_EQ(view.changed(event(account("ns1", "a", step.run)), now).named_twice, step.news);
  }
  (void)view.changed(event(account("ns1", "a", 4)), now);
  EXPECT_TRUE(view.status(now, 1000).named_twice);
}

TEST_F(Viewing, ALeaseIsGoneWhereTheOwnKeyIs) {
  View view = started(5);
  EXPECT_TRUE(view.all({account("ns2", "a")}, now).lease_is_gone);
  EXPECT_FALSE(view.all({account("ns1", "a")}, now).lease_is_gone);
  EXPECT_TRUE(view.all({account("ns1", "a")}, now, KeysAre::Older).lease_is_gone) << "what a backup says of this node";
}

TEST_F(Viewing, NodesAreAtOddsWhenTheyDifferForTenSeconds) {
  View view = started(5);
  (void)view.all({account("ns1", "a"), account("ns2", "b")}, now);
  const Time start = now;
  for (; now <= start + kAtOdds; now += 1s) {
    (void)view.beat(now);
    EXPECT_FALSE(view.status(now, 1000).diverges);
  }
  EXPECT_TRUE(view.status(now, 1000).diverges);
  (void)view.changed(event(account("ns2", "b", kRun, 6)), now);  // of another revision
  (void)view.beat(now);
  EXPECT_FALSE(view.status(now, 1000).diverges);
  (void)view.changed(event(account("ns2", "b")), now);
  (void)view.beat(now);
  (void)view.changed(event(account("ns2", "a")), now + 5s);
  (void)view.beat(now + 5s);
  (void)view.changed(event(account("ns2", "b")), now + 6s);
  (void)view.beat(now + 6s);
  EXPECT_FALSE(view.status(now + 15s, 1000).diverges);
}

TEST_F(Viewing, AnAccountThatIsNotUnderstoodIsNotCompared) {
  View view = started(5);
  (void)view.all({account("ns1", "a"), account("ns2", "b")}, now);
  for (const char* text : {"{\"format\": 2}", "garbage"}) {
    (void)view.changed({keys.node("ns2"), text}, now);
    EXPECT_EQ(view.status(now, 1000).nodes.size(), 1u) << text;
  }
}

TEST_F(Viewing, ASilentWatchIsBegunAgain) {
  View view = started(5);
  EXPECT_FALSE(view.beat(now + 1h).begin_again) << "it is not watched at all";
  (void)view.all({account("ns1", "a")}, now);
  EXPECT_FALSE(view.beat(now + kWatchSilence).begin_again);
  EXPECT_TRUE(view.beat(now + kWatchSilence + 1s).begin_again);
  EXPECT_FALSE(view.beat(now + kWatchSilence + 2s).begin_again) << "once is enough";
  (void)view.changed(event(account("ns1", "a")), now + 10s);
  (void)view.changed(event(account("ns2", "a")), now + 16s);
  EXPECT_TRUE(view.beat(now + 18s).begin_again) << "another node's key proves nothing of what we write";
  view.write_refused(now + 20s);
  EXPECT_FALSE(view.beat(now + 26s).begin_again) << "what was refused cannot come back";
}

TEST_F(Viewing, ALossIsNewsOnceAReason) {
  View view = started(5);
  EXPECT_FALSE(view.is_watched());
  EXPECT_TRUE(view.lost("refused", now));
  EXPECT_FALSE(view.lost("refused", now + 1s));
  EXPECT_TRUE(view.lost("timeout", now + 2s));
  EXPECT_EQ(view.status(now + 3s, 1000).away, 3s);
  EXPECT_EQ(view.status(now + 3s, 1000).trouble, "timeout");
  (void)view.all({}, now + 4s);
  EXPECT_TRUE(view.is_watched());
  EXPECT_TRUE(view.status(now + 4s, 1000).reached);
  EXPECT_EQ(view.status(now + 4s, 1000).trouble, "");
}

}  // namespace
}  // namespace isochrone::cluster
