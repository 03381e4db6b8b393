// The report, worker to node.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probe/json_fields.h"
#include "probe/reason.h"
#include "probe/receipt_json.h"
#include "probe/wire_json.h"

namespace isochrone::probe {

using health::TargetReport;
using health::VantageReport;
using nlohmann::json;
using steer::Verdict;

namespace {

constexpr int64_t kLongestAge = int64_t{10} * 366 * 86'400'000;  // ms
constexpr int64_t kLongestRtt = 60'000'000;                      // µs
constexpr size_t kMaxKey = 4096, kMaxReason = 512, kMaxVantage = 255, kMaxReceipts = 2;

constexpr std::array<std::pair<Verdict, std::string_view>, 3> kVerdicts{
    {{Verdict::Unknown, "unknown"}, {Verdict::Up, "up"}, {Verdict::Down, "down"}}};

std::string_view name_of(Verdict verdict) {
  for (const auto& [value, name] : kVerdicts)
    if (value == verdict) return name;
  return "unknown";
}

json encode_target(const TargetReport& target) {
  json out{{"key", target.key},
           {"verdict", name_of(target.verdict)},
           {"age_ms", target.age / 1ms},
           {"since_ms", target.since / 1ms}};
  if (target.failing) out["failing"] = true;
  if (target.rtt) out["rtt_us"] = *target.rtt / std::chrono::microseconds(1);
  if (target.loss > 0) out["loss"] = std::min(target.loss, 1.0);
  if (!target.reason.empty()) out["reason"] = target.reason.substr(0, kMaxReason);
  if (target.certificate_expiry) out["certificate_expiry"] = *target.certificate_expiry;
  if (target.load) out["load"] = *target.load;
  for (const health::Receipt& receipt : target.receipts) out["receipts"].push_back(encode_receipt(receipt));
  return out;
}

Result<TargetReport> decode_target(const json& object, const std::string& name) {
  JsonFields fields(object, name);
  TargetReport target;
  target.key = fields.text("key", "", kMaxKey);
  if (target.key.empty()) fields.fault("key", "expected text");
  const std::string verdict = fields.text("verdict", "", 16);
  const auto known = std::ranges::find(kVerdicts, verdict, &std::pair<Verdict, std::string_view>::second);
  if (known == kVerdicts.end())
    fields.fault("verdict", "expected up, down or unknown");
  else
    target.verdict = known->first;
  target.failing = fields.flag("failing", false);
  target.age = std::chrono::milliseconds(fields.number("age_ms", 0, 0, kLongestAge));
  target.since = std::chrono::milliseconds(fields.number("since_ms", 0, 0, kLongestAge));
  if (const auto rtt = fields.optional_number("rtt_us", 0, kLongestRtt)) target.rtt = std::chrono::microseconds(*rtt);
  target.loss = fields.fraction("loss", 0);
  target.reason = printable(fields.text("reason", "", kMaxReason), kMaxReason);
  target.certificate_expiry = fields.optional_number("certificate_expiry", INT64_MIN, INT64_MAX);
  target.load = fields.optional_real("load", 0, health::kMostLoad);
  const json* receipts = fields.array("receipts", kMaxReceipts);
  if (const Status status = fields.result(); !status) return tl::unexpected(status.error());
  for (size_t i = 0; receipts && i < receipts->size(); ++i) {
    auto receipt = decode_receipt((*receipts)[i], fmt::format("{}.receipts[{}]", name, i));
    if (!receipt) return tl::unexpected(receipt.error());
    target.receipts.push_back(std::move(*receipt));
  }
  return target;
}

}  // namespace

std::string encode_report(const VantageReport& report) {
  json targets = json::array();
  for (const TargetReport& target : report.targets) targets.push_back(encode_target(target));
  const json whole{{"vantage", report.vantage}, {"run", report.run}, {"sequence", report.sequence}, {"targets", std::move(targets)}};
  return whole.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<VantageReport> decode_report(std::string_view text) {
  const auto tree = parse_json(text, kMaxReportSize);
  if (!tree) return tl::unexpected(tree.error());
  JsonFields fields(*tree, "report");
  VantageReport report;
  report.vantage = fields.text("vantage", "", kMaxVantage);
  if (report.vantage.empty()) fields.fault("vantage", "expected text");
  const ReportNumber number = read_report_number(fields);
  report.run = number.run;
  report.sequence = number.sequence;
  auto targets = read_list<TargetReport>(fields, "targets", kMaxReportTargets, decode_target);
  if (!targets) return tl::unexpected(targets.error());
  report.targets = std::move(*targets);
  return report;
}

}  // namespace isochrone::probe
