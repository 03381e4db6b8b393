#include "sync/health_json.h"

#include <cstdint>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "health/load_relief.h"
#include "probe/receipt_json.h"

namespace isochrone::sync {

using nlohmann::json;

namespace {

// Durations travel as whole microseconds: exact, and short.
json micros(Duration d) { return std::chrono::duration_cast<std::chrono::microseconds>(d).count(); }

// nlohmann's own conversion cuts what does not fit and what is no whole number; here either is a fault.
int64_t whole(const json& value, int64_t least, int64_t most) {
  const bool beyond = value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX;
  if (!value.is_number_integer() || beyond || value.get<int64_t>() < least || value.get<int64_t>() > most)
    throw std::out_of_range(fmt::format("expected a whole number from {} to {}", least, most));
  return value.get<int64_t>();
}

Duration from_micros(const json& value) {
  constexpr int64_t kMost = INT64_MAX / 1000;  // of a Duration
  return std::chrono::microseconds(whole(value, -kMost, kMost));
}

json encode(const health::SavedTarget& t) {
  json out{{"key", t.key},       {"verdict", static_cast<int>(t.verdict)}, {"failing", t.failing},
           {"age", micros(t.age)}, {"since", micros(t.since)},             {"loss", t.loss},
           {"reason", t.reason}, {"probes", t.probes},                     {"lost", t.lost}};
  if (t.rtt) out["rtt"] = micros(*t.rtt), out["rtt_age"] = micros(t.rtt_age), out["spread"] = micros(t.spread);
  if (t.certificate_expiry) out["certificate_expiry"] = *t.certificate_expiry;
  for (const health::Receipt& receipt : t.receipts) out["receipts"].push_back(probe::encode_receipt(receipt));
  return out;
}

health::SavedTarget decode_target(const json& in) {
  health::SavedTarget t;
  t.key = in.at("key");
  t.verdict = static_cast<steer::Verdict>(whole(in.at("verdict"), 0, static_cast<int>(steer::Verdict::Down)));
  t.failing = in.at("failing");
  t.age = from_micros(in.at("age"));
  t.since = from_micros(in.at("since"));
  t.loss = in.at("loss");
  t.reason = in.at("reason");
  t.probes = static_cast<uint32_t>(whole(in.at("probes"), 0, UINT32_MAX));
  t.lost = static_cast<uint32_t>(whole(in.at("lost"), 0, UINT32_MAX));
  if (in.contains("rtt")) {
    t.rtt = from_micros(in.at("rtt"));
    t.rtt_age = from_micros(in.at("rtt_age"));
    t.spread = from_micros(in.at("spread"));
  }
  if (in.contains("certificate_expiry")) t.certificate_expiry = whole(in.at("certificate_expiry"), INT64_MIN, INT64_MAX);
  if (!in.contains("receipts")) return t;
  for (const json& one : in.at("receipts"))  // one that is bad is not worth the verdict
    if (auto receipt = probe::decode_receipt(one, "receipt")) t.receipts.push_back(std::move(*receipt));
  return t;
}

health::SavedRelief decode_relief(const json& in) {
  health::SavedRelief relief{in.at("pool"), in.at("gateway")};
  relief.level = static_cast<int>(whole(in.at("level"), 0, health::LoadRelief::kMostLevel));
  relief.age = from_micros(in.at("age"));
  return relief;
}

health::SavedRow decode_row(const json& in) {
  health::SavedRow row;
  row.vantage = in.at("vantage");
  row.family = whole(in.at("family"), 4, 6) == 4 ? Family::V4 : Family::V6;
  for (const json& cell : in.at("cells")) row.cells.push_back({cell.at(0), from_micros(cell.at(1))});
  return row;
}

}  // namespace

std::string encode_health(const health::SavedState& state) {
  json out{{"vantages", json::array()}, {"rows", json::array()}};
  for (const health::SavedVantage& vantage : state.vantages) {
    json targets = json::array();
    for (const health::SavedTarget& target : vantage.targets) targets.push_back(encode(target));
    out["vantages"].push_back({{"name", vantage.name}, {"targets", std::move(targets)}});
  }
  for (const health::SavedRow& row : state.rows) {
    json cells = json::array();
    for (const auto& [region, held] : row.cells) cells.push_back({region, micros(held)});
    out["rows"].push_back({{"vantage", row.vantage}, {"family", static_cast<int>(row.family)}, {"cells", std::move(cells)}});
  }
  for (const health::SavedRelief& relief : state.reliefs)
    out["reliefs"].push_back({{"pool", relief.pool}, {"gateway", relief.gateway}, {"level", relief.level}, {"age", micros(relief.age)}});
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<health::SavedState> decode_health(std::string_view text) {
  const json in = json::parse(text, nullptr, false);
  if (in.is_discarded()) return fail("not JSON");
  health::SavedState state;
  try {
    for (const json& vantage : in.at("vantages")) {
      health::SavedVantage& made = state.vantages.emplace_back();
      made.name = vantage.at("name");
      for (const json& target : vantage.at("targets")) made.targets.push_back(decode_target(target));
    }
    for (const json& row : in.at("rows")) state.rows.push_back(decode_row(row));
    if (in.contains("reliefs"))
      for (const json& relief : in.at("reliefs")) state.reliefs.push_back(decode_relief(relief));
  } catch (const std::exception& error) {
    return fail(error.what());
  }
  return state;
}

}  // namespace isochrone::sync
