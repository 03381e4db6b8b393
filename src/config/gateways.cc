#include "config/gateways.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/areas.h"
#include "config/names.h"
#include "config/probe_spec.h"

namespace isochrone::config {

std::optional<IpAddress> usable_address(const Node& node) {
  const auto address = node.address();
  if (!address) return std::nullopt;
  const std::string_view why = why_unusable(*address);
  if (why.empty()) return address;
  node.error(fmt::format("{} {}", node.describe(), why));
  return std::nullopt;
}

namespace {

// Rather than an address with a slip in it.
bool is_name(const Node& item) {
  const std::string& text = item.written();
  const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  return item.kind() == Node::Kind::Text && is_host(text) && text.find('.') != text.npos && is_letter(text.back());
}

void read_addresses(const Node& node, Gateway& gateway) {
  for (const Node* item : node.list_or_one("expected at least one address")) {
    if (is_name(*item)) {
      item->error(fmt::format("{} is a name", item->describe()), fmt::format("expected addresses; a gateway that is a name is {{name: {}}}", item->written()));
      continue;
    }
    const auto address = usable_address(*item);
    if (!address) continue;
    const bool twice =
        std::any_of(gateway.addresses.begin(), gateway.addresses.end(), [&](auto& a) { return a.address == *address; });
    if (twice) item->error(fmt::format("{} is in the list twice", item->describe()));
    gateway.addresses.push_back({*address});
  }
}

// A gateway that is a name: clients are given a CNAME.
void read_name(const Node& node, steer::Routing routing, Gateway& gateway) {
  const auto text = node.text("a name, as in gw1.example.net");
  if (!text) return;
  if (IpAddress::parse(*text)) return node.error(fmt::format("{} is an address", node.describe()), "expected a name; addresses go into 'addresses'");
  const Result<wire::Name> name = wire::Name::parse(*text);
  if (!name || name->is_root() || !is_host(*text))
    return node.error("is " + node.describe(), name ? "expected the name of a host: letters, digits, '-', '_' and '.'" : name.error().text);
  if (routing == steer::Routing::Multivalue)
    node.key_error("out of place with 'routing: multivalue'", "a name is answered with one CNAME (RFC 2181 §10.1): expected addresses");
  gateway.addresses.push_back({.address = {}, .name = std::make_shared<const wire::Name>(name->lowered())});
}

// All of a pool's gateways are names or none is: a CNAME stands alone.
void check_names(const Node& node, const std::vector<Gateway>& gateways) {
  const Gateway* first = nullptr;
  for (size_t i = 0; i < gateways.size(); ++i) {
    if (gateways[i].addresses.empty()) continue;
    if (first == nullptr) first = &gateways[i];
    else if (gateways[i].is_name() != first->is_name())
      node.children()[i]->error(gateways[i].is_name() ? "is a name, and others of this pool are addresses" : "is an address, and others of this pool are names",
                                "expected names for all of them or for none: a CNAME stands alone (RFC 1034 §3.6.2)");
  }
}

// Every element that is not "*" is handed to `read`.
template <typename Read>
void read_served(const Node& node, Gateway& gateway, std::string_view what, Read read) {
  for (const Node* item : node.list_or_one(fmt::format("expected {}, or \"*\": whom no other gateway serves", what)))
    if (item->written() == "*") gateway.serves_rest = true;
    else read(*item, item->written());
}

// Prefixes and "*": whom no other gateway serves.
void read_networks(const Node& node, Gateway& gateway) {
  read_served(node, gateway, "prefixes", [&gateway](const Node& item, std::string_view text) {
    if (names_area(text))
      return item.error(fmt::format("{} is an area", text), "expected a prefix or \"*\"; areas belong to 'routing: geographic'");
    const auto prefix = item.prefix();
    if (!prefix) return;
    const Prefix folded = fold(*prefix).prefix;  // clients are looked up folded
    if (std::find(gateway.serves.begin(), gateway.serves.end(), folded) != gateway.serves.end())
      item.error(fmt::format("{} is in the list twice", folded.to_text()));
    gateway.serves.push_back(folded);
  });
}

// Countries, continents, boxes and "*".
void read_areas(const Node& node, Gateway& gateway) {
  read_served(node, gateway, "areas", [&gateway](const Node& item, std::string_view) {
    const auto area = read_area(item);
    if (!area) return;
    if (std::find(gateway.areas.begin(), gateway.areas.end(), *area) != gateway.areas.end())
      item.error(fmt::format("{} is in the list twice", area->name));
    gateway.areas.push_back(*area);
  });
}

// min-healthy: 2, or {ipv4: 2, ipv6: 1}.
void read_min_healthy(const Node* node, NestedPool& nested) {
  if (node == nullptr) return;
  const auto read = [](const Node* number, uint16_t& least, bool& said) {
    if (number == nullptr) return;
    least = static_cast<uint16_t>(number->integer(1, steer::kMaxRegions).value_or(1));
    said = true;
  };
  if (node->kind() != Node::Kind::Map) {
    read(node, nested.min_healthy_v4, nested.wants_v4);
    nested.min_healthy_v6 = nested.min_healthy_v4, nested.wants_v6 = true;
    return;
  }
  Map map(node);
  read(map.find("ipv4"), nested.min_healthy_v4, nested.wants_v4);
  read(map.find("ipv6"), nested.min_healthy_v6, nested.wants_v6);
}

void read_nested(const Node& entry, Map& map, const ProbesConfig& probes, steer::Routing routing, Gateway& gateway) {
  const Node& node = *map.find("pool");
  NestedPool& nested = gateway.nested.emplace();
  nested.pool = lowered(node.text("a pool's name").value_or(""));
  gateway.name = entry.key();
  if (!is_ldh_label(entry.key())) entry.key_error("is no name for a pool", "expected letters, digits and inner hyphens");
  if (probes.find_region(entry.key()) != steer::kNoRegion)
    entry.key_error(fmt::format("'{}' is a region, and this gateway is a pool", entry.key()), "expected another name for it");
  if (routing == steer::Routing::Multivalue)
    node.key_error("out of place with 'routing: multivalue'", "expected addresses: several of them are given in one answer");
  map.misplaced("addresses", "the pool has its own");
  map.misplaced("name", "the pool has its own gateways");
  read_min_healthy(map.find("min-healthy"), nested);
}

Gateway read_gateway(const Node& node, const ProbesConfig& probes, steer::Routing routing) {
  Gateway gateway;
  const bool nested = node.kind() == Node::Kind::Map && node.find("pool") != nullptr;
  if (!nested) gateway.region = gateway.number = expect_region(node, node.key(), probes);
  if (node.kind() != Node::Kind::Map) {
    read_addresses(node, gateway);
    return gateway;
  }
  Map map(&node);
  gateway.weight = static_cast<uint32_t>(map.integer("weight", 1, 1, 1000));
  if (map.find("priority") != nullptr) gateway.priority = static_cast<uint16_t>(map.integer("priority", 1, 1, 1000));
  gateway.enabled = map.boolean("enabled", true);
  gateway.shed = map.share("shed", 0);
  if (const Node* serves = map.find("serves"))
    (routing == steer::Routing::Geographic ? read_areas : read_networks)(*serves, gateway);
  gateway.bias = static_cast<int8_t>(map.integer("bias", 0, -99, 99));
  if (nested) {
    read_nested(node, map, probes, routing, gateway);
    return gateway;
  }
  map.misplaced("min-healthy", "it belongs to a gateway that is a pool");
  if (const Node* name = map.find("name")) {
    read_name(*name, routing, gateway);
    map.misplaced("addresses", "the name has its own");
    return gateway;
  }
  if (const Node* addresses = map.require("addresses", "at least one address")) read_addresses(*addresses, gateway);
  return gateway;
}

// Pools in the pool are numbered behind the regions.
void number_nested(const Node& node, std::vector<Gateway>& gateways, size_t regions) {
  size_t next = regions;
  for (size_t i = 0; i < gateways.size(); ++i) {
    if (!gateways[i].nested) continue;
    if (next == steer::kNoRegion)
      return node.children()[i]->key_error(fmt::format("is one more than there may be regions and pools of a pool, {}", steer::kMaxRegions));
    gateways[i].number = static_cast<steer::RegionId>(next++);
  }
}

// Either all gateways say their priority or none does, and then it is the order written.
void check_priorities(const Node& node, std::vector<Gateway>& gateways, steer::Routing routing) {
  const auto said = std::count_if(gateways.begin(), gateways.end(), [](auto& g) { return g.priority.has_value(); });
  for (size_t i = 0; i < gateways.size(); ++i) {
    const Node& entry = *node.children()[i];
    if (routing != steer::Routing::Priority) {
      if (gateways[i].priority) entry.find("priority")->key_error("out of place here", "it belongs to 'routing: priority'");
    } else if (said == 0) {
      gateways[i].priority = static_cast<uint16_t>(i + 1);
    } else if (!gateways[i].priority) {
      entry.key_error("has no 'priority', and others of this pool have", "expected one for all of them or for none: the order written");
    }
  }
}

// Who says nothing serves everybody whom no other serves.
void check_serves(const Node& node, std::vector<Gateway>& gateways, steer::Routing routing) {
  for (size_t i = 0; i < gateways.size(); ++i) {
    const Node* said = node.children()[i]->kind() == Node::Kind::Map ? node.children()[i]->find("serves") : nullptr;
    if (said == nullptr) gateways[i].serves_rest = true;
    else if (!steer::has_areas(routing))
      said->key_error("out of place here", "it belongs to 'routing: subnet' or 'geographic'");
  }
}

// A way is measured from the client to the region: that has to be somewhere.
void check_positions(const Node& node, const std::vector<Gateway>& gateways, const ProbesConfig& probes, steer::Routing routing) {
  for (size_t i = 0; i < gateways.size(); ++i) {
    const Node& entry = *node.children()[i];
    const Node* bias = entry.kind() == Node::Kind::Map ? entry.find("bias") : nullptr;
    if (bias != nullptr && routing != steer::Routing::Proximity)
      bias->key_error("out of place here", "it belongs to 'routing: proximity'");
    const steer::RegionId region = gateways[i].region;
    if (routing == steer::Routing::Proximity && region != steer::kNoRegion && !probes.regions[region].at)
      entry.key_error(fmt::format("nothing says where region '{}' is, and 'routing: proximity' asks", probes.regions[region].name),
                      "expected 'at: [latitude, longitude]' in the list of regions");
  }
}

}  // namespace

std::vector<Gateway> read_gateways(const Node& node, const ProbesConfig& probes, steer::Routing routing) {
  std::vector<Gateway> gateways;
  if (!node.expect(Node::Kind::Map)) return gateways;
  for (const Node* entry : node.children()) gateways.push_back(read_gateway(*entry, probes, routing));
  if (gateways.empty()) node.error("has no gateway", "expected at least one region with addresses");
  number_nested(node, gateways, probes.regions.size());
  check_names(node, gateways);
  check_priorities(node, gateways, routing);
  check_serves(node, gateways, routing);
  check_positions(node, gateways, probes, routing);
  return gateways;
}

}  // namespace isochrone::config
