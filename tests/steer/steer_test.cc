#include "steer/steer.h"

#include <gtest/gtest.h>

#include "world.h"

namespace isochrone::steer {
namespace {

TEST(Steer, TheLowestEstimateWins) {
  World world("abc");
  world.row("198.51.100.0/24", {{'a', 30ms}, {'b', 10ms}, {'c', 20ms}}).row("203.0.113.0/24", {{'a', 5ms}, {'b', 10ms}, {'c', 20ms}});
  world.pool({}, {world.up('a'), world.up('b'), world.up('c')});
  EXPECT_EQ(world.region("198.51.100.0/24"), 'b');
  EXPECT_EQ(world.region("203.0.113.7"), 'a');
  EXPECT_EQ(world.scope("203.0.113.7"), 24);
  EXPECT_EQ(world.region(""), 'a') << "the resolver is in 203.0.113.0/24";
}

TEST(Steer, ARegionDownIsRoutedAroundAndComesBack) {
  World world("abc");
  world.row("198.51.100.0/24", {{'a', 30ms}, {'b', 10ms}, {'c', 20ms}});
  world.pool({}, {world.up('a'), world.down('b'), world.up('c')});
  EXPECT_EQ(world.region("198.51.100.0/24"), 'c');
  world.pool({}, {world.up('a'), world.up('b'), world.up('c')});
  EXPECT_EQ(world.region("198.51.100.0/24"), 'b');
}

}  // namespace
}  // namespace isochrone::steer
