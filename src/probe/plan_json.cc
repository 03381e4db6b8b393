// The plan, node to worker.

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>

#include "probe/json_fields.h"
#include "probe/wire_json.h"
#include "wire/name.h"

namespace isochrone::probe {

using health::Kind;
using health::Plan;
using health::ProbeSpec;
using health::Target;
using nlohmann::json;

namespace {

constexpr std::array<std::pair<Kind, std::string_view>, 8> kKinds{{{Kind::None, "none"},
                                                                   {Kind::Tcp, "tcp"},
                                                                   {Kind::Http, "http"},
                                                                   {Kind::Https, "https"},
                                                                   {Kind::Icmp, "icmp"},
                                                                   {Kind::Dns, "dns"},
                                                                   {Kind::Grpc, "grpc"},
                                                                   {Kind::Exec, "exec"}}};

constexpr size_t kMaxText = 4096;
constexpr size_t kMaxTargets = 1'000'000;
constexpr int64_t kDay = 86'400'000'000;  // µs

int64_t us(Duration duration) {
  return duration / std::chrono::microseconds(1);
}

json pairs(const std::vector<std::pair<std::string, std::string>>& list) {
  json all = json::array();
  for (const auto& [name, value] : list) all.push_back({name, value});
  return all;
}

// Host and path belong to the target.
json encode_spec(const ProbeSpec& spec) {
  static const ProbeSpec kDefault;
  json out{{"name", spec.name}, {"kind", to_text(spec.kind)}, {"port", spec.port}};
  const auto put = [&](const char* name, const auto& value, const auto& fallback) {
    if (value != fallback) out[name] = value;
  };
  json ranges = json::array();
  for (const auto& [first, last] : spec.expect_status) ranges.push_back({first, last});
  out["expect_status"] = std::move(ranges);
  put("expect_body", spec.expect_body, kDefault.expect_body);
  if (!spec.expect_headers.empty()) out["expect_headers"] = pairs(spec.expect_headers);
  put("method", spec.method, kDefault.method);
  if (!spec.headers.empty()) out["headers"] = pairs(spec.headers);
  put("verify", spec.verify, kDefault.verify);
  put("tls", spec.tls, kDefault.tls);
  put("grpc_service", spec.grpc_service, kDefault.grpc_service);
  put("dns_name", spec.dns_name, kDefault.dns_name);
  put("dns_type", spec.dns_type, kDefault.dns_type);
  put("dns_tcp", spec.dns_tcp, kDefault.dns_tcp);
  put("expect_rcodes", spec.expect_rcodes, kDefault.expect_rcodes);
  for (const IpAddress& address : spec.expect_answers) out["expect_answers"].push_back(address.to_text());
  if (!spec.exec.empty()) out["exec"] = spec.exec;
  put("interval_us", us(spec.interval), us(kDefault.interval));
  put("timeout_us", us(spec.timeout), us(kDefault.timeout));
  put("recheck_us", us(spec.recheck), us(kDefault.recheck));
  put("fall", spec.fall, kDefault.fall);
  put("rise", spec.rise, kDefault.rise);
  put("body_limit", spec.body_limit, kDefault.body_limit);
  put("http_version", spec.http_version, kDefault.http_version);
  if (spec.load) {
    put("load_header", spec.load->header, std::string());
    put("load_json", spec.load->json, std::string());
    out["load_limit"] = spec.load->limit;
  }
  return out;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

const json& or_empty(const json* list) {
  static const json kNone = json::array();
  return list ? *list : kNone;
}

// Gives equal texts equal numbers.
class Numbering {
 public:
  // The text's number, and whether it is new.
  std::pair<size_t, bool> number(const std::string& text) {
    const auto [at, is_new] = numbers_.try_emplace(text, numbers_.size());
    return {at->second, is_new};
  }

 private:
  std::map<std::string, size_t> numbers_;
};

std::vector<std::pair<std::string, std::string>> decode_pairs(JsonFields& fields, const char* name) {
  std::vector<std::pair<std::string, std::string>> pairs;
  const json* list = fields.array(name, 64);
  if (!list) return pairs;
  for (const json& item : *list) {
    if (item.is_array() && item.size() == 2 && item[0].is_string() && item[1].is_string())
      pairs.emplace_back(item[0], item[1]);
    else
      fields.fault(name, "expected pairs of texts");
  }
  return pairs;
}

void decode_status(JsonFields& fields, ProbeSpec& spec) {
  const json* list = fields.array("expect_status", 64);
  if (!list) return;
  spec.expect_status.clear();
  for (const json& item : *list) {
    const bool fits = item.is_array() && item.size() == 2 && item[0].is_number_unsigned() &&
                      item[1].is_number_unsigned() && item[0] <= 999 && item[1] <= 999;
    if (fits)
      spec.expect_status.push_back({item[0].get<int>(), item[1].get<int>()});
    else
      fields.fault("expect_status", "expected pairs of status numbers");
  }
}

void decode_dns_expect(JsonFields& fields, ProbeSpec& spec) {
  if (const json* list = fields.array("expect_rcodes", 64)) {
    spec.expect_rcodes.clear();
    for (const json& item : *list) {
      if (item.is_number_unsigned() && item <= 15)
        spec.expect_rcodes.push_back(item.get<uint16_t>());
      else
        fields.fault("expect_rcodes", "expected RCODEs from 0 to 15");
    }
  }
  const json* list = fields.array("expect_answers", 64);
  if (!list) return;
  for (const json& item : *list) {
    const auto address = item.is_string() ? IpAddress::parse(item.get<std::string>()) : std::nullopt;
    if (address)
      spec.expect_answers.push_back(*address);
    else
      fields.fault("expect_answers", "expected addresses");
  }
}

void decode_exec(JsonFields& fields, ProbeSpec& spec) {
  const json* list = fields.array("exec", 64);
  if (!list) return;
  for (const json& item : *list) {
    if (item.is_string())
      spec.exec.push_back(item);
    else
      fields.fault("exec", "expected texts");
  }
}

void decode_kind(JsonFields& fields, ProbeSpec& spec) {
  const std::string name = fields.text("kind", "", 16);
  for (const auto& [kind, text] : kKinds) {
    if (name != text) continue;
    spec.kind = kind;
    return;
  }
  fields.fault("kind", "expected a kind of probe");
}

Duration decode_duration(JsonFields& fields, const char* name, Duration fallback, int64_t least) {
  return std::chrono::microseconds(fields.number(name, us(fallback), least, kDay));
}

Result<ProbeSpec> decode_spec(const json& object, std::string where,
                              const std::vector<std::shared_ptr<const std::string>>& ca) {
  JsonFields fields(object, std::move(where));
  ProbeSpec spec;
  spec.name = fields.text("name", "", kMaxText);
  decode_kind(fields, spec);
  spec.port = static_cast<uint16_t>(fields.number("port", 0, 0, 65535));
  decode_status(fields, spec);
  spec.expect_body = fields.text("expect_body", "", kMaxText);
  spec.expect_headers = decode_pairs(fields, "expect_headers");
  spec.method = fields.text("method", spec.method, 32);
  spec.headers = decode_pairs(fields, "headers");
  spec.verify = fields.flag("verify", spec.verify);
  if (const auto n = fields.optional_number("ca", 0, static_cast<int64_t>(ca.size()) - 1))
    spec.ca_pem = ca[static_cast<size_t>(*n)];
  spec.tls = fields.flag("tls", spec.tls);
  spec.grpc_service = fields.text("grpc_service", "", kMaxText);
  spec.dns_name = fields.text("dns_name", "", kMaxText);
  spec.dns_type = static_cast<uint16_t>(fields.number("dns_type", spec.dns_type, 0, 65535));
  spec.dns_tcp = fields.flag("dns_tcp", spec.dns_tcp);
  decode_dns_expect(fields, spec);
  decode_exec(fields, spec);
  spec.interval = decode_duration(fields, "interval_us", spec.interval, 10'000);
  spec.timeout = decode_duration(fields, "timeout_us", spec.timeout, 1'000);
  spec.recheck = decode_duration(fields, "recheck_us", spec.recheck, 1'000);
  spec.fall = static_cast<int>(fields.number("fall", spec.fall, 1, 1000));
  spec.rise = static_cast<int>(fields.number("rise", spec.rise, 1, 1000));
  spec.body_limit =
      static_cast<size_t>(fields.number("body_limit", static_cast<int64_t>(spec.body_limit), 0, 16 << 20));
  spec.http_version = static_cast<int>(fields.number("http_version", 0, 0, 2));
  const std::string load_header = fields.text("load_header", "", kMaxText), load_json = fields.text("load_json", "", kMaxText);
  if (const auto limit = fields.optional_real("load_limit", std::numeric_limits<double>::min(), health::kMostLoad))
    spec.load = {load_header, load_json, *limit};
  if (const Status status = fields.result(); !status) return tl::unexpected(status.error());
  return spec;
}

Result<Target> decode_target(const json& object, std::string where, const std::vector<ProbeSpec>& specs,
                             size_t regions) {
  JsonFields fields(object, std::move(where));
  Target target;
  target.key = fields.text("key", "", kMaxText);
  if (target.key.empty()) fields.fault("key", "expected text");
  target.name = fields.text("name", "", kMaxText);
  const auto address = IpAddress::parse(fields.text("address", "", 64));
  if (address)
    target.address = *address;
  else if (target.name.empty())
    fields.fault("address", "expected an address");
  if (!target.name.empty() && !wire::Name::parse(target.name)) fields.fault("name", "expected a name");
  const auto probe = fields.optional_number("probe", 0, static_cast<int64_t>(specs.size()) - 1);
  if (probe)
    target.spec = specs[static_cast<size_t>(*probe)];
  else
    fields.fault("probe", "expected a probe's place in the list");
  target.spec.host = fields.text("host", "", kMaxText);
  target.spec.path = fields.text("path", "", kMaxText);
  target.region =
      static_cast<steer::RegionId>(fields.number("region", steer::kNoRegion, 0, static_cast<int64_t>(regions) - 1));
  target.beacon = fields.flag("beacon", false);
  if (const Status status = fields.result(); !status) return tl::unexpected(status.error());
  return target;
}

}  // namespace

std::string_view to_text(Kind kind) {
  return kKinds[static_cast<size_t>(kind)].second;
}

std::string encode_plan(const Plan& plan) {
  Numbering files, specs;
  json ca = json::array(), probes = json::array(), targets = json::array();
  for (const Target& target : plan.targets) {
    json spec = encode_spec(target.spec);
    if (!target.spec.ca_file.empty()) {
      const auto [n, is_new] = files.number(target.spec.ca_file);
      if (is_new) ca.push_back(read_file(target.spec.ca_file));
      spec["ca"] = n;
    }
    const auto [n, is_new] = specs.number(spec.dump(-1, ' ', false, json::error_handler_t::replace));
    if (is_new) probes.push_back(std::move(spec));
    json out{{"key", target.key}, {target.name.empty() ? "address" : "name", target.at()}, {"probe", n}, {"path", target.spec.path}};
    if (!target.spec.host.empty()) out["host"] = target.spec.host;
    if (target.region != steer::kNoRegion) out["region"] = target.region;
    if (target.beacon) out["beacon"] = true;
    targets.push_back(std::move(out));
  }
  const json whole{
      {"regions", plan.regions}, {"ca", std::move(ca)}, {"probes", std::move(probes)}, {"targets", std::move(targets)}};
  return whole.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Plan> decode_plan(std::string_view text) {
  const auto tree = parse_json(text, kMaxPlanSize);
  if (!tree) return tl::unexpected(tree.error());
  JsonFields fields(*tree, "plan");
  Plan plan;
  std::vector<std::shared_ptr<const std::string>> ca;
  std::vector<ProbeSpec> specs;
  const json* regions = fields.array("regions", steer::kMaxRegions);
  const json* authorities = fields.array("ca", 4096);
  const json* probes = fields.array("probes", kMaxTargets);
  const json* targets = fields.array("targets", kMaxTargets);
  for (const json* list : {regions, authorities})
    for (const json& item : or_empty(list))
      if (!item.is_string()) fields.fault(list == regions ? "regions" : "ca", "expected texts");
  if (!targets) fields.fault("targets", "expected a list");
  if (const Status status = fields.result(); !status) return tl::unexpected(status.error());

  if (regions) plan.regions = regions->get<std::vector<std::string>>();
  for (const json& pem : or_empty(authorities))
    ca.push_back(std::make_shared<const std::string>(pem.get<std::string>()));
  for (const json& object : or_empty(probes)) {
    auto spec = decode_spec(object, fmt::format("probes[{}]", specs.size()), ca);
    if (!spec) return tl::unexpected(spec.error());
    specs.push_back(std::move(*spec));
  }
  plan.targets.reserve(targets->size());
  for (const json& object : *targets) {
    auto target = decode_target(object, fmt::format("targets[{}]", plan.targets.size()), specs, plan.regions.size());
    if (!target) return tl::unexpected(target.error());
    target->id = static_cast<health::TargetId>(plan.targets.size());
    plan.targets.push_back(std::move(*target));
  }
  return plan;
}

}  // namespace isochrone::probe
