#include "node/cookie_secrets.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "../util/folder.h"

namespace isochrone::node {
namespace {

TEST(CookieSecrets, AreMadeOnceAndKept) {
  const Folder folder;
  const auto first = read_or_make_cookie_secrets(folder / "secrets");
  ASSERT_TRUE(first) << first.error().text;
  ASSERT_EQ(first->secrets.size(), 1u);
  EXPECT_TRUE(first->kept);
  struct stat info {};
  ASSERT_EQ(stat((folder / "secrets").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(read_or_make_cookie_secrets(folder / "secrets")->secrets, first->secrets);
}

TEST(CookieSecrets, TheFirstLineComesFirst) {
  const Folder folder;
  const std::string path = folder.write("s", "e5e973e5a6b2a43f48e7dc849e37bfcf\n\n445536BCD2513298075A5D379663C962\r\n");
  const auto secrets = read_or_make_cookie_secrets(path);
  ASSERT_TRUE(secrets) << secrets.error().text;
  ASSERT_EQ(secrets->secrets.size(), 2u);
  EXPECT_EQ(secrets->secrets[0][0], 0xe5);
  EXPECT_EQ(secrets->secrets[1][15], 0x62);
}

TEST(CookieSecrets, ADiskThatTakesNoFileLosesNoCookie) {
  const Folder folder;
  const std::string path = folder / "not-there/secrets";
  const auto unkept = read_or_make_cookie_secrets(path);
  ASSERT_TRUE(unkept) << unkept.error().text;
  ASSERT_FALSE(unkept->kept);
  EXPECT_NE(unkept->kept.error().text.find(path), std::string::npos);
  folder.write("not-there/room", "");
  const auto kept = read_or_make_cookie_secrets(path, unkept->secrets.front());
  ASSERT_TRUE(kept);
  EXPECT_TRUE(kept->kept);
  EXPECT_EQ(kept->secrets, unkept->secrets);
  EXPECT_EQ(read_or_make_cookie_secrets(path)->secrets, unkept->secrets);
}

TEST(CookieSecrets, MistakesHaveTheirLine) {
  const Folder folder;
  const struct {
    const char *text, *error;
  } cases[] = {
      {"\n", ": no cookie secret; expected a line of 32 hex digits"},
      {"e5e973e5a6b2a43f48e7dc849e37bfcf\nabc\n", ":2:1: not a cookie secret; expected 32 hex digits"},
      {"g5e973e5a6b2a43f48e7dc849e37bfcf\n", ":1:1: not a cookie secret; expected 32 hex digits"},
  };
  for (const auto& [text, error] : cases) {
    const std::string path = folder.write("s", text);
    const auto secrets = read_or_make_cookie_secrets(path);
    ASSERT_FALSE(secrets) << text;
    EXPECT_EQ(secrets.error().text, path + error);
  }
}

}  // namespace
}  // namespace isochrone::node
