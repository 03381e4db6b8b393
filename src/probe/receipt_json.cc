#include "probe/receipt_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "probe/json_fields.h"
#include "probe/reason.h"

namespace isochrone::probe {

using health::Certificate;
using health::Outcome;
using health::Phase;
using health::Receipt;
using nlohmann::json;

namespace {

constexpr int64_t kLongestAgo = int64_t{366} * 86'400'000;  // ms
constexpr int64_t kLongestPhase = 3'600'000'000;            // µs
constexpr size_t kMaxWords = 512, kMaxCertificateText = 500;

std::string to_hex(std::string_view octets) {
  std::string out;
  for (const char c : octets) out += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return out;
}

// Empty where it is no hexadecimal text, or none of whole octets.
std::string from_hex(std::string_view text) {
  const auto value = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string out;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    const int high = value(text[i]), low = value(text[i + 1]);
    if (high < 0 || low < 0) return {};
    out += static_cast<char>(high << 4 | low);
  }
  return text.size() % 2 == 0 ? out : std::string();
}

json encode_certificate(const Certificate& certificate) {
  return {{"subject", certificate.subject.substr(0, kMaxCertificateText)},
          {"issuer", certificate.issuer.substr(0, kMaxCertificateText)},
          {"names", certificate.names.substr(0, kMaxCertificateText)},
          {"not_before", certificate.not_before},
          {"not_after", certificate.not_after}};
}

Result<Certificate> decode_certificate(const json& object, std::string where) {
  JsonFields fields(object, std::move(where));
  const auto text = [&](const char* name) { return printable(fields.text(name, "", kMaxCertificateText), kMaxCertificateText); };
  Certificate certificate{text("subject"), text("issuer"), text("names"), 0, 0};
  certificate.not_before = fields.number("not_before", 0, INT64_MIN, INT64_MAX);
  certificate.not_after = fields.number("not_after", 0, INT64_MIN, INT64_MAX);
  if (const Status status = fields.result(); !status) return tl::unexpected(status.error());
  return certificate;
}

void decode_result(JsonFields& fields, Outcome& outcome) {
  const auto failure = parse_failure(fields.text("result", "", 16));
  if (!failure || *failure == health::Failure::None) fields.fault("result", "expected a kind of failure");
  else outcome.failure = *failure;
  outcome.phase = static_cast<Phase>(fields.number("phase", 0, 0, static_cast<int>(Phase::Done)));
  outcome.reason = printable(fields.text("reason", "", kMaxWords), kMaxWords);
  outcome.status = static_cast<int>(fields.number("status", 0, 0, 999));
  outcome.retransmits = static_cast<int>(fields.number("retransmits", 0, 0, 1000));
  if (const auto rtt = fields.optional_number("rtt_us", 0, kLongestPhase)) outcome.rtt = std::chrono::microseconds(*rtt);
  if (const auto code = fields.optional_number("code", INT32_MIN, INT32_MAX)) outcome.code = static_cast<int>(*code);
}

void decode_phases(JsonFields& fields, Outcome& outcome) {
  const json* phases = fields.array("phases_us", outcome.phases.size());
  for (size_t i = 0; phases && i < phases->size(); ++i) {
    const json& phase = (*phases)[i];
    const int64_t took = phase.is_number_unsigned() && phase.get<uint64_t>() <= uint64_t{kLongestPhase} ? phase.get<int64_t>() : -1;
    if (took < 0) return fields.fault("phases_us", fmt::format("expected integers from 0 to {}", kLongestPhase));
    outcome.phases[i] = std::chrono::microseconds(took);
  }
}

}  // namespace

json encode_receipt(const Receipt& receipt) {
  const Outcome& outcome = receipt.outcome;
  json out{{"age_ms", receipt.age / 1ms},
           {"result", to_text(outcome.failure)},
           {"phase", static_cast<int>(outcome.phase)},
           {"reason", outcome.reason.substr(0, kMaxWords)},
           {"phases_us", json::array()}};
  for (const Duration phase : outcome.phases) out["phases_us"].push_back(phase / 1us);
  if (outcome.rtt) out["rtt_us"] = *outcome.rtt / 1us;
  if (outcome.retransmits) out["retransmits"] = std::min(outcome.retransmits, 1000);
  if (outcome.status) out["status"] = outcome.status;
  if (outcome.code) out["code"] = *outcome.code;
  if (!outcome.evidence) return out;
  if (const std::string& octets = outcome.evidence->first_octets; !octets.empty()) out["octets"] = to_hex(octets);
  if (!outcome.evidence->chain) return out;
  for (const Certificate& certificate : *outcome.evidence->chain) out["certificates"].push_back(encode_certificate(certificate));
  return out;
}

Result<Receipt> decode_receipt(const json& object, const std::string& where) {
  JsonFields fields(object, where);
  Receipt receipt;
  receipt.age = std::chrono::milliseconds(fields.number("age_ms", 0, 0, kLongestAgo));
  decode_result(fields, receipt.outcome);
  decode_phases(fields, receipt.outcome);
  const std::string octets = from_hex(fields.text("octets", "", 2 * health::kFirstOctets));
  const json* certificates = fields.array("certificates", health::kMostCertificates);
  if (const Status status = fields.result(); !status) return tl::unexpected(status.error());
  auto chain = certificates ? std::make_shared<health::Chain>() : nullptr;
  for (size_t i = 0; certificates && i < certificates->size(); ++i) {
    auto certificate = decode_certificate((*certificates)[i], fmt::format("{}.certificates[{}]", where, i));
    if (!certificate) return tl::unexpected(certificate.error());
    chain->push_back(std::move(*certificate));
  }
  receipt.outcome.evidence = health::evidence_of(octets, std::move(chain));
  return receipt;
}

}  // namespace isochrone::probe
