#include "health/replay.h"

#include <algorithm>
#include <array>
#include <utility>

#include "health/calm_row.h"
#include "health/estimator.h"
#include "health/target_state.h"

namespace isochrone::health {

using steer::RegionId;
using steer::Verdict;

namespace {

// Samples of one client at one time.
using Row = std::span<const Sample>;

// As a server sees one client: a target in each region, probed by nobody but the record.
class Served {
 public:
  Served(size_t regions, const SteeringRules& rules) : rules_(rules), paths_(regions) {
    std::vector<RegionId> none;
    row_.renumber(none, regions);
  }

  void take(Row samples, Time now) {
    now_ = now;
    while (const auto due = row_.deadline()) {
      if (*due > now) break;
      row_.update(rules_, *due);
    }
    for (const Sample& sample : samples) {
      Path& path = paths_[sample.region];
      path.take(sample, now);
      if (const auto latency = path.latency()) row_.measured(sample.region, *latency, now);
    }
    row_.update(rules_, now);
  }

  // The first that is not down; kNoRegion before the first sample.
  RegionId held() const {
    const auto places = row_.order().places();
    if (places.empty()) return steer::kNoRegion;
    const auto up = std::ranges::find_if(places, [this](const Order::Place& p) {
      return !paths_[p.region].is_down(now_, rules_.dwell);
    });
    return up == places.end() ? places.front().region : up->region;
  }

 private:
  class Path {
   public:
    void take(const Sample& sample, Time now) {
      Outcome outcome;
      outcome.rtt = sample.rtt;
      if (!sample.rtt) outcome.failure = Failure::Timeout;
      if (sample.rtt) lost_since_.reset();
      else if (!lost_since_) lost_since_ = now;
      const Verdict before = state_.verdict();
      state_.record(outcome.ok(), ProbeSpec{}, now);
      estimator_.add(outcome, before, state_.verdict(), now);
    }
    std::optional<Duration> latency() const {
      const auto rtt = estimator_.rtt().value();
      if (!rtt) return std::nullopt;
      return health::latency(*rtt, estimator_.loss().share());
    }
    // A record has no rechecks: few losses in a row are a burst, and an outage when they have gone on for a dwell.
    bool is_down(Time now, Duration dwell) const {
      return state_.verdict() == Verdict::Down && lost_since_ && now - *lost_since_ >= dwell;
    }

   private:
    TargetState state_;
    std::optional<Time> lost_since_;
    Estimator estimator_;
  };

  SteeringRules rules_;
  std::vector<Path> paths_;  // by RegionId
  CalmRow row_;
  Time now_{};
};

class LastSample {
 public:
  LastSample(size_t regions, Duration margin) : margin_(margin), last_(regions, Duration::max()) {}

  void take(Row samples, Time) {
    for (const Sample& sample : samples) {
      if (sample.rtt) last_[sample.region] = *sample.rtt;
    }
    const auto lowest = std::ranges::min_element(last_);
    if (*lowest == Duration::max()) return;
    const bool is_better = held_ == steer::kNoRegion || last_[held_] == Duration::max() || last_[held_] - *lowest > margin_;
    if (is_better) held_ = static_cast<RegionId>(lowest - last_.begin());
  }
  RegionId held() const { return held_; }

 private:
  Duration margin_;
  std::vector<Duration> last_;  // by RegionId; max(): none yet
  RegionId held_ = steer::kNoRegion;
};

void charge(Tally& tally, Row samples, RegionId held) {
  std::optional<Duration> own, lowest;
  for (const Sample& sample : samples) {
    if (!sample.rtt) continue;
    if (sample.region == held) own = sample.rtt;
    if (!lowest || *sample.rtt < *lowest) lowest = sample.rtt;
  }
  ++tally.rows;
  if (!own) return;
  ++tally.charged;
  tally.regret_ms += to_milliseconds(*own - *lowest);
}

template <typename Chooser>
Replayed run(const Series& series, const Chooser& fresh, const OnChoice& on_choice) {
  std::vector<Chooser> choosers(series.clients.size(), fresh);
  Replayed replayed{std::vector<Tally>(series.clients.size())};
  for (auto begin = series.samples.begin(); begin != series.samples.end();) {
    const auto end = std::find_if(begin, series.samples.end(), [&](const Sample& s) {
      return s.at != begin->at || s.client != begin->client;
    });
    Chooser& chooser = choosers[begin->client];
    Tally& tally = replayed.by_client[begin->client];
    const RegionId before = chooser.held();
    if (before != steer::kNoRegion) charge(tally, {begin, end}, before);
    chooser.take({begin, end}, begin->at);
    const RegionId held = chooser.held();
    if (before != steer::kNoRegion) tally.switches += held != before;
    if (on_choice && held != steer::kNoRegion) on_choice(begin->at, begin->client, held);
    begin = end;
  }
  return replayed;
}

constexpr std::array kMargins{0ms,  1ms,  2ms,  3ms,  5ms,  7ms,  10ms,  15ms,  20ms,  25ms,  30ms,
                              40ms, 50ms, 60ms, 70ms, 85ms, 100ms, 125ms, 150ms, 200ms, 300ms};

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
  rows += other.rows;
  switches += other.switches;
  charged += other.charged;
  regret_ms += other.regret_ms;
  return *this;
}

Tally Replayed::total() const {
  Tally total;
  for (const Tally& tally : by_client) total += tally;
  return total;
}

Replayed replay(const Series& series, const SteeringRules& rules, const OnChoice& on_choice) {
  return run(series, Served(series.regions.size(), rules), on_choice);
}

Replayed replay_last_sample(const Series& series, Duration margin) {
  return run(series, LastSample(series.regions.size(), margin), {});
}

std::vector<SweepPoint> sweep(const Series& series, SteeringRules rules) {
  std::vector<SweepPoint> points;
  for (const Duration margin : kMargins) {
    rules.margin = margin;
    points.push_back({margin, replay(series, rules).total(), replay_last_sample(series, margin).total()});
  }
  return points;
}

std::optional<double> simple_regret_ms(std::span<const SweepPoint> points, double switch_share) {
  std::vector<std::pair<double, double>> curve;
  for (const SweepPoint& p : points) curve.emplace_back(p.simple.switch_share(), p.simple.mean_regret_ms());
  std::ranges::sort(curve);
  const auto above = std::ranges::lower_bound(curve, std::pair(switch_share, 0.0));
  if (above == curve.end()) return std::nullopt;
  if (above->first == switch_share) return above->second;
  if (above == curve.begin()) return std::nullopt;
  const auto below = above - 1;
  const double part = (switch_share - below->first) / (above->first - below->first);
  return below->second + part * (above->second - below->second);
}

}  // namespace isochrone::health
