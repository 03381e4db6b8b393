#include "sync/drains.h"

#include <gtest/gtest.h>

namespace isochrone::sync {
namespace {

Drain make(const char* pool, const char* region, std::optional<int64_t> until = {}) {
  return {pool, region, "because", "ops", 1000, until};
}

TEST(Drains, CoverWhatTheyName) {
  const struct {
    const char* story;
    Drain drain;
    const char *pool, *region;
    bool covered;
  } cases[] = {
      {"a region, in every pool", make("", "west"), "z/a", "west", true},
      {"another region", make("", "west"), "z/a", "east", false},
      {"a pool, in every region", make("z/a", ""), "z/a", "east", true},
      {"another pool", make("z/a", ""), "z/b", "east", false},
      {"one gateway", make("z/a", "west"), "z/a", "west", true},
      {"the pool's other gateway", make("z/a", "west"), "z/a", "east", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.story);
    Drains drains;
    drains.add(c.drain);
    EXPECT_EQ(drains.find(c.pool, c.region) != nullptr, c.covered);
  }
}

TEST(Drains, TakeEffectAtTheRateOfTheGuard) {
  const Drain drain = make("", "west");
  EXPECT_EQ(drain.gone(0, 1000), kAllGone) << "no guard: all at once";
  EXPECT_EQ(drain.gone(200, 1000), 0) << "20 % a minute";
  EXPECT_EQ(drain.gone(200, 1030), 100);
  EXPECT_EQ(drain.gone(200, 1060), 200);
  EXPECT_EQ(drain.gone(200, 1299), 996);
  EXPECT_EQ(drain.gone(200, 1300), kAllGone);
  EXPECT_EQ(drain.gone(200, 900), 0) << "a clock set back";
  EXPECT_EQ(drain.gone(1000, INT64_MAX), kAllGone);
  EXPECT_EQ(drain.takes(200), 5min);

  Drains drains;
  drains.add(drain);
  drains.add({"z/a", "west", "earlier", "ops", 940, {}});
  EXPECT_EQ(drains.gone("z/a", "west", 200, 1030), 300) << "of two that cover it, who has taken most";
  EXPECT_EQ(drains.gone("z/b", "west", 200, 1030), 100);
  EXPECT_EQ(drains.gone("z/b", "east", 200, 1030), 0);
}

TEST(Drains, OneOfATargetAtATime) {
  Drains drains;
  drains.add(make("", "west"));
  Drain again = make("", "west");
  again.reason = "another";
  drains.add(again);
  ASSERT_EQ(drains.list().size(), 1u);
  EXPECT_EQ(drains.find("z/a", "west")->reason, "another");
  EXPECT_TRUE(drains.remove("", "west"));
  EXPECT_FALSE(drains.remove("", "west"));
  EXPECT_EQ(drains.find("z/a", "west"), nullptr);
}

TEST(Drains, EndByThemselves) {
  Drains drains;
  drains.add(make("", "west", 2000));
  drains.add(make("", "east"));
  EXPECT_TRUE(drains.expire(1999).empty());
  const auto ended = drains.expire(2000);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].region, "west");
  EXPECT_EQ(drains.list().size(), 1u);
}

TEST(Drains, SurviveARestart) {
  Drains drains;
  drains.add(make("z/a", "west", 2000));
  drains.add(make("", "east"));
  Drain here = make("", "north");
  here.here = true;
  drains.add(here);
  const auto back = Drains::restore(drains.save());
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(back->save(), drains.save());
  EXPECT_EQ(back->list()[0].until, 2000);
  EXPECT_FALSE(back->list()[0].here);
  EXPECT_TRUE(back->list()[2].here);
  for (const char* garbage : {"", "{}", "[1]", "[{\"pool\": 3}]"}) EXPECT_FALSE(Drains::restore(garbage)) << garbage;
}

TEST(Drains, AreCalledAsAnOperatorWritesThem) {
  EXPECT_EQ(make("", "west").target(), "west");
  EXPECT_EQ(make("z.example/a", "").target(), "a.z.example");
  EXPECT_EQ(make("z.example/a", "west").target(), "a.z.example/west");
}

}  // namespace
}  // namespace isochrone::sync
