// The health protocol against a server that speaks just enough HTTP/2 (RFC 9113), written by hand.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "one_try.h"
#include "server.h"

namespace isochrone::probe::testing {
namespace {

using health::Failure;
using health::Kind;
using health::Outcome;

enum FrameType : char { kData = 0, kHeaders = 1, kSettings = 4 };
constexpr char kEndStream = 1, kAck = 1, kEndHeaders = 4;

std::string frame(FrameType type, int flags, int stream, const std::string& payload) {
  const size_t n = payload.size();
  return std::string{static_cast<char>(n >> 16),
                     static_cast<char>(n >> 8),
                     static_cast<char>(n),
                     type,
                     static_cast<char>(flags),
                     0,
                     0,
                     0,
                     static_cast<char>(stream)} +
         payload;
}

// RFC 7541 §6.2.2: a literal without indexing, new name.
std::string header(const std::string& name, const std::string& value) {
  return '\0' + std::string(1, static_cast<char>(name.size())) + name + static_cast<char>(value.size()) + value;
}

const std::string kStatus200 = "\x88";

// Reads frames until the request's last one; what its DATA held.
std::string read_request(Connection& connection) {
  constexpr size_t kPreface = 24, kHead = 9;
  std::string buffer, body;
  size_t at = kPreface;
  while (true) {
    while (buffer.size() < at + kHead ||
           buffer.size() <
               at + kHead + (static_cast<uint8_t>(buffer[at + 1]) << 8 | static_cast<uint8_t>(buffer[at + 2]))) {
      const std::string part = connection.read();
      if (part.empty()) return body;
      buffer += part;
    }
    const size_t size =
        static_cast<size_t>(static_cast<uint8_t>(buffer[at + 1]) << 8 | static_cast<uint8_t>(buffer[at + 2]));
    const char type = buffer[at + 3], flags = buffer[at + 4];
    if (type == kData) body += buffer.substr(at + kHead, size);
    at += kHead + size;
    if ((type == kData || type == kHeaders) && (flags & kEndStream)) return body;
  }
}

std::string message(const std::string& octets) {
  return std::string(4, '\0') + static_cast<char>(octets.size()) + octets;
}

Server::Script grpc(const std::string& answer, const std::string& trailers, std::string* request = nullptr) {
  return [=](Connection& connection) {
    connection.write(frame(kSettings, 0, 0, ""));
    const std::string body = read_request(connection);
    if (request) *request = body;
    connection.write(frame(kSettings, kAck, 0, "") +
                     frame(kHeaders, kEndHeaders, 1, kStatus200 + header("content-type", "application/grpc")) +
                     (answer.empty() ? "" : frame(kData, 0, 1, answer)) +
                     frame(kHeaders, kEndHeaders | kEndStream, 1, trailers));
    connection.hang();
  };
}

const std::string kFine = header("grpc-status", "0");

TEST(Grpc, ServingIsUpAndAllElseIsToldApart) {
  const struct {
    const char* name;
    std::string answer, trailers;
    Failure failure;
    const char* reason;
    int code = 0;
  } cases[] = {
      {"serving", message("\x08\x01"), kFine, Failure::None, ""},
      {"not serving", message("\x08\x02"), kFine, Failure::Status, "health is NOT_SERVING, expected SERVING"},
      {"unknown, the default", message(""), kFine, Failure::Status, "health is UNKNOWN, expected SERVING"},
      {"no such service", "", header("grpc-status", "5") + header("grpc-message", "gone"), Failure::Status,
       "grpc-status 5 (NOT_FOUND: no such service): gone", 5},
      {"no health service", "", header("grpc-status", "12"), Failure::Status,
       "grpc-status 12 (UNIMPLEMENTED: no health service)", 12},
      {"another message",
       message("\x0a\x03"
               "abc"),
       kFine, Failure::Protocol, "the answer is not a grpc.health.v1.HealthCheckResponse"},
      {"cut", std::string("\0\0", 2), kFine, Failure::Protocol,
       "the answer is not a grpc.health.v1.HealthCheckResponse"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Server server(grpc(c.answer, c.trailers));
    const Outcome outcome = one_try(target_on_loopback(Kind::Grpc, server.port()));
    EXPECT_EQ(outcome.failure, c.failure);
    EXPECT_EQ(outcome.reason, c.reason);
    EXPECT_EQ(outcome.code, c.code);
    EXPECT_TRUE(outcome.rtt);
  }
}

TEST(Grpc, TheServiceIsNamed) {
  std::string request;
  {
    const Server server(grpc(message("\x08\x01"), kFine, &request));
    health::Target target = target_on_loopback(Kind::Grpc, server.port());
    target.spec.grpc_service = "a.B";
    EXPECT_TRUE(one_try(target).ok());
  }
  EXPECT_EQ(request, message("\x0a\x03"
                             "a.B"));
}

TEST(Grpc, OverTls) {
  const Identity ca = make_identity({.common_name = "Test Root", .is_ca = true});
  const Server server(grpc(message("\x08\x01"), kFine),
                      make_identity({.common_name = "gw", .names = {"IP:127.0.0.1"}}, &ca), Family::V4, "h2");
  health::Target target = target_on_loopback(Kind::Grpc, server.port());
  target.spec.tls = true;
  target.spec.ca_file = write_file("grpc-ca.pem", ca.pem());
  const Outcome outcome = one_try(target);
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
  EXPECT_TRUE(outcome.certificate_expiry);
}

TEST(Grpc, AServerOfHttp1IsNoGrpcServer) {
  const Server server(answer_with("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  const Outcome outcome = one_try(target_on_loopback(Kind::Grpc, server.port()));
  EXPECT_FALSE(outcome.ok());
  EXPECT_NE(outcome.failure, Failure::Timeout) << outcome.reason;
}

}  // namespace
}  // namespace isochrone::probe::testing
