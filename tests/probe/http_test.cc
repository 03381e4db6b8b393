// Answers of every kind over plain HTTP; hangs in every phase.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "one_try.h"
#include "server.h"

namespace isochrone::probe::testing {
namespace {

using health::Failure;
using health::Kind;
using health::Outcome;
using health::Phase;
using health::ProbeSpec;

std::string response(const std::string& status, const std::string& body, const std::string& headers = "") {
  return fmt::format("HTTP/1.1 {}\r\n{}Content-Length: {}\r\n\r\n{}", status, headers, body.size(), body);
}

struct Case {
  std::string name;
  std::string response;
  std::function<void(ProbeSpec&)> expect;
  Failure failure;
  std::string reason;  // with {} for the address and port
};

void no_change(ProbeSpec&) {}

TEST(Http, AnswersAreJudged) {
  const std::vector<Case> cases = {
      {"200", response("200 OK", "fine"), no_change, Failure::None, ""},
      {"204 without a body", "HTTP/1.1 204 No Content\r\n\r\n", no_change, Failure::None, ""},
      {"503", response("503 Slow Down", ""), no_change, Failure::Status, "503 Service Unavailable, expected 200-299"},
      {"a status without a name", response("299 x", ""),
       [](ProbeSpec& s) {
         s.expect_status = {{200, 204}, {301, 301}};
       },
       Failure::Status, "299, expected 200-204, 301"},
      {"a redirect is a status, not followed", response("302 Found", "", "Location: http://127.0.0.1:1/\x01\r\n"),
       no_change, Failure::Status, "302 Found to http://127.0.0.1:1/?, expected 200-299"},
      {"the body expected", response("200 OK", "all is WELL here"), [](ProbeSpec& s) { s.expect_body = "WELL"; },
       Failure::None, ""},
      {"another body", response("200 OK", "ill"), [](ProbeSpec& s) { s.expect_body = "WELL"; }, Failure::Body,
       "no \"WELL\" in the 3 octets of the body"},
      {"the text lies beyond the limit", response("200 OK", std::string(100, ' ') + "WELL"),
       [](ProbeSpec& s) { s.expect_body = "WELL", s.body_limit = 50; }, Failure::Body,
       "no \"WELL\" in the first 50 octets of the body"},
      {"the header expected", response("200 OK", "", "X-State:   good enough \r\n"),
       [](ProbeSpec& s) {
         s.expect_headers = {{"x-state", "good"}};
       },
       Failure::None, ""},
      {"another header", response("200 OK", "", "X-State: bad\r\n"),
       [](ProbeSpec& s) {
         s.expect_headers = {{"x-state", "good"}};
       },
       Failure::Header, "header x-state is \"bad\", expected \"good\" in it"},
      {"no header", response("200 OK", ""),
       [](ProbeSpec& s) {
         s.expect_headers = {{"x-state", "good"}};
       },
       Failure::Header, "no header x-state, expected \"good\" in it"},
      {"an early 1xx is not the answer", "HTTP/1.1 103 Early Hints\r\nX-State: bad\r\n\r\n" + response("200 OK", ""),
       no_change, Failure::None, ""},
      {"closed without an answer", "", no_change, Failure::Reset, "{} closed the connection without an answer"},
      {"closed within the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", no_change, Failure::Body,
       "{} closed the connection within the body"},
      {"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", no_change, Failure::Protocol,
       "no HTTP answer from {}: it begins \"SSH-2.0-OpenSSH_9.2\\r\\n\""},
      {"not HTTP, and without an end", std::string("\x16\x03\x01\0", 4) + std::string(1000, 'x'), no_change, Failure::Protocol,
       "no HTTP answer from {}: it begins \"\\x16\\x03\\x01\\x00" + std::string(36, 'x') + "\""},
      {"not HTTP, to HEAD", "SSH-2.0-OpenSSH_9.2\r\n", [](ProbeSpec& s) { s.method = "HEAD"; }, Failure::Protocol,
       "no HTTP answer from {}: Weird server reply"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Server server(answer_with(c.response));
    health::Target target = target_on_loopback(Kind::Http, server.port());
    c.expect(target.spec);
    const Outcome outcome = one_try(target);
    EXPECT_EQ(outcome.failure, c.failure);
    EXPECT_EQ(outcome.reason, fmt::format(fmt::runtime(c.reason), fmt::format("127.0.0.1:{}", server.port())));
    EXPECT_TRUE(outcome.rtt);
    EXPECT_EQ(server.connections(), 1);
  }
}

TEST(Http, TheRequestIsWhatTheProbeSays) {
  std::string request;
  std::mutex mutex;
  const Server server([&](Connection& connection) {
    const std::lock_guard lock(mutex);
    request = connection.read_until("\r\n\r\n");
    connection.write(response("200 OK", ""));
  });
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1", 1);
  health::Target target = target_on_loopback(Kind::Http, server.port());
  target.spec.host = "contoso-westus2-01.regional.azure-api.example";
  target.spec.path = "/a/../b?c=%20";
  target.spec.headers = {{"X-From", "here"}};
  const Outcome outcome = one_try(target);
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
  const std::lock_guard lock(mutex);
  EXPECT_EQ(request,
            fmt::format("GET /a/../b?c=%20 HTTP/1.1\r\nHost: contoso-westus2-01.regional.azure-api.example:{}\r\n"
                        "User-Agent: isochrone-probe\r\nAccept: */*\r\nX-From: here\r\n\r\n",
                        server.port()));
}

TEST(Http, TheStartOfTheBodyIsShown) {
  const Server server(answer_with(response("503 Slow Down", std::string(300, 'x'))));
  const Outcome outcome = one_try(target_on_loopback(Kind::Http, server.port()));
  ASSERT_TRUE(outcome.evidence);
  EXPECT_EQ(outcome.evidence->first_octets, std::string(health::kFirstOctets, 'x'));
  EXPECT_FALSE(outcome.evidence->chain);
  const Server empty(answer_with(response("503 Slow Down", "")));
  EXPECT_FALSE(one_try(target_on_loopback(Kind::Http, empty.port())).evidence);
}

TEST(Http, OverIpv6WithoutAHost) {
  const Server server(answer_with(response("200 OK", "")), {}, Family::V6);
  const Outcome outcome = one_try(target_on_loopback(Kind::Http, server.port(), Family::V6));
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
}

TEST(Http, RefusedAndReset) {
  const uint16_t port = closed_port();
  Outcome outcome = one_try(target_on_loopback(Kind::Http, port));
  EXPECT_EQ(outcome.failure, Failure::Refused);
  EXPECT_EQ(outcome.reason, fmt::format("connection refused by 127.0.0.1:{}", port));

  const Server server([](Connection& connection) {
    connection.read_until("\r\n\r\n");
    connection.reset();
  });
  outcome = one_try(target_on_loopback(Kind::Http, server.port()));
  EXPECT_EQ(outcome.failure, Failure::Reset);
  EXPECT_EQ(outcome.reason, fmt::format("connection reset by 127.0.0.1:{} (first byte)", server.port()));
}

TEST(Http, AHangIsToldByItsPhase) {
  const struct {
    std::string said;
    Phase phase;
    std::string phase_text;
  } cases[] = {{"", Phase::FirstByte, "first byte"},
               {"HTTP/1.1 200 OK\r\nContent-", Phase::Body, "body"},
               {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", Phase::Body, "body"}};
  for (const auto& c : cases) {
    const Server server([&](Connection& connection) {
      connection.read_until("\r\n\r\n");
      connection.write(c.said);
      connection.hang();
    });
    health::Target target = target_on_loopback(Kind::Http, server.port());
    target.spec.timeout = 200ms;
    const Outcome outcome = one_try(target);
    EXPECT_EQ(outcome.failure, Failure::Timeout);
    EXPECT_EQ(outcome.phase, c.phase);
    EXPECT_EQ(outcome.reason,
              fmt::format("no answer from 127.0.0.1:{} within 200ms ({})", server.port(), c.phase_text));
    EXPECT_GE(outcome.phases[static_cast<size_t>(c.phase)], 150ms);
    EXPECT_TRUE(outcome.rtt);  // it did connect
  }
}

TEST(Http, AnEndlessBodyIsCutAndJudgedByItsStart) {
  const Server server([](Connection& connection) {
    connection.read_until("\r\n\r\n");
    connection.write("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.write(std::string(8192, 'x'))) {
    }
  });
  const Outcome outcome = one_try(target_on_loopback(Kind::Http, server.port()));
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
}

TEST(Http, EndlessHeadersAreCut) {
  for (const std::string endless : {"X-Again: and again\r\n", "x"}) {
    const Server server([&](Connection& connection) {
      connection.read_until("\r\n\r\n");
      connection.write("HTTP/1.1 200 OK\r\n");
      std::string many;
      while (many.size() < 4096) many += endless;
      while (connection.write(many)) {
      }
    });
    const Outcome outcome = one_try(target_on_loopback(Kind::Http, server.port()));
    EXPECT_EQ(outcome.failure, Failure::Protocol);
    EXPECT_EQ(outcome.reason, fmt::format("127.0.0.1:{} sent more than 64 KiB of headers", server.port()));
  }
}

}  // namespace
}  // namespace isochrone::probe::testing
