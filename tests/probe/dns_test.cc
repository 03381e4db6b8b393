#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "one_try.h"
#include "probe/socket.h"
#include "server.h"

namespace isochrone::probe::testing {
namespace {

using health::Failure;
using health::Kind;
using health::Outcome;

// Turns a query into what is sent back; several datagrams where it says so.
using Responder = std::function<std::vector<std::string>(std::string query)>;

std::string with_rcode(std::string query, int rcode) {
  query[2] = static_cast<char>(query[2] | 0x80);
  query[3] = static_cast<char>(rcode);
  return query;
}

// Answers one datagram.
class UdpServer {
 public:
  explicit UdpServer(Responder answer) : fd_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    const SocketAddress any = to_socket_address({*IpAddress::parse("127.0.0.1"), 0});
    if (::bind(fd_.get(), any.get(), any.size) != 0) std::abort();
    thread_ = std::thread([this, answer = std::move(answer)] {
      char buffer[512];
      sockaddr_storage peer{};
      socklen_t size = sizeof peer;
      const ssize_t got = ::recvfrom(fd_.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&peer), &size);
      if (got <= 0) return;
      for (const std::string& datagram : answer(std::string(buffer, static_cast<size_t>(got))))
        ::sendto(fd_.get(), datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&peer), size);
    });
  }
  ~UdpServer() {
    ::shutdown(fd_.get(), SHUT_RDWR);  // wakes a receiver that got nothing
    thread_.join();
  }
  uint16_t port() const {
    sockaddr_in in{};
    socklen_t size = sizeof in;
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&in), &size);
    return ntohs(in.sin_port);
  }

 private:
  Fd fd_;
  std::thread thread_;
};

health::Target dns_target(uint16_t port) {
  health::Target target = target_on_loopback(Kind::Dns, port);
  target.spec.dns_name = "azure-api.example";
  return target;
}

Outcome ask(Responder answer, Duration timeout = 5s) {
  const UdpServer server(std::move(answer));
  health::Target target = dns_target(server.port());
  target.spec.timeout = timeout;
  return one_try(target);
}

TEST(Dns, TheQueryIsOneQuestion) {
  std::string query;
  const Outcome outcome = ask([&](std::string q) {
    query = q;
    return std::vector{with_rcode(q, 0)};
  });
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
  ASSERT_TRUE(outcome.rtt);
  EXPECT_LT(*outcome.rtt, 1s);
  const std::string expected(
      "\0\0\0\1\0\0\0\0\0\0\x09"
      "azure-api\x07"
      "example\0\0\6\0\1",
      33);
  EXPECT_EQ(query.substr(2), expected);
}

TEST(Dns, RcodesAreSaid) {
  Outcome outcome = ask([](std::string q) { return std::vector{with_rcode(q, 5)}; });
  EXPECT_EQ(outcome.failure, Failure::Status);
  EXPECT_EQ(outcome.reason, "REFUSED for azure-api.example SOA, expected NOERROR");
  EXPECT_EQ(outcome.code, 5);
  ASSERT_TRUE(outcome.evidence);
  EXPECT_EQ(outcome.evidence->first_octets.substr(3, 1), "\5");  // the message from its start
  outcome = ask([](std::string q) { return std::vector{with_rcode(q, 2)}; });
  EXPECT_EQ(outcome.reason, "SERVFAIL for azure-api.example SOA, expected NOERROR");
}

// The query with an answer section: a CNAME, then an address, both with compressed owners.
std::string with_address(std::string query, const std::string& rdata) {
  query = with_rcode(query, 0);
  query[7] = 2;
  query += std::string("\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x0c", 14);
  query += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0", 11) + static_cast<char>(rdata.size()) + rdata;
  return query;
}

TEST(Dns, WhatIsExpectedIsTheOperatorsToSay) {
  const std::string seven("\xc0\0\2\7", 4), nine("\xc0\0\2\x9", 4);
  const struct {
    const char* name;
    std::vector<uint16_t> rcodes;
    Responder answer;
    const char* reason;
  } cases[] = {
      {"another RCODE is fine", {3, 0}, [](std::string q) { return std::vector{with_rcode(q, 3)}; }, ""},
      {"none of them", {3, 5}, [](std::string q) { return std::vector{with_rcode(q, 0)}; },
       "NOERROR for azure-api.example A, expected NXDOMAIN or REFUSED"},
  };
  for (const auto& c : cases) {
    const UdpServer server(c.answer);
    health::Target target = dns_target(server.port());
    target.spec.dns_type = 1;
    target.spec.expect_rcodes = c.rcodes;
    EXPECT_EQ(one_try(target).reason, c.reason) << c.name;
  }
  const struct {
    const char* name;
    Responder answer;
    const char* reason;
  } addresses[] = {
      {"the address", [=](std::string q) { return std::vector{with_address(q, seven)}; }, ""},
      {"another one", [=](std::string q) { return std::vector{with_address(q, nine)}; },
       "192.0.2.9 for azure-api.example A, expected 192.0.2.7"},
      {"none", [](std::string q) { return std::vector{with_rcode(q, 0)}; },
       "no address for azure-api.example A, expected 192.0.2.7"},
      {"one of a wrong length", [=](std::string q) { return std::vector{with_address(q, "abc")}; },
       "no address for azure-api.example A, expected 192.0.2.7"},
      {"cut in the middle", [=](std::string q) { return std::vector{with_address(q, seven).substr(0, q.size() + 20)}; },
       "no address for azure-api.example A, expected 192.0.2.7"},
      {"cut, and it says so",
       [](std::string q) {
         std::string answer = with_rcode(q, 0);
         answer[2] = static_cast<char>(answer[2] | 2);
         return std::vector{answer};
       },
       "no address for azure-api.example A (cut: TC is set; 'tcp: true' gets all of it), expected 192.0.2.7"},
  };
  for (const auto& c : addresses) {
    const UdpServer server(c.answer);
    health::Target target = dns_target(server.port());
    target.spec.dns_type = 1;
    target.spec.expect_answers = {*IpAddress::parse("192.0.2.7")};
    EXPECT_EQ(one_try(target).reason, c.reason) << c.name;
  }
}

TEST(Dns, AnswersToOtherQuestionsAreNotHeard) {
  const auto change = [](std::string text, size_t at) {
    text[at] = static_cast<char>(text[at] ^ 1);
    return text;
  };
  const auto wrong = [change](std::string q) {
    const std::string good = with_rcode(q, 5);
    return std::vector{change(good, 0), change(good, 14), q, good.substr(0, 12), std::string("x")};
  };
  Outcome outcome = ask(wrong, 300ms);
  EXPECT_EQ(outcome.failure, Failure::Timeout);
  outcome = ask([wrong](std::string q) {
    auto all = wrong(q);
    all.push_back(with_rcode(q, 0));
    return all;
  });
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
}

TEST(Dns, APortThatIsClosedSaysSo) {
  const uint16_t port = closed_port();
  const Outcome outcome = one_try(dns_target(port));
  EXPECT_EQ(outcome.failure, Failure::Refused);
  EXPECT_EQ(outcome.reason, fmt::format("connection refused by 127.0.0.1:{}", port));
}

TEST(Dns, OverTcp) {
  const auto serve = [](Connection& connection) {
    const std::string query = connection.read();
    const std::string answer = query.substr(0, 2) + with_rcode(query.substr(2), 0);
    connection.write(answer.substr(0, 1));  // in two pieces, the length cut
    connection.write(answer.substr(1));
    connection.hang();
  };
  const Server server(serve);
  health::Target target = dns_target(server.port());
  target.spec.dns_tcp = true;
  const Outcome outcome = one_try(target);
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
  EXPECT_TRUE(outcome.rtt);
}

TEST(Dns, TcpFaults) {
  const struct {
    Server::Script script;
    std::string reason;
  } cases[] = {
      {[](Connection& c) { c.read(); }, "{} closed the connection without an answer"},
      {[](Connection& c) { c.read(), c.write(std::string("\0\3abc", 5)), c.hang(); },
       "what {} sent does not answer the question"},
      {[](Connection& c) { c.read(), c.reset(); }, "connection reset by {} (first byte)"},
  };
  for (const auto& c : cases) {
    const Server server(c.script);
    health::Target target = dns_target(server.port());
    target.spec.dns_tcp = true;
    EXPECT_EQ(one_try(target).reason, fmt::format(fmt::runtime(c.reason), fmt::format("127.0.0.1:{}", server.port())));
  }
}

TEST(Dns, ANameThatIsNoneIsOurs) {
  health::Target target = dns_target(53);
  target.spec.dns_name = "a..example";
  EXPECT_EQ(one_try(target).failure, Failure::Local);
}

}  // namespace
}  // namespace isochrone::probe::testing
