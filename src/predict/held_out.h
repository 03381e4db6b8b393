#pragma once
// One factorization of all observations, and what it tells of every observation left out: no refit is needed.

#include <optional>
#include <vector>

#include "predict/learning.h"
#include "predict/observations.h"

namespace isochrone::predict {

struct Solved {
  Eigen::MatrixXd lower;    // L of covariance + noise = L·Lᵀ
  Eigen::MatrixXd inverse;  // L⁻¹
  Eigen::VectorXd half;     // L⁻¹ · y
  Eigen::VectorXd weights;  // (L·Lᵀ)⁻¹ · y

  static std::optional<Solved> make(const Hyper& hyper, const Eigen::MatrixXd& similarity,
                                    const std::vector<Sample>& samples);
  // With further observations behind these. `explained`: L⁻¹ · their covariance with these; `own`: what is left of their
  // own covariance, noise included; `surprise`: what is measured of them less what these predict.
  std::optional<Solved> with(const Eigen::MatrixXd& explained, Eigen::MatrixXd own, const Eigen::VectorXd& surprise) const;

  // Observation `i` against its prediction from all the others.
  struct LeftOut {
    double residual, variance;  // of y; the variance has that observation's noise in it
  };
  LeftOut left_out(size_t i) const;
};

struct HeldOut {
  double error_ms = 0;           // median over all cells of |predicted − measured|
  double log_error = 0;          // mean over all cells of the same, of y: where far off is not much worse than off
  double loss_ms = 0;            // mean over pairs of a row's cells: the RTT of the one predicted lower − the lower one
  double geography_loss_ms = 0;  // the same by distance
};

// Of what geography loses on rows left out the model must save a tenth, or it might be chance.
inline bool beats_geography(const HeldOut& held_out) { return held_out.loss_ms < 0.9 * held_out.geography_loss_ms; }

// Leaves out every measured place in turn, with all that was measured at it, and predicts its paths from the rest.
HeldOut leave_rows_out(const Solved& solved, const std::vector<Sample>& samples, const Observations& seen);

}  // namespace isochrone::predict
