#include "util/regular_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "folder.h"

namespace isochrone {
namespace {

namespace fs = std::filesystem;

class RegularFile : public ::testing::Test {
 protected:
  std::string path(const char* name) const { return folder_ / name; }
  Folder folder_;
};

TEST_F(RegularFile, IsOpenedToBeRead) {
  std::ofstream(path("x")) << "text";
  fs::create_symlink("x", path("link"));
  for (const char* name : {"x", "link"}) {
    const Result<int> descriptor = open_regular(path(name));
    ASSERT_TRUE(descriptor) << descriptor.error().text;
    std::array<char, 8> octets{};
    EXPECT_EQ(read(*descriptor, octets.data(), octets.size()), 4) << name;
    close(*descriptor);
  }
}

TEST_F(RegularFile, NothingElseIsWaitedFor) {
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  fs::create_directory(path("folder"));
  fs::create_symlink("/dev/zero", path("device"));
  for (const char* name : {"pipe", "folder", "device"}) {
    const Result<int> descriptor = open_regular(path(name));
    ASSERT_FALSE(descriptor) << name;
    EXPECT_EQ(descriptor.error().text, "cannot be read: it is not a regular file") << name;
  }
  EXPECT_EQ(open_regular(path("none")).error().text, "cannot be read: No such file or directory");
}

}  // namespace
}  // namespace isochrone
