#include "probe/wire_json.h"

#include <gtest/gtest.h>

#include "identity.h"
#include "one_try.h"

namespace isochrone::probe::testing {
namespace {

using health::Kind;
using health::Plan;
using health::Target;
using health::TargetReport;
using health::VantageReport;
using steer::Verdict;

Target full_target() {
  Target target;
  target.key = "2001:db8::1 gateway gw.example /status";
  target.address = *IpAddress::parse("2001:db8::1");
  target.region = 1;
  target.beacon = true;
  health::ProbeSpec& spec = target.spec;
  spec.name = "gateway";
  spec.kind = Kind::Grpc;
  spec.port = 8443;
  spec.host = "gw.example";
  spec.path = "/status";
  spec.expect_status = {{200, 204}, {301, 301}};
  spec.expect_body = "ok \"quoted\" \xc3\xa9";
  spec.expect_headers = {{"x-state", "good"}};
  spec.method = "HEAD";
  spec.headers = {{"X-From", "here"}, {"X-From", "there"}};
  spec.verify = false;
  spec.tls = true;
  spec.grpc_service = "a.b";
  spec.dns_name = "example.";
  spec.dns_type = 1;
  spec.dns_tcp = true;
  spec.expect_rcodes = {0, 3};
  spec.expect_answers = {*IpAddress::parse("192.0.2.7")};
  spec.exec = {"/bin/true", "-x"};
  spec.interval = 1500ms;
  spec.timeout = 700ms;
  spec.recheck = 100ms;
  spec.fall = 7;
  spec.rise = 5;
  spec.body_limit = 9;
  spec.http_version = 2;
  spec.load = {"X-Load", "", 0.75};
  return target;
}

TEST(PlanJson, ComesBackAsItWas) {
  Target other = full_target();
  other.address = *IpAddress::parse("192.0.2.1");
  other.key = "other";
  other.region = steer::kNoRegion;
  other.beacon = false;
  Target named = other;
  named.address = {};
  named.name = "gw1.example.net";
  named.key = "named";
  Plan plan = *plan_of({full_target(), other, named});
  plan.regions = {"westus2", "japaneast"};
  const std::string text = encode_plan(plan);
  const auto back = decode_plan(text);
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(encode_plan(*back), text);
  EXPECT_EQ(back->regions, plan.regions);
  ASSERT_EQ(back->targets.size(), 3u);
  EXPECT_EQ(back->targets[2].at(), "gw1.example.net");
  const Target &was = plan.targets[0], &is = back->targets[0];
  EXPECT_EQ(is.key, was.key);
  EXPECT_EQ(is.address, was.address);
  EXPECT_EQ(is.region, was.region);
  EXPECT_TRUE(is.beacon);
  EXPECT_EQ(is.spec.kind, Kind::Grpc);
  EXPECT_EQ(is.spec.host, "gw.example");
  EXPECT_EQ(is.spec.expect_status[1].first, 301);
  EXPECT_EQ(is.spec.headers, was.spec.headers);
  EXPECT_EQ(is.spec.exec, was.spec.exec);
  EXPECT_EQ(is.spec.interval, 1500ms);
  EXPECT_EQ(is.spec.fall, 7);
  ASSERT_TRUE(is.spec.load);
  EXPECT_EQ(is.spec.load->header, "X-Load");
  EXPECT_EQ(is.spec.load->limit, 0.75);
  EXPECT_EQ(is.spec.expect_rcodes, was.spec.expect_rcodes);
  EXPECT_EQ(is.spec.expect_answers, was.spec.expect_answers);
  EXPECT_EQ(back->targets[1].id, 1u);
  EXPECT_EQ(back->targets[1].region, steer::kNoRegion);
}

TEST(PlanJson, CarriesTheAuthoritiesOnce) {
  Target a = full_target(), b = full_target();
  a.spec.ca_file = b.spec.ca_file = write_file("plan-ca.pem", "the text\n");
  a.region = b.region = steer::kNoRegion;
  const auto back = decode_plan(encode_plan(*plan_of({a, b})));
  ASSERT_TRUE(back) << back.error().text;
  ASSERT_TRUE(back->targets[0].spec.ca_pem);
  EXPECT_EQ(*back->targets[0].spec.ca_pem, "the text\n");
  EXPECT_EQ(back->targets[0].spec.ca_pem, back->targets[1].spec.ca_pem);
}

TEST(PlanJson, LeavesSourceAddressesBehind) {
  Target target = full_target();
  target.spec.source_v4 = IpAddress::parse("192.0.2.77");
  EXPECT_EQ(encode_plan(*plan_of({target})).find("192.0.2.77"), std::string::npos);
}

TEST(PlanJson, FaultsAreSaid) {
  const std::string probe = R"("probes":[{"kind":"tcp","port":1}])";
  const struct {
    const char* name;
    std::string text;
    const char* error;
  } cases[] = {
      {"not JSON", "{", "not JSON"},
      {"no list", "{}", "plan.targets: expected a list"},
      {"an unknown field", R"({"targets":[],"extra":1})", "plan.extra: unknown field"},
      {"no such probe", R"({"targets":[{"key":"a","address":"192.0.2.1","probe":0}]})",
       "targets[0].probe: expected an integer from 0 to -1"},
      {"no address", "{" + probe + R"(,"targets":[{"key":"a","address":"gw","probe":0}]})",
       "targets[0].address: expected an address"},
      {"no name", "{" + probe + R"(,"targets":[{"key":"a","name":"gw..net","probe":0}]})", "targets[0].name: expected a name"},
      {"an unknown kind", R"({"probes":[{"kind":"quic"}],"targets":[]})", "probes[0].kind: expected a kind of probe"},
      {"too quick", R"({"probes":[{"kind":"tcp","interval_us":1}],"targets":[]})",
       "probes[0].interval_us: expected an integer from 10000 to 86400000000"},
      {"a status that is none", R"({"probes":[{"kind":"tcp","expect_status":[[200]]}],"targets":[]})",
       "probes[0].expect_status: expected pairs of status numbers"},
      {"a region that is none", "{" + probe + R"(,"targets":[{"key":"a","address":"192.0.2.1","probe":0,"region":0}]})",
       "targets[0].region: expected an integer from 0 to -1"},
  };
  for (const auto& c : cases) {
    const auto plan = decode_plan(c.text);
    ASSERT_FALSE(plan) << c.name;
    EXPECT_EQ(plan.error().text, c.error) << c.name;
  }
}

TEST(ReportJson, ComesBackAsItWas) {
  VantageReport report{.vantage = "tokyo", .run = 7, .sequence = 17, .targets = {}};
  TargetReport down;
  down.key = "a";
  down.verdict = Verdict::Down;
  down.failing = true;
  down.age = 1500ms;
  down.since = 3h;
  down.loss = 0.25;
  down.reason = "connection refused by 192.0.2.1:443";
  health::Receipt refused, busy;
  refused.age = 2s;
  refused.outcome.failure = health::Failure::Refused;
  refused.outcome.phase = health::Phase::Connect;
  refused.outcome.reason = down.reason;
  busy.age = 3ms;
  busy.outcome.failure = health::Failure::Status;
  busy.outcome.phase = health::Phase::FirstByte;
  busy.outcome.phases = {0ms, 12ms, 30ms, 4ms, 5us};
  busy.outcome.rtt = 11'500us;
  busy.outcome.retransmits = 1;
  busy.outcome.status = 503;
  busy.outcome.code = 14;
  busy.outcome.evidence = health::evidence_of("a\xff\n", std::make_shared<health::Chain>(health::Chain{{"gw", "Root", "gw.example", -5, 1'900'000'000}}));
  down.receipts = {refused, busy};
  TargetReport up;
  up.key = "b";
  up.verdict = Verdict::Up;
  up.rtt = std::chrono::microseconds(38'123);
  up.certificate_expiry = 1'900'000'000;
  report.targets = {down, up};
  const auto back = decode_report(encode_report(report));
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(back->vantage, "tokyo");
  EXPECT_EQ(back->run, 7u);
  EXPECT_EQ(back->sequence, 17u);
  ASSERT_EQ(back->targets.size(), 2u);
  EXPECT_EQ(back->targets[0].verdict, Verdict::Down);
  EXPECT_TRUE(back->targets[0].failing);
  EXPECT_EQ(back->targets[0].age, 1500ms);
  EXPECT_EQ(back->targets[0].since, 3h);
  EXPECT_EQ(back->targets[0].loss, 0.25);
  EXPECT_EQ(back->targets[0].reason, down.reason);
  ASSERT_EQ(back->targets[0].receipts.size(), 2u);
  EXPECT_EQ(back->targets[0].receipts[0].age, 2s);
  EXPECT_EQ(back->targets[0].receipts[0].outcome.failure, health::Failure::Refused);
  EXPECT_EQ(back->targets[0].receipts[0].outcome.reason, down.reason);
  EXPECT_FALSE(back->targets[0].receipts[0].outcome.evidence);
  const health::Outcome& told = back->targets[0].receipts[1].outcome;
  EXPECT_EQ(told.phase, health::Phase::FirstByte);
  EXPECT_EQ(told.phases, busy.outcome.phases);
  EXPECT_EQ(told.rtt, busy.outcome.rtt);
  EXPECT_EQ(told.retransmits, 1);
  EXPECT_EQ(told.status, 503);
  EXPECT_EQ(told.code, 14);
  ASSERT_TRUE(told.evidence && told.evidence->chain);
  EXPECT_EQ(told.evidence->first_octets, "a\xff\n");
  EXPECT_EQ(*told.evidence->chain, *busy.outcome.evidence->chain);
  EXPECT_TRUE(back->targets[1].receipts.empty());
  EXPECT_EQ(back->targets[1].rtt, up.rtt);
  EXPECT_EQ(back->targets[1].certificate_expiry, up.certificate_expiry);
}

std::string report_with(const std::string& target) {
  return R"({"vantage":"tokyo","sequence":1,"targets":[)" + target + "]}";
}

TEST(ReportJson, GarbageIsRefused) {
  const struct {
    const char* name;
    std::string text;
    const char* error;
  } cases[] = {
      {"nothing", "", "not JSON"},
      {"a list", "[]", "report: expected an object"},
      {"half a report", R"({"vantage":"tokyo","sequence":1,"targets":[)", "not JSON"},
      {"no vantage", R"({"sequence":1,"targets":[]})", "report.vantage: expected text"},
      {"no sequence", R"({"vantage":"tokyo","targets":[]})", "report.sequence: expected a number above 0"},
      {"a huge sequence", R"({"vantage":"tokyo","sequence":18446744073709551615,"targets":[]})",
       "report.sequence: expected an integer from 0 to 9223372036854775807"},
      {"no key", report_with(R"({"verdict":"up"})"), "targets[0].key: expected text"},
      {"no such verdict", report_with(R"({"key":"a","verdict":"fine"})"),
       "targets[0].verdict: expected up, down or unknown"},
      {"an age before now", report_with(R"({"key":"a","verdict":"up","age_ms":-1})"),
       "targets[0].age_ms: expected an integer from 0 to 316224000000"},
      {"an age that is no integer", report_with(R"({"key":"a","verdict":"up","age_ms":1e300})"),
       "targets[0].age_ms: expected an integer from 0 to 316224000000"},
      {"an RTT of a day", report_with(R"({"key":"a","verdict":"up","rtt_us":86400000000})"),
       "targets[0].rtt_us: expected an integer from 0 to 60000000"},
      {"more than all lost", report_with(R"({"key":"a","verdict":"up","loss":1.5})"),
       "targets[0].loss: expected a number from 0 to 1"},
      {"a novel", report_with(R"({"key":"a","verdict":"up","reason":")" + std::string(513, 'x') + "\"}"),
       "targets[0].reason: expected text of at most 512 octets"},
      {"three receipts", report_with(R"({"key":"a","verdict":"down","receipts":[{},{},{}]})"), "targets[0].receipts: expected a list of at most 2"},
      {"a receipt of a success", report_with(R"({"key":"a","verdict":"down","receipts":[{"result":"ok"}]})"),
       "targets[0].receipts[0].result: expected a kind of failure"},
      {"a phase without end", report_with(R"({"key":"a","verdict":"down","receipts":[{"result":"timeout","phases_us":[1e18]}]})"),
       "targets[0].receipts[0].phases_us: expected integers from 0 to 3600000000"},
      {"a chain without end", report_with(R"({"key":"a","verdict":"down","receipts":[{"result":"tls","certificates":[1,2,3,4,5,6]}]})"),
       "targets[0].receipts[0].certificates: expected a list of at most 5"},
      {"a certificate that is none", report_with(R"({"key":"a","verdict":"down","receipts":[{"result":"tls","certificates":[1]}]})"),
       "targets[0].receipts[0].certificates[0]: expected an object"},
      {"an unknown field", report_with(R"({"key":"a","verdict":"up","clock":1})"), "targets[0].clock: unknown field"},
      {"a target that is none", report_with("7"), "targets[0]: expected an object"},
      {"deep", std::string(100'000, '['), "nested deeper than 7 levels"},
      {"too long", std::string(kMaxReportSize + 1, ' '), "more than 8388608 octets"},
  };
  for (const auto& c : cases) {
    const auto report = decode_report(c.text);
    ASSERT_FALSE(report) << c.name;
    EXPECT_EQ(report.error().text, c.error) << c.name;
  }
}

TEST(ReportJson, WhatAStrangerWroteIsMadeHarmless) {
  const auto report = decode_report(report_with(R"({"key":"a","verdict":"down","reason":"x\u001b[2Jy\n"})"));
  ASSERT_TRUE(report) << report.error().text;
  EXPECT_EQ(report->targets[0].reason, "x?[2Jy?");
}

TEST(ReportJson, OctetsThatAreNoUtf8DoNotThrow) {
  VantageReport report{.vantage = "tokyo", .run = 7, .sequence = 1, .targets = {}};
  report.targets.emplace_back().key = "a\xff";
  EXPECT_TRUE(decode_report(encode_report(report)));
}

}  // namespace
}  // namespace isochrone::probe::testing
