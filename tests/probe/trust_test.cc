// Whom probes and reports believe: each by its own `ca`, however many share one loop and in whatever order they come.

#include "probe/trust.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "one_try.h"
#include "probe/api_client.h"
#include "probe/certificate.h"
#include "server.h"

namespace isochrone::probe::testing {
namespace {

using health::Failure;
using health::Outcome;

const char* const kAllRight = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Two authorities, and a server's certificate by each.
struct Roots {
  std::array<Identity, 2> root = {make_identity({.common_name = "First Root", .is_ca = true}), make_identity({.common_name = "Second Root", .is_ca = true})};
  std::array<std::string, 2> file = {write_file("first.pem", root[0].pem()), write_file("second.pem", root[1].pem())};
  Identity signed_by(size_t which) const { return make_identity({.common_name = "gw", .names = {"IP:127.0.0.1"}}, &root[which]); }
};

const Roots& roots() {
  static const Roots made;
  return made;
}

health::Target believing(const std::string& key, const Server& server, const std::string& ca_file) {
  health::Target target = target_on_loopback(health::Kind::Https, server.port());
  target.key = key;
  target.spec.ca_file = ca_file;
  target.spec.interval = 1h;
  return target;
}

// By key: each target's first outcome. One after the other, as listed, by one prober.
std::map<std::string, Outcome> try_in_turn(const std::vector<health::Target>& targets) {
  TestLoop loop;
  std::map<std::string, Outcome> outcomes;
  std::vector<health::Target> planned;
  Prober prober(loop.get(), {}, {[&](const Outcome& outcome) { outcomes.emplace(planned[outcome.target].key, outcome); }, {}});
  for (const health::Target& target : targets) {
    planned.push_back(target);
    prober.set_plan(plan_of(planned));
    prober.probe_now(static_cast<health::TargetId>(planned.size() - 1));
    loop.run_until([&] { return outcomes.contains(target.key); });
  }
  prober.close();
  return outcomes;
}

TEST(Trust, EachProbeBelievesItsOwnAuthorityInWhateverOrder) {
  const Server server(answer_with(kAllRight), roots().signed_by(0));
  const health::Target right = believing("right", server, roots().file[0]), wrong = believing("wrong", server, roots().file[1]);
  for (const auto& order : {std::vector{right, wrong}, std::vector{wrong, right}}) {
    SCOPED_TRACE(order[0].key + " first");
    const auto outcomes = try_in_turn(order);
    EXPECT_TRUE(outcomes.at("right").ok()) << outcomes.at("right").reason;
    EXPECT_EQ(outcomes.at("wrong").failure, Failure::Certificate);
  }
}

TEST(Trust, AProbeOverGrpcBelievesItsOwnAuthorityToo) {
  const Server server(answer_with(kAllRight), roots().signed_by(0));
  health::Target grpc = believing("grpc", server, roots().file[1]);
  grpc.spec.kind = health::Kind::Grpc;
  grpc.spec.tls = true;
  EXPECT_EQ(try_in_turn({believing("https", server, roots().file[0]), grpc}).at("grpc").failure, Failure::Certificate);
}

TEST(Trust, EachNodeThatIsReportedToIsJudgedByItsOwnAuthority) {
  const Server first(answer_with(kAllRight), roots().signed_by(0)), second(answer_with(kAllRight), roots().signed_by(1));
  const std::string token = write_file("api-token", "secret\n");
  TestLoop loop;
  {
    CurlLoop curl(loop.get());
    TrustStores trust;
    const auto ask = [&](const Server& server, size_t which) {
      ApiClient client(curl, trust, {fmt::format("https://127.0.0.1:{}", server.port()), token, roots().file[which]});
      std::optional<ApiAnswer> answer;
      client.get("/", "", 100, [&](ApiAnswer came) { answer = std::move(came); });
      loop.run_until([&] { return answer.has_value(); });
      return answer.value_or(ApiAnswer());
    };
    EXPECT_EQ(ask(first, 0).status, 200);
    const ApiAnswer other = ask(second, 1);
    EXPECT_EQ(other.status, 200) << other.error;
  }
}

// More than are kept at a time: one that a handshake is about to use must stay until it has.
TEST(Trust, AuthoritiesOfManyProbesAtOnce) {
  const Server server(answer_with(kAllRight), roots().signed_by(0));
  std::vector<health::Target> targets;
  for (int i = 0; i < 70; ++i) {
    targets.push_back(believing(fmt::format("target {}", i), server, ""));
    targets.back().spec.ca_pem = std::make_shared<const std::string>(roots().root[0].pem());
  }
  TestLoop loop;
  std::vector<Outcome> outcomes;
  Prober prober(loop.get(), {}, {[&](const Outcome& outcome) { outcomes.push_back(outcome); }, {}});
  prober.set_plan(plan_of(targets));
  for (size_t i = 0; i < targets.size(); ++i) prober.probe_now(static_cast<health::TargetId>(i));
  loop.run_until([&] { return outcomes.size() >= targets.size(); });
  prober.close();
  for (const Outcome& outcome : outcomes) EXPECT_TRUE(outcome.ok()) << outcome.reason;
}

// What is asked of a node goes through the environment's proxy, which sees neither the request nor the token.
TEST(Trust, AProxyIsToldTheNodeAndNoToken) {
  std::string told;
  std::mutex mutex;
  const Server proxy([&](Connection& connection) {
    const std::string head = connection.read_until("\r\n\r\n");
    const std::lock_guard lock(mutex);
    told = head;
    connection.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  ::setenv("HTTPS_PROXY", fmt::format("http://127.0.0.1:{}", proxy.port()).c_str(), 1);
  TestLoop loop;
  {
    CurlLoop curl(loop.get());
    TrustStores trust;
    ApiClient client(curl, trust, {"https://ns1.example:9353", write_file("api-token", "secret\n"), roots().file[0]});
    std::optional<ApiAnswer> answer;
    client.get("/", "", 100, [&](ApiAnswer came) { answer = std::move(came); });
    loop.run_until([&] { return answer.has_value(); });
    EXPECT_EQ(answer.value_or(ApiAnswer()).status, 0);
  }
  ::unsetenv("HTTPS_PROXY");
  const std::lock_guard lock(mutex);
  EXPECT_TRUE(told.starts_with("CONNECT ns1.example:9353 HTTP/1.1\r\n")) << told;
  EXPECT_EQ(told.find("secret"), told.npos);
}

// OpenSSL takes no name with a NUL within, and would compare none then.
TEST(Trust, ANameThatCannotBeComparedIsNobodys) {
  const Server server(answer_with(kAllRight), roots().signed_by(0));
  health::ProbeSpec spec;
  spec.ca_file = roots().file[0];
  TrustStores trust;
  const auto store = trust.find(spec, Time() + 1h);
  ASSERT_TRUE(store);
  const auto shakes_hands = [&](CertificateCheck& check) {
    const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    watch_certificate(context.get(), store->get(), check);
    const std::unique_ptr<BIO, void (*)(BIO*)> bio(BIO_new_ssl_connect(context.get()), BIO_free_all);
    BIO_set_conn_hostname(bio.get(), fmt::format("127.0.0.1:{}", server.port()).c_str());
    return BIO_do_handshake(bio.get()) == 1;
  };
  CertificateCheck right{.host = "127.0.0.1"}, nul{.host = std::string("127.0.0.1\0x", 11)}, empty;
  EXPECT_TRUE(shakes_hands(right)) << right.fault;
  EXPECT_FALSE(shakes_hands(nul));
  EXPECT_EQ(nul.fault, "no certificate can be compared with the name \"127.0.0.1?x\"");
  EXPECT_FALSE(shakes_hands(empty));
  ERR_clear_error();
}

TEST(Trust, AHandleThatCurlDoesNotTakeIsToldFromTheLoop) {
  TestLoop loop;
  {
    CurlLoop curl(loop.get());
    std::optional<CURLcode> code;
    curl.start(nullptr, [&](CURLcode came) { code = came; });
    EXPECT_FALSE(code);
    loop.run_until([&] { return code.has_value(); });
    EXPECT_EQ(code, CURLE_FAILED_INIT);
    curl.start(nullptr, [&](CURLcode) { FAIL() << "was cancelled"; });
    curl.cancel(nullptr);
  }
}

TEST(Trust, AReplacedFileCountsWithinAMinuteAndWhatWasTakenStaysGood) {
  const std::string path = write_file("replaced.pem", roots().root[0].pem());
  health::ProbeSpec spec;
  spec.ca_file = path;
  const auto name_in = [](const TrustStore& store) {
    const X509* certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(X509_STORE_get0_objects(store.get()), 0));
    char name[64] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    return std::string(name);
  };
  TrustStores trust;
  const Time start = Time() + 1h;
  const auto before = trust.find(spec, start);
  ASSERT_TRUE(before);
  write_file("replaced.pem", roots().root[1].pem());
  std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + 1s);
  const auto after = trust.find(spec, start + 1min);
  ASSERT_TRUE(after);
  EXPECT_EQ(name_in(*after), "Second Root");
  EXPECT_EQ(name_in(*before), "First Root");
}

}  // namespace
}  // namespace isochrone::probe::testing
