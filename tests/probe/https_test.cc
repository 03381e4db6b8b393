// Certificates of every kind, good and bad, on real handshakes.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ctime>

#include "one_try.h"
#include "server.h"

namespace isochrone::probe::testing {
namespace {

using health::Failure;
using health::Kind;
using health::Outcome;
using health::Phase;

constexpr std::time_t kDay = 86400;
const char* const kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

const Identity& ca() {
  static const Identity made = make_identity({.common_name = "Test Root", .is_ca = true});
  return made;
}

std::string text_of(std::time_t time) {
  char text[64];
  std::tm parts{};
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", ::gmtime_r(&time, &parts));
  return text;
}

health::Target https_target(const Server& server) {
  health::Target target = target_on_loopback(Kind::Https, server.port());
  target.spec.host = "gw.example";
  target.spec.ca_file = write_file("ca.pem", ca().pem());
  return target;
}

TEST(Https, AGoodCertificateAndItsExpiry) {
  const std::time_t expiry = std::time(nullptr) + 30 * kDay;
  const Server server(
      answer_with(kOk),
      make_identity({.common_name = "gw", .names = {"DNS:a.example", "DNS:gw.example"}, .not_after = expiry}, &ca()));
  const Outcome outcome = one_try(https_target(server));
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.certificate_expiry, expiry);
  ASSERT_TRUE(outcome.rtt);
  EXPECT_LT(*outcome.rtt, 20ms);
  for (const Phase phase : {Phase::Connect, Phase::Tls, Phase::FirstByte, Phase::Body})
    EXPECT_GT(outcome.phases[static_cast<size_t>(phase)], 0ms) << static_cast<int>(phase);
}

TEST(Https, TheCertificateIsShownWhetherItIsGoodOrNot) {
  const std::time_t before = std::time(nullptr) - 2 * kDay, after = before + kDay;  // it has expired
  const Server server(answer_with(kOk), make_identity({.common_name = "gw",
                                                       .names = {"DNS:a.example", "DNS:b.example", "DNS:c.example", "DNS:d.example", "DNS:gw.example"},
                                                       .not_before = before,
                                                       .not_after = after},
                                                      &ca()));
  const Outcome outcome = one_try(https_target(server));
  EXPECT_EQ(outcome.failure, Failure::Certificate);
  ASSERT_TRUE(outcome.evidence && outcome.evidence->chain);
  EXPECT_EQ(*outcome.evidence->chain,
            (health::Chain{{"gw", "Test Root", "a.example, b.example, c.example, d.example and 1 more", before, after}}));
  EXPECT_EQ(outcome.evidence->first_octets, "");
}

TEST(Https, OneChainIsSharedByManyTries) {
  const Server server(answer_with(kOk), make_identity({.common_name = "gw", .names = {"DNS:gw.example"}}, &ca()));
  health::Target target = https_target(server);
  target.spec.interval = 50ms;
  TestLoop loop;
  std::vector<Outcome> outcomes;
  Prober prober(loop.get(), {}, {[&](const Outcome& outcome) { outcomes.push_back(outcome); }, {}});
  prober.set_plan(plan_of({target}));
  loop.run_until([&] { return outcomes.size() >= 2; });
  prober.close();
  ASSERT_TRUE(outcomes[0].evidence && outcomes[1].evidence);
  EXPECT_EQ(outcomes[0].evidence->first_octets, "ok");
  EXPECT_TRUE(outcomes[0].evidence->chain);
  EXPECT_EQ(outcomes[0].evidence->chain, outcomes[1].evidence->chain);
}

TEST(Https, AnAddressIsVerifiedWhereThereIsNoHost) {
  const Server server(answer_with(kOk), make_identity({.common_name = "gw", .names = {"IP:127.0.0.1"}}, &ca()));
  health::Target target = https_target(server);
  target.spec.host.clear();
  const Outcome outcome = one_try(target);
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
}

TEST(Https, TheAuthoritiesMayComeAsText) {
  const Server server(answer_with(kOk), make_identity({.common_name = "gw", .names = {"DNS:gw.example"}}, &ca()));
  health::Target target = https_target(server);
  target.spec.ca_file.clear();
  target.spec.ca_pem = std::make_shared<const std::string>(ca().pem());
  const Outcome outcome = one_try(target);
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
}

TEST(Https, BadCertificatesAreToldApart) {
  const std::time_t now = std::time(nullptr);
  const Identity other = make_identity({.common_name = "Other Root", .is_ca = true});
  const struct {
    std::string name;
    Identity identity;
    std::string reason;
  } cases[] = {
      {"expired", make_identity({"gw", {"DNS:gw.example"}, now - 9 * kDay, now - 2 * kDay}, &ca()),
       "certificate expired on " + text_of(now - 2 * kDay)},
      {"not yet valid", make_identity({"gw", {"DNS:gw.example"}, now + 2 * kDay, now + 9 * kDay}, &ca()),
       "certificate is not valid before " + text_of(now + 2 * kDay)},
      {"another name", make_identity({"gw", {"DNS:a.example", "DNS:*.b.example", "IP:192.0.2.1"}}, &ca()),
       "certificate is for a.example, *.b.example, 192.0.2.1, not for gw.example"},
      {"many other names", make_identity({"gw", {"DNS:a", "DNS:b", "DNS:c", "DNS:d", "DNS:e", "DNS:f"}}, &ca()),
       "certificate is for a, b, c, d and 2 more, not for gw.example"},
      {"only a common name", make_identity({"other.example", {}}, &ca()),
       "certificate is for other.example (a common name only), not for gw.example"},
      {"self-signed", make_identity({"gw.example", {"DNS:gw.example"}}),
       "certificate \"gw.example\" is self-signed and not trusted"},
      {"an unknown authority", make_identity({"gw", {"DNS:gw.example"}}, &other),
       "unknown CA: \"Other Root\", which issued \"gw\", is neither trusted nor sent"},
      {"control characters in a name", make_identity({"gw", {"DNS:a\x1b[2Jb"}}, &ca()),
       "certificate is for a?[2Jb, not for gw.example"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Server server(answer_with(kOk), c.identity);
    health::Target target = https_target(server);
    Outcome outcome = one_try(target);
    EXPECT_EQ(outcome.failure, Failure::Certificate);
    EXPECT_EQ(outcome.phase, Phase::Tls);
    EXPECT_EQ(outcome.reason, c.reason);
    EXPECT_TRUE(outcome.certificate_expiry);
    target.spec.verify = false;
    outcome = one_try(target);
    EXPECT_TRUE(outcome.ok()) << outcome.reason;
    EXPECT_TRUE(outcome.certificate_expiry);
  }
}

TEST(Https, AnExpiredAuthorityIsNamed) {
  const std::time_t now = std::time(nullptr);
  const Identity old =
      make_identity({.common_name = "Old Root", .not_before = now - 9 * kDay, .not_after = now - kDay, .is_ca = true});
  const Server server(answer_with(kOk), make_identity({.common_name = "gw", .names = {"DNS:gw.example"}}, &old));
  health::Target target = https_target(server);
  target.spec.ca_file = write_file("old.pem", old.pem());
  EXPECT_EQ(one_try(target).reason, "CA certificate \"Old Root\" expired on " + text_of(now - kDay));
}

TEST(Https, AnUnreadableCaFileIsOurs) {
  const Server server(answer_with(kOk), make_identity({.common_name = "gw"}, &ca()));
  health::Target target = https_target(server);
  target.spec.ca_file = "/nonexistent/ca.pem";
  Outcome outcome = one_try(target);
  EXPECT_EQ(outcome.failure, Failure::Local);
  EXPECT_EQ(outcome.reason, "cannot read the CA file /nonexistent/ca.pem: No such file or directory");
  target.spec.ca_file = write_file("empty.pem", "nothing\n");
  outcome = one_try(target);
  EXPECT_EQ(outcome.failure, Failure::Local);
  EXPECT_EQ(outcome.reason, "no certificate could be read from the CA file " + target.spec.ca_file);
}

TEST(Https, AHandshakeThatFails) {
  const struct {
    std::string name;
    Server::Script script;
    Failure failure;
    std::string reason;
  } cases[] = {
      {"plain HTTP",
       [](Connection& connection) { connection.read(), connection.write("HTTP/1.1 400 Bad Request\r\n\r\n"); },
       Failure::Tls, "TLS handshake with {} failed: wrong version number (does the port speak TLS?)"},
      {"closed", [](Connection& connection) { connection.read(); }, Failure::Reset, "{} closed the connection (TLS)"},
      {"reset", [](Connection& connection) { connection.read(), connection.reset(); }, Failure::Reset,
       "connection reset by {} (TLS)"},
      {"hangs", [](Connection& connection) { connection.hang(); }, Failure::Timeout,
       "no answer from {} within 200ms (TLS)"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Server server(c.script);
    health::Target target = https_target(server);
    target.spec.timeout = c.failure == Failure::Timeout ? Duration(200ms) : Duration(5s);
    const Outcome outcome = one_try(target);
    EXPECT_EQ(outcome.failure, c.failure);
    EXPECT_EQ(outcome.phase, Phase::Tls);
    EXPECT_EQ(outcome.reason, fmt::format(fmt::runtime(c.reason), fmt::format("127.0.0.1:{}", server.port())));
    EXPECT_TRUE(outcome.rtt);
  }
}

}  // namespace
}  // namespace isochrone::probe::testing
