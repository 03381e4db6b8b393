#pragma once
// What gateways see of their clients, added to a fit.
//
//   a Solved of what was measured ─┐
//   networks as gateways see them ─┴─► choose ─► access heights ─► teach ─► Taught: the Solved with their pairs behind it
//
// An RTT that a gateway sees has the client's access network in it, and how many milliseconds that are nobody knows. Each
// network therefore has a height of its own, 0 or more, the same to every region: first the one that makes its row the
// most probable is taken off, then what may be left of it is a term of the covariance, so broad that only differences
// between regions teach. A network that one gateway alone sees has none and is left out. Hyper-parameters are those of
// what was measured.

#include <optional>
#include <span>
#include <vector>

#include "predict/held_out.h"
#include "predict/learning.h"
#include "predict/observations.h"

namespace isochrone::predict {

struct Taught {
  std::vector<Place> places;      // those of the observations, then the networks'
  std::vector<Path> paths;        // of the networks' cells, in the order of `solved` behind the observations
  Eigen::MatrixXd similarity;     // of the places
  Solved solved;
  uint32_t networks = 0;          // taught from
};

// Of `networks` as many as `most` pairs allow: places farthest first, at one place those that most gateways see, at most
// four. Absurd cells and regions that are not there are passed over. Nothing: no network has two cells, or the numbers
// are hopeless. Deterministic; where networks of a place are equal, the first ones count.
std::optional<Taught> teach(const Observations& seen, const std::vector<Sample>& samples, const Hyper& hyper, const Solved& measured,
                            std::span<const ClientNetwork> networks, size_t most);

// The non-negative height that makes what was seen the most probable, where log(RTT + 8) without it is expected to be
// `mean` with this covariance. Below the lowest of `rtt_ms`.
double access_height_ms(const std::vector<double>& rtt_ms, const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance);

}  // namespace isochrone::predict
