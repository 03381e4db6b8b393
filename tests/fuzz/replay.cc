// The seeds of fuzz targets as ordinary tests, which need no fuzzing compiler.

#include "replay.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace {

// Of exactly its size, so that a sanitizer sees a read past the end.
std::vector<uint8_t> octets_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<uint8_t> octets{std::istreambuf_iterator<char>(file), {}};
  octets.shrink_to_fit();
  return octets;
}

}  // namespace

void replay(const char* name, FuzzTarget target) {
  std::printf("%s:", name);
  int seeds = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(CORPUS) / name)) {
    std::printf(" %s", entry.path().filename().c_str());
    std::fflush(stdout);  // should it crash, the last word names the seed
    const auto octets = octets_of(entry.path());
    target(octets.data(), octets.size());
    ++seeds;
  }
  std::printf("\n");
  EXPECT_GT(seeds, 0);
}
