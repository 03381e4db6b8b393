// A revision in a folder: whole, or not there, whatever was there before.

#include "sync/revision_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "../probe/identity.h"
#include "sync/state_file.h"

namespace isochrone::sync {
namespace {

namespace fs = std::filesystem;

Manifest manifest_of(const std::string& path, const std::string& text) {
  Manifest manifest;
  manifest.files = {{path, text.size(), digest(text), {digest(text)}, false}};
  return manifest;
}

// An empty folder of this test's.
std::string place_for(const std::string& name) {
  const fs::path folder = fs::path(probe::testing::write_file("beside", "")).parent_path() / name;
  fs::remove_all(folder);
  return folder.string();
}

TEST(RevisionFolder, IsWrittenAndReplaced) {
  const std::string folder = place_for("revision-1");
  for (const std::string text : {"first", "second"}) {
    const Manifest manifest = manifest_of("zones/a.yaml", text);
    const Status written = write_revision(manifest, folder, "", "", [&](const std::string&) { return Result<std::string>(text); });
    ASSERT_TRUE(written) << written.error().text;
    EXPECT_TRUE(check_revision(manifest, folder));
    EXPECT_TRUE(fs::is_directory(folder + "/probes"));
    EXPECT_FALSE(fs::exists(folder + ".new"));
  }
}

TEST(RevisionFolder, WhatIsThereStaysWholeWhereTheNewCannotBeHad) {
  const std::string folder = place_for("revision-2");
  const Manifest first = manifest_of("zones/a.yaml", "first");
  ASSERT_TRUE(write_revision(first, folder, "", "", [](const std::string&) { return Result<std::string>("first"); }));
  bool was_whole = false;
  const Status written = write_revision(manifest_of("zones/a.yaml", "second"), folder, "", "", [&](const std::string&) -> Result<std::string> {
    was_whole = check_revision(first, folder).has_value();  // somebody may be reading it
    return fail("etcd is away");
  });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().text, "etcd is away");
  EXPECT_TRUE(was_whole);
  EXPECT_TRUE(check_revision(first, folder));
  EXPECT_FALSE(fs::exists(folder + ".new"));
}

// No other revision is known: what lies at that path from the machine's root is nobody's.
TEST(RevisionFolder, NothingIsTakenFromTheRoot) {
  const std::string outside = probe::testing::write_file("outside", "secret"), folder = place_for("revision-3");
  int asked = 0;
  const Status written = write_revision(manifest_of(outside.substr(1), "secret"), folder, "", "", [&](const std::string&) {
    ++asked;
    return Result<std::string>("secret");
  });
  EXPECT_TRUE(written) << written.error().text;
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace isochrone::sync
