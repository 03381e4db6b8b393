#pragma once
// A node's facts, made up: two regions, one of them down for one vantage.

#include "admin/backend.h"

namespace isochrone::admin {

inline StatusReport example_status() {
  StatusReport s;
  s.node = "ns1";
  s.version = "1";
  s.region = "west";
  s.uptime = 90s;
  s.ready = true;
  s.generation = 7;
  s.zones.push_back({"z.example", 2026, 10, 2});
  PoolStatus pool;
  pool.name = "z.example/a";
  pool.failover_bound = 9s;
  pool.failover_limit = 4s;
  pool.failovers = 3;
  pool.late_failovers = 1;
  pool.last_failover = {"east", "2001:db8::1", 1500ms, 60s};
  pool.lowered.failing = true;
  pool.v4 = {true, steer::Outcome::Steered, {"west"}};
  AddressStatus up{"192.0.2.1", true, steer::Verdict::Up, false, {}};
  SightStatus sight{"ns1", {}};
  sight.view.verdict = steer::Verdict::Up;
  sight.view.tries = 3;
  sight.view.age = 2s;
  sight.view.certificate_expiry = 1800000000;
  up.sights.push_back(sight);
  sight.vantage = "tokyo \"east\"";
  sight.view.tries = 0;  // another machine's
  sight.view.age = 7s;
  sight.view.verdict = steer::Verdict::Down;
  sight.view.reason = "connection refused";
  up.sights.push_back(sight);
  pool.gateways.push_back({"west", 1, true, "", {up}});
  pool.gateways.back().load = 1.25;
  pool.gateways.back().relief = 12ms;
  pool.gateways.push_back({"east", 1, true, "east: upgrade", {{"2001:db8::1", true, steer::Verdict::Down, false, {}}}});
  s.pools.push_back(pool);
  VantageStatus vantage;
  vantage.own = true;
  vantage.view.name = "ns1";
  vantage.view.heard = 1s;
  vantage.view.regret[0] = 2ms;
  vantage.view.regret_seconds[0] = 0.5;
  vantage.view.switches = 3;
  health::RegionView region;
  region.held = 38ms;
  region.rtt = 37500us;
  vantage.estimates.push_back({"west", Family::V4, region});
  s.vantages.push_back(vantage);
  VantageStatus silent;
  silent.view.name = "paris";
  silent.view.stale = true;
  s.vantages.push_back(silent);
  return s;
}

inline MetricsSample example_sample() {
  MetricsSample m;
  m.queries = {{{"udp", "A", "NOERROR"}, 5}, {{"tcp", "other", "REFUSED"}, 1}};
  m.answers = {{{"z.example", "z.example/a", "west"}, 4}};
  m.latency = {{{"udp"}, {{0.001, 0.01}, {3, 1, 1}, 0.5}}};
  m.failover = {{1, 2}, {1, 0, 0}, 0.9};
  m.failover_ratio = {{1}, {1, 0}, 0.5};
  m.reload_seconds = {{1}, {2, 0}, 0.1};
  return m;
}

// A 503 with a body, over TLS.
inline ReceiptsReply example_receipts() {
  health::Receipt receipt;
  receipt.age = 1500ms;
  health::Outcome& outcome = receipt.outcome;
  outcome.failure = health::Failure::Status;
  outcome.phase = health::Phase::FirstByte;
  outcome.reason = "503 Service Unavailable, expected 200-299";
  outcome.phases = {0ms, 12ms, 30ms, 4ms, 0ms};
  outcome.rtt = 11500us;
  outcome.status = 503;
  auto chain = std::make_shared<health::Chain>(health::Chain{{"gw", "Root", "gw.example", 1700000000, 1800000000}});
  outcome.evidence = health::evidence_of("down\n\xff\"", std::move(chain));
  return {{{"192.0.2.1:443 gateway", "192.0.2.1", "gateway", "https", "west", {{"ns1", {receipt}}}}}};
}

class FakeBackend : public Backend {
 public:
  Result<StatusReport> status() override { return example_status(); }
  Result<MetricsSample> metrics() override { return example_sample(); }
  Result<Explanation> explain(const ExplainRequest& request) override {
    Explanation e;
    e.name = request.name.to_host_text();
    e.client = request.client ? request.client->to_text() : "";
    return e;
  }
  Result<DrainReply> drain(const DrainRequest& request) override {
    DrainReply reply{.target = request.target, .services = {"a.z.example"}, .service_count = 1, .ends_in = request.duration};
    if (drained.target == request.target) reply.replaced = {drained.reason, drained.by, drained.duration};
    drained = request;
    return reply;
  }
  Result<DrainReply> undrain(const DrainRequest& request) override { return fail(request.target + " is not drained"); }
  Result<ReloadReply> reload() override { return ReloadReply{false, "z.yaml:1:1: zone: missing\n", 3ms}; }
  Result<ReceiptsReply> receipts(const std::string& target) override {
    if (target != "192.0.2.1") return fail("nothing is probed at " + target);
    return example_receipts();
  }
  Result<ReceiptsReply> probe_now(const std::string&) override { return example_receipts(); }
  Result<health::Plan> plan(const std::string& vantage) override {
    if (vantage != "tokyo") return fail("there is no vantage '" + vantage + "'");
    return health::Plan{};
  }
  Status report(const health::VantageReport&) override { return {}; }
  Status observe(const health::ObservationReport& report) override {
    observed = report;
    return {};
  }
  void refused_report(const std::string& who, const std::string& why) override { refusals.push_back(who + ": " + why); }
  void refused_observations(const std::string& region, const std::string& why) override { refusals.push_back("gateways of " + region + ": " + why); }
  void refused_order(const std::string& who, const std::string& what, const std::string& why) override {
    refusals.push_back(who + ": " + what + ": " + why);
  }
  bool ready() override { return is_ready; }

  DrainRequest drained;
  health::ObservationReport observed;
  bool is_ready = true;
  std::vector<std::string> refusals;
};

}  // namespace isochrone::admin
