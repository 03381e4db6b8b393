#include "node/last_written.h"

#include <gtest/gtest.h>

namespace isochrone::node {
namespace {

using std::chrono::system_clock;
using namespace std::chrono_literals;

system_clock::time_point written(time_t seconds, long nanoseconds) {
  struct stat info {};
  info.st_mtim = {seconds, nanoseconds};
  return last_written(info);
}

TEST(LastWritten, IsWithinATickOfTheKernelsClock) {
  EXPECT_GE(written(100, 500'000'000), system_clock::time_point(100s + 504ms));
  EXPECT_LT(written(100, 500'000'000), system_clock::time_point(100s + 550ms));
}

TEST(LastWritten, IsAnywhereWithinTheSecondWhereAFileSystemKeepsNoFractions) {
  EXPECT_GE(written(100, 0), system_clock::time_point(100s + 999ms));
  EXPECT_LT(written(100, 0), system_clock::time_point(102s));
}

}  // namespace
}  // namespace isochrone::node
