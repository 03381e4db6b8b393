// What a gateway's observer tells nodes of its clients.

#include <fmt/format.h>

#include <iterator>

#include "probe/json_fields.h"
#include "probe/wire_json.h"

namespace isochrone::probe {

using health::Observation;
using health::ObservationReport;
using nlohmann::json;

namespace {

constexpr int64_t kMostMicros = 60'000'000;          // what no connection takes is refused where it is read
constexpr int64_t kMostAge = int64_t{24} * 3600'000;  // ms
constexpr size_t kMostOfRegion = 63, kMostOfNetwork = 49;

int64_t micros(Duration d) { return d / std::chrono::microseconds(1); }

Result<Observation> decode_observation(const json& object, const std::string& where) {
  JsonFields fields(object, where);
  Observation seen;
  bool host_bits = false;
  const auto network = Prefix::parse(fields.text("network", "", kMostOfNetwork), &host_bits);
  if (network) seen.network = *network;
  else fields.fault("network", host_bits ? "bits are set beyond the prefix" : "expected a prefix such as 192.0.2.0/24");
  seen.samples = static_cast<uint32_t>(fields.number("samples", 0, 1, UINT32_MAX));
  seen.rtt = std::chrono::microseconds(fields.number("rtt_us", 0, 1, kMostMicros));
  seen.spread = std::chrono::microseconds(fields.number("spread_us", 0, 0, kMostMicros));
  seen.least = std::chrono::microseconds(fields.number("least_us", 0, 1, kMostMicros));
  seen.age = std::chrono::milliseconds(fields.number("age_ms", 0, 0, kMostAge));
  if (const Status status = fields.result(); !status) return tl::unexpected(status.error());
  return seen;
}

}  // namespace

// Written straight: a tree of 20,000 networks costs ten times as much, on the gateway's machine.
std::string encode_observations(const ObservationReport& report) {
  fmt::memory_buffer out;
  const auto put = [&out](auto format, const auto&... values) { fmt::format_to(std::back_inserter(out), format, values...); };
  put(FMT_STRING("{{\"region\":{},\"run\":{},\"sequence\":{},\"forgotten\":{},\"networks\":["),
      json(report.region).dump(-1, ' ', false, json::error_handler_t::replace), report.run, report.sequence, report.forgotten);
  const char* comma = "";
  for (const Observation& seen : report.networks) {
    put(FMT_STRING("{}{{\"network\":\"{}\",\"samples\":{},\"rtt_us\":{},\"spread_us\":{},\"least_us\":{},\"age_ms\":{}}}"), comma,
        seen.network.to_text(), seen.samples, micros(seen.rtt), micros(seen.spread), micros(seen.least), seen.age / 1ms);
    comma = ",";
  }
  put(FMT_STRING("]}}"));
  return fmt::to_string(out);
}

Result<ObservationReport> decode_observations(std::string_view text) {
  const auto tree = parse_json(text, kMaxReportSize);
  if (!tree) return tl::unexpected(tree.error());
  JsonFields fields(*tree, "report");
  ObservationReport report;
  report.region = fields.text("region", "", kMostOfRegion);
  if (report.region.empty()) fields.fault("region", "expected text");
  const ReportNumber number = read_report_number(fields);
  report.run = number.run;
  report.sequence = number.sequence;
  report.forgotten = static_cast<uint64_t>(fields.number("forgotten", 0, 0, INT64_MAX));
  auto networks = read_list<Observation>(fields, "networks", health::Observers::kMostNetworks, decode_observation);
  if (!networks) return tl::unexpected(networks.error());
  report.networks = std::move(*networks);
  return report;
}

}  // namespace isochrone::probe
