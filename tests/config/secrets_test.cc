// What a start would refuse, `check` refuses: tokens, cookie secrets, certificates and keys are looked into.

#include "config/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include "../probe/identity.h"
#include "config/load.h"

namespace isochrone::config {
namespace {

using probe::testing::Identity;
using probe::testing::make_identity;
using probe::testing::write_file;
using ::testing::HasSubstr;

std::string key_pem(const Identity& identity) {
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(out, identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out, &text);
  std::string pem(text, static_cast<size_t>(size));
  BIO_free(out);
  return pem;
}

// The problems of a node whose isochrone.yaml goes on like this.
std::string problems_of(const std::string& rest) {
  const std::string file = write_file("isochrone.yaml", "node: ns1\nlisten: 127.0.0.1:5300\n" + rest);
  Problems problems;
  (void)load_node_config(file, problems);
  return problems.to_text();
}

TEST(Tokens, AreLookedInto) {
  const struct {
    const char *name, *text, *problem;
  } cases[] = {
      {"good", "0123456789abcdef\n", ""},
      {"short", "0123456789abcde\n", "holds a token of 15 octets; expected at least 16"},
      {"two words", "0123456789 abcdefghij\n", "holds more than one word; expected a token without blanks"},
      {"empty", "", "is empty; expected a file with a secret"},
  };
  for (const auto& c : cases) {
    const std::string file = write_file("token", c.text);
    const std::string problems =
        problems_of("admin: {listen: 127.0.0.1:9353, tokens: {ops: {file: " + file + ", may: read}}}\n");
    EXPECT_EQ(problems.empty(), *c.problem == '\0') << c.name << ": " << problems;
    EXPECT_THAT(problems, HasSubstr(c.problem)) << c.name;
  }
}

TEST(Passwords, OfEtcdAreUtf8) {
  const auto problems = [](const std::string& text) {
    return problems_of("cluster: {name: prod, etcd: [\"https://127.0.0.1:2379\"], user: {name: ns1, password-file: " + write_file("password", text) + "}}\n");
  };
  EXPECT_EQ(problems("0123456789-\xc3\xa4-abcdef\n"), "");
  EXPECT_THAT(problems("0123456789-\xe4-abcdef\n"), HasSubstr("cluster.user.password-file: "));
  EXPECT_THAT(problems("0123456789-\xe4-abcdef\n"), HasSubstr(" holds octets that are not UTF-8; expected UTF-8, as etcd's JSON has it\n"));
  EXPECT_THAT(problems("short\n"), HasSubstr("holds a token of 5 octets; expected at least 16"));
}

TEST(Tokens, HaveASecretEach) {
  const std::string one = write_file("one", "0123456789abcdef\n"), same = write_file("same", "0123456789abcdef"), other = write_file("other", "fedcba9876543210\n");
  const auto of_two = [](const std::string& first, const std::string& second) {
    return problems_of("admin:\n  listen: 127.0.0.1:9353\n  tokens:\n    ops: {file: " + first + ", may: change}\n    look: {file: " + second + ", may: read}\n");
  };
  EXPECT_EQ(of_two(one, other), "");
  for (const std::string& second : {one, same})
    EXPECT_THAT(of_two(one, second), HasSubstr(":7:18: admin.tokens.look.file: " + second + " holds the same secret as the token 'ops'; expected one of its own\n"));
  EXPECT_THAT(of_two("/nonexistent/one", "/nonexistent/one"), ::testing::Not(HasSubstr("same secret"))) << "no file has none";
}

TEST(CookieSecrets, AreLookedInto) {
  const std::string good = "e5e973e5a6b2a43f48e7dc849e37bfcf\n";
  EXPECT_EQ(problems_of("cookies: {secrets: " + write_file("cookies", good) + "}\n"), "");
  EXPECT_EQ(problems_of("cookies: {secrets: /nonexistent/cookies}\n"), "") << "it will be made";
  EXPECT_THAT(problems_of("cookies: {secrets: " + write_file("cookies", good + "abc\n") + "}\n"),
              HasSubstr("cookies:2:1: not a cookie secret; expected 32 hex digits"));
}

std::string problems_of_identity(const std::string& cert, const std::string& key) {
  return problems_of("admin: {listen: 127.0.0.1:9353, tls: {cert: " + write_file("cert.pem", cert) + ", key: " +
                     write_file("key.pem", key) + "}}\n");
}

TEST(Identities, AreLookedInto) {
  const Identity good = make_identity({.common_name = "ns1", .names = {"DNS:ns1"}});
  const Identity other = make_identity({.common_name = "ns2", .names = {"DNS:ns2"}});
  const auto now = std::time(nullptr);
  const Identity expired = make_identity(
      {.common_name = "ns1", .names = {}, .not_before = now - 9 * 86400, .not_after = now - 86400});
  const Identity early = make_identity({.common_name = "ns1", .names = {}, .not_before = now + 86400});
  const Identity soon = make_identity({.common_name = "ns1", .names = {}, .not_after = now + 3 * 86400 + 3600});
  EXPECT_EQ(problems_of_identity(good.pem(), key_pem(good)), "");
  EXPECT_THAT(problems_of_identity(good.pem(), key_pem(other)), HasSubstr("admin.tls.key: "));
  EXPECT_THAT(problems_of_identity(good.pem(), key_pem(other)), HasSubstr("is not the key of"));
  EXPECT_THAT(problems_of_identity("nonsense", key_pem(good)), HasSubstr("is no certificate"));
  EXPECT_THAT(problems_of_identity(good.pem(), "nonsense"), HasSubstr("is no private key"));
  EXPECT_THAT(problems_of_identity(expired.pem(), key_pem(expired)), HasSubstr("warning: admin.tls.cert: the certificate in"));
  EXPECT_THAT(problems_of_identity(expired.pem(), key_pem(expired)), HasSubstr("has expired"));
  EXPECT_THAT(problems_of_identity(early.pem(), key_pem(early)), HasSubstr("is not valid yet, by this machine's clock"));
  EXPECT_THAT(problems_of_identity(soon.pem(), key_pem(soon)), HasSubstr("expires in 3 days"));
  EXPECT_THAT(problems_of("admin: {listen: 127.0.0.1:9353, tls: {cert: /nonexistent/c, key: " +
                          write_file("key.pem", key_pem(good)) + "}}\n"),
              HasSubstr("admin.tls.cert: /nonexistent/c cannot be read: No such file or directory"));
}

}  // namespace
}  // namespace isochrone::config
