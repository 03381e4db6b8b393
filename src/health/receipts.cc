#include "health/receipts.h"

#include <algorithm>
#include <utility>

namespace isochrone::health {

namespace {

// A healthy server says the same thing every time: said once, it is kept once.
void share_evidence(Outcome& outcome, const Outcome& before) {
  if (is_same(outcome.evidence, before.evidence)) outcome.evidence = before.evidence;
}

}  // namespace

size_t Receipts::ring_size() const {
  return std::min(each_, std::max<size_t>(1, kMostReceipts / std::max<size_t>(1, own_.size())));
}

void Receipts::configure(const Plan& plan) {
  std::vector<Own> own(plan.targets.size());
  std::unordered_map<std::string, TargetId> by_key;
  std::vector<std::string> keys;
  for (const Target& target : plan.targets) {
    const auto known = by_key_.find(target.key);
    if (known != by_key_.end()) own[target.id] = std::move(own_[known->second]);
    by_key.emplace(target.key, target.id);
    keys.push_back(target.key);
  }
  own_ = std::move(own);
  by_key_ = std::move(by_key);
  keys_ = std::move(keys);
  for (Own& one : own_) {
    std::rotate(one.ring.begin(), one.ring.begin() + static_cast<ptrdiff_t>(one.next), one.ring.end());
    one.next = 0;
    if (const size_t most = ring_size(); one.ring.size() > most)
      one.ring.erase(one.ring.begin(), one.ring.end() - static_cast<ptrdiff_t>(most));
  }
  for (auto& [vantage, targets] : told_) std::erase_if(targets, [this](const auto& item) { return !by_key_.contains(item.first); });
}

void Receipts::add(TargetId target, Outcome outcome, Time now) {
  if (target >= own_.size()) return;
  Own& own = own_[target];
  if (!own.ring.empty()) share_evidence(outcome, own.ring[(own.next + own.ring.size() - 1) % own.ring.size()].outcome);
  const bool failed = !outcome.ok() && outcome.failure != Failure::Local;
  if (failed && own.failures) share_evidence(outcome, own.failures->last.outcome);
  if (failed && own.failures && own.failures->ongoing)
    own.failures->last = {now, outcome};
  else if (failed)
    own.failures = std::make_unique<Failures>(Failures{{now, outcome}, {now, outcome}, true});
  else if (own.failures && outcome.ok())
    own.failures->ongoing = false;
  keep(own, {now, std::move(outcome)});
}

void Receipts::keep(Own& own, Kept kept) const {
  const size_t most = ring_size();
  if (most == 0) return;
  if (own.ring.size() < most) {
    own.ring.push_back(std::move(kept));  // next is 0
    return;
  }
  own.ring[own.next] = std::move(kept);
  own.next = (own.next + 1) % most;
}

void Receipts::take(const VantageReport& report, Time now) {
  for (const TargetReport& target : report.targets) {
    if (target.receipts.empty() || !by_key_.contains(target.key)) continue;
    auto& targets = told_[report.vantage];
    if (targets.size() >= kMostToldTargets && !targets.contains(target.key))
      targets.erase(std::ranges::min_element(targets, {}, [](const auto& item) { return item.second.heard; }));
    Told& told = targets[target.key];
    told.heard = now;
    told.receipts.clear();
    for (const Receipt& receipt : target.receipts) told.receipts.push_back({now - receipt.age, receipt.outcome});
  }
}

std::vector<Receipt> Receipts::read(TargetId target, Time now) const {
  std::vector<Receipt> out;
  if (target >= own_.size()) return out;
  const Own& own = own_[target];
  for (size_t i = own.ring.size(); i-- > 0;) {
    const Kept& kept = own.ring[(own.next + i) % own.ring.size()];
    out.push_back({now - kept.at, kept.outcome});
  }
  if (!own.failures) return out;
  for (const Kept* kept : {&own.failures->last, &own.failures->first})
    if (out.empty() || now - kept->at > out.back().age) out.push_back({now - kept->at, kept->outcome});
  return out;
}

std::vector<Receipt> Receipts::read(const std::string& vantage, TargetId target, Time now) const {
  return target < keys_.size() ? told_of(vantage, keys_[target], now) : std::vector<Receipt>();
}

std::vector<Receipt> Receipts::told_of(const std::string& vantage, const std::string& key, Time now) const {
  std::vector<Receipt> out;
  const auto targets = told_.find(vantage);
  if (targets == told_.end()) return out;
  const auto told = targets->second.find(key);
  if (told == targets->second.end()) return out;
  for (const Kept& kept : told->second.receipts) out.push_back({now - kept.at, kept.outcome});
  std::ranges::stable_sort(out, {}, &Receipt::age);
  return out;
}

const Receipts::Failures* Receipts::find_failures(const std::string& key) const {
  const auto known = by_key_.find(key);
  return known == by_key_.end() ? nullptr : own_[known->second].failures.get();
}

std::vector<Receipt> Receipts::receipts_of(const Failures& failures, Time now) {
  std::vector<Receipt> out{{now - failures.last.at, failures.last.outcome}};
  if (failures.first.at < failures.last.at) out.push_back({now - failures.first.at, failures.first.outcome});
  return out;
}

void Receipts::attach(VantageReport& report, Time now) {
  size_t attached = 0;
  const size_t count = report.targets.size();
  for (size_t i = 0; i < count && attached < kMostAttachedTargets; ++i) {
    TargetReport& target = report.targets[(first_attached_ + i) % count];
    const Failures* failures = find_failures(target.key);
    if (!failures || now - failures->last.at > kNews) continue;
    target.receipts = receipts_of(*failures, now);
    if (++attached == kMostAttachedTargets) first_attached_ = (first_attached_ + i + 1) % count;
  }
}

void Receipts::attach_told(VantageReport& report, Time now) const {
  const auto targets = told_.find(report.vantage);
  if (targets == told_.end()) return;
  size_t attached = 0;
  for (TargetReport& target : report.targets) {
    const auto told = targets->second.find(target.key);
    if (told == targets->second.end()) continue;
    const auto is_news = [&](const Kept& kept) { return now - kept.at <= kNews; };
    if (std::ranges::none_of(told->second.receipts, is_news)) continue;
    for (const Kept& kept : told->second.receipts) target.receipts.push_back({now - kept.at, kept.outcome});
    if (++attached == kMostAttachedTargets) return;
  }
}

void Receipts::save(SavedState& state, const std::string& own, Time now) const {
  for (SavedVantage& vantage : state.vantages) {
    size_t saved = 0;
    for (SavedTarget& target : vantage.targets) {
      const Failures* failures = vantage.name == own ? find_failures(target.key) : nullptr;
      target.receipts = failures ? receipts_of(*failures, now) : told_of(vantage.name, target.key, now);
      if (!target.receipts.empty() && ++saved == kMostSavedTargets) break;
    }
  }
}

void Receipts::restore(const SavedState& state, const std::string& own, Duration downtime, Duration max_age, Time now) {
  for (const SavedVantage& vantage : state.vantages)
    for (const SavedTarget& target : vantage.targets) {
      std::vector<Kept> kept;
      for (const auto& [age, outcome] : target.receipts)
        if (age >= Duration::zero() && age <= max_age - downtime) kept.push_back({now - downtime - age, outcome});
      const auto known = by_key_.find(target.key);
      if (kept.empty() || known == by_key_.end()) continue;
      const auto [first, last] = std::ranges::minmax_element(kept, {}, &Kept::at);
      const bool ongoing = target.failing || target.verdict == steer::Verdict::Down;
      if (vantage.name == own) own_[known->second].failures = std::make_unique<Failures>(Failures{*first, *last, ongoing});
      else told_[vantage.name][target.key] = {last->at, kept};
    }
}

}  // namespace isochrone::health
