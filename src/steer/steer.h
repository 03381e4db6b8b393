#pragma once
// The choice (DESIGN §5): a pure function of what is known, the pool, the family and the client.
//
//   answer ─► locate(steering, ecs, resolver) → Client ─► steer(steering, pool, family, client) → Choice

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "steer/geography.h"
#include "steer/latency_map.h"
#include "steer/observed.h"
#include "steer/pool.h"
#include "steer/region.h"
#include "steer/swaps.h"
#include "util/ip.h"
#include "zone/zone.h"

namespace isochrone::steer {

struct Region {
  std::string name;
  bool located = false;
  double latitude = 0, longitude = 0;    // degrees
};

// What changes with every measurement. RTT is kept per family: IPv4 and IPv6 paths differ.
struct LiveRows {
  std::vector<std::shared_ptr<const LiveRow>> by_vantage;    // by VantageId; null: has measured nothing
  std::shared_ptr<const LiveRow> median;                     // over all vantages; with anycast this node's own; may be null
  std::shared_ptr<const Swaps> swaps;                        // null: no two regions are about to swap
  std::shared_ptr<const Observed> observed;                  // may be null: no gateway measures its clients
  // Of the same rows, not of equal ones. Who is given what is the same whatever swaps are near.
  bool operator==(const LiveRows& o) const {
    return by_vantage == o.by_vantage && median == o.median && Observed::rank_alike(observed.get(), o.observed.get());
  }
};

class Scopes;

// Everything a choice is made from. Immutable; parts are shared from one to the next. regions, map and every pool are
// never null where a query is answered.
struct Steering {
  std::shared_ptr<const std::vector<Region>> regions;          // by RegionId
  std::shared_ptr<const std::vector<std::string>> vantages;    // names by VantageId
  std::shared_ptr<const LatencyMap> map;
  LiveRows rows_v4, rows_v6;                                   // for A and for AAAA
  std::shared_ptr<const Localities> localities;                // may be null: no pool asks where clients are
  std::shared_ptr<const Predicted> predicted;                  // may be null: nothing is predicted
  std::vector<std::shared_ptr<const Pool>> pools;              // by zone::PoolId
  std::shared_ptr<const Scopes> scopes;                        // merged ones, of these very parts; null: not worked out yet

  const LiveRows& rows(Family family) const { return family == Family::V4 ? rows_v4 : rows_v6; }
  // Whose verdicts the clients of a block follow.
  VantageId vantage(const Block& block) const {
    return block.source == kNoSource ? kNoVantage : map->source(block.source).vantage;
  }
  // Of the clients in a block.
  LocalityId locality(const Block& block) const {
    return block.source == kNoSource ? kNoLocality : map->source(block.source).locality;
  }
};

// What a gateway of the pool is called: its region, or the operator's name of a pool in it.
std::string_view name_of(const Pool& pool, const std::vector<Region>& regions, RegionId gateway);

// Who the answer is for. Made once per query.
struct Client {
  IpAddress address;           // folded; what the row and the hash are taken of
  Block block;                 // of `address`
  enum class From : uint8_t { Subnet, Resolver } from = From::Resolver;
  bool has_subnet = false;     // an ECS option was sent
  uint8_t source_prefix_len = 0;
  Family subnet_family = Family::V4;  // as sent
  uint8_t subnet_block_len = 0;       // of the subnet's own block, before use_resolver was followed
  IpAddress subnet_address;    // folded: of a private subnet, in whose stead the resolver was located
  uint8_t bits_before = 0;     // of FoldedAddress: what a scope must be lengthened by
  uint16_t query_id = 0;       // for what is drawn anew for every answer
};

// `subnet`: the ECS prefix as sent, host bits zero.
Client locate(const Steering& steering, const std::optional<Prefix>& subnet, const IpAddress& resolver,
              uint16_t query_id = 0);

// What decided between the gateways that may be given.
enum class DecidedBy : uint8_t {
  NoGateway,      // none has an address of this family: NODATA
  OnlyOne,        // one was left
  Latency,        // the lowest estimate
  Weights,        // several within the tolerance of it
  Serves,         // the only one that serves the client's network and may be given
  ServesArea,     // the only one that serves the area where the client is, and may be given
  ServesRest,     // the only one that serves whom no other does
  Proximity,      // the shortest way, bias included
  Priority,       // the first in priority of those that are healthy
  Share,          // weighted: by weight alone
  Draw,           // weighted, per answer: drawn anew each time
  Nearest,        // multivalue: the nearest ones
  AllHealthy,     // multivalue: as many as may be given are healthy, and all of them are given
  ConfigOrder,    // nothing is measured: the first one written
  ServeAll,       // all-down policies that rank nothing
  FixedAddress,
  AllDownNoData,
  AllDownServFail,
};

enum class ScopeReason : uint8_t {
  NoSubnet,       // the query had no ECS option: no scope is sent
  SourceZero,     // the client asked not to be located (RFC 7871 §7.1.2)
  Negative,       // negative answers do not depend on the client (RFC 7871 §7.4)
  SameForAll,     // every client is given the same
  Block,          // the client's block of the latency map
  Merged,         // neighbouring blocks that are given the same
  PrivateBlock,   // a private subnet: the resolver was located in its stead
  WeightCut,      // the network that is given one answer where shares of them are taken: /20 or /40
};

struct Choice {
  Outcome outcome = Outcome::NoData;
  const Answer* answer = nullptr;   // null for NoData and ServFail; good while the Steering lives
  // multivalue: RRs of further gateways, with the TTL of the first, nearest first; the rest is null.
  std::array<const Answer*, kMaxGiven - 1> further{};
  RegionId region = kNoRegion;      // of the first gateway in the answer; kNoRegion: none, or all-down's of no one gateway
  RegionId gateway = kNoRegion;     // of the asked pool: the region, or its number for the pool that chose it; kNoRegion: several or none
  uint8_t scope_prefix_len = 0;     // for the ECS option of this answer; meaningless without one
  wire::Ttl lowered_ttl = 0;        // in place of the answer's own, and lower: another region is about to take its place; 0: none is
};

// What decided, told step by step; steer() calls it only where one is given. explain.h has one that keeps it all.
class Recorder {
 public:
  struct Estimate {
    RegionId region;
    Held held;
    SourceId source;                // kNoSource: the median
  };
  virtual ~Recorder() = default;
  virtual void view(const View& view, VantageId vantage) = 0;
  virtual void estimate(const Estimate& estimate) = 0;        // of every eligible region, best first
  virtual void unmeasured(RegionId region) = 0;               // eligible, but nothing is known; as configured
  virtual void band(std::span<const RegionId> members) = 0;   // best first; called where it has more than one
  virtual void shed(RegionId region) = 0;                     // sheds the client's network
  virtual void serving(const Prefix* network) = 0;  // subnet: whom the ranked ones serve; null: whom no others do
  virtual void serving_area(std::string_view area) = 0;  // geographic: "country:JP"; empty: whom no others do
  virtual void given(std::span<const RegionId> regions) = 0;  // where there are several in one answer
  virtual void decided(const Choice& choice, DecidedBy by, ScopeReason scope) = 0;  // last
};

// Pure, allocates nothing, takes no lock. `client` must have been located in this `steering`.
Choice steer(const Steering& steering, zone::PoolId pool, Family family, const Client& client,
             Recorder* recorder = nullptr);

}  // namespace isochrone::steer
