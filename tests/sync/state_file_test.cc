#include "sync/state_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "../util/folder.h"

namespace isochrone::sync {
namespace {

namespace fs = std::filesystem;

class StateFile : public ::testing::Test {
 protected:
  std::string path(const char* name) const { return folder_ / name; }
  void write(const char* name, const std::string& octets) const { folder_.write(name, octets); }
  Folder folder_;
};

TEST_F(StateFile, WhatIsSavedIsLoaded) {
  const std::string octets("a\0b\nc", 5);
  ASSERT_TRUE(save_state(path("x"), "test", octets));
  const Loaded loaded = load_state(path("x"), "test");
  EXPECT_EQ(loaded.octets, octets);
  EXPECT_TRUE(loaded.set_aside.empty());
}

TEST_F(StateFile, NoneIsNoFault) {
  const Loaded loaded = load_state(path("absent"), "test");
  EXPECT_FALSE(loaded.octets);
  EXPECT_TRUE(loaded.set_aside.empty());
}

TEST_F(StateFile, CorruptOnesAreSetAside) {
  ASSERT_TRUE(save_state(path("good"), "test", "hello, state"));
  const std::string good = *read_file(path("good"));
  const struct {
    const char* story;
    std::string octets;
  } cases[] = {
      {"empty", ""},
      {"cut in the middle", good.substr(0, good.size() - 3)},
      {"one octet turned", good.substr(0, good.size() - 1) + "X"},
      {"something after the end", good + "!"},
      {"garbage", "\x7f""ELF\n\n\n"},
      {"another kind", "isochrone-state 1 other " + good.substr(23)},
      {"another version", "isochrone-state 9" + good.substr(17)},
  };
  for (const auto& [story, octets] : cases) {
    SCOPED_TRACE(story);
    write("x", octets);
    const Loaded loaded = load_state(path("x"), "test");
    EXPECT_FALSE(loaded.octets);
    EXPECT_NE(loaded.set_aside.find("x.corrupt"), std::string::npos);
    EXPECT_FALSE(fs::exists(path("x")));
    EXPECT_EQ(*read_file(path("x.corrupt")), octets);
  }
}

TEST_F(StateFile, WhatIsNoFileIsSetAsideAndNotWaitedFor) {
  const struct {
    const char* story;
    void (*make)(const std::string& path);
  } cases[] = {
      {"a pipe", [](const std::string& path) { ASSERT_EQ(mkfifo(path.c_str(), 0600), 0); }},
      {"a folder", [](const std::string& path) { fs::create_directory(path); }},
      {"a device", [](const std::string& path) { fs::create_symlink("/dev/zero", path); }},
  };
  for (const auto& [story, make] : cases) {
    SCOPED_TRACE(story);
    make(path("x"));
    EXPECT_FALSE(peek_state(path("x"), "test"));
    const Loaded loaded = load_state(path("x"), "test");
    EXPECT_FALSE(loaded.octets);
    EXPECT_NE(loaded.set_aside.find("x.corrupt (cannot be read: it is not a regular file)"), std::string::npos) << loaded.set_aside;
    ASSERT_TRUE(save_state(path("x"), "test", "new"));
    EXPECT_EQ(load_state(path("x"), "test").octets, "new");
    fs::remove(path("x"));
    fs::remove(path("x.corrupt"));
  }
}

TEST_F(StateFile, APipeInTheWayOfAWriteIsReplaced) {
  for (const char* name : {"x", "x.new"}) ASSERT_EQ(mkfifo(path(name).c_str(), 0600), 0);
  ASSERT_TRUE(save_state(path("x"), "test", "new"));
  EXPECT_EQ(load_state(path("x"), "test").octets, "new");
}

TEST_F(StateFile, AFailedWriteLeavesTheOldFile) {
  ASSERT_TRUE(save_state(path("x"), "test", "old"));
  // A folder stands where the new file would be written.
  fs::create_directory(path("x.new"));
  const Status written = save_state(path("x"), "test", "new");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().text.find("x: cannot create: Is a directory"), std::string::npos) << written.error().text;
  EXPECT_EQ(load_state(path("x"), "test").octets, "old");
}

TEST_F(StateFile, SecretsAreTheirOwnersAlone) {
  ASSERT_TRUE(write_atomically(path("secret"), "s", 0600));
  struct stat info {};
  ASSERT_EQ(stat(path("secret").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(Digest, IsSha256) {
  EXPECT_EQ(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, B.1
}

}  // namespace
}  // namespace isochrone::sync
