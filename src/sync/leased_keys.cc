#include "sync/leased_keys.h"

#include <algorithm>
#include <utility>

#include "loop/clock.h"
#include "sync/etcd_json.h"

namespace isochrone::sync {

namespace {

constexpr int kLeaseSeconds = 8;         // three beats may be lost
constexpr Duration kPatience = 1s;       // a put takes some milliseconds, over an ocean some tenths of a second

}  // namespace

LeasedKeys::LeasedKeys(uv_loop_t* loop, Etcd& etcd, std::function<void()> moved, Duration beat)
    : etcd_(etcd),
      moved_(std::move(moved)),
      beat_every_(beat),
      beat_(loop, [this] { this->beat(); }),
      patience_(loop, [this] { look_at_clock(); }) {
  beat_.once(Duration::zero());
}

void LeasedKeys::keep(const std::string& key, Value value) {
  Key& one = keys_[key];
  one.value = std::move(value);
  one.kept = one.due = true;
}

void LeasedKeys::write(const std::string& key) {
  const auto known = keys_.find(key);
  if (known == keys_.end()) return;
  known->second.due = true;
  send(known->first, known->second);
}

void LeasedKeys::write(const std::string& key, Value value, std::function<void()> taken) {
  Key& one = keys_[key];
  one.value = std::move(value);
  one.taken = std::move(taken);
  write(key);
}

void LeasedKeys::renew() {
  lease_ = 0;
  grant();
}

void LeasedKeys::beat() {
  beat_.once(beat_every_);
  if (lease_ == 0) return grant();
  for (auto& [name, key] : keys_) key.due |= key.kept;
  if (std::exchange(keeping_, true)) return;
  ask("/v3/lease/keepalive", keepalive_request(lease_), [this](Result<nlohmann::json> answer) {
    keeping_ = false;
    const Status kept = std::move(answer).and_then(parse_keepalive);
    kept ? send_due() : renew();
  });
}

void LeasedKeys::grant() {
  if (std::exchange(granting_, true)) return;
  ask("/v3/lease/grant", lease_request(kLeaseSeconds), [this](Result<nlohmann::json> answer) {
    granting_ = false;
    const auto lease = std::move(answer).and_then(parse_lease);
    lease_fault_ = lease ? "" : lease.error().text;
    settle(false);
    if (!lease) return;
    lease_ = *lease;
    for (auto& [name, key] : keys_) key.due |= key.kept;
    send_due();
  });
}

void LeasedKeys::send_due() {
  for (auto& [name, key] : keys_) send(name, key);
}

void LeasedKeys::send(const std::string& name, Key& key) {
  if (key.busy || !key.due || lease_ == 0) return;
  key.due = false;
  const std::string value = key.value();
  if (value.empty()) return;
  key.busy = true;
  ask("/v3/kv/put", put_request(name, value, lease_), [this, &name, &key](Result<nlohmann::json> answer) {
    key.busy = false;
    key.fault = answer ? "" : answer.error().text;
    if (!answer) key.due = true;  // with the next beat
    else if (key.taken) key.taken();
    settle(answer.has_value());
    if (answer) send(name, key);
  });
}

void LeasedKeys::ask(const std::string& path, const nlohmann::json& body, Etcd::Done done) {
  const auto asked = asked_.insert(asked_.end(), loop::now());
  if (asked_.size() == 1) patience_.once(kPatience);
  etcd_.call(path, body, [this, asked, done = std::move(done)](Result<nlohmann::json> answer) {
    asked_.erase(asked);
    if (asked_.empty()) patience_.stop();
    done(std::move(answer));
  });
}

void LeasedKeys::look_at_clock() {
  const Duration waited = loop::now() - asked_.front();
  if (waited < kPatience) return patience_.once(kPatience - waited);
  patience_.once(kPatience);
  if (!std::exchange(late_, true)) moved_();
}

// One key that is refused is trouble, however many others are taken.
void LeasedKeys::settle(bool has_taken) {
  const bool was_taking = is_taking();
  has_taken_ |= has_taken;
  if (has_taken) late_ = false;
  const auto refused = std::ranges::find_if(keys_, [](const auto& key) { return !key.second.fault.empty(); });
  std::string trouble = !lease_fault_.empty() || refused == keys_.end() ? lease_fault_ : refused->second.fault;
  const bool is_news = trouble != trouble_;
  trouble_ = std::move(trouble);
  if (is_news || is_taking() != was_taking) moved_();
}

}  // namespace isochrone::sync
