// What the client does before and after a request: secrets that cannot travel, lines that come in pieces.

#include "sync/etcd.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "../probe/one_try.h"
#include "gateway.h"
#include "sync/etcd_json.h"

namespace isochrone::sync {
namespace {

using probe::testing::TestLoop;
using testing::Gateway;

TEST(EtcdClient, APasswordThatIsNotUtf8IsRefusedInWords) {
  Gateway gateway;
  config::EtcdAccess access = gateway.access();
  access.user = "ns1";
  access.password_file = probe::testing::write_file("etcd-password", "sixteen-octets-\xff\xfe-and-more");
  TestLoop loop;
  Etcd etcd(loop.get(), access);
  std::optional<Result<nlohmann::json>> answer;
  etcd.call("/v3/kv/range", get_request("a"), [&](Result<nlohmann::json> came) { answer = std::move(came); });
  ASSERT_TRUE(answer) << "told at once";
  ASSERT_FALSE(*answer);
  EXPECT_EQ((*answer).error().text, access.password_file + " holds octets that are not UTF-8; expected UTF-8, as etcd's JSON has it");
}

// Whatever is asked: nothing throws.
TEST(EtcdClient, TextThatIsNotUtf8IsAskedForAllTheSame) {
  Gateway gateway;
  TestLoop loop;
  Etcd etcd(loop.get(), gateway.access());
  std::optional<Result<nlohmann::json>> answer;
  etcd.call("/v3/kv/range", {{"key", "YQ=="}, {"note", "\xff"}}, [&](Result<nlohmann::json> came) { answer = std::move(came); });
  loop.run_until([&] { return answer.has_value(); });
  EXPECT_TRUE(answer.value());
}

TEST(EtcdClient, LinesComeWholeHoweverTheyAreCut) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
  const probe::testing::Server server([&](probe::testing::Connection& connection) {
    connection.read_until("\r\n\r\n");
    connection.write(head);
    for (const char octet : std::string("{\"a\":1}\n{\"b\":2}\n{\"c\"")) connection.write({octet});
    connection.write(":3}\n{\"d\":4}\n{\"half\":");
  });
  config::EtcdAccess access;
  access.endpoints = {fmt::format("http://127.0.0.1:{}", server.port())};
  TestLoop loop;
  Etcd etcd(loop.get(), access);
  std::vector<std::string> lines;
  bool ended = false;
  etcd.stream("/v3/watch", watch_request("a/", 1), [&](const nlohmann::json& line) { lines.push_back(line.dump()); }, [&](std::string) { ended = true; });
  loop.run_until([&] { return ended; });
  EXPECT_EQ(lines, (std::vector<std::string>{R"({"a":1})", R"({"b":2})", R"({"c":3})", R"({"d":4})"}));
}

// An endpoint that answers nothing, and one that does: the transfer that is calling is replaced from within its own call.
TEST(EtcdClient, TheNextEndpointIsAskedFromWithinTheLastOnesEnd) {
  Gateway gateway;
  config::EtcdAccess access = gateway.access();
  access.endpoints.insert(access.endpoints.begin(), fmt::format("http://127.0.0.1:{}", probe::testing::closed_port()));
  TestLoop loop;
  Etcd etcd(loop.get(), access);
  std::optional<Result<nlohmann::json>> answer;
  etcd.call("/v3/kv/range", get_request("a"), [&](Result<nlohmann::json> came) { answer = std::move(came); });
  loop.run_until([&] { return answer.has_value(); });
  EXPECT_TRUE(answer.value());
}

}  // namespace
}  // namespace isochrone::sync
