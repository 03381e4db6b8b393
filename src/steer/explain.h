#pragma once
// Everything about one choice as a value: what `isochrone explain` prints and the API gives. Made by the very code that
// answers, with a recorder.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "steer/steer.h"

namespace isochrone::steer {

struct Explanation {
  enum class From : uint8_t { None, Observed, Table, Vantage, Prediction, Median };

  // One gateway of the pool.
  struct Line {
    RegionId region = kNoRegion;
    bool enabled = true;
    bool drained = false;
    bool has_family = true;            // has an address of the family asked for
    uint32_t weight = 1;
    Verdict verdict = Verdict::Unknown;   // as this client's vantage sees it
    Verdict quorum = Verdict::Unknown;
    std::optional<Family> held_back;   // families: together: the other family is missing, or worse than the one asked for
    std::optional<Verdict> other;      // and its verdict, as this client's vantage sees it; nullopt: missing, no candidate
    bool shed = false;                 // it sheds this client's network
    Duration relief{};                 // its load is above the limit: it sheds networks that lose less than this
    bool eligible = false;             // was ranked
    std::optional<Held> estimate;      // of every gateway of which something is known, ranked or not
    From from = From::None;            // whose estimate
    uint8_t table = Source::kNoTable;  // From::Table: which
    VantageId vantage = kNoVantage;    // From::Vantage: whose
    PredictionId prediction = 0;       // From::Prediction: which
    const ObservedCell* observed = nullptr;  // what the region's gateway measured of the client's network, whoever's the
                                             // estimate is; null: nothing. Good while the Steering lives
    uint8_t prefix_len = 0;            // Observed, Table, Vantage: of the prefix it was given for, IPv4 bits where folded
    int position = 0;                  // among the eligible, from 1; 0: not ranked
    bool in_band = false;              // one of several within the tolerance
    std::optional<double> km;          // proximity: the way to it from the client's place, before the bias
    int8_t bias = 0;
    bool chosen = false;               // of several where several are in one answer
  };

  Client client;
  VantageId vantage = kNoVantage;      // that covers the client; none: the quorum's verdicts count
  bool by_quorum = true;               // false: that vantage sees something else than the quorum, and was followed
  bool drained_used = false, unknown_used = false;
  bool by_network = false;             // subnet: only those were ranked that serve the client's network
  std::optional<Prefix> network;       // which; none: those that serve whom no other does
  bool by_area = false;                // geographic: only those were ranked that serve the client's area
  std::string area;                    // which, "country:JP"; empty: those that serve whom no other does
  std::optional<Locality> locality;    // where the client is, as far as it matters to some pool
  int32_t observed_offset_us = 0;      // what the clients' access network adds to what gateways measure; where Line::observed
  uint8_t observed_len = 0;            // of the network observed; 0: it is not
  bool unplaced = false;               // proximity: nobody knows where the client is, so latency decided
  std::vector<Explanation> nested;     // where the chosen gateway is a pool: that pool's
  std::string nested_name;             // and what it is called here
  std::vector<Line> lines;             // eligible ones best first, then the others as configured
  Choice choice;
  DecidedBy decided_by = DecidedBy::NoGateway;
  TtlReason ttl_reason = TtlReason::Configured;
  ScopeReason scope_reason = ScopeReason::NoSubnet;
};

Explanation explain(const Steering& steering, zone::PoolId pool, Family family, const Client& client);

// For a person: "lowest latency", "several within the tolerance: by weight"; lower case, no full stop.
std::string_view to_text(DecidedBy by);
std::string_view to_text(TtlReason reason);
std::string_view to_text(ScopeReason reason);
std::string_view to_text(Outcome outcome);
std::string_view to_text(Verdict verdict);

}  // namespace isochrone::steer
