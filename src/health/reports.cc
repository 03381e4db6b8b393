// Reports: what other vantages tell this node, and what this machine tells others.

#include <algorithm>

#include <fmt/format.h>

#include "health/health.h"

namespace isochrone::health {

using steer::VantageId;
using steer::Verdict;

namespace {

// A report buffered for longer says nothing that would still be acted on.
constexpr Duration kOldestReport = 24h;
constexpr Duration kLongestRtt = 60s;
// Reasons are read by people; a worker's is no longer than ours are.
constexpr size_t kLongestReason = 300;

// What is wrong with it; empty: nothing. NaN fails every comparison.
std::string find_absurdity(const TargetReport& target) {
  if (target.age < Duration::zero() || target.since < Duration::zero()) return "an age is negative";
  if (target.rtt && *target.rtt <= Duration::zero()) return "an RTT of 0 or less";
  if (target.rtt && *target.rtt > kLongestRtt) return "an RTT of more than a minute";
  if (!(target.loss >= 0 && target.loss <= 1)) return "a loss that is not within 0 and 1";
  if (target.load && !(*target.load >= 0 && *target.load <= kMostLoad)) return "a load that is none";
  return {};
}

}  // namespace

bool is_sensible(const TargetReport& target) {
  return find_absurdity(target).empty();
}

Status Health::report(const VantageReport& report, Duration report_age, Time now) {
  const auto named = vantage_by_name_.find(report.vantage);
  if (named == vantage_by_name_.end()) return fail(fmt::format("no vantage is named \"{}\"", report.vantage));
  const VantageId v = named->second;
  if (v == 0) return fail(fmt::format("vantage \"{}\" is this node's own", report.vantage));
  Vantage& vantage = vantages_[v];
  if (Status status = accept(vantage, report, report_age); !status) {
    ++vantage.refused;
    return status;
  }

  ++vantage.reports;
  vantage.heard = std::max(vantage.heard.value_or(now - report_age), now - report_age);
  for (const TargetReport& told : report.targets) {
    const auto key = target_by_key_.find(told.key);
    if (key == target_by_key_.end()) {
      ++vantage.unknown_targets;
      continue;
    }
    const Target& target = plan_->targets[key->second];
    const Duration age = told.age + report_age;
    const Sighting& known = vantage.board[target.id];
    const bool is_older = known.verdict != Verdict::Unknown && now - age < known.last;
    if (told.verdict == Verdict::Unknown || age > rules_.max_age || is_older) continue;

    Sighting sighting = known;
    sighting.verdict = told.verdict;
    sighting.failing = told.failing && told.verdict == Verdict::Up;
    sighting.last = now - age;
    sighting.fresh = age <= freshness(target.spec);
    sighting.since = now - report_age - told.since;
    if (!known.is_troubled() || !known.fresh) sighting.troubled_since = sighting.failing ? sighting.last : sighting.since;
    sighting.loss = told.loss;
    if (told.rtt) {
      sighting.rtt = told.rtt;
      sighting.rtt_at = sighting.last;
    }
    sighting.reason = told.reason.substr(0, kLongestReason);
    sighting.certificate_expiry = told.certificate_expiry;
    sighting.load = told.load;
    set_sighting(v, target, std::move(sighting));
  }
  return {};
}

bool Health::knows(const VantageReport& report) const {
  const auto named = vantage_by_name_.find(report.vantage);
  if (named == vantage_by_name_.end()) return false;
  const Vantage& vantage = vantages_[named->second];
  return vantage.runs.has_passed(report.run, report.sequence);
}

std::optional<VantageReport> Health::told_report(const std::string& name, Time now) const {
  const auto named = vantage_by_name_.find(name);
  if (named == vantage_by_name_.end() || named->second == 0) return std::nullopt;
  const Vantage& vantage = vantages_[named->second];
  if (!vantage.runs.last()) return std::nullopt;
  const auto [run, sequence] = *vantage.runs.last();
  VantageReport report{.vantage = name, .run = run, .sequence = sequence, .targets = {}};
  for (const Target& target : plan_->targets)
    if (const Sighting& sighting = vantage.board[target.id]; sighting.verdict != Verdict::Unknown)
      report.targets.push_back(make_target_report(target, sighting, now));
  return report;
}

Status Health::accept(Vantage& vantage, const VantageReport& report, Duration report_age) {
  if (report_age < Duration::zero()) return fail("the report's age is negative");
  if (report_age > kOldestReport) return fail(fmt::format("the report is {} old", to_text(report_age)));
  for (const TargetReport& target : report.targets) {
    if (const std::string absurdity = find_absurdity(target); !absurdity.empty()) {
      return fail(fmt::format("target \"{}\": {}", target.key, absurdity));
    }
  }
  return vantage.runs.take(report.run, report.sequence);
}

VantageReport Health::make_report(bool all, Time now) {
  VantageReport report{.vantage = vantages_[0].name, .run = config_.run, .sequence = ++own_sequence_, .targets = {}};
  for (const Target& target : plan_->targets) {
    OwnTarget& own = own_[target.id];
    if (own.state.verdict() == Verdict::Unknown || !(all || own.to_report)) continue;
    own.to_report = false;
    report.targets.push_back(make_target_report(target, vantages_[0].board[target.id], now));
  }
  return report;
}

TargetReport Health::make_target_report(const Target& target, const Sighting& sighting, Time now) const {
  return {.key = target.key,
          .verdict = sighting.verdict,
          .failing = sighting.failing,
          .age = now - sighting.last,
          .since = now - sighting.since,
          .rtt = sighting.rtt,
          .loss = sighting.loss,
          .reason = sighting.reason,
          .certificate_expiry = sighting.certificate_expiry,
          .load = sighting.load,
          .receipts = {}};
}

}  // namespace isochrone::health
