#include "config/node_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "config/cluster.h"
#include "config/names.h"
#include "config/secrets.h"
#include "config/tls_files.h"
#include "config/yaml.h"
#include "util/hex.h"
#include "wire/edns.h"

namespace isochrone::config {

namespace {

constexpr size_t kMostObservedPorts = 64;
constexpr const char* kListen = "addresses and ports, as in [\"0.0.0.0:53\", \"[::]:53\"]";
constexpr const char* kListenOrReport =
    "addresses and ports, as in [\"0.0.0.0:53\", \"[::]:53\"]; or 'report', where this machine only measures: it has its plan from nodes";

bool is_wildcard(const IpAddress& address) { return address == IpAddress{address.family, {}}; }

// Whether one of them keeps the other from being bound.
bool overlap(const Endpoint& a, const Endpoint& b) {
  return a.port == b.port && a.address.family == b.address.family && (a.address == b.address || is_wildcard(a.address) || is_wildcard(b.address));
}

std::vector<Endpoint> read_listen(const Node* node) {
  std::vector<Endpoint> endpoints;
  if (node == nullptr) return endpoints;
  for (const Node* item : node->list_or_one("expected at least one address and port")) {
    const auto endpoint = item->endpoint();
    if (!endpoint) continue;
    const auto taken = std::find_if(endpoints.begin(), endpoints.end(), [&](const Endpoint& other) { return overlap(other, *endpoint); });
    if (const auto why = why_unusable(endpoint->address); !why.empty() && !is_wildcard(endpoint->address))
      item->error(fmt::format("{} {}", item->describe(), why));
    else if (taken != endpoints.end() && *taken == *endpoint)
      item->error(fmt::format("{} is already in the list", item->describe()));
    else if (taken != endpoints.end())
      item->error(fmt::format("{} and {} are one address here", item->describe(), taken->to_text()), "expected all addresses of the machine, or some of them");
    endpoints.push_back(*endpoint);
  }
  return endpoints;
}

// One of "read", "change", "probe:VANTAGE", "observe:REGION".
void read_right(const Node& node, AdminToken& token) {
  const auto right = node.text("a right");
  if (!right) return;
  if (*right == "read") {
    token.may_read = true;
  } else if (*right == "change") {
    token.may_change = true;
  } else if (right->starts_with("probe:") && right->size() > 6) {
    token.may_probe = right->substr(6);
  } else if (right->starts_with("observe:") && right->size() > 8) {
    token.may_observe = right->substr(8);
  } else {
    std::string hint = did_you_mean(*right, {"read", "change", "probe:", "observe:"});
    node.error("is " + node.describe(), hint.empty() ? "expected read, change, probe:VANTAGE or observe:REGION" : hint);
  }
}

// `owners`: of the secrets read before, which grows by this one.
AdminToken read_token(const Node& node, std::map<std::string, std::string>& owners) {
  AdminToken token;
  token.name = node.key();
  token.place = node.key_place();
  Map map(&node);
  if (const Node* file = map.require("file", "the file that holds the token")) {
    token.file = file->file_path().value_or("");
    const std::string secret = token.file.empty() ? "" : check_token_file(*file, token.file);
    const auto [owner, is_new] = owners.try_emplace(secret, token.name);
    // Who bears it would have the rights of one of them, and nobody could tell which.
    if (!secret.empty() && !is_new) file->error(fmt::format("{} holds the same secret as the token '{}'", token.file, owner->second), "expected one of its own");
  }
  if (const Node* may = map.require("may", "a list of read, change, probe:VANTAGE, observe:REGION"))
    for (const Node* right : may->list_or_one("expected read, change, probe:VANTAGE or observe:REGION")) read_right(*right, token);
  return token;
}

void read_identity(const Node& tls, AdminConfig& admin) {
  Map files(&tls);
  const Node* cert = files.require("cert", "the file of the certificate chain");
  const Node* key = files.require("key", "the file of the private key");
  if (cert != nullptr) admin.tls_cert = cert->file_path().value_or("");
  if (key != nullptr) admin.tls_key = key->file_path().value_or("");
  if (!admin.tls_key.empty()) check_secret_file(*key, admin.tls_key);
  if (!admin.tls_cert.empty() && !admin.tls_key.empty()) check_server_identity(*cert, admin.tls_cert, *key, admin.tls_key);
}

// An address, or a map with listen, tls and tokens.
AdminConfig read_admin(const Node* node) {
  AdminConfig admin;
  if (node == nullptr) return admin;
  if (node->kind() != Node::Kind::Map) {
    admin.listen = node->endpoint();
    if (admin.listen && !is_loopback(admin.listen->address))
      node->error(fmt::format("{} is not a loopback address", node->describe()),
                  "a listener elsewhere needs TLS: {listen: ADDRESS, tls: {cert: FILE, key: FILE}}");
    return admin;
  }
  Map map(node);
  const Node* listen = map.require("listen", "an address and a port");
  if (listen != nullptr) admin.listen = listen->endpoint();
  if (const Node* tls = map.find("tls")) {
    read_identity(*tls, admin);
  } else if (admin.listen && !is_loopback(admin.listen->address)) {
    listen->error(fmt::format("{} is not a loopback address", listen->describe()),
                  "a listener elsewhere needs tls: {cert: FILE, key: FILE}");
  }
  std::map<std::string, std::string> owners;
  if (const Node* tokens = map.find("tokens"); tokens != nullptr && tokens->expect(Node::Kind::Map))
    for (const Node* token : tokens->children()) admin.tokens.push_back(read_token(*token, owners));
  return admin;
}

void check_apart(const Node* admin, const NodeConfig& config) {
  if (admin == nullptr || !config.admin.listen) return;
  if (std::ranges::any_of(config.listen, [&](const Endpoint& at) { return overlap(at, *config.admin.listen); }))
    admin->error(fmt::format("'listen' has {}, too", config.admin.listen->to_text()), "expected a port of its own");
}

// Text as it is, or 0x and pairs of hexadecimal digits.
std::vector<uint8_t> read_nsid(const Node* node) {
  const auto text = node != nullptr ? node->text("text, or 0x and hexadecimal digits") : std::nullopt;
  if (!text) return {};
  if (!text->starts_with("0x")) {
    if (text->size() > wire::kMaxNsid) node->error(fmt::format("is longer than {} octets", wire::kMaxNsid));
    return {text->begin(), text->end()};
  }
  const std::string_view hex = std::string_view(*text).substr(2);
  std::vector<uint8_t> octets;
  const bool good = !hex.empty() && hex.size() <= 2 * wire::kMaxNsid && decode_hex(hex, octets);
  if (!good) node->error("is " + node->describe(), fmt::format("expected 0x and pairs of hexadecimal digits, at most {} pairs", wire::kMaxNsid));
  return octets;
}

std::vector<ReportTo> read_report(const Node* node) {
  std::vector<ReportTo> report;
  if (node == nullptr) return report;
  for (const Node* item : node->list_or_one("expected at least one node")) {
    if (!item->expect(Node::Kind::Map)) continue;
    Map map(item);
    ReportTo to;
    if (const Node* url = map.require("node", "the node's admin address, as in https://ns1.example:9353")) {
      to.node = url->text("an address, as in https://ns1.example:9353").value_or("");
      if (!to.node.empty() && !is_server_url(to.node, "https://"))
        url->error("is " + url->describe(), "expected https://HOST:PORT: a token must not travel in the clear");
    }
    if (const Node* file = map.require("token-file", "the file that holds the token")) {
      to.token_file = file->file_path().value_or("");
      if (!to.token_file.empty()) check_token_file(*file, to.token_file);
    }
    if (const Node* ca = map.find("ca")) {
      to.ca_file = ca->file_path().value_or("");
      if (!to.ca_file.empty()) check_authorities(*ca, to.ca_file);
    }
    report.push_back(std::move(to));
  }
  return report;
}

ObserveConfig read_observe(const Node* node) {
  ObserveConfig observe;
  if (node == nullptr || !node->expect(Node::Kind::Map)) return observe;
  Map map(node);
  if (const Node* region = map.require("region", "where the gateway stands")) {
    observe.region = region->text("a region").value_or("");
    if (!observe.region.empty() && !is_ldh_label(observe.region))
      region->error("is " + region->describe(), "expected a region's name: letters, digits and inner hyphens");
  }
  if (const Node* ports = map.require("ports", "the ports at which clients come, as in [443]")) {
    for (const Node* item : ports->list_or_one("expected at least one port")) {
      const auto port = item->integer(1, 65535);
      if (!port) continue;
      if (std::find(observe.ports.begin(), observe.ports.end(), *port) != observe.ports.end())
        item->error(fmt::format("{} is in the list twice", *port));
      observe.ports.push_back(static_cast<uint16_t>(*port));
    }
    if (observe.ports.size() > kMostObservedPorts)
      ports->error(fmt::format("has {} ports", observe.ports.size()), fmt::format("expected at most {}", kMostObservedPorts));
  }
  return observe;
}

std::vector<std::string> read_exec(const Node* node) {
  std::vector<std::string> folders;
  if (node == nullptr) return folders;
  for (const Node* item : node->list_or_one()) {
    const auto folder = item->text("a folder");
    if (!folder) continue;
    if (!folder->starts_with('/'))
      item->error("is " + item->describe(), "expected a folder from the root, as in /usr/lib/isochrone/probes");
    folders.push_back(*folder);
  }
  return folders;
}

Place place_of(const Node* node, const std::string& file) { return node != nullptr ? node->place() : Place{file}; }

// Addresses, each with a port where that is not 53.
std::vector<Endpoint> read_resolvers(const Node* node) {
  std::vector<Endpoint> resolvers;
  if (node == nullptr) return resolvers;
  for (const Node* item : node->list_or_one("expected at least one address, or no 'resolver' at all: the system's")) {
    const auto text = item->text("an address, or an address and a port");
    if (!text) continue;
    const auto address = IpAddress::parse(*text);
    const auto endpoint = address ? std::optional(Endpoint{*address, 53}) : Endpoint::parse(*text);
    if (const auto why = endpoint ? why_unusable(endpoint->address) : ""; !why.empty()) item->error(fmt::format("{} {}", item->describe(), why));
    else if (endpoint && endpoint->port != 0) resolvers.push_back(*endpoint);
    else item->error("is " + item->describe(), "expected an address, or an address and a port, as in 127.0.0.1:5353");
  }
  return resolvers;
}

// A file or folder that a start makes where it is not there.
void check_can_be_made(const Node& node, const std::string& path) {
  std::error_code none;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (path.empty() || folder.empty() || std::filesystem::is_directory(folder, none)) return;
  node.error(fmt::format("{} cannot be made: there is no folder {}", path, folder.string()), "make the folder first");
}

void check_file_or_to_be(const Node& node, const std::string& path) {
  std::error_code none;
  if (!path.empty() && std::filesystem::is_directory(path, none))
    return node.error(fmt::format("{} is a folder", path), "expected a file, or the name of one to be made");
  check_can_be_made(node, path);
}

// A start makes it where it is not there, in a folder that is.
void check_folder_or_to_be(const Node& node, const std::string& path) {
  std::error_code none;
  if (path.empty() || std::filesystem::is_directory(path, none)) return;
  if (std::filesystem::exists(path, none)) return node.error(fmt::format("{} is not a folder", path), "expected a folder, or the name of one to be made");
  check_can_be_made(node, path);
}

}  // namespace

NodeConfig parse_node_config(const std::string& file, std::string_view text, Problems& problems) {
  NodeConfig config;
  config.file = file;
  const auto yaml = parse_yaml(file, text, problems);
  if (!yaml) return config;
  Map map(&yaml->root());

  if (const Node* node = map.require("node", "this machine's name")) {
    config.node = node->text("this machine's name").value_or("");
    if (!config.node.empty() && !is_plain_name(config.node))
      node->error("is " + node->describe(), "expected letters, digits, '-', '_' and '.'");
  }
  const Node* report = map.find("report");
  config.report = read_report(report);
  const bool only_measures = report != nullptr;

  if (only_measures) {
    config.observe = read_observe(map.find("observe"));
    for (std::string_view key :
         {"listen", "admin", "zones", "probes", "nsid", "cookies", "anycast", "workers", "tcp", "udp-payload", "query-log", "receipts"})
      map.misplaced(key, "a machine with 'report' only measures: what to probe comes from the node it reports to");
  } else {
    map.misplaced("observe", "clients are observed beside their gateway, by a machine with 'report'");
    config.listen = read_listen(map.require("listen", map.find("cluster") != nullptr ? kListenOrReport : kListen));
    const Node* admin = map.find("admin");
    config.admin = read_admin(admin);
    check_apart(admin, config);
    const std::string folder = yaml->folder() == "." ? "" : yaml->folder() + "/";
    config.zones_dir = map.file_path("zones", folder + "zones");
    config.probes_dir = map.file_path("probes", folder + "probes");
    config.zones_place = place_of(yaml->root().find("zones"), file);
    config.probes_place = place_of(yaml->root().find("probes"), file);
    if (const Node* workers = map.find("workers"); workers != nullptr && workers->describe() != "'auto'")
      config.workers = static_cast<int>(workers->integer(1, 1024).value_or(0));
    config.nsid = read_nsid(map.find("nsid"));
    config.anycast = map.boolean("anycast", false);
    config.max_udp_payload = static_cast<uint16_t>(map.integer("udp-payload", 1232, 512, 4096));
    config.receipts = static_cast<int>(map.integer("receipts", config.receipts, 0, 100));
    Map tcp(map.find("tcp"));
    config.tcp_clients = static_cast<int>(tcp.integer("clients", 0, 1, 1000000));
    config.tcp_clients_per_address = static_cast<int>(tcp.integer("clients-per-address", 0, 1, 1000000));
    config.tcp_idle = tcp.duration("idle", config.tcp_idle, 100ms, 1h);
    if (const Node* log = map.find("query-log"); log != nullptr && log->expect(Node::Kind::Map)) {
      Map keys(log);
      if (const Node* path = keys.require("file", "the file to append to")) {
        config.query_log.file = path->file_path().value_or("");
        check_file_or_to_be(*path, config.query_log.file);
      }
      config.query_log.sample = static_cast<uint32_t>(keys.integer("sample", 1, 1, 1000000000));
    }
  }
  const std::string folder = yaml->folder() == "." ? "" : yaml->folder() + "/";
  config.state_dir = map.file_path("state", folder + "state");
  if (const Node* state = map.find("state")) check_folder_or_to_be(*state, config.state_dir);
  if (const Node* region = map.find("region")) {
    config.region = region->text("a region").value_or("");
    config.region_place = region->place();
  }
  config.exec_dirs = read_exec(map.find("exec"));
  config.resolvers = read_resolvers(map.find("resolver"));
  if (const Node* cluster = map.find("cluster")) config.cluster = read_cluster(*cluster);
  config.cookie_secrets = config.state_dir + "/cookie-secrets";
  if (!only_measures) {
    Map cookies(map.find("cookies"));
    const Node* secrets = cookies.find("secrets");
    if (secrets != nullptr) config.cookie_secrets = secrets->file_path().value_or("");
    if (secrets != nullptr && !config.cookie_secrets.empty()) check_cookie_file(*secrets, config.cookie_secrets);
  }
  map.not_built("keys", "TSIG");
  map.not_built("rate-limit", "rate limiting");
  return config;
}

bool is_observed(const NodeConfig& config) {
  return config.cluster || std::ranges::any_of(config.admin.tokens, [](const AdminToken& token) { return !token.may_observe.empty(); });
}

}  // namespace isochrone::config
