#include "admin/auth.h"

#include <gtest/gtest.h>

#include "../util/folder.h"

namespace isochrone::admin {
namespace {

class AuthTest : public ::testing::Test {
 protected:
  config::AdminToken token(const char* name, const char* secret) const {
    config::AdminToken made;
    made.name = name;
    made.file = folder_.write(name, std::string(secret) + "\n");
    return made;
  }
  Folder folder_;
};

TEST_F(AuthTest, RightsAreWhatTheTokenSays) {
  config::AdminConfig admin;
  admin.tokens.push_back(token("reader", "reader-secret-0001"));
  admin.tokens.back().may_read = true;
  admin.tokens.push_back(token("changer", "changer-secret-001"));
  admin.tokens.back().may_change = true;
  admin.tokens.push_back(token("tokyo", "tokyo-secret-00001"));
  admin.tokens.back().may_probe = "tokyo";
  const auto auth = Auth::load(admin);
  ASSERT_TRUE(auth) << auth.error().text;
  const struct {
    const char* story;
    const char* header;
    bool loopback, reads, changes;
  } cases[] = {
      {"nobody, from elsewhere", "", false, false, false},
      {"nobody, on loopback", "", true, true, false},
      {"reader", "Bearer reader-secret-0001", false, true, false},
      {"changer reads too", "Bearer changer-secret-001", false, true, true},
      {"a worker neither reads nor changes", "Bearer tokyo-secret-00001", false, false, false},
      {"wrong secret", "Bearer reader-secret-0002", false, false, false},
      {"half a secret", "Bearer reader-secret", false, false, false},
      {"another scheme", "Basic reader-secret-0001", false, false, false},
      {"the secret alone", "reader-secret-0001", false, false, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.story);
    EXPECT_EQ(auth->allows(Right::Read, c.header, c.loopback), c.reads);
    EXPECT_EQ(auth->allows(Right::Change, c.header, c.loopback), c.changes);
  }
  EXPECT_EQ(auth->vantage("Bearer tokyo-secret-00001"), "tokyo");
  EXPECT_EQ(auth->vantage("Bearer changer-secret-001"), std::nullopt);
  EXPECT_EQ(auth->name("Bearer changer-secret-001"), "changer");
}

TEST_F(AuthTest, GuessableAndMissingSecretsAreRefused) {
  config::AdminConfig admin;
  admin.tokens.push_back(token("short", "tooshort"));
  EXPECT_NE(Auth::load(admin).error().text.find("short holds a token of 8 octets; expected at least 16"), std::string::npos);
  admin.tokens[0].file += "-gone";
  EXPECT_NE(Auth::load(admin).error().text.find("cannot be read"), std::string::npos);
}

}  // namespace
}  // namespace isochrone::admin
