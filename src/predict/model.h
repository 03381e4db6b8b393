#pragma once
// Round-trip times of clients that nobody measured, learnt from everything that was.
//
//   vantages' rows ─┐
//   table rows     ─┼─► observe ─► learn ─► fit ─► teach ─► Model ─► at(place) ─► Row ─► estimates(known cells)
//   regions        ─┘   bounded   hyper-    one      ▲         mean and covariance     one RTT ± a region
//                                 parameters factor  │         over all regions
//   networks that gateways see ──────────────────────┘
//
// A Gaussian process over unordered pairs of places (covariance.h). It is tried on what it was not told: every measured
// row is left out and predicted from the others, and where that is not better than geography, geography it is, and the
// report says so. What gateways see of their clients (teaching.h) is added to it, moves no estimate by more than a bound,
// and is left out where it makes measured rows harder to predict. Pure and deterministic: equal inputs, in any order, give
// equal predictions.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "predict/hyper.h"
#include "predict/observations.h"

namespace isochrone::predict {

struct Options {
  size_t max_observations = 1000;  // a fit costs the cube of this
  size_t max_learning = 240;       // observations that hyper-parameters are learnt from
  size_t max_taught = 240;         // pairs of max_observations that networks may take, where there are any
  double most_moved_ms = 25;       // by which networks may move an estimate, up or down
};

enum class Fallback : uint8_t {
  None,             // the model predicts
  TooFew,           // fewer than kLeastRows places measured from, or kLeastObservations
  NotBetter,        // rows left out were predicted no better than by geography
  NotFactorizable,  // numerically hopeless; never seen
};
inline constexpr uint32_t kLeastRows = 3, kLeastObservations = 12;

// "" for None; else a clause for a person: "fewer than 3 measured places".
std::string_view to_text(Fallback fallback);

// What has become of the networks that gateways see.
enum class Teaching : uint8_t {
  Nothing,     // none is of use, or there is no model to add them to
  Taken,
  NotBetter,   // with them the model would lose more than half of what it saves on measured rows left out
};

struct Report {
  Fallback fallback = Fallback::TooFew;
  Hyper hyper;
  uint32_t observations = 0;  // learnt from, after merging and the bound
  uint32_t offered = 0;       // pairs measured, before the bound
  uint32_t rows = 0;          // places measured from
  uint32_t refused = 0;       // absurd figures
  Teaching teaching = Teaching::Nothing;
  uint32_t networks = 0, network_pairs = 0;  // that gateways see: taught from, or tried; not among `observations`
  // Each row predicted from the others: median error, and what is lost to the better one of two regions at a time (mean
  // over the pairs), by the model and by geography. Milliseconds; 0 where nothing could be left out.
  double held_out_error_ms = 0, held_out_loss_ms = 0, geography_loss_ms = 0;
};

struct Estimate {
  double rtt_ms = 0;     // expected: of a risky guess more than its median, so that it loses to a known good
  double sd_ms = 0;
  double moved_ms = 0;      // of it, what networks that gateways see have added; at most Options::most_moved_ms
  bool is_clipped = false;  // they would have added more
};

// What is known of one place: jointly of all its regions, so that cells of a client there, once known, tell the others.
class Row {
 public:
  // One a region. A known region's own estimate is its cell. Absurd cells and regions that are not there are ignored.
  std::vector<Estimate> estimates(std::span<const Known> known = {}) const;
  // Whether a client that has these cells can be at this place at all: none is quicker than light. Absurd cells are ignored.
  bool can_have(std::span<const Known> known) const;

 private:
  friend class Model;
  struct Joint;  // keeps the linear algebra out of this header
  std::shared_ptr<const Joint> joint_;
};

class Model {
 public:
  // Knows nothing: geography.
  explicit Model(std::span<const Place> regions);
  static Model fit(std::span<const Place> regions, std::span<const Measured> measured, std::span<const ClientNetwork> networks = {},
                   const Options& options = {});

  // Thread-safe; some milliseconds.
  Row at(const Place& client) const;
  const Report& report() const { return report_; }

 private:
  struct Fitted;
  std::shared_ptr<const Fitted> fitted_;
  Report report_;
};

}  // namespace isochrone::predict
