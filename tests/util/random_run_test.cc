#include "util/random_run.h"

#include <gtest/gtest.h>

#include <set>

namespace isochrone {
namespace {

TEST(RandomRun, IsAnotherOneEachTimeAndFitsAJsonReader) {
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t run = random_run();
    EXPECT_GE(run, 1u);
    EXPECT_LE(run, uint64_t{INT64_MAX});
    seen.insert(run);
  }
  EXPECT_GT(seen.size(), 990u);
}

}  // namespace
}  // namespace isochrone
