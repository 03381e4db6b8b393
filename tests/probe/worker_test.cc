// A worker against nodes that are there, away, and of another opinion.

#include "probe/worker.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "one_try.h"
#include "probe/wire_json.h"
#include "server.h"

namespace isochrone::probe::testing {
namespace {

// A node's /api/v1, as far as a worker sees it. Answers requests on kept connections.
class Node {
 public:
  Node() : server_([this](Connection& connection) { serve(connection); }, identity()) {}

  std::string plan = encode_plan(*plan_of({target_on_loopback(health::Kind::Tcp, 1)}));
  std::string plan_status = "200 OK";
  std::string report_answer = "HTTP/1.1 204 No Content\r\n\r\n";

  void set_report_answer(const std::string& answer) {
    const std::lock_guard lock(mutex_);
    report_answer = answer;
  }
  std::vector<health::VantageReport> reports() {
    const std::lock_guard lock(mutex_);
    return reports_;
  }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  config::ReportTo address(const std::string& token = "secret") const {
    return {fmt::format("https://127.0.0.1:{}", server_.port()), write_file("token-" + token, token + "\n"),
            write_file("node-ca.pem", ca().pem())};
  }

 private:
  static const Identity& ca() {
    static const Identity made = make_identity({.common_name = "Node Root", .is_ca = true});
    return made;
  }
  static Identity identity() { return make_identity({.common_name = "node", .names = {"IP:127.0.0.1"}}, &ca()); }

  void serve(Connection& connection) {
    while (true) {
      std::string request = connection.read_until("\r\n\r\n");
      if (request.empty()) return;
      const size_t end = request.find("\r\n\r\n") + 4;
      std::string body = request.substr(end);
      request.resize(end);
      size_t length = 0;
      if (const size_t at = request.find("Content-Length: "); at != request.npos)
        length = std::stoul(request.substr(at + 16));
      while (body.size() < length) body += connection.read();
      if (!connection.write(answer(request, body))) return;
    }
  }

  std::string answer(const std::string& request, const std::string& body) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    if (request.find("Authorization: Bearer secret\r\n") == request.npos)
      return "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    if (request.starts_with("GET /api/v1/plan?vantage=tokyo ")) {
      if (request.find("If-None-Match: \"7\"") != request.npos)
        return "HTTP/1.1 304 Not Modified\r\nETag: \"7\"\r\n\r\n";
      return fmt::format("HTTP/1.1 {}\r\nETag: \"7\"\r\nContent-Length: {}\r\n\r\n{}", plan_status, plan.size(), plan);
    }
    if (report_answer.starts_with("HTTP/1.1 204")) {
      auto report = decode_report(body);
      EXPECT_TRUE(report) << report.error().text;
      if (report) reports_.push_back(std::move(*report));
    }
    return report_answer;
  }

  std::mutex mutex_;
  std::vector<health::VantageReport> reports_;
  std::vector<std::string> requests_;
  Server server_;  // last: its threads use the rest
};

// A worker and what it told its callbacks.
struct Running {
  TestLoop loop;
  std::vector<std::shared_ptr<const health::Plan>> plans;
  Worker worker;

  explicit Running(std::vector<config::ReportTo> nodes, Duration every = 30ms)
      : worker(loop.get(), {"tokyo", std::move(nodes), every, every, 50ms},
               {[this](auto plan) { plans.push_back(plan); },
                [](std::span<const health::TargetId> only) {
                  health::VantageReport report;
                  health::TargetReport target;
                  for (const char* key : {"a", "b", "c"}) {
                    target.key = key;
                    const auto id = static_cast<health::TargetId>(*key - 'a');
                    if (only.empty() || std::ranges::find(only, id) != only.end()) report.targets.push_back(target);
                  }
                  return report;
                }}) {}
};

TEST(Worker, FetchesItsPlanOnceAndReportsAgainAndAgain) {
  Node node;
  Running running({node.address()});
  running.loop.run_until([&] { return node.reports().size() >= 3 && node.requests().size() >= 8; });
  ASSERT_EQ(running.plans.size(), 1u);
  EXPECT_EQ(running.plans[0]->targets.size(), 1u);
  const auto reports = node.reports();
  EXPECT_EQ(reports[0].vantage, "tokyo");
  EXPECT_EQ(reports[0].targets.size(), 3u);
  EXPECT_GT(reports[1].sequence, reports[0].sequence);
  EXPECT_TRUE(running.worker.links()[0].reached);
  running.worker.close();
}

TEST(Worker, AChangeIsReportedAtOnceAndAlone) {
  Node node;
  Running running({node.address()}, 1h);
  running.loop.run_until([&] { return !running.plans.empty(); });
  const health::TargetId changed[] = {1};
  running.worker.changed(changed);  // the first report is full, whatever asked for it
  running.loop.run_until([&] { return node.reports().size() == 1; });
  running.loop.run_until([&] { return running.worker.links()[0].reports == 1; });
  running.worker.changed(changed);
  running.loop.run_until([&] { return node.reports().size() == 2; });
  EXPECT_EQ(node.reports()[0].targets.size(), 3u);
  ASSERT_EQ(node.reports()[1].targets.size(), 1u);
  EXPECT_EQ(node.reports()[1].targets[0].key, "b");
  running.worker.close();
}

TEST(Worker, ANodeThatIsAwayDelaysNoOther) {
  Node node;
  config::ReportTo away = node.address();
  away.node = fmt::format("https://127.0.0.1:{}", closed_port());
  Running running({away, node.address()});
  running.loop.run_until([&] { return !running.plans.empty() && node.reports().size() >= 2; });
  running.loop.run_until([&] { return running.worker.links()[0].failures >= 1; });
  EXPECT_FALSE(running.worker.links()[0].reached);
  EXPECT_EQ(running.worker.links()[0].trouble, fmt::format("cannot connect to {}: Connection refused", away.node));
  EXPECT_TRUE(running.worker.links()[1].reached);
  running.worker.close();
}

TEST(Worker, RestsWhileAnotherWayTakesItsReports) {
  Node node;
  Running running({node.address()});
  EXPECT_FALSE(running.worker.full_report()) << "no plan yet";
  running.worker.rest(true);
  running.loop.run_until([&] { return !running.plans.empty() && node.requests().size() >= 3; });  // the plan is looked at
  const health::TargetId changed[] = {1};
  running.worker.changed(changed);
  const auto first = running.worker.full_report(), second = running.worker.full_report();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->vantage, "tokyo");
  EXPECT_EQ(first->targets.size(), 3u);
  EXPECT_EQ(second->sequence, first->sequence + 1);
  EXPECT_TRUE(node.reports().empty());
  running.worker.rest(false);
  running.loop.run_until([&] { return node.reports().size() >= 2; });
  const auto reports = node.reports();
  EXPECT_EQ(reports[0].targets.size(), 3u) << "everything, at once";
  EXPECT_EQ(reports[0].run, first->run);
  EXPECT_EQ(reports[0].sequence, second->sequence + 1) << "one row over both ways";
  running.worker.close();
}

TEST(Worker, ARefusalIsExplained) {
  Node node;
  const struct {
    std::string token, answer, expected;
  } cases[] = {
      {"wrong", "", "401: the node does not know this token"},
      {"secret", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
       "403: this token may not probe as \"tokyo\"; the node's admin.tokens must say probe:tokyo"},
      {"secret", "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig", "413: big"},
  };
  for (const auto& c : cases) {
    if (!c.answer.empty()) node.set_report_answer(c.answer);
    Running running({node.address(c.token)});
    running.loop.run_until([&] { return running.worker.links()[0].failures >= 1; });
    EXPECT_EQ(running.worker.links()[0].trouble, c.expected);
    running.worker.close();
  }
}

TEST(Worker, APlanOfGarbageChangesNothing) {
  Node node;
  node.plan = "{\"targets\": 7}";
  Running running({node.address()});
  running.loop.run_until([&] { return node.requests().size() >= 3; });
  EXPECT_TRUE(running.plans.empty());
  running.worker.close();
}

TEST(Worker, ACertificateOfAnotherIsNotTrusted) {
  Node node;
  config::ReportTo address = node.address();
  address.ca_file = write_file("stranger-ca.pem", make_identity({.common_name = "Stranger", .is_ca = true}).pem());
  Running running({address});
  running.loop.run_until([&] { return running.worker.links()[0].failures >= 1; });
  EXPECT_EQ(running.worker.links()[0].trouble,
            "unknown CA: \"Node Root\", which issued \"node\", is neither trusted nor sent");
  EXPECT_TRUE(node.requests().empty());
  running.worker.close();
}

TEST(Worker, WithoutItsTokenItSaysSo) {
  Node node;
  config::ReportTo address = node.address();
  address.token_file = "/nonexistent/token";
  Running running({address});
  running.loop.run_until([&] { return running.worker.links()[0].failures >= 1; });
  EXPECT_EQ(running.worker.links()[0].trouble, "cannot read a token from /nonexistent/token");
  running.worker.close();
}

}  // namespace
}  // namespace isochrone::probe::testing
