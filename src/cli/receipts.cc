#include "cli/receipts.h"

#include <algorithm>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/table.h"

namespace isochrone::cli {

using nlohmann::json;

namespace {

bool is_fine(const json& receipt) { return receipt["result"] == "ok"; }

Cell phase_cell(const json& receipt, const char* phase) {
  const json& phases = receipt["phases_ms"];
  return {phases.contains(phase) ? fmt::format("{:.1f} ms", phases[phase].get<double>()) : "–", Colour::None, true};
}

// HTTP's status; else gRPC's, an RCODE or an exit status.
std::string number_text(const json& receipt) {
  if (receipt.contains("status")) return fmt::format("{}{}", receipt["status"].get<int>(), receipt.contains("code") ? fmt::format(" / {}", receipt["code"].get<int>()) : "");
  return receipt.contains("code") ? std::to_string(receipt["code"].get<int>()) : "–";
}

std::string tries_text(const json& receipts) {
  Table table({"ago", "result", "connect", "TLS", "first byte", "body", "rtt", "status", "reason"});
  for (const json& receipt : receipts) {
    const Colour colour = is_fine(receipt) ? Colour::Good : Colour::Bad;
    const json& rtt = receipt["rtt_ms"];
    table.row({{span(receipt["age"]), Colour::None, true}, {receipt["result"].get<std::string>(), colour},
               phase_cell(receipt, "connect"), phase_cell(receipt, "tls"), phase_cell(receipt, "first_byte"), phase_cell(receipt, "body"),
               {rtt.is_number() ? fmt::format("{:.1f} ms", rtt.get<double>()) : "–", Colour::None, true},
               {number_text(receipt), Colour::None, true}, receipt["reason"].get<std::string>()});
  }
  return table.text(2);
}

std::string date_text(int64_t unix_time) {
  const auto time = static_cast<std::time_t>(unix_time);
  std::tm parts{};
  if (!gmtime_r(&time, &parts)) return "?";
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", parts);
}

std::string evidence_text(const json& receipt) {
  std::string out;
  for (const json& certificate : receipt.value("certificates", json::array()))
    out += fmt::format("    certificate \"{}\", issued by \"{}\", for {}; {} to {}\n", certificate["subject"].get<std::string>(),
                       certificate["issuer"].get<std::string>(), certificate["names"].get<std::string>(), date_text(certificate["not_before"]),
                       date_text(certificate["not_after"]));
  if (receipt.contains("first_octets")) out += fmt::format("    answer begins \"{}\"\n", receipt["first_octets"].get<std::string>());
  if (const int again = receipt["retransmits"]; again > 0) out += fmt::format("    {} segment{} sent again while connecting\n", again, again == 1 ? "" : "s");
  if (out.empty()) return out;
  return fmt::format("  {}, {} ago:\n{}", is_fine(receipt) ? "fine" : "failed", span(receipt["age"]), out);
}

std::string vantage_text(const json& vantage) {
  const json& receipts = vantage["receipts"];
  std::string out = fmt::format("from {}\n{}", vantage["vantage"].get<std::string>(), tries_text(receipts));
  const auto failed = std::find_if(receipts.begin(), receipts.end(), [](const json& receipt) { return !is_fine(receipt); });
  if (failed != receipts.begin() && !receipts.empty()) out += evidence_text(receipts.front());
  if (failed != receipts.end()) out += evidence_text(*failed);
  return out;
}

}  // namespace

std::string receipts_text(const json& reply) {
  std::string out;
  for (const json& target : reply["targets"]) {
    const std::string region = target["region"];
    out += fmt::format("{}{} ({}{}, {})\n", out.empty() ? "" : "\n", paint(target["target"], Colour::Bold),
                       region.empty() ? "" : region + ", ", target["probe"].get<std::string>(), target["kind"].get<std::string>());
    if (target["vantages"].empty()) out += "not probed yet\n";
    for (const json& vantage : target["vantages"]) out += vantage_text(vantage);
  }
  return out;
}

bool has_failure(const json& reply) {
  for (const json& target : reply["targets"])
    for (const json& vantage : target["vantages"])
      for (const json& receipt : vantage["receipts"])
        if (!is_fine(receipt)) return true;
  return false;
}

}  // namespace isochrone::cli
