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

TEST(Revisions, EarlierOnesGoAndALaterOneStays) {
  const Folder state;
  config::NodeConfig config;
  config.state_dir = state.path();
  for (const char* file : {"cluster/revision-9/a", "cluster/revision-10/a", "cluster/revision-11/a", "cluster/other/a"}) state.write(file, "");
  Revision revision;
  revision.head.number = 10;
  revision.folder = state / "cluster/revision-10";
  const Status kept = keep_revision(config, revision);
  ASSERT_TRUE(kept) << kept.error().text;
  for (const auto& [folder, stays] : {std::pair("revision-9", false), {"revision-10", true}, {"revision-11", true}, {"other", false}})
    EXPECT_EQ(fs::exists(state / (std::string("cluster/") + folder)), stays) << folder;
}

}  // namespace
}  // namespace isochrone::cluster
