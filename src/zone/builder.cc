#include "zone/builder.h"

#include <algorithm>

#include <fmt/format.h>

#include "wire/rr.h"
#include "zone/check.h"
#include "zone/inside.h"
#include "zone/write_tree.h"

namespace isochrone::zone {

ZoneBuilder::ZoneBuilder(const wire::Name& apex, uint64_t seed, Where where)
    : apex_(apex.lowered()), where_(where), staging_(seed) {}

bool ZoneBuilder::make_relative(wire::NameView owner, const Where& where) {
  const wire::NameView apex = apex_.wire();
  if (owner.size() >= apex.size()) {
    const size_t boundary = owner.size() - apex.size();
    size_t label = 0;
    while (label < boundary) label += owner[label] + size_t{1};
    const auto lower_equal = [](uint8_t a, uint8_t b) { return a == wire::lower(b); };
    if (label == boundary && std::equal(apex.begin(), apex.end(), owner.begin() + boundary, lower_equal)) {
      std::transform(owner.begin(), owner.begin() + boundary, relative_, wire::lower);
      relative_size_ = boundary;
      return true;
    }
  }
  problems_.error(where.place(), {}, fmt::format("'{}' is outside the zone", wire::to_text(owner)),
                  fmt::format("expected a name at or below '{}'", apex_.to_text()));
  return false;
}

void ZoneBuilder::add(const Record& record) {
  if (make_relative(record.owner, record.where))
    staging_.append({relative_, relative_size_}, record.type, record.ttl, record.rdata, record.where);
}

void ZoneBuilder::set_pool(wire::NameView owner, PoolId pool, Where where, Steers steers) {
  uint8_t octets[sizeof pool + 1]{};
  store_as(octets, pool);
  const auto mark = std::span(octets).first(steers == Steers::Names ? sizeof octets : sizeof pool);
  if (make_relative(owner, where)) staging_.append({relative_, relative_size_}, kMark, 0, mark, where);
}

namespace {

uint32_t read_u32(const uint8_t* at) {
  return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | at[3];
}

void write_u32(uint8_t* at, uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

// SERIAL, REFRESH, RETRY, EXPIRE and MINIMUM end the RDATA of an SOA.
constexpr size_t kSoaNumbers = 20;

}  // namespace

std::shared_ptr<const Zone> ZoneBuilder::build(Problems& problems) {
  staging_.group();
  const ZonePlan plan = check_zone(staging_, apex_, where_, unread_, problems_);
  const bool ok = problems_.ok() && plan.has_apex;
  problems.append(problems_);
  problems_ = {};
  Staging staging = std::exchange(staging_, Staging(staging_.seed()));
  if (!ok) return nullptr;

  const std::shared_ptr<Zone> zone(new Zone());
  Zone::Inside& inside = *zone->inside_;
  inside.tree = write_tree(staging, plan);
  inside.apex = apex_;
  inside.max_depth = plan.max_depth;
  inside.record_count = static_cast<uint32_t>(plan.records);
  const RRset soa = inside.soa = *zone->apex_node().find(wire::Type::SOA);
  const size_t numbers_at = soa.wire.size() - kSoaNumbers;
  if (serial_) {
    // The only octets of a tree that are written twice, before anybody else sees it.
    uint8_t* node = inside.tree.at(inside.tree.apex());
    write_u32(node + (soa.wire.data() - node) + numbers_at, *serial_);
  }
  inside.serial = read_u32(soa.wire.data() + numbers_at);
  inside.negative_ttl = std::min(soa.ttl, read_u32(soa.wire.data() + soa.wire.size() - 4));  // RFC 2308 §3
  inside.negative_soa = wire::prepare_rr(apex_, wire::Type::SOA, inside.negative_ttl, soa.wire.subspan(wire::kRrHeader));
  return zone;
}

}  // namespace isochrone::zone
