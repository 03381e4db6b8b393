#include "config/made_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/names.h"

namespace isochrone::config {

namespace {

constexpr std::string_view kRegional = "regional";

bool has_region(const PoolConfig& pool, steer::RegionId region) {
  return std::any_of(pool.gateways.begin(), pool.gateways.end(), [&](auto& g) { return g.region == region; });
}

wire::Type type_of(const GatewayAddress& at) {
  if (at.name) return wire::Type::CNAME;
  return at.address.family == Family::V4 ? wire::Type::A : wire::Type::AAAA;
}

std::span<const uint8_t> rdata_of(const GatewayAddress& at) {
  if (at.name) return at.name->wire();
  return std::span(at.address.octets).first(static_cast<size_t>(at.address.size()));
}

// Wire format of <label>.<zone> or <label>.regional.<zone>, made without an allocation: it is done for every gateway
// of 100,000 services.
class OwnerWriter {
 public:
  explicit OwnerWriter(const wire::Name& apex) : apex_(apex.wire()) {}

  // nullopt where the name would be too long.
  std::optional<wire::NameView> service(std::string_view name) {
    size_ = 0;
    if (name != "@") append(name);
    return finish();
  }
  std::optional<wire::NameView> regional(std::string_view service, std::string_view region) {
    size_ = 0;
    const size_t length = octets_of_label(service, region);
    if (length > wire::kMaxLabel) return std::nullopt;
    octets_[size_++] = static_cast<uint8_t>(length);
    if (service != "@") {
      copy(service);
      copy("-");
    }
    copy(region);
    copy("-01");
    append(kRegional);
    return finish();
  }
  static size_t octets_of_label(std::string_view service, std::string_view region) {
    return (service == "@" ? 0 : service.size() + 1) + region.size() + 3;
  }

 private:
  void copy(std::string_view text) {
    std::copy(text.begin(), text.end(), octets_ + size_);
    size_ += text.size();
  }
  void append(std::string_view label) {
    octets_[size_++] = static_cast<uint8_t>(label.size());
    copy(label);
  }
  std::optional<wire::NameView> finish() {
    if (size_ + apex_.size() > wire::kMaxName) return std::nullopt;
    std::copy(apex_.begin(), apex_.end(), octets_ + size_);
    return wire::NameView(octets_, size_ + apex_.size());
  }

  wire::NameView apex_;
  uint8_t octets_[2 * (wire::kMaxLabel + 1) + wire::kMaxName];
  size_t size_ = 0;
};

void check_lengths(const ZoneConfig& zone, const ProbesConfig& probes, Problems& problems) {
  OwnerWriter writer(zone.apex);
  for (const ServiceConfig& service : zone.services) {
    if (!writer.service(service.name))
      problems.error(zone.place_of(service), "services." + service.name, "its name would be longer than 255 octets");
    if (service.name == "*") continue;
    for (const Gateway& gateway : zone.pools[service.pool].gateways) {
      if (gateway.region == steer::kNoRegion) continue;
      const std::string& region = probes.regions[gateway.region].name;
      if (writer.regional(service.name, region)) continue;
      const bool label = OwnerWriter::octets_of_label(service.name, region) > wire::kMaxLabel;
      problems.error(
          zone.place_of(service), "services." + service.name,
          fmt::format("its regional name {}.regional would be too long", regional_label(service.name, region)),
          label ? "a label has at most 63 octets" : "a name has at most 255 octets");
    }
  }
}

// Two made names can only be equal where one region's name ends with "-" and another's: a + b-c against a-b + c.
void check_equal(const ZoneConfig& zone, const ProbesConfig& probes, Problems& problems) {
  for (size_t longer = 0; longer < probes.regions.size(); ++longer)
    for (size_t shorter = 0; shorter < probes.regions.size(); ++shorter) {
      const std::string& whole = probes.regions[longer].name;
      const std::string& tail = probes.regions[shorter].name;
      if (!whole.ends_with("-" + tail)) continue;
      const std::string head = whole.substr(0, whole.size() - tail.size() - 1);
      for (const ServiceConfig& service : zone.services) {
        if (service.name == "*" || !has_region(zone.pools[service.pool], static_cast<steer::RegionId>(longer)))
          continue;
        const ServiceConfig* other = zone.find_service(service.name == "@" ? head : service.name + "-" + head);
        if (other == nullptr || !has_region(zone.pools[other->pool], static_cast<steer::RegionId>(shorter))) continue;
        problems.error(zone.place_of(*other), "services." + other->name,
                       fmt::format("'{}' in '{}' and '{}' in '{}' would have the same regional name, {}.regional",
                                   other->name, tail, service.name, whole, regional_label(service.name, whole)),
                       "rename one of the services");
      }
    }
}

// A gateway that is the service itself would send clients in a circle.
void check_circles(const ZoneConfig& zone, Problems& problems) {
  OwnerWriter writer(zone.apex);
  for (const ServiceConfig& service : zone.services) {
    const PoolConfig& pool = zone.pools[service.pool];
    const auto owner = pool.gives_names ? writer.service(service.name) : std::nullopt;
    if (!owner) continue;
    for_each_leaf(zone, pool, [&](const Gateway& gateway) {
      for (const GatewayAddress& a : gateway.addresses)
        if (a.name && wire::equal(a.name->wire(), *owner))
          problems.error(zone.place_of(service), "services." + service.name,
                         fmt::format("'{}' is the name of the service and of a gateway of it", a.to_text()), "expected another name there");
    });
  }
}

struct Regional {
  const ServiceConfig* service;
  std::string region;
};

// Whose regional name <label>.regional is: several regions may end alike, the one that has such a gateway is meant.
std::optional<Regional> find_regional(const ZoneConfig& zone, const ProbesConfig& probes, std::string_view label) {
  if (!label.ends_with("-01")) return std::nullopt;
  const std::string stem(label.substr(0, label.size() - 3));
  for (size_t i = 0; i < probes.regions.size(); ++i) {
    const std::string& region = probes.regions[i].name;
    const bool apex = stem == region;
    if (!apex && !stem.ends_with("-" + region)) continue;
    const ServiceConfig* service = zone.find_service(apex ? "@" : stem.substr(0, stem.size() - region.size() - 1));
    if (service != nullptr && has_region(zone.pools[service->pool], static_cast<steer::RegionId>(i)))
      return Regional{service, region};
  }
  return std::nullopt;
}

}  // namespace

void check_nested(const ZoneConfig& zone, const ZoneConfig& other, const ProbesConfig& probes, Problems& problems) {
  const std::string behind = "." + lowered(zone.name), below = lowered(other.name);
  if (!below.ends_with(behind)) return;
  const std::string before = below.substr(0, below.size() - behind.size());
  const auto refuse = [&](const ServiceConfig& service, std::string_view what) {
    problems.error(zone.place_of(service), "services." + service.name,
                   fmt::format("{} would be answered from the zone '{}', which is served here too", what, other.name),
                   "rename the service, or move it to that zone");
  };
  if (const ServiceConfig* service = zone.find_service(before); service != nullptr && before != "@" && before != "*")
    refuse(*service, "its name");
  if (before == kRegional) {
    for (const ServiceConfig& service : zone.services)
      if (service.name != "*") refuse(service, "its regional names");
  } else if (const std::string tail = fmt::format(".{}", kRegional); before.ends_with(tail)) {
    const auto made = find_regional(zone, probes, before.substr(0, before.size() - tail.size()));
    if (made) refuse(*made->service, fmt::format("its regional name in '{}'", made->region));
  }
}

void check_made_names(const ZoneConfig& zone, const ProbesConfig& probes, Problems& problems) {
  check_lengths(zone, probes, problems);
  check_equal(zone, probes, problems);
  check_circles(zone, problems);
}

void StaticRegionals::see(const zone::Record& record) {
  const bool delegates = record.type == wire::Type::NS;
  if (!delegates && record.type != wire::Type::A && record.type != wire::Type::AAAA) return;
  const wire::NameView owner = record.owner;
  const size_t above = 1 + kRegional.size() + zone_.apex.size();
  if (owner.size() < above) return;
  const size_t label = owner.size() - above;  // octets of what stands before regional.<zone>
  if (label != 0 && owner[0] + size_t{1} != label) return;
  const std::string_view text(reinterpret_cast<const char*>(owner.data()), owner.size());
  if (owner[label] != kRegional.size() || lowered(text.substr(label + 1, kRegional.size())) != kRegional) return;
  if (label == 0 && !delegates) return;
  entries_.push_back({label == 0 ? "" : lowered(text.substr(1, owner[0])), delegates, record.where});
}

void StaticRegionals::check_delegation_of_all(const Entry& entry, Problems& problems) const {
  const bool any = std::any_of(zone_.services.begin(), zone_.services.end(), [](auto& s) { return s.name != "*"; });
  if (any)
    problems.error(entry.where.place(), "", fmt::format("delegates '{}', where the regional names of the services are", kRegional),
                   "delegate another name");
}

void StaticRegionals::check(const ProbesConfig& probes, Problems& problems) const {
  for (const Entry& entry : entries_) {
    if (entry.label.empty()) {
      check_delegation_of_all(entry, problems);
      continue;
    }
    const auto made = find_regional(zone_, probes, entry.label);
    if (!made) continue;
    problems.error(entry.where.place(), "",
                   fmt::format("{} at '{}.regional', which is the regional name of service '{}' in '{}'",
                               entry.delegates ? "a delegation" : "an address", entry.label, made->service->name, made->region),
                   "leave it out: it is made from the gateway's addresses");
  }
}

uint64_t add_made_names(const ZoneConfig& zone, const ProbesConfig& probes, const std::vector<zone::PoolId>& pool_ids,
                        zone::ZoneBuilder& builder) {
  OwnerWriter writer(zone.apex);
  Digest digest;
  auto see = [&](std::span<const uint8_t> octets) {
    digest.add({reinterpret_cast<const char*>(octets.data()), octets.size()});
  };
  auto add = [&](wire::NameView owner, const GatewayAddress& at, wire::Ttl ttl, const zone::Where& where) {
    const std::span<const uint8_t> rdata = rdata_of(at);
    builder.add({owner, type_of(at), ttl, rdata, where});
    see(owner);
    see(rdata);
    const uint8_t seconds[]{static_cast<uint8_t>(ttl >> 24), static_cast<uint8_t>(ttl >> 16),
                            static_cast<uint8_t>(ttl >> 8), static_cast<uint8_t>(ttl)};
    see(seconds);
  };
  for (const ServiceConfig& service : zone.services) {
    const PoolConfig& pool = zone.pools[service.pool];
    const zone::Where where{zone.files[service.file], service.line, service.column};
    if (const auto owner = writer.service(service.name)) {
      using Steers = zone::ZoneBuilder::Steers;
      builder.set_pool(*owner, pool_ids[service.pool], where, pool.gives_names ? Steers::Names : Steers::Addresses);
      see(*owner);
      // What a transfer carries at the service: every enabled gateway's addresses, or the first one's name.
      for_each_leaf(zone, pool, [&](const Gateway& gateway) {
        for (const GatewayAddress& a : gateway.addresses) see(rdata_of(a));
      });
    }
    if (service.name == "*") continue;
    for (const Gateway& gateway : pool.gateways) {
      if (gateway.region == steer::kNoRegion) continue;
      const auto owner = writer.regional(service.name, probes.regions[gateway.region].name);
      if (!owner) continue;
      for (const GatewayAddress& a : gateway.addresses) add(*owner, a, pool.settings.spec.ttl, where);
    }
  }
  return digest.value();
}

}  // namespace isochrone::config
