#include "cluster/revisions.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "../util/folder.h"

namespace isochrone::cluster {
namespace {

namespace fs = std::filesystem;

TEST(Revisions, AWorkingFolderThatIsGoneEndsNoNode) {
  const fs::path before = fs::current_path();
  {
    const Folder gone;
    fs::current_path(gone.path());
  }
  config::NodeConfig config;
  config.file = "etc/isochrone.yaml";
  EXPECT_EQ(own_folder(config), "etc");
  fs::current_path(before);
}

}  // namespace
}  // namespace isochrone::cluster
