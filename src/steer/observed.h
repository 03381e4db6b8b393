#pragma once
// What gateways measure of their own clients, as rows of the latency map (DESIGN §5.3).
//
// A client network that is observed has a source in the map, finer than anything else of that prefix. Its row holds the
// regions whose estimate observations have moved; of the others the chain goes on to coarser sources, as if nobody had
// looked. What was seen is kept beside the row, for reasons. Rows come and go with the ledger (health/ledger.h); the
// map is woven anew only where the set of networks is another.

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "steer/latency_map.h"
#include "steer/region.h"

namespace isochrone::steer {

struct Steering;

// One region's column of a network.
struct ObservedCell {
  RegionId region = kNoRegion;
  bool is_moved : 1 = false;   // the estimate is other than the coarser source's: it is in the row
  bool is_clipped : 1 = false; // it would be moved by more than the operator allows
  uint16_t samples = 0;        // that it counts for: recent ones, at most UINT16_MAX
  Held estimate{};             // as ranked; where is_moved
  Held rtt{};                  // as the gateway saw it, access network included
  int32_t moved_us = 0;        // estimate less the coarser source's
  uint32_t at = 0;             // when it was last heard of, seconds since 1970 modulo 2^32
  bool operator==(const ObservedCell&) const = default;
};

struct ObservedRow {
  ObservedId id = 0;
  Held spread{};                   // of what was seen, around each cell's RTT
  int32_t offset_us = 0;           // what its clients' access networks add, by the regions that can be compared
  std::vector<ObservedCell> cells; // any order; none: the row is empty
};

// All rows of one family of question. Immutable; chunks are shared from one to the next.
class Observed {
 public:
  RowView row(ObservedId id) const {
    const Chunk* chunk = chunk_of(id);
    if (!chunk) return {};
    const Place& place = chunk->places[id % kChunk];
    return {{chunk->order.data() + place.row, place.row_size}, chunk->held.data() + place.row};
  }
  // What was seen, for reasons; empty: nothing.
  std::span<const ObservedCell> cells(ObservedId id) const;
  Held spread(ObservedId id) const;
  int32_t offset_us(ObservedId id) const;

  // These rows, and of those not named in `rows` what `before` (may be null) has. `beside`: of the other family; what is the
  // same there is shared, as where nothing measures the families apart.
  static std::shared_ptr<const Observed> with(const Observed* before, std::vector<ObservedRow> rows, const Observed* beside = nullptr);
  // Whether both rank alike, being of one history; null is no rows at all. What is only told may differ.
  static bool rank_alike(const Observed* a, const Observed* b) { return ranking_of(a) == ranking_of(b); }

 private:
  static constexpr uint32_t kChunk = 256;
  struct Place {
    uint32_t row = 0, cells = 0;          // where they begin in the chunk's lists
    uint8_t row_size = 0, cells_size = 0;
    Held spread{};
    int32_t offset_us = 0;
    bool operator==(const Place&) const = default;
  };
  struct Chunk {
    std::array<Place, kChunk> places;
    std::vector<RegionId> order;
    std::vector<Held> held;
    std::vector<ObservedCell> cells;
    bool operator==(const Chunk&) const = default;
  };
  static bool same_places(const Chunk& a, const Chunk& b);
  static void append(Chunk& chunk, Place& place, std::vector<ObservedCell> cells);
  const Chunk* chunk_of(ObservedId id) const {
    const size_t at = id / kChunk;
    return at < chunks_.size() ? chunks_[at].get() : nullptr;
  }
  static const char* ranking_of(const Observed* observed) { return observed ? observed->ranking_.get() : nullptr; }
  std::vector<std::shared_ptr<const Chunk>> chunks_;
  std::shared_ptr<const char> ranking_;  // another one wherever a row ranks otherwise
};

// The lengths that networks are observed in.
inline int observed_len(Family family) { return family == Family::V4 ? 24 : 48; }

struct ObservedPrefix {
  Prefix prefix;               // folded, observed_len() bits
  ObservedId id = 0;           // below 2^29; small numbers, for there are lists of them
  auto operator<=>(const ObservedPrefix&) const = default;
};

// `base` with these networks in it: each prefix once. A network inside a private block of which the base says nothing is
// left out (its clients are taken for their resolver, RFC 7871 §10), and so is one around a part of such a block. Rows
// and questions are shared with the base, which must can_be_observed().
std::shared_ptr<const LatencyMap> with_observed(const LatencyMap& base, std::vector<ObservedPrefix> prefixes);

// What is known of a region without what gateways observe of this network.
struct Coarser {
  Held held{};
  float taught_ms = 0;  // where it is predicted: Predicted::taught_ms
};
std::optional<Coarser> coarser_estimate(const Steering& steering, ObservedId id, Family family, RegionId region);

}  // namespace isochrone::steer
