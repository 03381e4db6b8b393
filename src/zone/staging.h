#pragma once
// The records of a zone that is being built, in the order they were read, packed; then grouped by owner without being
// moved: the records of one owner are a chain that hangs on the first of them, its *head*, and heads are found by
// name. A million records cost 44 MB here, and the memory goes back piece by piece while the tree is written.
//
// Owners are relative names as in tree.h. Used by one thread.

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zone/pages.h"
#include "zone/record.h"
#include "zone/tree.h"

namespace isochrone::zone {

// A record's place here; 0 is none.
using StagedRef = uint32_t;

// What one look at a head says of all records of its name.
struct NameFlags {
  static constexpr uint8_t kHead = 1, kNs = 2, kDname = 4, kCname = 8, kService = 16, kAddress = 32,
                           kAlias = 64,    // a service whose answers are CNAMEs
                           kTarget = 128;  // of an NS of this zone
};

// A type of 0 marks a name that has no record here: a service (with the PoolId as its data, and one octet more where its
// answers are CNAMEs), or an empty non-terminal (with none).
inline constexpr wire::Type kMark{0};

struct StagedHeader {
  uint32_t hash;
  StagedRef next;  // of a head: the owner's last record; of others: the one before; 0 ends
  uint32_t line;
  wire::Ttl ttl;
  uint16_t file;
  uint16_t column;  // 65535: that or more
  uint16_t type;
  uint16_t rdata_size;
  uint8_t owner_size;
  uint8_t depth;  // labels of the owner
  uint8_t flags;  // NameFlags; of a head: of all records of its owner
  uint8_t unused;
};

struct StagedRecord {
  StagedHeader header;
  std::span<const uint8_t> owner, rdata;

  wire::Type type() const { return wire::Type(header.type); }
};

class Staging {
 public:
  explicit Staging(uint64_t seed) : seed_(seed) {}

  // `owner` is relative and lower-cased.
  void append(std::span<const uint8_t> owner, wire::Type type, wire::Ttl ttl, std::span<const uint8_t> rdata,
              const Where& where);

  // Once, after the last append() of read records: makes the chains, and a mark for the apex and for every empty
  // non-terminal.
  void group();

  // All below: after group(). The head of a name, or 0.
  StagedRef find(std::span<const uint8_t> owner) const;
  StagedRecord record(StagedRef ref) const;
  Where where(StagedRef ref) const;
  // Records of a head's owner in the order they were read, marks included.
  void collect(StagedRef head, std::vector<StagedRef>& records) const;

  // Every head in the order read; `visit(StagedRef)`.
  template <typename Visit>
  void for_each_head(Visit visit) const {
    for_each([&](StagedRef ref) {
      if (header(ref).flags & NameFlags::kHead) visit(ref);
    });
  }
  size_t names() const { return names_; }
  uint8_t flags(StagedRef head) const { return header(head).flags; }
  void add_flag(StagedRef head, uint8_t flag);

  // The tree is about to be written: names are not looked up any more…
  void drop_index() { slots_ = Pages(); }
  // …and the memory of this record is not needed any more.
  void release(StagedRef ref);

  uint64_t seed() const { return seed_; }

 private:
  struct Chunk {
    Pages memory;
    uint32_t used = 0;     // octets
    uint32_t records = 0;  // not released
  };

  template <typename Visit>
  void for_each(Visit visit) const {
    for (size_t i = 0; i < chunks_.size(); ++i) {  // visiting may release a chunk, never add one
      const uint32_t used = chunks_[i].used;
      for (uint32_t at = 0; at < used && chunks_[i].records != 0;) {
        const StagedRef ref = make_ref(i, at);
        at += size_of(header(ref));
        visit(ref);
      }
    }
  }

  static StagedRef make_ref(size_t chunk, uint32_t at);
  static uint32_t size_of(const StagedHeader& header);
  const uint8_t* at(StagedRef ref) const;
  StagedHeader header(StagedRef ref) const { return load_as<StagedHeader>(at(ref)); }
  void set_header(StagedRef ref, const StagedHeader& header);
  std::span<const uint8_t> owner(StagedRef ref) const;

  void link(StagedRef ref);
  void insert(StagedRef head, uint32_t hash);
  void grow_index();
  void add_non_terminals(StagedRef head);
  StagedRef find(std::span<const uint8_t> owner, uint32_t hash) const;
  uint16_t file_number(std::string_view file);

  uint64_t seed_;
  std::vector<Chunk> chunks_;
  std::deque<std::string> files_;  // where() looks into it: never moved
  size_t records_ = 0;
  size_t names_ = 0;
  StagedRef last_ = 0;       // appended last
  StagedRef last_head_ = 0;  // linked last: the next record usually has the same owner
  Pages slots_;              // of 64 bits: hash, StagedRef
  size_t slot_mask_ = 0;
};

}  // namespace isochrone::zone
