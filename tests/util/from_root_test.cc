#include "util/from_root.h"

#include <gtest/gtest.h>

#include "folder.h"

namespace isochrone {
namespace {

namespace fs = std::filesystem;

TEST(FromRoot, OrAsItWasWhereThatIsNotKnown) {
  const fs::path before = fs::current_path();
  EXPECT_EQ(from_root("/etc/hosts"), "/etc/hosts");
  EXPECT_EQ(from_root("zones"), before / "zones");
  {
    const Folder gone;
    fs::current_path(gone.path());
  }
  EXPECT_EQ(from_root("zones"), "zones");
  EXPECT_EQ(from_root("/etc/hosts"), "/etc/hosts");
  fs::current_path(before);
}

}  // namespace
}  // namespace isochrone
