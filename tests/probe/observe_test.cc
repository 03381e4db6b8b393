// What the kernel says of accepted connections, and what is made of it.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "probe/client_sketches.h"
#include "probe/tcp_diag.h"

namespace isochrone::probe::testing {
namespace {

// A listener on loopback, and clients that are connected to it.
class Accepted {
 public:
  explicit Accepted(int family) : family_(family) {
    listener_ = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_storage at = loopback(0);
    bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at);
    listen(listener_, 16);
    socklen_t size = sizeof at;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(reinterpret_cast<sockaddr_in*>(&at)->sin_port);  // where IPv6 has it, too
  }
  ~Accepted() {
    for (const auto& [client, server] : pairs_) close(client), close(server);
    close(listener_);
  }
  Accepted(const Accepted&) = delete;
  void connect_one() {
    const int client = socket(family_, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_storage at = loopback(port_);
    ASSERT_EQ(connect(client, reinterpret_cast<sockaddr*>(&at), family_ == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6)), 0);
    pairs_.emplace_back(client, accept(listener_, nullptr, nullptr));
  }
  // One octet from the server, which the client's kernel acknowledges.
  void talk(size_t i) {
    ASSERT_EQ(send(pairs_[i].second, "x", 1, 0), 1);
    char octet;
    ASSERT_EQ(recv(pairs_[i].first, &octet, 1, 0), 1);
  }
  uint16_t port() const { return port_; }

 private:
  sockaddr_storage loopback(uint16_t port) const {
    sockaddr_storage out{};
    if (family_ == AF_INET) {
      auto& v4 = reinterpret_cast<sockaddr_in&>(out);
      v4.sin_family = AF_INET, v4.sin_port = htons(port), v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
      v6.sin6_family = AF_INET6, v6.sin6_port = htons(port), v6.sin6_addr = in6addr_loopback;
    }
    return out;
  }
  int family_, listener_ = -1;
  uint16_t port_ = 0;
  std::vector<std::pair<int, int>> pairs_;
};

std::vector<SeenConnection> look(TcpDiag& diag, const std::vector<uint16_t>& ports) {
  std::vector<SeenConnection> out;
  const Status looked = diag.look(ports, [&](const SeenConnection& c) { out.push_back(c); });
  EXPECT_TRUE(looked) << looked.error().text;
  return out;
}

TEST(TcpDiagTest, TellsTheConnectionsOfThePortsAskedFor) {
  auto diag = TcpDiag::open();
  ASSERT_TRUE(diag) << diag.error().text;
  Accepted v4(AF_INET), v6(AF_INET6), other(AF_INET);
  for (int i = 0; i < 3; ++i) v4.connect_one();
  v6.connect_one();
  other.connect_one();
  const auto seen = look(*diag, {1, v4.port(), v6.port(), 65535});
  ASSERT_EQ(seen.size(), 4u) << "not the client's ends, not the listeners, not another port's";
  std::set<uint64_t> cookies;
  for (const SeenConnection& c : seen) {
    EXPECT_TRUE(is_loopback(c.client)) << c.client.to_text();
    EXPECT_TRUE(c.is_own);
    EXPECT_GT(c.rtt_us, 0u);
    cookies.insert(c.cookie);
  }
  EXPECT_EQ(cookies.size(), 4u);
  EXPECT_EQ(seen[0].client.family, Family::V4);
  EXPECT_EQ(seen[3].client.family, Family::V6);
  EXPECT_EQ(look(*diag, {other.port()}).size(), 1u);
  EXPECT_TRUE(look(*diag, {1}).empty());
}

TEST(TcpDiagTest, TellsWhatIsNew) {
  auto diag = TcpDiag::open();
  ASSERT_TRUE(diag);
  Accepted v4(AF_INET);
  v4.connect_one();
  const auto first = look(*diag, {v4.port()}), again = look(*diag, {v4.port()});
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].news, again.at(0).news);
  v4.talk(0);
  EXPECT_NE(look(*diag, {v4.port()}).at(0).news, first[0].news);
}

TEST(TcpDiagTest, ManyConnectionsComeInSeveralPieces) {
  auto diag = TcpDiag::open();
  ASSERT_TRUE(diag);
  Accepted v4(AF_INET);
  for (int i = 0; i < 300; ++i) v4.connect_one();
  std::set<uint64_t> cookies;
  for (const SeenConnection& c : look(*diag, {v4.port()})) cookies.insert(c.cookie);
  EXPECT_EQ(cookies.size(), 300u);
}

class Sketched : public ::testing::Test {
 protected:
  void note(uint64_t cookie, const char* client, Duration rtt, uint32_t news = 1) {
    sketches_.note({cookie, *IpAddress::parse(client), static_cast<uint32_t>(rtt / 1us), news}, now_);
  }
  ClientSketches sketches_;
  Time now_ = Time(1h);
};

TEST_F(Sketched, OneNetworkOneSketch) {
  sketches_.begin();
  for (uint64_t i = 0; i < 5; ++i) note(i, i % 2 ? "192.0.2.1" : "::ffff:192.0.2.200", Duration((10 + i) * 1ms));
  note(7, "2001:db8:1:2::1", 50ms);
  note(8, "2001:db8:1:ffff::1", 60ms);
  note(9, "2002:c000:201::1", 15ms);  // 6to4 of 192.0.2.1
  sketches_.end();
  now_ += 3s;
  auto seen = sketches_.take(now_);
  std::ranges::sort(seen, {}, &health::Observation::network);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].network.to_text(), "192.0.2.0/24");
  EXPECT_EQ(seen[0].samples, 6u);
  EXPECT_EQ(seen[0].rtt, Duration(12ms));
  EXPECT_EQ(seen[0].least, Duration(10ms));
  EXPECT_EQ(seen[0].age, Duration(3s));
  EXPECT_GT(seen[0].spread, Duration(0ms));
  EXPECT_EQ(seen[1].network.to_text(), "2001:db8:1::/48");
  EXPECT_EQ(seen[1].samples, 2u);
  EXPECT_TRUE(sketches_.take(now_).empty()) << "a window is told once";
}

TEST_F(Sketched, TheMachineItselfIsNoClient) {
  sketches_.begin();
  sketches_.note({1, *IpAddress::parse("192.0.2.1"), 20, 1, true}, now_);
  sketches_.end();
  EXPECT_TRUE(sketches_.take(now_).empty());
}

TEST_F(Sketched, AConnectionCountsAgainOnlyWithNews) {
  for (int look = 0; look < 5; ++look) {
    sketches_.begin();
    note(1, "192.0.2.1", 10ms, 7);
    note(2, "192.0.2.2", 20ms, static_cast<uint32_t>(look));
    sketches_.end();
  }
  EXPECT_EQ(sketches_.take(now_).at(0).samples, 6u);
  sketches_.begin();
  note(2, "192.0.2.2", 20ms, 9);
  sketches_.end();
  EXPECT_EQ(sketches_.take(now_).at(0).samples, 1u);
  sketches_.begin();
  note(1, "192.0.2.1", 10ms, 7);
  sketches_.end();
  EXPECT_EQ(sketches_.take(now_).at(0).samples, 1u) << "what was over is forgotten";
}

TEST_F(Sketched, NobodyAndNothingAreLeftOut) {
  sketches_.begin();
  for (const char* client : {"127.0.0.1", "::1", "169.254.1.1", "fe80::1", "::ffff:127.0.0.1"}) note(static_cast<uint64_t>(*client), client, 10ms);
  note(100, "192.0.2.1", 0ms);
  note(101, "192.0.2.1", 61s);
  sketches_.end();
  EXPECT_TRUE(sketches_.take(now_).empty());
}

TEST_F(Sketched, TheMedianOfManyIsNearTheTruth) {
  sketches_.begin();
  for (uint64_t i = 0; i < 10000; ++i) note(i, "192.0.2.1", Duration((20 + i % 21) * 1ms));
  sketches_.end();
  const auto seen = sketches_.take(now_).at(0);
  EXPECT_EQ(seen.samples, 10000u);
  EXPECT_EQ(seen.least, Duration(20ms));
  EXPECT_NEAR(to_milliseconds(seen.rtt), 30, 6);
}

TEST_F(Sketched, MemoryIsBoundedAndTheLeastSeenGo) {
  sketches_.begin();
  note(1, "192.0.2.1", 10ms), note(2, "192.0.2.2", 10ms);  // twice: it stays
  IpAddress client = *IpAddress::parse("20.0.0.1");
  for (uint64_t i = 0; i < ClientSketches::kMostNetworks + 100; ++i) {
    sketches_.note({100 + i, client, 5000, 1}, now_);
    client = *address_behind(Prefix::make(client, 24));
  }
  sketches_.end();
  EXPECT_GE(sketches_.forgotten(), 100u);
  const auto seen = sketches_.take(now_);
  EXPECT_LE(seen.size(), ClientSketches::kMostNetworks);
  EXPECT_TRUE(std::ranges::any_of(seen, [](const auto& o) { return o.network.to_text() == "192.0.2.0/24" && o.samples == 2; }));
}

}  // namespace
}  // namespace isochrone::probe::testing
