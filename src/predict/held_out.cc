#include "predict/held_out.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>

namespace isochrone::predict {

namespace {

// A row: the observations that have one place in common.
std::vector<std::vector<Eigen::Index>> rows_of(const Observations& seen) {
  std::vector<std::vector<Eigen::Index>> rows(seen.places.size());
  for (size_t i = 0; i < seen.list.size(); ++i) {
    rows[seen.list[i].pair.a].push_back(static_cast<Eigen::Index>(i));
    if (seen.list[i].pair.b != seen.list[i].pair.a) rows[seen.list[i].pair.b].push_back(static_cast<Eigen::Index>(i));
  }
  return rows;
}

// Some columns at a time, from the diagonal on: above it there is nothing to work out.
Eigen::MatrixXd inverse_of(const Eigen::MatrixXd& lower) {
  constexpr Eigen::Index kColumns = 64;
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(lower.rows(), lower.cols());
  for (Eigen::Index first = 0; first < lower.cols(); first += kColumns) {
    const Eigen::Index rest = lower.rows() - first, width = std::min(kColumns, rest);
    auto columns = out.block(first, first, rest, width);
    columns.topRows(width).setIdentity();
    lower.bottomRightCorner(rest, rest).triangularView<Eigen::Lower>().solveInPlace(columns);
  }
  return out;
}

double rtt_of(double log_rtt) { return std::exp(log_rtt) - kOffsetMs; }

}  // namespace

std::optional<Solved> Solved::make(const Hyper& hyper, const Eigen::MatrixXd& similarity,
                                   const std::vector<Sample>& samples) {
  const auto n = static_cast<Eigen::Index>(samples.size());
  std::vector<Path> paths;
  Eigen::VectorXd y(n);
  for (const Sample& sample : samples) {
    y[static_cast<Eigen::Index>(paths.size())] = sample.y;
    paths.push_back(sample.path);
  }
  Eigen::MatrixXd k = covariance(hyper, similarity, bend_shape(paths, paths), paths, paths);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Sample& sample = samples[static_cast<size_t>(i)];
    k(i, i) += noise_variance(hyper, sample.path) / sample.precision;
  }
  const Eigen::LLT<Eigen::MatrixXd> factor(std::move(k));
  if (factor.info() != Eigen::Success) return std::nullopt;
  Solved solved;
  solved.lower = factor.matrixL();
  solved.inverse = inverse_of(solved.lower);
  solved.half = solved.lower.triangularView<Eigen::Lower>().solve(y);
  solved.weights = factor.solve(y);
  return solved.weights.allFinite() ? std::optional(std::move(solved)) : std::nullopt;
}

// A factor grows at its lower end: what stands above is as it was.
std::optional<Solved> Solved::with(const Eigen::MatrixXd& explained, Eigen::MatrixXd own, const Eigen::VectorXd& surprise) const {
  const Eigen::LLT<Eigen::MatrixXd> factor(std::move(own));
  if (factor.info() != Eigen::Success) return std::nullopt;
  const Eigen::Index n = explained.rows(), more = explained.cols();
  const Eigen::MatrixXd corner = factor.matrixL();
  Solved out;
  out.lower = out.inverse = Eigen::MatrixXd::Zero(n + more, n + more);
  out.lower.topLeftCorner(n, n) = lower;
  out.lower.bottomLeftCorner(more, n) = explained.transpose();
  out.lower.bottomRightCorner(more, more) = corner;
  out.inverse.topLeftCorner(n, n) = inverse;
  out.inverse.bottomRightCorner(more, more) = inverse_of(corner);
  out.inverse.bottomLeftCorner(more, n).noalias() =
      -(out.inverse.bottomRightCorner(more, more) * (explained.transpose() * inverse.triangularView<Eigen::Lower>()));
  out.half.resize(n + more);
  out.half << half, corner.triangularView<Eigen::Lower>().solve(surprise);
  out.weights = out.inverse.transpose() * out.half;
  return out.weights.allFinite() ? std::optional(std::move(out)) : std::nullopt;
}

Solved::LeftOut Solved::left_out(size_t i) const {
  const auto at = static_cast<Eigen::Index>(i);
  const double precision = inverse.col(at).tail(inverse.rows() - at).squaredNorm();  // [K⁻¹]_ii
  return {weights[at] / precision, 1 / precision};
}

HeldOut leave_rows_out(const Solved& solved, const std::vector<Sample>& samples, const Observations& seen) {
  std::vector<double> errors;
  double log_errors = 0, loss = 0, geography_loss = 0, pairs = 0;
  for (const std::vector<Eigen::Index>& row : rows_of(seen)) {
    // Rows of a region that few have measured tell little and cost as much.
    if (row.size() < 4) continue;
    const auto n = static_cast<Eigen::Index>(row.size());
    const Eigen::Index first = *std::min_element(row.begin(), row.end()), rest = solved.inverse.rows() - first;
    Eigen::MatrixXd columns(rest, n);
    Eigen::VectorXd weights(n);
    for (Eigen::Index j = 0; j < n; ++j) {
      columns.col(j) = solved.inverse.col(row[static_cast<size_t>(j)]).tail(rest);
      weights[j] = solved.weights[row[static_cast<size_t>(j)]];
    }
    // The block of the inverse says it all: y − prediction = [K⁻¹]_BB⁻¹ · [K⁻¹·y]_B.
    const Eigen::VectorXd residual = (columns.transpose() * columns).llt().solve(weights);
    log_errors += residual.lpNorm<1>();
    std::vector<std::array<double, 3>> cells;  // measured, predicted, geography
    for (Eigen::Index j = 0; j < n; ++j) {
      const Sample& sample = samples[static_cast<size_t>(row[static_cast<size_t>(j)])];
      const double measured = rtt_of(sample.y + sample.path.log_base);
      cells.push_back({measured, rtt_of(sample.y + sample.path.log_base - residual[j]), rtt_of(sample.path.log_base)});
      errors.push_back(std::abs(cells.back()[1] - measured));
    }
    for (size_t i = 0; i < cells.size(); ++i)
      for (size_t j = 0; j < i; ++j) {
        const auto &x = cells[i], &y = cells[j];
        const double wrong = std::abs(x[0] - y[0]);
        if ((x[0] < y[0]) != (x[1] < y[1])) loss += wrong;
        if ((x[0] < y[0]) != (x[2] < y[2])) geography_loss += wrong;
        ++pairs;
      }
  }
  if (errors.empty()) return {};
  const double log_error = log_errors / static_cast<double>(errors.size());
  const auto middle = errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2);
  std::nth_element(errors.begin(), middle, errors.end());
  return {*middle, log_error, loss / pairs, geography_loss / pairs};
}

}  // namespace isochrone::predict
