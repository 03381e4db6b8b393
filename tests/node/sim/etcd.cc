#include "sim/etcd.h"

namespace isochrone::sim {

namespace {

constexpr Duration kLease = 8s;

}  // namespace

Etcd::Etcd(Scheduler& scheduler) : scheduler_(scheduler), changed_(scheduler.now()) { expire(); }

int64_t Etcd::grant() {
  if (full_) return 0;
  store_.leases[++next_lease_] = scheduler_.now() + kLease;
  return next_lease_;
}

bool Etcd::keep_alive(int64_t lease) {
  const auto found = store_.leases.find(lease);
  if (found == store_.leases.end()) return false;
  found->second = scheduler_.now() + kLease;
  return true;
}

bool Etcd::put(const std::string& key, const std::string& value, int64_t lease) {
  if (full_ || (lease != 0 && !store_.leases.contains(lease))) return false;
  ++store_.revision;
  store_.keys[key] = {value, store_.revision, lease};  // whatever lease it had before
  change(key, value);
  return true;
}

bool Etcd::is_changed_since(const std::string& prefix, int64_t revision) const {
  for (auto one = store_.keys.lower_bound(prefix); one != store_.keys.end() && one->first.starts_with(prefix); ++one)
    if (one->second.modified > revision) return true;
  return false;
}

bool Etcd::put_if_none_changed_since(const std::string& prefix, int64_t revision, const std::string& key, const std::string& value) {
  return !is_changed_since(prefix, revision) && put(key, value);
}

void Etcd::remove_if_none_changed_since(const std::string& prefix, int64_t revision, const std::string& key) {
  if (!is_changed_since(prefix, revision)) remove(key);
}

void Etcd::remove(const std::string& key) {
  if (store_.keys.erase(key) == 0) return;
  ++store_.revision;
  change(key, std::nullopt);
}

Etcd::All Etcd::read(const std::string& prefix) const {
  All out{{}, store_.revision};
  for (auto one = store_.keys.lower_bound(prefix); one != store_.keys.end() && one->first.starts_with(prefix); ++one)
    out.keys.push_back({one->first, one->second.text, one->second.modified});
  return out;
}

const std::string* Etcd::find(const std::string& key) const {
  const auto found = store_.keys.find(key);
  return found == store_.keys.end() ? nullptr : &found->second.text;
}

std::optional<std::vector<Etcd::Logged>> Etcd::since(int64_t revision) const {
  if (revision < compacted_) return std::nullopt;
  std::vector<Logged> out;
  for (const Logged& one : log_)
    if (one.revision > revision) out.push_back(one);
  return out;
}

void Etcd::go_away() {
  up_ = false;
  changed_ = scheduler_.now();
  on_lost();
}

// Whoever leads anew gives every lease its whole time again.
void Etcd::come_back() {
  up_ = true;
  changed_ = scheduler_.now();
  for (auto& [lease, runs_out] : store_.leases) runs_out = scheduler_.now() + kLease;
}

void Etcd::set_full(bool full) {
  full_ = full;
  changed_ = scheduler_.now();
}

void Etcd::put_back() {
  store_ = backup_;
  compact();
  come_back();
  on_lost();
}

void Etcd::change(const std::string& key, std::optional<std::string> value) {
  log_.push_back({store_.revision, {key, std::move(value)}});
  if (log_.size() > 500) compacted_ = log_.front().revision, log_.pop_front();
  on_change(log_.back());
}

void Etcd::expire() {
  scheduler_.after(1s, [this] { expire(); });
  if (!up_) return;
  std::erase_if(store_.leases, [this](const auto& lease) { return lease.second < scheduler_.now(); });
  std::vector<std::string> gone;
  for (const auto& [key, value] : store_.keys)
    if (value.lease != 0 && !store_.leases.contains(value.lease)) gone.push_back(key);
  for (const std::string& key : gone) remove(key);
}

}  // namespace isochrone::sim
