#include "config/probes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/areas.h"
#include "config/names.h"
#include "config/probe_spec.h"

namespace isochrone::config {

namespace {

// Reports `node`'s key where `entries` has it already, from whichever file. An entry has a name and a place.
template <typename Entries, typename NameOf>
bool is_new(const Node& node, const Entries& entries, NameOf name_of) {
  const auto same = std::find_if(entries.begin(), entries.end(), [&](auto& e) { return name_of(e) == node.key(); });
  if (same == entries.end()) return true;
  node.key_error("is written twice",
                 fmt::format("it is already at {}:{}:{}", same->place.file, same->place.line, same->place.column));
  return false;
}

std::optional<std::pair<double, double>> read_at(const Node* node) {
  if (node == nullptr) return std::nullopt;
  if (node->kind() != Node::Kind::List || node->children().size() != 2) {
    node->error("is " + node->describe(), "expected [latitude, longitude] in degrees");
    return std::nullopt;
  }
  const auto latitude = node->children()[0]->number(-90, 90);
  const auto longitude = node->children()[1]->number(-180, 180);
  if (!latitude || !longitude) return std::nullopt;
  return std::pair{*latitude, *longitude};
}

std::vector<Beacon> read_beacons(const Node* node) {
  std::vector<Beacon> beacons;
  if (node == nullptr) return beacons;
  for (const Node* item : node->list_or_one()) {
    const auto text = item->text("an address, with a port where it is to be measured by TCP");
    if (!text) continue;
    const auto address = IpAddress::parse(*text);
    const auto endpoint = address ? std::optional(Endpoint{*address, 0}) : Endpoint::parse(*text);
    if (const auto why = endpoint ? why_unusable(endpoint->address) : ""; !why.empty())
      item->error(fmt::format("{} {}", item->describe(), why));
    else if (endpoint && (address || endpoint->port != 0))
      beacons.push_back({endpoint->address, endpoint->port});
    else
      item->error("is " + item->describe(), "expected an address, with a port where it is to be measured by TCP");
  }
  return beacons;
}

void read_regions(const Node* node, ProbesConfig& config) {
  if (node == nullptr || !node->expect(Node::Kind::Map)) return;
  for (const Node* entry : node->children()) {
    RegionConfig region;
    region.name = lowered(entry->key());
    region.written = entry->key();
    region.place = entry->key_place();
    const bool is_label = is_ldh_label(region.name), is_named = is_label && region.name == region.written;
    if (!is_named)
      entry->key_error("is no region's name", is_label ? "expected lower case: " + region.name : "expected letters, digits and inner hyphens");
    // One error of a region is enough.
    Map map(is_named || entry->kind() != Node::Kind::Null ? entry : nullptr);
    region.at = read_at(map.find("at"));
    region.beacons = read_beacons(map.find("beacon"));
    if (!is_new(*entry, config.regions, [](auto& r) { return r.name; })) continue;
    if (config.regions.size() == steer::kMaxRegions) {
      entry->key_error(fmt::format("is one region more than the {} there may be", steer::kMaxRegions));
      return;
    }
    config.regions.push_back(std::move(region));
  }
}

void read_probes(const Node* node, ProbesConfig& config) {
  if (node == nullptr || !node->expect(Node::Kind::Map)) return;
  for (const Node* entry : node->children()) {
    if (entry->key() == "none") {
      entry->key_error("'none' is built in: not probed, always up", "choose another name");
      continue;
    }
    if (!is_plain_name(entry->key()))
      entry->key_error("is no probe's name", "expected letters, digits, '-', '_' and '.'");
    ProbeConfig probe{read_probe(*entry), entry->key_place(), {}};
    if (const Node* ca = entry->find("ca")) probe.ca_place = ca->place();
    if (is_new(*entry, config.probes, [](auto& p) { return p.spec.name; })) config.probes.push_back(std::move(probe));
  }
}

// "AS64500"; nullopt: something else.
std::optional<uint32_t> parse_as(std::string_view text) {
  if (!text.starts_with("AS") || text.size() == 2) return std::nullopt;
  uint32_t number = 0;
  const auto [stop, error] = std::from_chars(text.data() + 2, text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size() && number != 0 ? std::optional(number) : std::nullopt;
}

template <typename List, typename Value>
bool has(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// An AS or a country, which are told by the places; false: something else.
bool read_wide_cover(const Node& item, const std::string& text, VantageConfig& vantage, const ProbesConfig& config) {
  const auto add = [&](auto member, const auto& value) {
    if (has(vantage.*member, value)) item.error(fmt::format("{} is in the list twice", text));
    for (const VantageConfig& other : config.vantages)
      if (has(other.*member, value))
        item.error(fmt::format("{} is already covered by '{}'", text, other.name), "expected one vantage for each");
    (vantage.*member).push_back(value);
  };
  if (text.starts_with("country:")) {
    if (const auto area = read_area(item)) add(&VantageConfig::covers_countries, std::string(area->code.begin(), area->code.end()));
    return true;
  }
  const auto as = parse_as(text);
  if (as) add(&VantageConfig::covers_as, *as);
  return as.has_value();
}

void read_covers(const Node* node, VantageConfig& vantage, const ProbesConfig& config) {
  if (node == nullptr) return;
  for (const Node* item : node->list_or_one()) {
    if (read_wide_cover(*item, item->written(), vantage, config)) continue;
    const auto written = item->prefix();
    if (!written) continue;
    const Prefix prefix = fold(*written).prefix;  // clients are looked up folded
    if (has(vantage.covers, prefix)) item->error(fmt::format("{} is in the list twice", prefix.to_text()));
    for (const VantageConfig& other : config.vantages)
      if (has(other.covers, prefix))
        item->error(fmt::format("{} is already covered by '{}'", prefix.to_text(), other.name),
                    "expected one vantage a prefix");
    vantage.covers.push_back(prefix);
  }
}

void read_vantages(const Node* node, ProbesConfig& config) {
  if (node == nullptr || !node->expect(Node::Kind::Map)) return;
  for (const Node* entry : node->children()) {
    VantageConfig vantage;
    vantage.name = entry->key();
    vantage.place = entry->key_place();
    if (!is_plain_name(vantage.name))
      entry->key_error("is no vantage's name", "expected letters, digits, '-', '_' and '.'");
    Map map(entry);
    vantage.at = read_at(map.find("at"));
    vantage.weight = static_cast<uint16_t>(map.integer("weight", vantage.weight, 1, 1000));
    const Node* covers = map.find("covers");
    if (!is_new(*entry, config.vantages, [](auto& v) { return v.name; })) continue;
    read_covers(covers, vantage, config);
    if (config.vantages.size() >= 1000) {
      entry->key_error("is one vantage more than the 1000 there may be");
      return;
    }
    config.vantages.push_back(std::move(vantage));
  }
}

// Reports it where it is not; the path alone is what is written instead.
bool is_map_of_file(const Node& item, const char* expected) {
  if (item.kind() == Node::Kind::Map) return true;
  item.error("is " + item.describe(), expected);
  return false;
}

void read_tables(const Node* node, ProbesConfig& config) {
  if (node == nullptr) return;
  for (const Node* item : node->list_or_one()) {
    if (!is_map_of_file(*item, "expected {table: FILE.csv}")) continue;
    Map map(item);
    const Node* table = map.require("table", "table: FILE.csv");
    const auto path = table != nullptr ? table->file_path() : std::nullopt;
    if (!path) continue;
    if (config.tables.size() == 255) {
      item->error("is one table more than the 255 there may be");
      return;
    }
    config.tables.push_back({*path, table->place()});
  }
}

void read_places(const Node* node, ProbesConfig& config) {
  if (node == nullptr) return;
  for (const Node* item : node->list_or_one()) {
    if (!is_map_of_file(*item, "expected {table: FILE.csv} or {mmdb: FILE.mmdb}")) continue;
    Map map(item);
    const Node* table = map.find("table");
    const Node* mmdb = map.find("mmdb");
    if ((table == nullptr) == (mmdb == nullptr)) {
      item->error(table == nullptr ? "names no file" : "names two files", "expected table: FILE.csv, or mmdb: FILE.mmdb");
      continue;
    }
    const Node* named = table != nullptr ? table : mmdb;
    if (const auto path = named->file_path()) config.places.push_back({*path, named->place(), mmdb != nullptr});
  }
}

void read_steering(const Node* node, health::SteeringRules& rules) {
  Map map(node);
  rules.margin = map.duration("margin", rules.margin, 0ms, 10s);
  rules.dwell = map.duration("dwell", rules.dwell, 0ms, 24h);
  rules.correction = map.duration("correction", rules.correction, 0ms, 10s);
  rules.max_age = map.duration("max-age", rules.max_age, 1s, 8760h);
  rules.frozen_after = map.duration("frozen-after", std::min(rules.frozen_after, rules.max_age), 0ms, 8760h);
  if (rules.frozen_after > rules.max_age)
    map.find("frozen-after")->error("is longer than max-age", fmt::format("expected at most {}", to_text(rules.max_age)));
}

void read_guards(const Node* node, Guards& guards) {
  Map map(node);
  guards.min_regions = static_cast<uint32_t>(map.integer("min-regions", 0, 0, steer::kMaxRegions));
  guards.max_drains = static_cast<uint32_t>(map.integer("max-drains", 0, 0, 1'000'000));
  if (map.find("longest-drain") != nullptr) guards.longest_drain = map.duration("longest-drain", 0ms, 1s, 8760h);
  guards.drain_rate = map.share("drain-rate", 1);
}

// Of a map that the whole folder has once.
const Node* find_once(Map& map, std::string_view key, Place& place) {
  const Node* node = map.find(key);
  if (node == nullptr) return nullptr;
  if (place.line != 0) node->key_error("is written twice", fmt::format("it is already at {}:{}:{}", place.file, place.line, place.column));
  place = node->key_place();
  return node;
}

}  // namespace

ProbesConfig::ProbesConfig() {
  health::ProbeSpec none;
  none.name = "none";
  none.kind = health::Kind::None;
  probes.push_back({std::move(none), {}});
}

std::optional<size_t> ProbesConfig::find_probe(std::string_view name) const {
  for (size_t i = 0; i < probes.size(); ++i)
    if (probes[i].spec.name == name) return i;
  return std::nullopt;
}

steer::RegionId ProbesConfig::find_region(std::string_view name) const {
  for (size_t i = 0; i < regions.size(); ++i)
    if (regions[i].name == name || regions[i].written == name) return static_cast<steer::RegionId>(i);
  return steer::kNoRegion;
}

std::vector<std::string_view> ProbesConfig::region_names() const {
  std::vector<std::string_view> names;
  for (const RegionConfig& region : regions) names.push_back(region.name);
  return names;
}

std::vector<std::string_view> ProbesConfig::probe_names() const {
  std::vector<std::string_view> names;
  for (const ProbeConfig& probe : probes) names.push_back(probe.spec.name);
  return names;
}

void read_probes_file(const YamlFile& file, ProbesConfig& config) {
  Map map(&file.root());
  read_regions(map.find("regions"), config);
  read_probes(map.find("probes"), config);
  read_vantages(map.find("vantages"), config);
  read_tables(map.find("latency"), config);
  read_places(map.find("places"), config);
  if (const Node* steering = find_once(map, "steering", config.steering_place)) read_steering(steering, config.steering);
  if (const Node* guards = find_once(map, "guards", config.guards_place)) read_guards(guards, config.guards);
}

steer::RegionId expect_region(const Node& node, std::string_view name, const ProbesConfig& config) {
  const steer::RegionId region = config.find_region(name);
  if (region != steer::kNoRegion) return region;
  std::string hint = did_you_mean(name, config.region_names());
  node.key_error(fmt::format("there is no region '{}'", name),
                 hint.empty() ? "regions are listed in probes/*.yaml" : hint);
  return region;
}

}  // namespace isochrone::config
