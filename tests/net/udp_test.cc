#include "serve.h"

namespace isochrone::net {
namespace {

TEST_F(Serving, UdpAnswersOverBothFamilies) {
  serve({"127.0.0.1:0", "[::1]:0"});
  for (const size_t i : {0, 1}) {
    const Client client(SOCK_DGRAM, endpoint(i));
    client.send(query());
    EXPECT_EQ(answer::to_lines(client.receive()), kAnswer) << endpoint(i).to_text();
  }
}

TEST_F(Serving, UdpAWildcardAnswersFromTheAddressThatWasAsked) {
  serve({"0.0.0.0:0", "[::]:0"});
  for (const auto& [asked, i] : {std::pair{"127.0.0.1", 0}, {"127.0.0.2", 0}, {"127.200.3.4", 0}, {"::1", 1}}) {
    const Client client(SOCK_DGRAM, {IpAddress::parse(asked).value(), endpoint(static_cast<size_t>(i)).port});
    client.send(query());
    EXPECT_EQ(answer::to_lines(client.receive()), kAnswer) << asked;
  }
}

TEST_F(Serving, UdpEveryQueryOfABurstIsAnsweredOnce) {
  serve({"127.0.0.1:0"});
  const Client client(SOCK_DGRAM, endpoint());
  constexpr uint16_t kBurst = 150;  // the client's default buffer holds some 250 answers
  for (uint16_t id = 0; id < kBurst; ++id) client.send(query(id));
  std::vector<int> answers(kBurst);
  for (int i = 0; i < kBurst; ++i) {
    const Octets answer = client.receive();
    ASSERT_GE(answer.size(), 12u) << i;
    ++answers[size_t{answer[0]} << 8 | answer[1]];
  }
  EXPECT_EQ(answers, std::vector<int>(kBurst, 1));
}

TEST_F(Serving, UdpResponsesAndRunts) {
  serve({"127.0.0.1:0"});
  const Client client(SOCK_DGRAM, endpoint());
  Octets response = query();
  response[2] |= 0x80;
  client.send(response);
  client.send({1, 2, 3});
  client.send(query(7));
  EXPECT_EQ(client.receive()[1], 7) << "the first answer is that of the only query";
  EXPECT_TRUE(eventually([&] { return totals().dropped_response == 1 && totals().dropped_short == 1; }));
}

TEST_F(Serving, UdpWhatWasReceivedBeforeAStopIsAnswered) {
  serve({"127.0.0.1:0"});
  const Client client(SOCK_DGRAM, endpoint());
  constexpr uint16_t kBurst = 200;
  for (uint16_t id = 0; id < kBurst; ++id) client.send(query(id));
  server_->stop();
  int answers = 0;
  for (Octets octets(512); recv(client.fd(), octets.data(), octets.size(), MSG_DONTWAIT) > 0;) ++answers;
  EXPECT_EQ(answers, kBurst);
}

TEST_F(Serving, UdpWorkersTakeUpWhatIsPublished) {
  serve({"127.0.0.1:0"});
  const Client client(SOCK_DGRAM, endpoint());
  client.send(query());
  EXPECT_EQ(answer::to_lines(client.receive()), kAnswer);
  published_.publish(std::make_unique<const answer::Snapshot>(answer::World().snapshot));
  client.send(query());
  EXPECT_EQ(answer::to_lines(client.receive()), "REFUSED");
  EXPECT_TRUE(eventually([&] { return published_.collect() == 0; })) << "idle workers let go of the old snapshot";
}

TEST_F(Serving, LatencyIsCountedForEveryQuery) {
  serve({"127.0.0.1:0"});
  const Client client(SOCK_DGRAM, endpoint());
  for (int i = 0; i < 10; ++i) {
    client.send(query());
    client.receive();
  }
  EXPECT_TRUE(eventually([&] {
    const answer::Totals sums = totals();
    uint64_t counted = 0;
    for (const uint64_t bucket : sums.latency[0].buckets) counted += bucket;
    return counted == 10;
  }));
}

// The kernel would share the port between us and a stranger without a word.
TEST(Listener, APortThatAnotherServerHasIsRefused) {
  for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
    const Socket stranger(socket(AF_INET, type, 0));
    const int yes = 1;
    setsockopt(stranger.fd(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    const SocketAddress any = SocketAddress::of(at("127.0.0.1:0"));
    bind(stranger.fd(), reinterpret_cast<const sockaddr*>(&any.storage), any.length);
    if (type == SOCK_STREAM) listen(stranger.fd(), 1);
    getsockname(stranger.fd(), reinterpret_cast<sockaddr*>(&bound), &length);

    Published<answer::Snapshot> published(std::make_unique<const answer::Snapshot>());
    answer::CounterTable table;
    Server server({{endpoint_of(bound)}, 1, 1, {}}, published, table);
    const Status status = server.start();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().text, endpoint_of(bound).to_text() + ": address in use (another server?)");
  }
}

TEST(Listener, AnAddressThatIsNotOursIsNamed) {
  Published<answer::Snapshot> published(std::make_unique<const answer::Snapshot>());
  answer::CounterTable table;
  Server server({{at("192.0.2.1:5300")}, 1, 1, {}}, published, table);
  EXPECT_EQ(server.start().error().text, "192.0.2.1:5300: no interface of this machine has that address");
}

}  // namespace
}  // namespace isochrone::net
