#include "admin/strangers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include <gtest/gtest.h>

namespace isochrone::admin {
namespace {

// Connections to a listener on loopback from addresses of 127/8, as the listener has them.
class StrangersTest : public ::testing::Test {
 protected:
  StrangersTest() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    at_.sin_family = AF_INET;
    at_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<const sockaddr*>(&at_), sizeof at_);
    listen(listener_, 64);
    socklen_t size = sizeof at_;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&at_), &size);
    open_.push_back(listener_);
  }
  ~StrangersTest() override {
    for (const int fd : open_) close(fd);
  }
  int from(const char* address) {
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in own{};
    own.sin_family = AF_INET;
    inet_pton(AF_INET, address, &own.sin_addr);
    EXPECT_EQ(bind(client, reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
    EXPECT_EQ(connect(client, reinterpret_cast<const sockaddr*>(&at_), sizeof at_), 0);
    const int accepted = accept(listener_, nullptr, nullptr);
    open_.insert(open_.end(), {client, accepted});
    strangers_.add(accepted);
    return accepted;
  }
  static bool is_ended(int socket) {
    pollfd entry{socket, POLLIN, 0};
    return poll(&entry, 1, 0) == 1;
  }

  sockaddr_in at_{};
  int listener_;
  std::vector<int> open_;
  Strangers strangers_;
};

TEST_F(StrangersTest, WhoHasMostLosesTheOldest) {
  const int before = from("127.0.0.2");
  std::vector<int> many;
  for (std::ptrdiff_t i = 0; i < Strangers::kShare + 2; ++i) many.push_back(from("127.0.0.3"));
  const int after = from("127.0.0.2");
  for (int i = 0; i < 5; ++i) strangers_.end_one();
  for (const int socket : {before, after}) EXPECT_FALSE(is_ended(socket));
  for (size_t i = 0; i < many.size(); ++i) EXPECT_EQ(is_ended(many[i]), i < 2) << i << ": it keeps its share";
}

TEST_F(StrangersTest, OneEachIsNoReasonToEndAny) {
  strangers_.end_one();
  std::vector<int> workers;
  for (int i = 0; i < 20; ++i) workers.push_back(from(("127.0.0." + std::to_string(10 + i)).c_str()));
  strangers_.end_one();
  for (const int socket : workers) EXPECT_FALSE(is_ended(socket));
}

TEST_F(StrangersTest, WhoseHeadIsReadIsNoStranger) {
  std::vector<int> known;
  for (int i = 0; i < 12; ++i) known.push_back(from("127.0.0.2"));
  for (const int socket : known) strangers_.remove(socket);
  strangers_.remove(known.front());
  strangers_.end_one();
  for (const int socket : known) EXPECT_FALSE(is_ended(socket));
}

TEST_F(StrangersTest, SocketsWithoutAnAddressAreOneGroup) {
  std::vector<int> ours;
  for (std::ptrdiff_t i = 0; i < Strangers::kShare + 1; ++i) {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    open_.insert(open_.end(), {pair[0], pair[1]});
    strangers_.add(pair[0]);
    ours.push_back(pair[0]);
  }
  for (int i = 0; i < 3; ++i) strangers_.end_one();
  for (size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(is_ended(ours[i]), i == 0) << i;
}

}  // namespace
}  // namespace isochrone::admin
