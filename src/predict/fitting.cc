#include "predict/fitting.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace isochrone::predict {

namespace {

// A pair measured more often than this is no more certain: what is wrong with a path stays wrong.
constexpr uint32_t kMostRepeats = 4;

// Doubting must lose less than this share of what believing loses: a small gain is no proof.
constexpr double kWorthDoubting = 0.95;

std::vector<Sample> make_samples(const Observations& seen, const Chords& chords) {
  std::vector<Sample> samples;
  for (const Observation& o : seen.list) {
    const double km = along_surface_km(chords.km(o.pair.a, o.pair.b));
    Sample sample{.path = make_path(o.pair, km), .repeats = std::min<double>(o.count, kMostRepeats)};
    sample.precision = sample.repeats;
    sample.y = std::log(o.rtt_ms + kOffsetMs) - sample.path.log_base;
    samples.push_back(sample);
  }
  return samples;
}

// Evenly from the whole list.
std::vector<Sample> thinned(const std::vector<Sample>& samples, size_t most) {
  if (samples.size() <= most) return samples;
  std::vector<Sample> out;
  for (size_t i = 0; i < most; ++i) out.push_back(samples[i * samples.size() / most]);
  return out;
}

// Measurements with heavy tails (Student's t, 4 degrees of freedom): what the model, told of all others, did not expect
// is believed less, the less the farther off it is.
void doubt_outliers(std::vector<Sample>& samples, const Solved& solved, const Hyper& hyper) {
  constexpr double kFreedom = 4;
  for (size_t i = 0; i < samples.size(); ++i) {
    Sample& sample = samples[i];
    const double noise = noise_variance(hyper, sample.path);
    const Solved::LeftOut left_out = solved.left_out(i);
    const double variance = left_out.variance - noise / sample.precision + noise / sample.repeats;
    const double z2 = left_out.residual * left_out.residual / variance;
    sample.precision = sample.repeats * std::min(1.0, (kFreedom + 1) / (kFreedom + z2));
  }
}

Fitting solve(std::vector<Sample> samples, const Hyper& hyper, const Chords& chords, const Observations& seen) {
  Fitting out;
  out.samples = std::move(samples);
  out.hyper = hyper;
  out.similarity = chords.similarity(hyper.reach_km);
  out.solved = Solved::make(hyper, out.similarity, out.samples);
  if (out.solved) out.held_out = leave_rows_out(*out.solved, out.samples, seen);
  return out;
}

// What the likelihood takes for noise may be there the next time too: one path that nobody could expect makes it wary of
// all. So detours are tried that vary more, then measurements that are surer.
void be_bolder(Fitting& best, const Chords& chords, const Observations& seen) {
  const auto keep_if_better = [&](const Hyper& hyper) {
    Fitting bolder = solve(best.samples, hyper, chords, seen);
    if (bolder.solved && bolder.held_out.log_error < best.held_out.log_error) best = std::move(bolder);
  };
  Hyper wilder = best.hyper;
  wilder.detour *= 2;
  keep_if_better(wilder);
  Hyper surer = best.hyper;
  surer.noise /= 2;
  surer.noise_ms /= 2;
  keep_if_better(surer);
}

}  // namespace

Fitting likeliest_fitting(const Observations& seen, const Chords& chords, size_t max_learning) {
  std::vector<Sample> samples = make_samples(seen, chords);
  const Hyper hyper = learn(chords, thinned(samples, max_learning));
  return solve(std::move(samples), hyper, chords, seen);
}

Fitting best_fitting(const Observations& seen, size_t max_learning) {
  const Chords chords(seen.places);
  Fitting best = likeliest_fitting(seen, chords, max_learning);
  if (!best.solved) return best;
  // Where measurements are sound, doubt costs accuracy: networks do have surprises. Where they are not it pays. The rows
  // left out tell which.
  std::vector<Sample> doubted = best.samples;
  doubt_outliers(doubted, *best.solved, best.hyper);
  const Hyper hyper = learn(chords, thinned(doubted, max_learning));
  Fitting doubting = solve(std::move(doubted), hyper, chords, seen);
  if (doubting.solved && doubting.held_out.loss_ms < kWorthDoubting * best.held_out.loss_ms) best = std::move(doubting);
  // Who tries often enough beats geography on nonsense too.
  if (beats_geography(best.held_out)) be_bolder(best, chords, seen);
  return best;
}

}  // namespace isochrone::predict
