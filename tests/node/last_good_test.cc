#include "node/last_good.h"

#include <gtest/gtest.h>

#include "../util/folder.h"

namespace isochrone::node {
namespace {

namespace fs = std::filesystem;

TEST(LastGood, KeepsTheNewestWhole) {
  const Folder files, state;
  const std::string a = files.write("zones/a.yaml", "first"), b = files.write("b.zone", "zone");
  ASSERT_TRUE(keep_last_good(state.path(), {a, b}, 1));
  files.write("zones/a.yaml", "second");
  ASSERT_TRUE(keep_last_good(state.path(), {a, b}, 2));
  const std::string root = last_good_root(state.path());
  std::ifstream copy(root + a);
  std::string text;
  copy >> text;
  EXPECT_EQ(text, "second");
  EXPECT_TRUE(fs::exists(root + b));
  int folders = 0;
  for (const auto& entry : fs::directory_iterator(state.path())) folders += entry.is_directory() && !entry.is_symlink();
  EXPECT_EQ(folders, 1) << "the copies before are gone";
}

TEST(LastGood, AFileThatVanishedLeavesTheOldCopies) {
  const Folder files, state;
  const std::string a = files.write("a.yaml", "first");
  ASSERT_TRUE(keep_last_good(state.path(), {a}, 1));
  const Status kept = keep_last_good(state.path(), {a, files / "gone.yaml"}, 2);
  ASSERT_FALSE(kept);
  EXPECT_NE(kept.error().text.find("gone.yaml"), std::string::npos) << kept.error().text;
  EXPECT_TRUE(fs::exists(last_good_root(state.path()) + a));
}

}  // namespace
}  // namespace isochrone::node
