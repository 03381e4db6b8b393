#include "config/probe_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "config/names.h"
#include "config/templates.h"
#include "config/tls_files.h"
#include "wire/name.h"
#include "wire/types.h"

namespace isochrone::config {

using health::Kind;
using health::ProbeSpec;

namespace {

const std::vector<std::string_view> kKinds{"tcp", "http", "https", "icmp", "dns", "grpc", "exec"};

// A key, the kinds that have it, and how to say so.
struct KindOnly {
  std::string_view key;
  std::string_view kinds;
  bool (*has)(Kind);
};

constexpr std::array<KindOnly, 17> kKindOnly{{
    {"port", "every kind but icmp and exec", [](Kind k) { return k != Kind::Icmp && k != Kind::Exec; }},
    {"host", "http, https and grpc", uses_host},
    {"path", "http and https", uses_path},
    {"expect", "http, https and dns", [](Kind k) { return uses_path(k) || k == Kind::Dns; }},
    {"method", "http and https", uses_path},
    {"headers", "http and https", uses_path},
    {"body-limit", "http and https", uses_path},
    {"load", "http and https", uses_path},
    {"http-version", "https", [](Kind k) { return k == Kind::Https; }},
    {"verify", "https and grpc", [](Kind k) { return k == Kind::Https || k == Kind::Grpc; }},
    {"ca", "https and grpc", [](Kind k) { return k == Kind::Https || k == Kind::Grpc; }},
    {"tls", "grpc", [](Kind k) { return k == Kind::Grpc; }},
    {"service", "grpc", [](Kind k) { return k == Kind::Grpc; }},
    {"name", "dns", [](Kind k) { return k == Kind::Dns; }},
    {"type", "dns", [](Kind k) { return k == Kind::Dns; }},
    {"tcp", "dns", [](Kind k) { return k == Kind::Dns; }},
    {"command", "exec", [](Kind k) { return k == Kind::Exec; }},
}};

std::string read_host(Map& map) {
  const Node* node = map.find("host");
  const auto text = node != nullptr ? node->text("a host's name or address") : std::nullopt;
  if (text) check_host(*node, *text);
  return text.value_or("");
}

std::optional<health::StatusRange> parse_status(std::string_view text) {
  health::StatusRange range;
  const char* const end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, range.first);
  if (error != std::errc()) return std::nullopt;
  range.last = range.first;
  if (at != end) {
    if (*at != '-') return std::nullopt;
    const auto second = std::from_chars(at + 1, end, range.last);
    if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
  }
  const bool good = range.first >= 100 && range.last <= 599 && range.first <= range.last;
  return good ? std::optional(range) : std::nullopt;
}

// It would end the header, or be one that no server takes (RFC 9110 §5.5).
bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) < ' ' && c != '\t') || c == 0x7f; });
}

// RFC 3986 §3.3, loosely: what stands in a request line as it is. '#' would end it.
bool is_path(std::string_view text) {
  return text.starts_with('/') && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '#'; });
}

std::vector<std::pair<std::string, std::string>> read_headers(const Node* node) {
  std::vector<std::pair<std::string, std::string>> headers;
  if (node == nullptr || !node->expect(Node::Kind::Map)) return headers;
  for (const Node* header : node->children()) {
    const auto value = header->text();
    if (!is_plain_name(header->key())) header->key_error("is no header's name");
    if (value && has_control(*value)) header->error("is " + header->describe(), "expected text without line breaks and control characters");
    if (value) headers.emplace_back(header->key(), *value);
  }
  return headers;
}

void read_expect(const Node* node, ProbeSpec& spec) {
  Map expect(node);
  for (std::string_view key : {"rcode", "answer"}) expect.misplaced(key, "it belongs to dns");
  if (const Node* status = expect.find("status")) {
    spec.expect_status.clear();
    for (const Node* item : status->list_or_one("expected at least one status or range, as in \"200-299\"")) {
      const auto text = item->text("a status or a range, as in \"200-299\"");
      if (!text) continue;
      if (const auto range = parse_status(*text))
        spec.expect_status.push_back(*range);
      else
        item->error("is " + item->describe(), "expected a status from 100 to 599 or a range, as in \"200-299\"");
    }
  }
  spec.expect_body = expect.text("body");
  spec.expect_headers = read_headers(expect.find("headers"));
}

// RFC 6901 §3.
bool is_json_pointer(std::string_view text) {
  for (size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1))
    if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) return false;
  return text.empty() || text[0] == '/';
}

void read_load(const Node* node, ProbeSpec& spec) {
  if (node == nullptr) return;
  Map load(node);
  if (load.node() == nullptr) return;
  const Node* header = load.find("header");
  const Node* json = load.find("json");
  if ((header != nullptr) == (json != nullptr))
    node->error(header != nullptr ? "has both a header and json" : "has neither a header nor json", "expected one of them: where the figure is");
  health::LoadSpec& said = spec.load.emplace();
  if (header != nullptr) {
    said.header = header->text("a header's name").value_or("");
    if (!is_plain_name(said.header)) header->error("is no header's name");
  }
  if (json != nullptr) {
    said.json = json->text("a pointer into the body, as in /load/now").value_or("");
    if (!is_json_pointer(said.json)) json->error("is " + json->describe(), "expected a JSON pointer (RFC 6901), as in /load/now");
    if (spec.method == "HEAD") json->key_error("out of place with 'method: HEAD'", "expected GET: the answer to HEAD has no body");
  }
  if (const Node* limit = load.require("limit", "the figure above which networks are sent elsewhere"))
    said.limit = limit->number(1e-9, health::kMostLoad).value_or(1);
}

void read_web(Map& map, ProbeSpec& spec) {
  spec.host = read_host(map);
  const Node* path = map.find("path");
  if (path != nullptr) {
    spec.path = path->text("a path that begins with /").value_or(spec.path);
    check_templates(*path, spec.path);
    if (!is_path(spec.path)) path->error("is " + path->describe(), "expected a path that begins with /; blanks, '#' and all but ASCII as %20");
  }
  read_expect(map.find("expect"), spec);
  if (const Node* method = map.find("method")) {
    const std::vector<std::string_view> methods{"GET", "HEAD"};
    if (const auto which = method->one_of(methods)) spec.method = std::string(methods[*which]);
  }
  spec.headers = read_headers(map.find("headers"));
  spec.body_limit = static_cast<size_t>(map.integer("body-limit", 64 * 1024, 0, 16 << 20));
  read_load(map.find("load"), spec);
}

void read_rcodes(const Node& node, ProbeSpec& spec) {
  static const std::vector<wire::Rcode> kRcodes{wire::Rcode::NoError,  wire::Rcode::FormErr, wire::Rcode::ServFail,
                                                wire::Rcode::NxDomain, wire::Rcode::NotImp,  wire::Rcode::Refused,
                                                wire::Rcode::YxDomain, wire::Rcode::NotAuth};
  std::vector<std::string> names;
  for (const wire::Rcode rcode : kRcodes) names.push_back(wire::to_text(rcode));
  spec.expect_rcodes.clear();
  for (const Node* item : node.list_or_one("expected at least one RCODE, as in NOERROR"))
    if (const auto which = item->one_of({names.begin(), names.end()}))
      spec.expect_rcodes.push_back(static_cast<uint16_t>(kRcodes[*which]));
}

// Of an address type only: other RDATA is compared by nobody here.
void read_answers(const Node& node, ProbeSpec& spec) {
  const auto type = static_cast<wire::Type>(spec.dns_type);
  if (type != wire::Type::A && type != wire::Type::AAAA)
    return node.error(fmt::format("cannot be expected of type {}", wire::to_text(type)), "set 'type' to A or AAAA");
  const Family family = type == wire::Type::A ? Family::V4 : Family::V6;
  for (const Node* item : node.list_or_one("expected at least one address")) {
    const auto address = item->address();
    if (!address) continue;
    if (address->family != family) item->error(fmt::format("{} is never the answer to {}", item->describe(), wire::to_text(type)));
    spec.expect_answers.push_back(*address);
  }
}

void read_dns_expect(const Node* node, ProbeSpec& spec) {
  Map expect(node);
  for (std::string_view key : {"status", "body", "headers"}) expect.misplaced(key, "it belongs to http and https");
  if (const Node* rcode = expect.find("rcode")) read_rcodes(*rcode, spec);
  if (const Node* answer = expect.find("answer")) read_answers(*answer, spec);
}

void read_dns(Map& map, ProbeSpec& spec) {
  if (const Node* name = map.require("name", "the name to ask for")) {
    spec.dns_name = name->text("the name to ask for").value_or("");
    if (!spec.dns_name.empty())
      if (const auto parsed = wire::Name::parse(spec.dns_name); !parsed) name->error(parsed.error().text);
  }
  if (const Node* type = map.find("type")) {
    const auto text = type->text("a type, as in SOA");
    const auto parsed = text ? wire::parse_type(*text) : std::nullopt;
    if (text && !parsed) type->error("is " + type->describe(), "expected a type, as in SOA");
    if (parsed) spec.dns_type = static_cast<uint16_t>(*parsed);
  }
  spec.dns_tcp = map.boolean("tcp", false);
  read_dns_expect(map.find("expect"), spec);
}

void read_exec(Map& map, ProbeSpec& spec) {
  const Node* command = map.require("command", "a list: the program and its arguments");
  if (command == nullptr) return;
  for (const Node* item : command->list_or_one("expected the program and its arguments"))
    if (auto text = item->text("an argument")) spec.exec.push_back(*text);
  if (!spec.exec.empty() && !spec.exec[0].starts_with('/'))
    command->error(fmt::format("runs '{}'", spec.exec[0]), "expected the program's path from the root");
  if (!spec.exec.empty()) check_command(*command, spec.exec);
}

void read_tls(Map& map, ProbeSpec& spec) {
  spec.verify = map.boolean("verify", true);
  spec.ca_file = map.file_path("ca");
}

void read_source(const Node* node, ProbeSpec& spec) {
  if (node == nullptr) return;
  for (const Node* item : node->list_or_one("expected an address, or one of each family")) {
    const auto address = item->address();
    if (!address) continue;
    if (const auto why = why_unusable(*address); !why.empty()) item->error(fmt::format("{} {}", item->describe(), why));
    auto& source = address->family == Family::V4 ? spec.source_v4 : spec.source_v6;
    if (source) item->error("is a second source address of one family");
    source = address;
  }
}

void read_pace(Map& map, ProbeSpec& spec) {
  spec.interval = map.duration("interval", spec.interval, 100ms, 24h);
  spec.timeout = map.duration("timeout", spec.timeout, 10ms, 5min);
  spec.recheck = map.duration("recheck", spec.recheck, 10ms, 1h);
  spec.fall = static_cast<int>(map.integer("fall", spec.fall, 1, 100));
  spec.rise = static_cast<int>(map.integer("rise", spec.rise, 1, 100));
  read_source(map.find("source"), spec);
}

// 0: the kind has no port of its own and one must be written.
uint16_t default_port(Kind kind) {
  return kind == Kind::Https ? 443 : kind == Kind::Http ? 80 : kind == Kind::Dns ? 53 : 0;
}

}  // namespace

bool uses_path(Kind kind) {
  return kind == Kind::Http || kind == Kind::Https;
}

bool uses_host(Kind kind) {
  return uses_path(kind) || kind == Kind::Grpc;
}

ProbeSpec read_probe(const Node& node) {
  ProbeSpec spec;
  spec.name = node.key();
  Map map(&node);
  if (map.node() == nullptr) return spec;
  const Node* kind = map.require("kind", fmt::format("{}", fmt::join(kKinds, ", ")));
  const auto which = kind != nullptr ? kind->one_of(kKinds) : std::nullopt;
  if (!which) {
    map.allow_any();  // which keys belong to it cannot be told
    return spec;
  }
  spec.kind = static_cast<Kind>(*which + 1);
  for (const KindOnly& only : kKindOnly)
    if (!only.has(spec.kind))
      map.misplaced(only.key, fmt::format("it belongs to {}; this probe is {}", only.kinds, kKinds[*which]));

  if (spec.kind != Kind::Icmp && spec.kind != Kind::Exec) {
    spec.port = default_port(spec.kind);
    const Node* port = spec.port == 0 ? map.require("port", "a port: this kind has none of its own") : map.find("port");
    if (port != nullptr) spec.port = static_cast<uint16_t>(port->integer(1, 65535).value_or(1));
  } else {
    spec.port = 0;
  }
  switch (spec.kind) {
    case Kind::Https:
      read_tls(map, spec);
      spec.http_version = static_cast<int>(map.integer("http-version", 0, 1, 2));
      [[fallthrough]];
    case Kind::Http:
      read_web(map, spec);
      break;
    case Kind::Dns:
      read_dns(map, spec);
      break;
    case Kind::Grpc:
      spec.host = read_host(map);
      spec.grpc_service = map.text("service");
      spec.tls = map.boolean("tls", false);
      read_tls(map, spec);
      break;
    case Kind::Exec:
      read_exec(map, spec);
      break;
    case Kind::None:
    case Kind::Tcp:
    case Kind::Icmp:
      break;
  }
  read_pace(map, spec);
  if (spec.interval < spec.timeout)
    node.warn(fmt::format("interval {} is shorter than timeout {}", isochrone::to_text(spec.interval),
                          isochrone::to_text(spec.timeout)),
              "tries of a silent gateway would overlap; make the timeout shorter");
  return spec;
}

}  // namespace isochrone::config
