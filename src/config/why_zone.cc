#include "config/why_zone.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/names.h"

namespace isochrone::config {

namespace {

constexpr std::string_view kWhy = "_why";

// Of an SOA: SERIAL, REFRESH, RETRY, EXPIRE and MINIMUM end its RDATA.
constexpr size_t kMinimum = 4;

std::optional<wire::Name> why_apex(const ZoneConfig& zone) { return zone.apex.child(kWhy); }

}  // namespace

void check_why_lengths(const ZoneConfig& zone, Problems& problems) {
  if (!zone.why) return;
  const auto apex = why_apex(zone);
  if (!apex)
    return problems.error(zone.why->place, "why", fmt::format("the name {}.{} would be longer than 255 octets", kWhy, zone.name));
  for (const ServiceConfig& service : zone.services)
    if (service.name != "@" && !apex->child(service.name))
      problems.error(zone.place_of(service), "services." + service.name,
                     fmt::format("its name {}.{}.{} would be longer than 255 octets", service.name, kWhy, zone.name));
}

void check_why_nested(const ZoneConfig& zone, const ZoneConfig& other, Problems& problems) {
  if (!zone.why) return;
  const auto apex = why_apex(zone);
  if (apex && other.apex.is_at_or_below(*apex))
    problems.error(zone.why->place, "why", fmt::format("the reasons would be told in {}.{}, and the zone '{}' is served there", kWhy, zone.name, other.name),
                   "leave one of the two out");
}

WhyMaker::WhyMaker(const ZoneConfig& zone) : zone_(zone) {
  if (zone.why) apex_ = why_apex(zone).value_or(wire::Name());
}

zone::Where WhyMaker::where() const { return {zone_.why->place.file, zone_.why->place.line, zone_.why->place.column}; }

bool WhyMaker::see(const zone::Record& record) {
  if (!zone_.why || apex_.is_root()) return true;
  if (wire::equal(record.owner, zone_.apex.wire())) {
    std::vector<Kept>* kept = record.type == wire::Type::SOA ? &soa_ : record.type == wire::Type::NS ? &ns_ : nullptr;
    if (kept) kept->push_back({record.ttl, {record.rdata.begin(), record.rdata.end()}});
    is_signed_ |= record.type == wire::Type::DNSKEY;
    return true;
  }
  // At or below: the name ends with that apex, and a label begins there.
  const wire::NameView apex = apex_.wire(), owner = record.owner;
  if (owner.size() < apex.size()) return true;
  size_t at = 0;
  while (at < owner.size() - apex.size()) at += owner[at] + size_t{1};
  if (at + apex.size() != owner.size() || !wire::equal(owner.subspan(at), apex)) return true;
  statics_.push_back({wire::to_text(owner), record.type, record.where});
  return false;
}

void WhyMaker::check(Problems& problems) const {
  for (const Static& found : statics_)
    problems.error(found.where.place(), "", fmt::format("{} at '{}', where the reasons of services are told", wire::to_text(found.type), found.owner),
                   fmt::format("leave it out, or 'why' in {}", zone_.why->place.file));
  if (is_signed_)
    problems.error(zone_.why->place, "why", "the zone's file is signed, and its proofs know of no such name",
                   "leave 'why' out, or serve an unsigned file");
}

uint64_t WhyMaker::add_cut(zone::ZoneBuilder& builder) const {
  if (!zone_.why || apex_.is_root()) return 0;
  Digest digest;
  for (const Kept& ns : ns_) {
    builder.add({apex_.wire(), wire::Type::NS, ns.ttl, ns.rdata, where()});
    digest.add({reinterpret_cast<const char*>(ns.rdata.data()), ns.rdata.size()});
  }
  return digest.value();
}

std::shared_ptr<const zone::Zone> WhyMaker::build(uint64_t seed, uint32_t serial, const std::vector<zone::PoolId>& pool_ids,
                                                  Problems& problems) const {
  if (!zone_.why || soa_.empty()) return nullptr;
  zone::ZoneBuilder builder(apex_, seed, where());
  // Nothing of it is to be kept: reasons, and that there are none, are true for a moment.
  std::vector<uint8_t> soa = soa_.front().rdata;
  std::fill(soa.end() - kMinimum, soa.end(), uint8_t{0});
  builder.add({apex_.wire(), wire::Type::SOA, 0, soa, where()});
  builder.set_serial(serial);
  for (const Kept& ns : ns_) builder.add({apex_.wire(), wire::Type::NS, ns.ttl, ns.rdata, where()});
  for (const ServiceConfig& service : zone_.services) {
    const auto owner = service.name == "@" ? apex_ : apex_.child(service.name);
    const zone::Where place{zone_.files[service.file], service.line, service.column};
    if (owner) builder.set_pool(owner->wire(), pool_ids[service.pool], place);
  }
  return builder.build(problems);
}

}  // namespace isochrone::config
