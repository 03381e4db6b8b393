#include <netinet/tcp.h>

#include "net/tcp_gate.h"
#include "net/tcp_worker.h"
#include "serve.h"

namespace isochrone::net {
namespace {

using TcpServing = Serving;

Octets joined(int count) {
  Octets frames;
  for (int id = 0; id < count; ++id)
    for (const uint8_t octet : framed(query(static_cast<uint16_t>(id)))) frames.push_back(octet);
  return frames;
}

TEST_F(TcpServing, AnswersOverBothFamilies) {
  serve({"127.0.0.1:0", "[::1]:0"});
  for (const size_t i : {0, 1}) {
    const Client client(SOCK_STREAM, endpoint(i));
    client.send(framed(query()));
    EXPECT_EQ(answer::to_lines(client.receive_frame()), kAnswer);
  }
}

TEST_F(TcpServing, ASocketThatTakesNoConnectionsIsAnError) {
  TcpGate gate({});
  std::vector<Socket> sockets;
  sockets.emplace_back(::socket(AF_INET, SOCK_DGRAM, 0));
  TcpWorker worker(std::move(sockets), gate, published_, table_.add_worker());
  const Status listening = worker.listen();
  ASSERT_FALSE(listening);
  EXPECT_TRUE(listening.error().text.starts_with("0.0.0.0:0: operation not supported")) << listening.error().text;
}

TEST_F(TcpServing, SeveralQueriesInASegmentAreAnsweredInOneWrite) {
  serve({"127.0.0.1:0"});
  const Client client(SOCK_STREAM, endpoint());
  constexpr int kQueries = 20;
  client.send(joined(kQueries));
  // Frames written one by one would come in several reads.
  const size_t frame = 2 + query().size() + 16;
  EXPECT_EQ(client.receive_exactly(1).size(), 1u);
  EXPECT_EQ(client.receive().size(), kQueries * frame - 1);
}

TEST_F(TcpServing, AQueryMayComeOctetByOctet) {
  serve({"127.0.0.1:0"});
  const Client client(SOCK_STREAM, endpoint());
  const int yes = 1;
  setsockopt(client.fd(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  for (const uint8_t octet : joined(2)) client.send({octet});
  for (const int id : {0, 1}) EXPECT_EQ(client.receive_frame()[1], id);
}

TEST_F(TcpServing, LongAnswersAreWhole) {
  serve({"127.0.0.1:0"});
  const Client client(SOCK_STREAM, endpoint());
  client.send(framed(answer::query_octets({"large.example.", "TXT"})));
  const Octets answer = client.receive_frame();
  EXPECT_GT(answer.size(), 50'000u);
  EXPECT_EQ(answer[2] & 2, 0) << "no TC";
}

// We stop reading from who does not read, and go on where we were when he does.
TEST_F(TcpServing, ASlowReaderGetsEverythingInTheEnd) {
  serve({"127.0.0.1:0"});
  const Client client(SOCK_STREAM, endpoint());
  constexpr int kQueries = 300;  // 16 MB of answers, more than all the buffers between us
  std::thread sender([&] {
    for (int id = 0; id < kQueries; ++id) {
      Octets octets = answer::query_octets({"large.example.", "TXT"});
      octets[0] = static_cast<uint8_t>(id >> 8);
      octets[1] = static_cast<uint8_t>(id);
      client.send(framed(octets));
    }
  });
  sender.join();
  for (int id = 0; id < kQueries; ++id) {
    const Octets answer = client.receive_frame();
    ASSERT_GT(answer.size(), 50'000u) << id;
    ASSERT_EQ(answer[0] << 8 | answer[1], id);
  }
}

TEST_F(TcpServing, AnIdleClientAndOneOfAnOctetAMinuteAreClosed) {
  serve({"127.0.0.1:0"}, {.idle = 300ms});
  const Client idle(SOCK_STREAM, endpoint());
  idle.send(framed(query()));
  EXPECT_EQ(answer::to_lines(idle.receive_frame()), kAnswer);
  const Client dribbling(SOCK_STREAM, endpoint());
  dribbling.send({0, 40});
  std::thread dribble([&] {
    for (int i = 0; i < 20; ++i) {
      dribbling.send({0});
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_TRUE(dribbling.closed_by_server());
  dribble.join();
  EXPECT_TRUE(eventually([&] { return totals().tcp_closed_idle == 2; }));
}

TEST_F(TcpServing, TheIdlestMakesRoomWhenAllPlacesAreTaken) {
  serve({"127.0.0.1:0"}, {.clients = 2, .clients_per_address = 2});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<Client>(SOCK_STREAM, endpoint()));
    clients.back()->send(framed(query()));
    EXPECT_EQ(answer::to_lines(clients.back()->receive_frame()), kAnswer) << i;
  }
  EXPECT_TRUE(clients[0]->closed_by_server());
  clients[1]->send(framed(query()));
  EXPECT_EQ(answer::to_lines(clients[1]->receive_frame()), kAnswer) << "the others stay";
  EXPECT_EQ(totals().tcp_closed_limit, 1u);
}

TEST_F(TcpServing, OneAddressCannotTakeThePlacesOfOthers) {
  serve({"127.0.0.1:0"}, {.clients = 10, .clients_per_address = 2});
  const Client other(SOCK_STREAM, endpoint(), "127.0.0.9");
  other.send(framed(query()));
  EXPECT_EQ(answer::to_lines(other.receive_frame()), kAnswer);
  std::vector<std::unique_ptr<Client>> greedy;
  for (int i = 0; i < 5; ++i) {
    greedy.push_back(std::make_unique<Client>(SOCK_STREAM, endpoint()));
    greedy.back()->send(framed(query()));
    EXPECT_EQ(answer::to_lines(greedy.back()->receive_frame()), kAnswer);
  }
  EXPECT_TRUE(greedy[0]->closed_by_server());
  other.send(framed(query()));
  EXPECT_EQ(answer::to_lines(other.receive_frame()), kAnswer);
}

TEST_F(TcpServing, NoDnsIsClosed) {
  serve({"127.0.0.1:0"});
  const Client client(SOCK_STREAM, endpoint());
  client.send({0, 3, 'G', 'E', 'T'});
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_TRUE(eventually([&] { return totals().tcp_closed_error == 1; }));
}

TEST_F(TcpServing, AHalfClosedClientGetsItsAnswers) {
  serve({"127.0.0.1:0"});
  const Client client(SOCK_STREAM, endpoint());
  client.send(joined(3));
  shutdown(client.fd(), SHUT_WR);
  for (const int id : {0, 1, 2}) EXPECT_EQ(client.receive_frame()[1], id);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(TcpServing, WhatWasReceivedBeforeAStopIsAnswered) {
  serve({"127.0.0.1:0"});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<Client>(SOCK_STREAM, endpoint()));
    clients.back()->send(joined(3));
  }
  server_->stop();
  for (const auto& client : clients)
    for (const int id : {0, 1, 2}) {
      const Octets answer = client->receive_frame();
      ASSERT_GT(answer.size(), 12u);
      EXPECT_EQ(answer[1], id);
    }
}

// Each holds what is left of one write, which may be next to nothing, and the queries behind it: more than 40 KiB.
TEST_F(TcpServing, ClientsThatDoNotReadShareOneBudget) {
  constexpr int64_t kHeld = 256 << 10;
  serve({"127.0.0.1:0"}, {.held = kHeld});
  const Octets one = framed(answer::query_octets({"large.example.", "TXT"}));
  Octets many;
  while (many.size() < 48 << 10) many.insert(many.end(), one.begin(), one.end());
  std::vector<std::unique_ptr<Client>> greedy;
  for (int i = 0; i < 20; ++i) {
    greedy.push_back(std::make_unique<Client>(SOCK_STREAM, endpoint()));
    greedy.back()->send(many);
  }
  EXPECT_TRUE(eventually([&] { return server_->tcp_closed_unread() >= 10; })) << server_->tcp_closed_unread();
  const Client other(SOCK_STREAM, endpoint());
  other.send(framed(query()));
  EXPECT_EQ(answer::to_lines(other.receive_frame()), kAnswer);
  EXPECT_LE(server_->tcp_held(), kHeld);
  greedy.clear();
  EXPECT_TRUE(eventually([&] { return server_->tcp_held() == 0; })) << server_->tcp_held();
}

TEST(TcpGate, CountsClientsByAddressAndIpv6By64) {
  TcpGate gate({.clients = 4, .clients_per_address = 2});
  const auto enter = [&](std::string_view client) { return gate.enter(IpAddress::parse(client).value()); };
  EXPECT_EQ(enter("2001:db8::1"), TcpGate::Entry::Admitted);
  EXPECT_EQ(enter("2001:db8::2"), TcpGate::Entry::Admitted);
  EXPECT_EQ(enter("2001:db8::3"), TcpGate::Entry::FullForClient);
  EXPECT_EQ(enter("2001:db8:0:1::3"), TcpGate::Entry::Admitted);
  EXPECT_EQ(gate.idle_limit(), 10s);
  EXPECT_EQ(enter("192.0.2.1"), TcpGate::Entry::Admitted);
  EXPECT_EQ(gate.idle_limit(), 2500ms) << "shorter when places are short";
  EXPECT_EQ(enter("192.0.2.2"), TcpGate::Entry::Full);
  gate.leave(IpAddress::parse("2001:db8::2").value());
  EXPECT_EQ(enter("192.0.2.2"), TcpGate::Entry::Admitted);
}

}  // namespace
}  // namespace isochrone::net
