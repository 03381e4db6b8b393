#include "admin/server.h"

#include <curl/curl.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "../util/folder.h"
#include "example.h"

namespace isochrone::admin {
namespace {

using nlohmann::json;

struct Answer {
  long status = 0;
  std::string body;
};

// One HTTP request; over the socket where `socket` is given. `header`: one more.
Answer ask(const std::string& url, const std::string& socket, const char* token = nullptr, const char* post = nullptr, const char* header = nullptr) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  Answer answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  if (!socket.empty()) curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  if (post) curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, post);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, +[](char* octets, size_t, size_t n, void* to) {
    static_cast<std::string*>(to)->append(octets, n);
    return n;
  });
  curl_slist* headers = nullptr;
  if (token) headers = curl_slist_append(headers, (std::string("Authorization: Bearer ") + token).c_str());
  if (header) headers = curl_slist_append(headers, header);
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers);
  curl_easy_perform(curl.get());
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  curl_slist_free_all(headers);
  return answer;
}

int socket_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);  // a full backlog takes no more
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  return fd;
}

// How many octets the server takes of `head` and then `piece` for ever, before it hangs up; `most` where it does not.
size_t taken_of(int port, const std::string& head, const std::string& piece, size_t most) {
  const int fd = socket_to(port);
  size_t sent = 0;
  for (std::string rest = head; sent < most;) {
    pollfd entry{fd, POLLIN | POLLOUT, 0};
    if (poll(&entry, 1, 10'000) <= 0) break;
    char answer[4096];
    if (entry.revents & POLLIN && recv(fd, answer, sizeof answer, 0) <= 0) break;
    if (entry.revents & (POLLERR | POLLHUP)) break;
    if (!(entry.revents & POLLOUT)) continue;
    const ssize_t n = send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n < 0) break;
    sent += static_cast<size_t>(n);
    rest.erase(0, static_cast<size_t>(n));
    if (rest.empty()) rest = piece;
  }
  close(fd);
  return sent;
}

// What comes back for `request`, until the server hangs up; "" where it says nothing for ten seconds.
std::string answer_to(int port, const std::string& request) {
  const int fd = socket_to(port);
  std::string answer;
  for (size_t sent = 0;;) {
    pollfd entry{fd, static_cast<short>(sent < request.size() ? POLLIN | POLLOUT : POLLIN), 0};
    if (poll(&entry, 1, 10'000) <= 0) break;
    if (entry.revents & POLLOUT) sent += static_cast<size_t>(std::max<ssize_t>(0, send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL)));
    char octets[4096];
    const ssize_t got = entry.revents & POLLIN ? recv(fd, octets, sizeof octets, 0) : 0;
    if (got > 0) answer.append(octets, static_cast<size_t>(got));
    else if (entry.revents & (POLLIN | POLLERR | POLLHUP)) break;
  }
  close(fd);
  return answer;
}

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_.listen = Endpoint{*IpAddress::parse("127.0.0.1"), 0};
    for (const char* who : {"reader", "changer", "tokyo", "gateway"}) {
      config::AdminToken token;
      token.name = who;
      token.file = folder_.write(who, token.name + "-secret-000000000\n");
      token.may_read = token.name == "reader";
      token.may_change = token.name == "changer";
      if (token.name == "tokyo") token.may_probe = "tokyo";
      if (token.name == "gateway") token.may_observe = "west";
      config_.tokens.push_back(token);
    }
    server_.emplace(config_, socket(), backend_);
    const Status started = server_->start();
    ASSERT_TRUE(started) << started.error().text;
  }
  std::string socket() const { return folder_ / "admin.sock"; }
  Answer over_socket(const std::string& path, const char* post = nullptr) const { return ask("http://x" + path, socket(), nullptr, post); }
  Answer over_http(const std::string& path, const char* token = nullptr, const char* post = nullptr) const {
    return ask("http://127.0.0.1:" + std::to_string(server_->port()) + path, "", token, post);
  }

  Folder folder_;
  config::AdminConfig config_;
  FakeBackend backend_;
  std::optional<Server> server_;
};

TEST_F(ServerTest, TheSocketIsForItsOwnerAndGroup) {
  struct stat info {};
  ASSERT_EQ(stat(socket().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0660u);
  EXPECT_EQ(over_socket("/api/v1/status").status, 200);
}

TEST_F(ServerTest, TheSocketIsForItsOwnerAndGroupWhateverTheUmask) {
  for (const mode_t mask : {0u, 022u, 0177u}) {
    const Folder folder;
    const mode_t before = umask(mask);
    Server server({}, folder / "admin.sock", backend_);
    const Status started = server.start();
    umask(before);
    ASSERT_TRUE(started) << started.error().text;
    struct stat info {};
    ASSERT_EQ(stat((folder / "admin.sock").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0660u) << mask;
  }
}

TEST_F(ServerTest, WhatStandsInTheSocketsPlaceIsTold) {
  server_.reset();
  std::filesystem::create_directories(socket() + "/kept");
  server_.emplace(config_, socket(), backend_);
  ASSERT_TRUE(server_->start()) << "the address serves";
  EXPECT_EQ(server_->open_socket().error().text, socket() + ": what is there from before cannot be removed: Is a directory");
}

TEST_F(ServerTest, AnswersAreFacts) {
  const json status = json::parse(over_http("/api/v1/status").body);
  EXPECT_EQ(status["node"], "ns1");
  EXPECT_EQ(status["pools"][0]["gateways"][0]["addresses"][0]["vantages"][1]["reason"], "connection refused");
  EXPECT_EQ(status["vantages"][0]["estimates"][0]["held_ms"], 38.0);
  const json why = json::parse(over_http("/api/v1/explain?name=a.z.example&client=192.0.2.0/24").body);
  EXPECT_EQ(why["client"], "192.0.2.0/24");
  EXPECT_NE(over_http("/metrics").body.find("isochrone_info"), std::string::npos);
  EXPECT_NE(over_http("/").body.find("<title>isochrone</title>"), std::string::npos);
  const json paths = json::parse(over_http("/api/v1/openapi.json").body)["paths"];
  for (const char* path : {"/api/v1/status", "/api/v1/explain", "/api/v1/drain", "/api/v1/reload", "/api/v1/observations"}) EXPECT_TRUE(paths.contains(path)) << path;
}

TEST_F(ServerTest, ReceiptsAreToldAndEscaped) {
  const json told = json::parse(over_http("/api/v1/receipts?target=192.0.2.1").body);
  const json& receipt = told["targets"][0]["vantages"][0]["receipts"][0];
  EXPECT_EQ(receipt["age"], 1.5);
  EXPECT_EQ(receipt["result"], "status");
  EXPECT_EQ(receipt["phase"], "first byte");
  EXPECT_EQ(receipt["phases_ms"], json({{"connect", 12.0}, {"tls", 30.0}, {"first_byte", 4.0}}));
  EXPECT_EQ(receipt["rtt_ms"], 11.5);
  EXPECT_EQ(receipt["status"], 503);
  EXPECT_FALSE(receipt.contains("code"));
  EXPECT_EQ(receipt["first_octets"], R"(down\n\xff")");
  EXPECT_EQ(receipt["certificates"][0]["names"], "gw.example");
  EXPECT_EQ(over_http("/api/v1/receipts").status, 400);
  EXPECT_EQ(over_http("/api/v1/receipts?target=192.0.2.2").status, 422);
}

TEST_F(ServerTest, ProbingNowNeedsTheRightToChange) {
  const char* body = R"({"target": "192.0.2.1"})";
  EXPECT_EQ(over_http("/api/v1/probe", nullptr, body).status, 401);
  EXPECT_EQ(over_http("/api/v1/probe", "reader-secret-000000000", body).status, 403);
  EXPECT_EQ(over_http("/api/v1/probe", "changer-secret-000000000", body).status, 200);
  EXPECT_EQ(over_http("/api/v1/probe", "changer-secret-000000000", "192.0.2.1").status, 400);
  EXPECT_EQ(over_socket("/api/v1/probe", body).status, 200);
}

TEST_F(ServerTest, RefusedReportsAreToldToTheNode) {
  EXPECT_EQ(over_http("/api/v1/report", nullptr, "{}").status, 401);
  EXPECT_EQ(over_http("/api/v1/report", "reader-secret-000000000", "{}").status, 403);
  EXPECT_EQ(over_http("/api/v1/report", "tokyo-secret-000000000", "hello").status, 400);
  EXPECT_EQ(over_http("/api/v1/report", "tokyo-secret-000000000", R"({"vantage": "paris", "run": 1, "sequence": 1, "targets": []})").status, 403);
  ASSERT_EQ(backend_.refusals.size(), 4u);
  EXPECT_EQ(backend_.refusals[0], "somebody at 127.0.0.1: the token is unknown");
  EXPECT_EQ(backend_.refusals[1], "token reader at 127.0.0.1: the token reader may not probe; it needs the right probe:VANTAGE");
  EXPECT_EQ(backend_.refusals[2].substr(0, 7), "tokyo: ");
  EXPECT_EQ(backend_.refusals[3], "tokyo: the token is of vantage tokyo, not of paris");
}

// 401 is for who is not known at all.
TEST_F(ServerTest, AKnownTokenIsToldWhichRightItLacks) {
  const struct {
    const char *path, *token, *post, *error;
  } cases[] = {
      {"/api/v1/plan?vantage=tokyo", "reader", nullptr, "the token reader may not probe; it needs the right probe:tokyo"},
      {"/api/v1/report", "gateway", "{}", "the token gateway may not probe; it needs the right probe:VANTAGE"},
      {"/api/v1/observations", "tokyo", "{}", "the token tokyo may not observe; it needs the right observe:REGION"},
      {"/api/v1/drain", "reader", "{}", "the token reader may not change; it needs the right change"},
      {"/api/v1/undrain", "tokyo", "{}", "the token tokyo may not change; it needs the right change"},
      {"/api/v1/reload", "gateway", "", "the token gateway may not change; it needs the right change"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.token) + " " + c.path);
    const Answer answer = over_http(c.path, (c.token + std::string("-secret-000000000")).c_str(), c.post);
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(json::parse(answer.body)["error"], c.error);
    EXPECT_EQ(over_http(c.path, "nobodys-secret-000000000", c.post).status, 401);
  }
  // The node is told of orders as well, to say so in its log.
  ASSERT_EQ(backend_.refusals.size(), 10u) << "all but the plan's, which nobody was kept from giving";
  EXPECT_EQ(backend_.refusals[4], "token reader at 127.0.0.1: /api/v1/drain: the token reader may not change; it needs the right change");
  EXPECT_EQ(backend_.refusals[5], "somebody at 127.0.0.1: /api/v1/drain: a token with the right to change is needed");
}

TEST_F(ServerTest, AGatewayWritesItsOwnColumnAlone) {
  const char* const west = R"({"region": "west", "run": 1, "sequence": 4, "networks": []})";
  const char* const east = R"({"region": "east", "run": 1, "sequence": 4, "networks": []})";
  const char* const token = "gateway-secret-000000000";
  EXPECT_EQ(over_http("/api/v1/observations", nullptr, west).status, 401);
  EXPECT_EQ(over_http("/api/v1/observations", "changer-secret-000000000", west).status, 403);
  EXPECT_EQ(over_http("/api/v1/observations", "tokyo-secret-000000000", west).status, 403);
  EXPECT_EQ(over_http("/api/v1/observations", token, "hello").status, 400);
  EXPECT_EQ(over_http("/api/v1/observations", token, east).status, 403);
  EXPECT_EQ(backend_.observed.sequence, 0u);
  EXPECT_EQ(backend_.refusals[3].substr(0, 18), "gateways of west: ") << "counted where its token says it is";
  EXPECT_EQ(backend_.refusals.back(), "gateways of west: the token is of region west, not of east");
  EXPECT_EQ(backend_.refusals.size(), 5u);
  EXPECT_EQ(over_http("/api/v1/observations", token, west).status, 204);
  EXPECT_EQ(backend_.observed.sequence, 4u);
  EXPECT_EQ(over_http("/api/v1/report", token, R"({"vantage": "west", "run": 1, "sequence": 1, "targets": []})").status, 403);
  EXPECT_EQ(over_http("/api/v1/drain", token, "{}").status, 403);
  EXPECT_EQ(over_socket("/api/v1/observations", east).status, 204) << "the socket is the operator's";
}

// What is not asked for ends early, whoever sends it; a few megabytes are in the kernel's buffers.
TEST_F(ServerTest, EndlessRequestsEnd) {
  constexpr size_t kMost = 256 << 20, kBuffers = 24 << 20;
  const std::string letters(1 << 20, 'x'), chunk = "100000\r\n" + letters + "\r\n";
  std::string headers;
  for (int i = 0; i < 1000; ++i) headers += "X-" + std::to_string(i) + ": y\r\n";
  const std::string post = "POST /api/v1/report HTTP/1.1\r\nHost: a\r\n", token = "Authorization: Bearer tokyo-secret-000000000\r\n";
  const struct {
    const char* name;
    std::string head, piece;
  } cases[] = {
      {"a request line", "GET /", letters},
      {"a header", "GET / HTTP/1.1\r\nX: ", letters},
      {"headers", "GET / HTTP/1.1\r\n", headers},
      {"a stranger's chunks", post + "Transfer-Encoding: chunked\r\n\r\n", chunk},
      {"a worker's chunks", post + token + "Transfer-Encoding: chunked\r\n\r\n", chunk},
      {"a stranger's body", post + "Content-Length: 9999999999\r\n\r\n", letters},
      {"a worker's body", post + token + "Content-Length: 9999999999\r\n\r\n", letters},
  };
  for (const auto& c : cases) EXPECT_LT(taken_of(server_->port(), c.head, c.piece, kMost), kBuffers) << c.name;
  EXPECT_EQ(over_http("/healthz").status, 200);
}

TEST_F(ServerTest, ARefusalIsHeardThoughTheBodyIsNotRead) {
  const std::string body(3 << 20, ' ');
  EXPECT_EQ(over_http("/api/v1/report", "nobody's", body.c_str()).status, 401);
  EXPECT_EQ(ask("http://127.0.0.1:" + std::to_string(server_->port()) + "/api/v1/report", "", nullptr, body.c_str(), "Expect:").status, 401);
  EXPECT_EQ(backend_.refusals.back(), "somebody at 127.0.0.1: the token is unknown");
  EXPECT_EQ(over_http("/api/v1/nothing", nullptr, "{}").status, 401) << "a stranger learns of no path";
  EXPECT_EQ(ask("http://x/api/v1/drain", socket(), nullptr, "x", "Content-Encoding: gzip").status, 415);
}

// RFC 9112 §6.3. The sender does not hang up first: it waits for its answer.
TEST_F(ServerTest, ARequestThatTellsNoLengthHasNoBody) {
  const std::string head = " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer changer-secret-000000000\r\n";
  EXPECT_EQ(answer_to(server_->port(), "POST /api/v1/reload" + head + "\r\n").substr(0, 12), "HTTP/1.1 422");
  const std::string drain = answer_to(server_->port(), "POST /api/v1/drain" + head + "\r\n");
  EXPECT_EQ(drain.substr(0, 12), "HTTP/1.1 400");
  EXPECT_NE(drain.find("expected a JSON object"), std::string::npos) << drain;
  EXPECT_EQ(answer_to(server_->port(), "POST /api/v1/reload" + head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").substr(0, 12), "HTTP/1.1 422");
  EXPECT_EQ(answer_to(server_->port(), "POST /api/v1/reload" + head + "Transfer-Encoding: gzip, chunked\r\n\r\n").substr(0, 12), "HTTP/1.1 501");
}

// A page in somebody's browser on this machine can have its own name stand for 127.0.0.1.
TEST_F(ServerTest, FreeReadingIsForThoseWhoAskByAddress) {
  const std::string url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/api/v1/status";
  for (const char* host : {"Host: localhost:1", "Host: 127.0.0.1:9353", "Host: [::1]:9353", "Host: [::1]", "Host:"})
    EXPECT_EQ(ask(url, "", nullptr, nullptr, host).status, 200) << host;
  for (const char* host : {"Host: evil.example", "Host: evil.example:9353", "Host: localhost.evil.example", "Host: 127.0.0.1.evil.example"}) {
    EXPECT_EQ(ask(url, "", nullptr, nullptr, host).status, 403) << host;
    EXPECT_EQ(ask(url, "", "reader-secret-000000000", nullptr, host).status, 200) << host;
  }
}

// Silent connections wait in the kernel, not with a descriptor of ours each.
TEST_F(ServerTest, ManySilentClientsDoNotHoldUpAStop) {
  std::vector<int> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(socket_to(server_->port()));
  const auto began = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(8));
  for (const int fd : silent) close(fd);
}

TEST_F(ServerTest, ReadyIsWhatTheBackendSays) {
  EXPECT_EQ(over_http("/readyz").status, 200);
  backend_.is_ready = false;
  EXPECT_EQ(over_http("/readyz").status, 503);
  EXPECT_EQ(over_http("/healthz").status, 200);
}

TEST_F(ServerTest, ChangingNeedsTheRight) {
  const char* body = R"({"target": "west", "reason": "upgrade", "for": "2h"})";
  EXPECT_EQ(over_http("/api/v1/drain", nullptr, body).status, 401);
  EXPECT_EQ(over_http("/api/v1/drain", "reader-secret-000000000", body).status, 403);
  EXPECT_EQ(over_http("/api/v1/drain", "tokyo-secret-000000000", body).status, 403);
  EXPECT_EQ(backend_.drained.target, "");
  EXPECT_EQ(over_http("/api/v1/drain", "changer-secret-000000000", body).status, 200);
  EXPECT_EQ(backend_.drained.target, "west");
  EXPECT_EQ(backend_.drained.by, "token changer");
  EXPECT_EQ(backend_.drained.duration, Duration(2h));
  EXPECT_EQ(over_socket("/api/v1/drain", R"({"target": "east", "reason": "x", "by": "eve"})").status, 200);
  EXPECT_EQ(backend_.drained.by, "eve");
  EXPECT_EQ(over_socket("/api/v1/drain", "{\"target\": \"east\", \"reason\": \"a\\nb\\u001b[31m \u00e9\", \"by\": \"e\\nve\"}").status, 200);
  EXPECT_EQ(backend_.drained.reason, "a?b?[31m \u00e9");
  EXPECT_EQ(backend_.drained.by, "e?ve");
  const std::string long_reason = R"({"target": "east", "reason": ")" + std::string(1001, 'x') + "\"}";
  EXPECT_EQ(over_socket("/api/v1/drain", long_reason.c_str()).status, 400);
}

TEST_F(ServerTest, ADrainTellsWhatItReplaced) {
  const json first = json::parse(over_socket("/api/v1/drain", R"({"target": "west", "reason": "upgrade", "for": "2h", "by": "eve"})").body);
  EXPECT_EQ(first["ends_in"], 7200.0);
  EXPECT_EQ(first["replaced"], nullptr);
  const json second = json::parse(over_socket("/api/v1/drain", R"({"target": "west", "reason": "more"})").body);
  EXPECT_EQ(second["ends_in"], nullptr);
  EXPECT_EQ(second["replaced"], json({{"reason", "upgrade"}, {"by", "eve"}, {"ends_in", 7200.0}}));
  EXPECT_EQ(json::parse(over_socket("/api/v1/drain", R"({"target": "west", "reason": "more"})").body)["replaced"]["ends_in"], nullptr);
}

TEST_F(ServerTest, BadRequestsAreToldWhy) {
  const struct {
    const char *path, *post;
    long status;
    const char* error;
  } cases[] = {
      {"/api/v1/explain", nullptr, 400, "explain: a name is missing; expected ?name=NAME"},
      {"/api/v1/explain?name=a&type=NOPE", nullptr, 400, "explain: unknown type 'NOPE'"},
      {"/api/v1/explain?name=a..b", nullptr, 400, "name 'a..b': \"a..b\" has an empty label"},
      {"/api/v1/explain?name=a&client=192.0.2.1/24", nullptr, 400, "client '192.0.2.1/24': bits are set beyond the prefix; expected a prefix such as 192.0.2.0/24"},
      {"/api/v1/explain?name=a&client=here", nullptr, 400, "client 'here': not a prefix; expected a prefix such as 192.0.2.0/24"},
      {"/api/v1/explain?name=a&clinet=192.0.2.0/24", nullptr, 400,
       "unknown parameter 'clinet' (known: name, type, client, resolver); did you mean 'client'?"},
      {"/api/v1/explain?name=a&name=b", nullptr, 400, "parameter 'name' is given more than once"},
      {"/api/v1/receipts?tagret=a", nullptr, 400, "unknown parameter 'tagret' (known: target); did you mean 'target'?"},
      {"/api/v1/receipts", nullptr, 400, "receipts: a target is missing; expected ?target=ADDRESS, for one"},
      {"/api/v1/plan?vantage=tokyo&bogus=1", nullptr, 400, "unknown parameter 'bogus' (known: vantage)"},
      {"/api/v1/explain?name=a&resolver=here", nullptr, 400, "resolver 'here': not an IP address"},
      {"/api/v1/drain", "", 400, "expected a JSON object with \"target\""},
      {"/api/v1/drain", "[1]", 400, "expected a JSON object with \"target\""},
      {"/api/v1/drain", R"({"target": "west"})", 400, "a drain needs a reason"},
      {"/api/v1/drain", R"({"target": "west", "reason": "x", "for": "soon"})", 400, "for: expected a duration from 1s to 365d, such as \"2h\""},
      {"/api/v1/drain", R"({"target": "west", "reason": "x", "for": "0s"})", 400, "for: expected a duration from 1s to 365d, such as \"2h\""},
      {"/api/v1/drain", R"({"target": "west", "reason": "x", "for": "366d"})", 400, "for: expected a duration from 1s to 365d, such as \"2h\""},
      {"/api/v1/drain", R"({"target": "west", "reason": "x", "for": ""})", 400, "for: expected a duration from 1s to 365d, such as \"2h\""},
      {"/api/v1/drain", R"({"target": "west", "reason": "x", "fro": "2h"})", 400, "unknown key 'fro'; did you mean 'for'?"},
      {"/api/v1/drain", R"({"target": "west", "reason": "x", "until": "2h"})", 400, "unknown key 'until'"},
      {"/api/v1/drain", R"({"target": "west", "reason": "x", "for": 7200})", 400, "for: expected a duration from 1s to 365d, such as \"2h\""},
      {"/api/v1/drain", R"({"target": "west", "reason": "x", "here": "yes"})", 400, "here: expected true or false"},
      {"/api/v1/drain", R"({"target": "west", "reason": ["x"]})", 400, "reason: expected a text"},
      {"/api/v1/undrain", R"({"target": "west"})", 422, "west is not drained"},
      {"/api/v1/undrain", R"({"target": "west", "for": "2h"})", 400, "unknown key 'for'"},
      {"/api/v1/undrain", R"({"target": "west", "raeson": "x"})", 400, "unknown key 'raeson'; did you mean 'reason'?"},
      {"/api/v1/probe", R"({"target": "192.0.2.1", "probe": "gw"})", 400, "unknown key 'probe'"},
      {"/api/v1/reload", R"({"dry-run": true})", 400, "unknown key 'dry-run'"},
      {"/api/v1/reload", "now", 400, "expected no body, or {}"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.path) + " " + (c.post ? c.post : ""));
    const Answer answer = over_socket(c.path, c.post);
    EXPECT_EQ(answer.status, c.status);
    EXPECT_EQ(json::parse(answer.body)["error"], c.error);
  }
  EXPECT_EQ(over_socket("/api/v1/nothing").status, 404);
  EXPECT_EQ(over_socket("/api/v1/reload", "").status, 422);
  EXPECT_EQ(over_socket("/api/v1/reload", "{}").status, 422);
  EXPECT_EQ(backend_.drained.target, "") << "none of them drained anything";
}

TEST_F(ServerTest, ASecondNodeWithThisStateIsRefused) {
  config::AdminConfig other;
  Server second(other, socket(), backend_);
  const Status started = second.start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().text.find("another isochrone is running with this `state`"), std::string::npos);
}

TEST_F(ServerTest, ABusyAddressIsNamed) {
  config::AdminConfig other;
  other.listen = Endpoint{*IpAddress::parse("127.0.0.1"), static_cast<uint16_t>(server_->port())};
  Server second(other, folder_ / "second.sock", backend_);
  const Status started = second.start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().text.find("admin: cannot listen on 127.0.0.1:"), std::string::npos) << started.error().text;
}

TEST_F(ServerTest, ASocketLeftByACrashIsTakenOver) {
  server_.reset();
  folder_.write("admin.sock", "");
  server_.emplace(config_, socket(), backend_);
  const Status started = server_->start();
  ASSERT_TRUE(started) << started.error().text;
  EXPECT_EQ(over_socket("/api/v1/status").status, 200);
}

}  // namespace
}  // namespace isochrone::admin
