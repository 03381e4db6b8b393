#pragma once
// A pool as it is answered from: for each family what every group of clients may be given, decided when verdicts
// change and not when a query comes. make_pool() is pure.
//
//   PoolSpec, gateways with their verdicts ─► make_pool ─► views: who may be ranked · answers: RRs encoded

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "steer/geography.h"
#include "steer/region.h"
#include "steer/serves.h"
#include "util/ip.h"
#include "wire/name.h"
#include "wire/types.h"

namespace isochrone::steer {

enum class AllDown : uint8_t { ServeNearest, ServeAll, NoData, ServFail, Address };

// How the regions that a client may be given are ranked (DESIGN §5): all else is the same for every method.
enum class Routing : uint8_t {
  Latency,     // the lowest estimate; weights within the tolerance of it
  Priority,    // the first in priority; among equals as by latency
  Weighted,    // by weight alone
  Multivalue,  // several in one answer: the nearest ones, at most `count`
  Subnet,      // those that serve the client's network, among them as by latency
  Geographic,  // those that serve the area where the client is, among them as by latency
  Proximity,   // the shortest way along the Earth, lengthened or shortened by the bias
};

// Whether gateways serve areas: of the address space, or of the Earth.
inline bool has_areas(Routing routing) { return routing == Routing::Subnet || routing == Routing::Geographic; }

// Most gateways that `multivalue` puts into one answer.
inline constexpr int kMaxGiven = 8;

// A verdict as a choice sees it.
enum class Verdict : uint8_t { Unknown, Up, Down };

// One address of a gateway, or the name that it is, with everything a choice needs of its health.
struct AddressState {
  IpAddress address;
  Verdict quorum = Verdict::Unknown;
  bool failing = false;                  // up, but its last probe failed (TTL is lowered meanwhile)
  bool fresh_start = false;              // Unknown, and still within interval + timeout after a start: counts as up
  // Fresh verdicts of vantages that differ from the quorum's.
  std::vector<std::pair<VantageId, Verdict>> dissent;
  // A name in place of the address: the only one of its gateway, given to clients as a CNAME, and of either family, for
  // who follows it finds the addresses of both. Null: an address.
  std::shared_ptr<const wire::Name> name;

  bool serves(Family family) const { return name || address.family == family; }
};

struct Pool;

// What config and health say of a gateway.
struct GatewayState {
  RegionId region = kNoRegion;           // of a pool in this pool: a number of its own, from the installation's region count on
  uint32_t weight = 1;                   // 1–1000
  uint16_t shed_v4 = 0, shed_v6 = 0;     // thousandths of the client networks that are sent elsewhere, 0–1000
  Duration relief{};                     // its load is above the limit: networks go elsewhere that lose less by it (shedding.h)
  uint16_t priority = 1;                 // 1–1000, the lowest first; of Routing::Priority alone
  int8_t bias = 0;                       // −99–99; of Routing::Proximity alone
  bool enabled = true;
  bool drained = false;
  std::vector<AddressState> addresses;   // in the order written; of a pool none

  // A gateway that is another pool. Clients sent to it are given what that pool gives them. It is up while as many of its
  // own gateways are.
  std::shared_ptr<const Pool> nested;    // null: an ordinary gateway
  std::string name;                      // of a pool alone: as the operator calls it here
  uint16_t min_healthy_v4 = 1, min_healthy_v6 = 1;
};

// A pool as configured.
struct PoolSpec {
  std::string name;                      // "azure-api.example/shared": the label `pool` of metrics
  Routing routing = Routing::Latency;
  uint8_t count = kMaxGiven;             // Multivalue: gateways in one answer, 1–kMaxGiven
  std::shared_ptr<const Serves> serves;  // Subnet: never null
  std::shared_ptr<const Geography> geography;  // Geographic: never null
  bool stay_in_area = false;             // has_areas(): the gateways of a client's area are given even when they are down
  bool per_answer = false;               // Weighted: drawn for every answer, not for every network
  AllDown all_down = AllDown::ServeNearest;
  std::vector<IpAddress> all_down_addresses;  // for AllDown::Address
  bool families_together = false;        // rank only gateways that have both families
  Duration tolerance{};
  wire::Ttl ttl = 30;
  wire::Ttl ttl_min = 5;
};

// Why an answer carries the TTL it does.
enum class TtlReason : uint8_t {
  Configured,
  Failing,   // ttl-min: an address in it (multivalue: that could be in it) has failed its last probe, and is about to
             // be called down
  AllDown,   // ttl-min: nothing healthy is left, and the next probe may change that
  Swapping,  // ttl-min: another region is about to take the place of this one (Choice::lowered_ttl)
};

// What a client is given: RRs ready for the answer section, owner C0 0C (see zone::RRset).
struct Answer {
  std::vector<uint8_t> wire;
  uint16_t count = 0;
  wire::Type type{};                     // A, AAAA or CNAME
  wire::Ttl ttl = 0;
  TtlReason ttl_reason = TtlReason::Configured;
  std::vector<IpAddress> addresses;      // the same, for explain and logs
  std::string name;                      // of a CNAME its target, without the final dot
};

enum class Outcome : uint8_t {
  Steered,      // a gateway
  AllDown,      // nothing healthy; gateways by serve-nearest, serve-all or the fixed address
  NoData,       // no gateway has an address of this family, or all-down: nodata
  ServFail,     // all-down: servfail
};

inline constexpr int16_t kNested = -2;

// What one group of clients may be given: those of one vantage, or everybody else.
struct View {
  RegionSet eligible;                    // ranked by the client's row; empty where there is nothing to rank
  uint16_t eligible_count = 0;
  RegionSet next;                        // Priority: those after the eligible, for networks that all of these shed
  Outcome outcome = Outcome::NoData;
  bool by_quorum = true;                 // false: by the vantage's own verdicts
  bool drained_used = false;             // only drained gateways were left
  bool unknown_used = false;             // only gateways without a verdict were left
  RegionSet regions;                     // where answers come from: the eligible, or of pools among them what those do
  std::vector<int16_t> answer_of;        // by RegionId up to the highest eligible: index into answers; -1: none; of a pool
                                         // in this pool kNested less its index in Pool::gateways
  int16_t answer = -1;                   // where nothing is ranked: serve-all's, the fixed address's, or that of all
                                         // the eligible together; -1: none
  RegionId first = kNoRegion;            // of the eligible together: the region whose gateway is the first in the answer

  // False: every client that follows this view gets `answer`.
  bool is_ranked() const { return answer < 0 && !eligible.empty(); }
  // Whoever follows either gets the same.
  bool gives_as(const View& o) const {
    return outcome == o.outcome && eligible == o.eligible && next == o.next && regions == o.regions && answer_of == o.answer_of &&
           answer == o.answer;
  }
};

struct PoolFamily {
  std::vector<View> views;               // [0] is the quorum's
  std::vector<uint16_t> view_of;         // by VantageId; empty: everybody follows the quorum
  std::vector<Answer> answers;           // every answer some view may give
  RegionSet enabled;                     // enabled and with an address of the family: a type exists (DESIGN §4)
  std::vector<uint16_t> shed_of;         // by RegionId: thousandths of the networks; empty: nobody sheds
  std::vector<Duration> relief_of;       // by RegionId; empty: nobody is relieved
  bool sheds = false;                    // one of these is not empty: networks are told apart
  bool client_matters = true;            // false: every client gets the same, scope 0 is true

  // False: no data is all there ever is, as configured.
  bool may_answer() const { return !enabled.empty(); }
  const View& view(VantageId vantage) const {
    return vantage < view_of.size() ? views[view_of[vantage]] : views[0];
  }
};

struct Pool {
  PoolSpec spec;
  std::vector<GatewayState> gateways;    // for explain; in the order configured
  std::vector<uint32_t> weight_of;       // by RegionId
  std::vector<uint32_t> reach_of;        // by RegionId; Proximity alone, else empty
  PoolFamily v4, v6;
  bool nests = false;                    // one of the gateways is a pool
  bool gives_names = false;              // its answers are CNAMEs, of every type that is asked for; spec.families_together is set
  uint64_t hash_seed = 0;                // of the name: rendezvous hashing differs from pool to pool, not over restarts

  const PoolFamily& family(Family f) const { return f == Family::V4 ? v4 : v6; }
  // Whether the TTL is lowered before two of its regions swap: latency decides among all. A pool in the pool looks at its own.
  bool heeds_swaps() const { return (spec.routing == Routing::Latency || spec.routing == Routing::Priority) && !nests; }
};

// At most one gateway a region. With families_together a gateway is as healthy as the worse of its families, so that
// A and AAAA name the same one.
std::shared_ptr<const Pool> make_pool(const PoolSpec& spec, std::vector<GatewayState> gateways);

// Every region that an answer of the pool may ever come from.
RegionSet regions_of(const Pool& pool);

}  // namespace isochrone::steer
