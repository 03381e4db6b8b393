#include "sync/live_values.h"

#include <algorithm>
#include <utility>

#include "probe/wire_json.h"
#include "sync/chunks.h"

namespace isochrone::sync {

namespace {

constexpr char kDeflated = 0x78;  // RFC 1950 §2.2: CM 8, CINFO 7
constexpr size_t kMostLines = 100;

Result<std::string> inflated(std::string_view value) {
  if (!value.starts_with(kDeflated)) return fail("a value of another format");
  return unpack(value, probe::kMaxReportSize);
}

}  // namespace

std::string encode_vantage(const health::VantageReport& report) { return pack(probe::encode_report(report)); }

Result<health::VantageReport> decode_vantage(std::string_view value) {
  if (value.starts_with('{')) return probe::decode_report(value);
  return inflated(value).and_then([](const std::string& text) { return probe::decode_report(text); });
}

std::string encode_observed(std::span<const health::ObservationReport> reports) {
  std::string text;
  for (const health::ObservationReport& report : reports) text += probe::encode_observations(report) + "\n";
  return pack(text);
}

Result<std::vector<health::ObservationReport>> decode_observed(std::string_view value, std::string_view region) {
  const auto text = inflated(value);
  if (!text) return tl::unexpected(text.error());
  std::vector<health::ObservationReport> out;
  for (size_t begin = 0, end; begin < text->size(); begin = end + 1) {
    end = std::min(text->find('\n', begin), text->size());
    if (out.size() == kMostLines) return fail("too many reports in one value");
    auto report = probe::decode_observations(std::string_view(*text).substr(begin, end - begin));
    if (!report) return tl::unexpected(report.error());
    if (report->region != region) return fail("it speaks of region " + report->region);
    out.push_back(std::move(*report));
  }
  return out;
}

}  // namespace isochrone::sync
