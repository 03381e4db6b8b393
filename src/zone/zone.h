#pragma once
// A zone's contents as an immutable tree of names, answered from without a copy.
//
//   master file ─► parse_master_file ─► Record… ─► ZoneBuilder ─► shared_ptr<const Zone> ─► answer: zone.find(qname)
//   services    ─► (config makes their records and marks)  ─┘
//
// Built by one thread, then read by all. No clock, file or socket: texts are handed in.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "wire/name.h"
#include "wire/prepared.h"
#include "wire/types.h"

namespace isochrone::zone {

// Which pool steers A and AAAA at a name: index into Steering::pools. Assigned by config; stable within one snapshot.
using PoolId = uint32_t;
inline constexpr PoolId kNoPool = UINT32_MAX;

// One RRset as it lies in the zone's arena. `wire` holds `count` RRs one after another, each ready for an answer
// whose owner is the question's name: C0 0C, TYPE, CLASS IN, TTL, RDLENGTH, RDATA; names in RDATA are uncompressed
// and keep their case. For another owner the first two octets of each RR are replaced.
struct RRset {
  wire::Type type{};
  uint16_t count = 0;
  wire::Ttl ttl = 0;
  std::span<const uint8_t> wire;
};

class Zone;

// A name that exists, empty non-terminals included (RFC 4592 §2.2.2). A handle; good while its Zone lives. A default
// constructed one is false and must not be asked anything else.
class Node {
 public:
  Node() = default;
  explicit operator bool() const { return at_ != nullptr; }

  std::optional<RRset> find(wire::Type type) const;
  // RRsets in the order of their type numbers; i < rrset_count().
  int rrset_count() const;
  RRset rrset(int i) const;
  PoolId pool() const;     // kNoPool: A and AAAA here are static, if present
  bool is_cut() const;     // NS here, and not the apex
  bool has_dname() const;

 private:
  friend class Zone;
  explicit Node(const uint8_t* at) : at_(at) {}
  const uint8_t* at_ = nullptr;
};

// What the tree says of a name at or below the apex (RFC 1034 §4.3.2 step 3, RFC 4592 §3.3, RFC 6672 §3.2).
struct Found {
  bool exact = false;
  Node node;           // the name itself, or where there is none its closest encloser
  int node_suffix = 0; // index into the qname's labels at which `node`'s name begins (0 where exact)
  Node cut;            // topmost zone cut at or above the name, below the apex; else false
  int cut_suffix = 0;
  Node dname;          // topmost DNAME owner strictly above the name and not below a cut; else false
  int dname_suffix = 0;
  Node wildcard;       // where not exact: "*" below the closest encloser; else false
};

class Zone {
 public:
  Zone(const Zone&) = delete;
  ~Zone();

  // The qname must be at or below the apex; apex_suffix is where the apex begins in it.
  Found find(const wire::QName& qname, int apex_suffix) const;

  const wire::Name& apex() const;
  Node apex_node() const;
  RRset soa() const;                  // exactly one RR
  wire::Ttl negative_ttl() const;     // min(SOA TTL, MINIMUM), RFC 2308 §3
  const wire::PreparedRr& negative_soa() const;  // the SOA with that TTL
  uint32_t serial() const;
  uint32_t record_count() const;
  size_t memory() const;              // octets held

 private:
  friend class ZoneBuilder;
  Zone();
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

// The zones served, found by longest match on a qname. Immutable; shares its zones.
class ZoneSet {
 public:
  ZoneSet() = default;
  explicit ZoneSet(std::vector<std::shared_ptr<const Zone>> zones);

  struct Match {
    const Zone* zone = nullptr;  // null: we serve nothing at or above the name
    int apex_suffix = 0;
  };
  // The zone whose apex is the longest suffix of the name; `strictly_above` skips a zone whose apex is the name
  // itself (DS at a cut is answered by the parent side, RFC 4035 §3.1.4.1).
  Match find(const wire::QName& qname, bool strictly_above = false) const;
  const std::vector<std::shared_ptr<const Zone>>& zones() const { return zones_; }

 private:
  const Zone* of_apex(wire::NameView apex) const;  // lower-cased; null: none of ours

  std::vector<std::shared_ptr<const Zone>> zones_;
  std::vector<uint32_t> slots_;          // open addressing over zones_ by hash of the apex; size a power of two
  std::vector<uint8_t> label_counts_;    // distinct label counts of the apexes, most first
};

}  // namespace isochrone::zone
