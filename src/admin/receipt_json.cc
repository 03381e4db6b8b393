// Receipts as the API tells them.

#include <nlohmann/json.hpp>

#include "admin/json.h"
#include "probe/reason.h"

namespace isochrone::admin {

using nlohmann::json;

namespace {

json certificate_json(const health::Certificate& certificate) {
  return {{"subject", certificate.subject},
          {"issuer", certificate.issuer},
          {"names", certificate.names},
          {"not_before", certificate.not_before},
          {"not_after", certificate.not_after}};
}

json phases_json(const health::Outcome& outcome) {
  json phases = json::object();
  for (size_t i = 0; i < outcome.phases.size(); ++i)
    if (outcome.phases[i] > Duration::zero()) phases[health::kPhaseNames[i]] = to_milliseconds(outcome.phases[i]);
  return phases;
}

json receipt_json(const health::Receipt& receipt) {
  const health::Outcome& outcome = receipt.outcome;
  json out{{"age", to_seconds(receipt.age)},
           {"result", probe::to_text(outcome.failure)},
           {"phase", probe::to_text(outcome.phase)},
           {"reason", outcome.reason},
           {"phases_ms", phases_json(outcome)},
           {"rtt_ms", outcome.rtt ? json(to_milliseconds(*outcome.rtt)) : json(nullptr)},
           {"retransmits", outcome.retransmits}};
  if (outcome.status) out["status"] = outcome.status;
  if (outcome.code) out["code"] = *outcome.code;
  if (!outcome.evidence) return out;
  if (!outcome.evidence->first_octets.empty()) out["first_octets"] = probe::escaped(outcome.evidence->first_octets);
  if (!outcome.evidence->chain) return out;
  for (const health::Certificate& certificate : *outcome.evidence->chain) out["certificates"].push_back(certificate_json(certificate));
  return out;
}

json target_json(const TargetReceipts& target) {
  json out{{"target", target.target}, {"address", target.address}, {"probe", target.probe},
           {"kind", target.kind},     {"region", target.region},   {"vantages", json::array()}};
  for (const VantageReceipts& vantage : target.vantages) {
    json receipts = json::array();
    for (const health::Receipt& receipt : vantage.receipts) receipts.push_back(receipt_json(receipt));
    out["vantages"].push_back({{"vantage", vantage.vantage}, {"receipts", std::move(receipts)}});
  }
  return out;
}

}  // namespace

json to_json(const ReceiptsReply& reply) {
  json targets = json::array();
  for (const TargetReceipts& target : reply.targets) targets.push_back(target_json(target));
  return {{"targets", std::move(targets)}};
}

}  // namespace isochrone::admin
