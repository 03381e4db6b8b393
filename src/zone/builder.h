#pragma once
// Records in any order → a Zone, or everything that is wrong with them, each mistake at its place.
//
//   add, set_pool ─► Staging ─► check_zone ─► write_tree ─► Zone
//
// Made and used by one thread; one zone each.

#include <memory>
#include <optional>

#include "util/problem.h"
#include "zone/record.h"
#include "zone/staging.h"
#include "zone/zone.h"

namespace isochrone::zone {

class ZoneBuilder {
 public:
  // `seed`: a secret of this process (hash.h). `where`: what a missing SOA is blamed on; its file must live
  // until build() returns.
  ZoneBuilder(const wire::Name& apex, uint64_t seed, Where where = {});

  void add(const Record& record);
  // `owner` is a service whose A and AAAA `pool` steers, or all that is asked for by one CNAME; the name exists even if it
  // has no record. A second pool at one name replaces the first.
  enum class Steers : uint8_t { Addresses, Names };
  void set_pool(wire::NameView owner, PoolId pool, Where where, Steers steers = Steers::Addresses);
  void set_unread(Unread unread) { unread_ = unread; }
  // The serial that is served in place of the master file's.
  void set_serial(uint32_t serial) { serial_ = serial; }

  // Null where there are errors, or a record that must be there was unread. The builder is empty afterwards.
  std::shared_ptr<const Zone> build(Problems& problems);

 private:
  // The lower-cased octets before the apex, in relative_; false where `owner` is not at or below the apex.
  bool make_relative(wire::NameView owner, const Where& where);

  wire::Name apex_;  // lower-cased
  Where where_;
  Staging staging_;
  Problems problems_;  // those that add() found
  std::optional<uint32_t> serial_;
  Unread unread_;
  uint8_t relative_[wire::kMaxName];
  size_t relative_size_ = 0;
};

}  // namespace isochrone::zone
