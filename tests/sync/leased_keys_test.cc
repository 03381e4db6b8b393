// Keys under a lease, against an etcd that takes them, refuses them, forgets the lease, or says nothing.

#include "sync/leased_keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>

#include "../probe/one_try.h"
#include "../probe/server.h"
#include "sync/base64.h"

namespace isochrone::sync {
namespace {

using probe::testing::Connection;
using probe::testing::Server;
using probe::testing::TestLoop;

// etcd's JSON gateway as far as leases and puts go.
class FakeEtcd {
 public:
  FakeEtcd() : server_([this](Connection& connection) { serve(connection); }) {}

  config::EtcdAccess access() const {
    config::EtcdAccess access;
    access.endpoints = {fmt::format("http://127.0.0.1:{}", server_.port())};
    return access;
  }
  void refuse(const std::string& key) {
    const std::lock_guard lock(mutex_);
    refused_ = key;
  }
  void set(bool refuses, bool is_silent) {
    const std::lock_guard lock(mutex_);
    refuses_ = refuses, silent_ = is_silent;
  }
  void forget_lease() {
    const std::lock_guard lock(mutex_);
    known_ = 0;
  }
  // "key=value@lease", in the order they came.
  std::vector<std::string> puts() {
    const std::lock_guard lock(mutex_);
    return puts_;
  }

 private:
  void serve(Connection& connection) {
    while (true) {
      std::string request = connection.read_until("\r\n\r\n");
      if (request.empty()) return;
      const size_t end = request.find("\r\n\r\n") + 4, length = std::stoul(request.substr(request.find("Content-Length: ") + 16));
      std::string body = request.substr(end);
      while (body.size() < length) body += connection.read();
      const auto [status, text] = answer(request, nlohmann::json::parse(body));
      if (status.empty()) return connection.hang();
      if (!connection.write(fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", status, text.size(), text))) return;
    }
  }

  std::pair<std::string, std::string> answer(const std::string& request, const nlohmann::json& body) {
    const std::lock_guard lock(mutex_);
    if (silent_) return {};
    if (request.find("/v3/lease/grant") != request.npos) return {"200 OK", fmt::format(R"({{"ID":"{}","TTL":"8"}})", known_ = ++last_)};
    if (request.find("/v3/lease/keepalive") != request.npos)
      return {"200 OK", fmt::format(R"({{"result":{{"ID":"{}","TTL":"{}"}}}})", known_, known_ == 0 ? 0 : 8)};
    if (refuses_ || (!refused_.empty() && from_base64(body["key"].get<std::string>()) == refused_)) return {"400 Bad Request", R"({"error":"permission denied","code":7})"};
    puts_.push_back(fmt::format("{}={}@{}", *from_base64(body["key"].get<std::string>()), *from_base64(body["value"].get<std::string>()),
                                body["lease"].dump()));
    return {"200 OK", "{}"};
  }

  std::mutex mutex_;
  bool refuses_ = false, silent_ = false;
  std::string refused_;
  int known_ = 0, last_ = 0;
  std::vector<std::string> puts_;
  Server server_;  // last: its threads use the rest
};

// What a put says of key "a" is how often it was asked.
struct Writing {
  FakeEtcd etcd;
  TestLoop loop;
  Etcd client{loop.get(), etcd.access()};
  int asked = 0, moves = 0;
  LeasedKeys keys;

  explicit Writing(Duration beat = 50ms) : keys(loop.get(), client, [this] { ++moves; }, beat) {
    keys.keep("a", [this] { return std::to_string(++asked); });
  }
  void until_put_under(int lease) {
    loop.run_until([&] {
      return std::ranges::any_of(etcd.puts(), [&](const std::string& put) { return put.ends_with(fmt::format("@\"{}\"", lease)); });
    });
  }
  void until_taken(size_t puts) {
    loop.run_until([&] { return etcd.puts().size() >= puts && keys.is_taking(); });
  }
};

TEST(LeasedKeys, AreWrittenUnderALeaseAtOnceAndAtEveryBeat) {
  Writing writing;
  EXPECT_FALSE(writing.keys.is_taking());
  writing.until_taken(2);
  EXPECT_EQ(writing.etcd.puts()[0], "a=1@\"1\"");
  EXPECT_EQ(writing.etcd.puts()[1], "a=2@\"1\"");
  EXPECT_EQ(writing.moves, 1) << "nothing but that it takes is news";
}

TEST(LeasedKeys, OnePutAtATimeAndTheLastStateAfterIt) {
  Writing writing(1h);
  writing.until_taken(1);
  for (int i = 0; i < 5; ++i) writing.keys.write("a");
  writing.keys.write("b", [] { return "once"; });
  writing.keys.write("nobody's");
  writing.until_taken(4);
  auto puts = writing.etcd.puts();
  EXPECT_EQ(std::erase(puts, "b=once@\"1\""), 1u);
  EXPECT_EQ(puts, (std::vector<std::string>{"a=1@\"1\"", "a=2@\"1\"", "a=3@\"1\""})) << "five changes are one put, and one after it";
}

TEST(LeasedKeys, ALeaseThatIsGoneIsGrantedAnew) {
  Writing writing;
  writing.until_taken(1);
  writing.etcd.forget_lease();
  writing.until_put_under(2);
  writing.keys.renew();
  writing.until_put_under(3);
  EXPECT_TRUE(writing.keys.is_taking());
}

TEST(LeasedKeys, ARefusalIsToldOnceAndItsEnd) {
  Writing writing;
  writing.etcd.set(true, false);
  writing.loop.run_until([&] { return !writing.keys.trouble().empty(); });
  EXPECT_TRUE(writing.keys.trouble().ends_with(": permission denied")) << writing.keys.trouble();
  bool is_taken = false;
  writing.keys.write("b", [] { return "once"; }, [&] { is_taken = true; });
  writing.loop.run_until([&] { return writing.asked >= 2; });
  EXPECT_EQ(writing.moves, 1);
  writing.etcd.set(false, false);
  writing.loop.run_until([&] { return is_taken && writing.keys.is_taking(); });  // though nobody asked again
  EXPECT_EQ(writing.keys.trouble(), "");
  EXPECT_EQ(writing.moves, 2);
}

TEST(LeasedKeys, OneKeyThatIsRefusedIsTroubleThoughOthersAreTaken) {
  Writing writing;
  writing.etcd.refuse("b");
  writing.until_taken(1);
  writing.keys.write("b", [] { return "never"; });
  const size_t before = writing.etcd.puts().size();
  writing.loop.run_until([&] { return !writing.keys.trouble().empty() && writing.etcd.puts().size() >= before + 3; });
  EXPECT_FALSE(writing.keys.is_taking());
  EXPECT_EQ(writing.moves, 2) << "said once, not with every key that is taken";
  writing.etcd.refuse("");
  writing.loop.run_until([&] { return writing.keys.is_taking(); });
  EXPECT_EQ(writing.moves, 3);
}

TEST(LeasedKeys, AnEtcdThatSaysNothingTakesNothing) {
  Writing writing;
  writing.until_taken(1);
  writing.etcd.set(false, true);
  writing.keys.write("a");
  writing.loop.run_until([&] { return !writing.keys.is_taking(); });
  EXPECT_EQ(writing.keys.trouble(), "") << "long before the call has failed";
  writing.etcd.set(false, false);
  writing.loop.run_until([&] { return writing.keys.is_taking(); });
}

}  // namespace
}  // namespace isochrone::sync
