// Targets that are names: asked of a name server here, and probed at what it says.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <map>
#include <mutex>

#include "loop/timer.h"
#include "one_try.h"
#include "probe/resolver.h"
#include "probe/socket.h"
#include "server.h"

namespace isochrone::probe::testing {
namespace {

using health::Failure;
using health::Kind;
using health::Outcome;
using health::Phase;

// What a name server says of a name.
struct Said {
  int rcode = 0;
  std::vector<std::string> addresses = {};
  uint8_t ttl = 60;  // seconds
  bool silent = false;
};

// Answers A and AAAA over UDP, whatever name is asked for.
class NameServer {
 public:
  explicit NameServer(Said said) : fd_(::socket(AF_INET, SOCK_DGRAM, 0)), said_(std::move(said)) {
    const SocketAddress any = to_socket_address({*IpAddress::parse("127.0.0.1"), 0});
    if (::bind(fd_.get(), any.get(), any.size) != 0) std::abort();
    thread_ = std::thread([this] { serve(); });
  }
  ~NameServer() {
    over_ = true;
    thread_.join();
  }
  void say(Said said) {
    const std::lock_guard lock(mutex_);
    said_ = std::move(said);
  }
  int questions() const { return questions_; }
  Endpoint endpoint() const {
    sockaddr_in in{};
    socklen_t size = sizeof in;
    ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&in), &size);
    return {*IpAddress::parse("127.0.0.1"), ntohs(in.sin_port)};
  }

 private:
  void serve() {
    while (!over_) {
      pollfd ready{fd_.get(), POLLIN, 0};
      if (::poll(&ready, 1, 20) != 1) continue;
      char buffer[512];
      sockaddr_storage peer{};
      socklen_t size = sizeof peer;
      const ssize_t got = ::recvfrom(fd_.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&peer), &size);
      if (got <= 12) continue;
      ++questions_;
      const std::string answer = answer_to(std::string(buffer, static_cast<size_t>(got)));
      if (!answer.empty()) ::sendto(fd_.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&peer), size);
    }
  }
  std::string answer_to(std::string query) {
    const std::lock_guard lock(mutex_);
    if (said_.silent) return "";
    EXPECT_EQ(query[2] & 1, 1) << "recursion is desired";
    const char type = query[query.size() - 3];  // 1 A, 28 AAAA
    query[2] = static_cast<char>(query[2] | 0x80);
    query[3] = static_cast<char>(said_.rcode);
    for (const std::string& text : said_.addresses) {
      const IpAddress address = *IpAddress::parse(text);
      if ((address.family == Family::V4) != (type == 1)) continue;
      ++query[7];
      query += std::string("\xc0\x0c\0", 3) + type + std::string("\0\1\0\0\0", 5) + static_cast<char>(said_.ttl) + '\0' + static_cast<char>(address.size());
      query.append(reinterpret_cast<const char*>(address.octets.data()), static_cast<size_t>(address.size()));
    }
    return query;
  }

  Fd fd_;
  std::mutex mutex_;
  Said said_;
  std::atomic<bool> over_ = false;
  std::atomic<int> questions_ = 0;
  std::thread thread_;
};

health::Target named(uint16_t port) {
  health::Target target = target_on_loopback(Kind::Tcp, port);
  target.address = {};
  target.name = "gw1.example.net";
  return target;
}

Outcome try_once(const NameServer& dns, health::Target target) { return one_try(std::move(target), {.resolvers = {dns.endpoint()}}); }

Server::Script hang() {
  return [](Connection& connection) { connection.hang(); };
}

TEST(Names, OneAddressThatAnswersIsEnough) {
  const Server server(hang());
  const NameServer dns({.addresses = {"127.0.9.9", "127.0.0.1", "::1"}});  // nobody listens at the first and the last
  const Outcome outcome = try_once(dns, named(server.port()));
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
  EXPECT_TRUE(outcome.rtt);
  EXPECT_GT(outcome.phases[static_cast<size_t>(Phase::Resolve)], Duration::zero());
  EXPECT_EQ(dns.questions(), 2);
}

TEST(Names, NoneThatAnswersIsAFailureAndSaysWhy) {
  const uint16_t port = closed_port();
  const NameServer dns({.addresses = {"127.0.0.1", "127.0.0.2"}});
  const Outcome outcome = try_once(dns, named(port));
  EXPECT_EQ(outcome.failure, Failure::Refused);
  EXPECT_EQ(outcome.reason, "connection refused by 127.0.0.1:" + std::to_string(port) + "; none of the 2 addresses of gw1.example.net answers as expected");
}

TEST(Names, AHostIsAskedByItsOwnName) {
  std::string request;
  const Server server([&request](Connection& connection) {
    request = connection.read_until("\r\n\r\n");
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  const NameServer dns({.addresses = {"127.0.0.1"}});
  health::Target target = named(server.port());
  target.spec.kind = Kind::Http;
  target.spec.host = target.name;
  EXPECT_TRUE(try_once(dns, target).ok());
  EXPECT_NE(request.find("Host: gw1.example.net"), std::string::npos) << request;
}

TEST(Names, ThatItIsNotThereIsAnAnswer) {
  Outcome outcome = try_once(NameServer({.rcode = 3}), named(80));
  EXPECT_EQ(outcome.failure, Failure::Unreachable);
  EXPECT_EQ(outcome.phase, Phase::Resolve);
  EXPECT_EQ(outcome.reason, "gw1.example.net does not exist (NXDOMAIN)");
  outcome = try_once(NameServer(Said{}), named(80));
  EXPECT_EQ(outcome.failure, Failure::Unreachable);
  EXPECT_EQ(outcome.reason, "gw1.example.net has no address (NODATA for A and AAAA)");
  outcome = try_once(NameServer({.addresses = {"0.0.0.0"}}), named(80));
  EXPECT_EQ(outcome.failure, Failure::Unreachable) << "it would have been this machine";
}

TEST(Names, ThatNobodySaysAnythingIsOurs) {
  Outcome outcome = try_once(NameServer({.rcode = 2}), named(80));
  EXPECT_EQ(outcome.failure, Failure::Local) << "it says nothing of the target";
  EXPECT_EQ(outcome.reason, "gw1.example.net is not resolved: SERVFAIL for gw1.example.net A, expected NOERROR or NXDOMAIN");
  health::Target impatient = named(80);
  impatient.spec.timeout = 100ms;
  outcome = try_once(NameServer({.silent = true}), impatient);
  EXPECT_EQ(outcome.failure, Failure::Local);
  EXPECT_EQ(outcome.reason, "gw1.example.net is not resolved within 100ms");
}

TEST(Names, TheNextServerIsAskedWhereOneIsNotThere) {
  const NameServer dns({.addresses = {"127.0.0.1"}});
  const Server server(hang());
  const ProberConfig config{.resolvers = {{*IpAddress::parse("127.0.0.1"), closed_port()}, dns.endpoint()}};
  const Outcome outcome = one_try(named(server.port()), config);
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
}

// Asks until the resolver knows something that `fits`.
Resolved resolved_as(TestLoop& loop, Resolver& resolver, const std::function<bool(const Resolved&)>& fits) {
  Resolved found;
  loop::Timer again(loop.get(), [] {});
  loop.run_until([&] {
    again.once(10ms);  // so that the loop turns
    const Resolved* known = resolver.find("gw1.example.net");
    if (known) found = *known;
    return known && fits(found);
  });
  return found;
}

TEST(Names, AddressesFollowTheNameAndOutliveItsServer) {
  NameServer dns({.addresses = {"127.0.0.1"}, .ttl = 0});
  TestLoop loop;
  Resolver resolver(loop.get(), {dns.endpoint()});
  const auto has = [](const char* address) {
    return [address](const Resolved& r) { return r.addresses == std::vector{*IpAddress::parse(address)} && r.trouble.empty(); };
  };
  const auto in_trouble = [](const Resolved& r) { return !r.trouble.empty(); };
  EXPECT_EQ(resolved_as(loop, resolver, has("127.0.0.1")).trouble, "");
  EXPECT_LE(dns.questions(), 2) << "a TTL of 0 is no reason to ask all the time";

  dns.say({.addresses = {"127.0.0.2"}, .ttl = 0});
  EXPECT_EQ(resolved_as(loop, resolver, has("127.0.0.2")).trouble, "");

  dns.say({.rcode = 2});
  Resolved kept = resolved_as(loop, resolver, in_trouble);
  EXPECT_EQ(kept.addresses, std::vector{*IpAddress::parse("127.0.0.2")});
  EXPECT_FALSE(kept.is_gone);
  EXPECT_EQ(resolver.in_trouble(), 1u);

  dns.say({.addresses = {"127.0.0.3"}});
  EXPECT_EQ(resolved_as(loop, resolver, has("127.0.0.3")).trouble, "");
  const int asked = dns.questions();
  resolver.find("gw1.example.net");
  EXPECT_EQ(dns.questions(), asked) << "its TTL is not over";

  resolver.keep_only({"gw2.example.net"});
  EXPECT_EQ(resolver.find("gw1.example.net"), nullptr) << "forgotten";
  resolver.close();
}

TEST(Names, AnAnswerThatWasCutIsAskedForOverTcp) {
  std::atomic<int> tcp = 0;
  const Server server([&tcp](Connection& connection) {
    ++tcp;
    std::string query = connection.read();
    while (query.size() < 2 || query.size() < 2u + static_cast<uint8_t>(query[1])) query += connection.read();
    query[4] = static_cast<char>(query[4] | 0x80);
    connection.write(query);
  });
  // The same port over UDP, where everything is cut.
  Fd udp(::socket(AF_INET, SOCK_DGRAM, 0));
  const SocketAddress at = to_socket_address({*IpAddress::parse("127.0.0.1"), server.port()});
  ASSERT_EQ(::bind(udp.get(), at.get(), at.size), 0);
  std::thread cutter([&udp] {
    for (int i = 0; i < 2; ++i) {
      char buffer[512];
      sockaddr_storage peer{};
      socklen_t size = sizeof peer;
      const ssize_t got = ::recvfrom(udp.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&peer), &size);
      buffer[2] = static_cast<char>(buffer[2] | 0x82);
      ::sendto(udp.get(), buffer, static_cast<size_t>(got), 0, reinterpret_cast<sockaddr*>(&peer), size);
    }
  });
  const Outcome outcome = one_try(named(80), {.resolvers = {{*IpAddress::parse("127.0.0.1"), server.port()}}});
  cutter.join();
  EXPECT_EQ(outcome.reason, "gw1.example.net has no address (NODATA for A and AAAA)");
  EXPECT_EQ(tcp, 2);
}

TEST(Names, TheSystemsServersAreThoseOfItsFile) {
  const auto text = [](const std::string& conf) {
    std::string out;
    for (const Endpoint& server : servers_in(conf)) out += server.to_text() + " ";
    return out;
  };
  EXPECT_EQ(text("# nameserver 192.0.2.9\nsearch example.net\nnameserver 192.0.2.1\nnameserver\t2001:db8::1\n"), "192.0.2.1:53 [2001:db8::1]:53 ");
  EXPECT_EQ(text("nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n"), "192.0.2.1:53 192.0.2.2:53 192.0.2.3:53 ");
  EXPECT_EQ(text("nameserver fe80::1%eth0\noptions edns0\n"), "127.0.0.1:53 ");
  EXPECT_EQ(text(""), "127.0.0.1:53 ");
}

}  // namespace
}  // namespace isochrone::probe::testing
