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

}  // namespace
}  // namespace isochrone::sync
