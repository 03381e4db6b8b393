#include "node/publisher.h"

#include <algorithm>
#include <utility>

#include "loop/clock.h"
#include "node/configured.h"

namespace isochrone::node {

namespace {

constexpr int kLeavingStep = 20;  // thousandths of the networks that a drain takes away at once

}  // namespace

Publisher::Publisher(std::shared_ptr<const config::World> world, std::shared_ptr<const steer::LatencyMap> map, answer::Settings settings,
                     const health::Health& health, health::Ledger& ledger, const sync::Drains& drains, answer::CounterTable& counters, Time now)
    : world_(std::move(world)),
      settings_(std::move(settings)),
      health_(health),
      ledger_(ledger),
      drains_(drains),
      counters_(counters),
      map_(std::move(map)),
      published_at_(now),
      published_(build(now)) {}

void Publisher::load(std::shared_ptr<const config::World> world, std::shared_ptr<const steer::LatencyMap> map,
                     std::shared_ptr<const steer::Predicted> predicted, Time now) {
  world_ = std::move(world);
  map_ = std::move(map);
  observed_ = {};
  starts_.clear();
  predicted_ = std::move(predicted);
  wants_scopes_ = true;
  published_.publish(build(now));
}

void Publisher::set_predicted(std::shared_ptr<const steer::Predicted> predicted, Time now) {
  predicted_ = std::move(predicted);
  ledger_.touch_all();
  auto next = successor(now);
  next->steering.predicted = predicted_;
  publish(std::move(next), snapshot().steering.pools);
}

void Publisher::set_map(std::shared_ptr<const steer::LatencyMap> map, Time now) {
  map_ = std::move(map);
  auto next = successor(now);
  next->steering.map = map_ ? map_ : world_->map;
  publish(std::move(next), snapshot().steering.pools);
}

bool Publisher::settle(size_t most, Time now) {
  health::Ledger::Rows rows = ledger_.settle(snapshot().steering, most, now, static_cast<uint32_t>(loop::unix_now()));
  if (rows[0].empty() && rows[1].empty()) return false;
  auto next = successor(now);
  take_observed(next->steering, std::move(rows));
  publish(std::move(next), snapshot().steering.pools);
  return true;
}

// Each once, those that go on waiting too. In turns: what rows are made of is freed before the next are made.
void Publisher::settle_all(steer::Steering& steering, Time now) {
  for (size_t left = ledger_.unsettled(), some; left != 0; left -= some) {
    some = std::min(left, kRowsATurn);
    take_observed(steering, ledger_.settle(steering, some, now, static_cast<uint32_t>(loop::unix_now())));
  }
}

void Publisher::take_observed(steer::Steering& steering, health::Ledger::Rows rows) {
  observed_[0] = steer::Observed::with(observed_[0].get(), std::move(rows[0]));
  observed_[1] = steer::Observed::with(observed_[1].get(), std::move(rows[1]), observed_[0].get());
  steering.rows_v4.observed = observed_[0];
  steering.rows_v6.observed = observed_[1];
}

std::vector<Publisher::Rebuilt> Publisher::apply(const health::Changes& changes, Time now) {
  if (changes.targets.empty() && changes.rows.empty() && !changes.median && !changes.swaps) return {};
  auto next = successor(now);
  std::vector<zone::PoolId> touched;
  for (const health::TargetId target : changes.targets)
    touched.insert(touched.end(), pools_of_target_[target].begin(), pools_of_target_[target].end());
  std::vector<Rebuilt> rebuilt;
  auto& pools = next->steering.pools;
  for (const zone::PoolId id : with_outer(std::move(touched))) {
    if (const Duration length = world_->pools[id].slow_start; length > Duration::zero())
      starts_.note(id, pools[id]->gateways, gateways_of(id, pools, now), length, now);
    rebuilt.push_back({id, std::exchange(pools[id], make_pool(id, pools, now))});
  }
  if (!changes.rows.empty() || changes.median || changes.swaps) {
    take_rows(*next);
    ledger_.touch_all();
  }
  publish(std::move(next), snapshot().steering.pools);
  return rebuilt;
}

std::optional<Time> Publisher::advance_sheds(Time now) {
  std::vector<zone::PoolId> due = starts_.take_due(now);
  const std::vector<zone::PoolId> loaded = reliefs_.take_due(health_, now);
  due.insert(due.end(), loaded.begin(), loaded.end());
  const bool leave = !leaving_.empty() && leaving_step_ <= now;
  if (leave) due.insert(due.end(), leaving_.begin(), leaving_.end());
  rebuild(std::move(due), now);
  if (leave) note_leaving(now);
  std::optional<Time> next = leaving_.empty() ? std::nullopt : std::optional(leaving_step_);
  for (const auto& other : {starts_.next(), reliefs_.next()})
    if (other) next = std::min(next.value_or(*other), *other);
  return next;
}

void Publisher::restore_reliefs(const std::vector<health::SavedRelief>& saved, Duration downtime, Time now) {
  rebuild(reliefs_.restore(saved, downtime, now), now);
}

void Publisher::rebuild(std::vector<zone::PoolId> pools, Time now) {
  if (pools.empty()) return;
  auto next = successor(now);
  auto& made = next->steering.pools;
  for (const zone::PoolId id : with_outer(std::move(pools))) made[id] = make_pool(id, made, now);
  publish(std::move(next), snapshot().steering.pools);
}

// Which pools a drain still takes clients from, and when it takes the next ones.
void Publisher::note_leaving(Time now) {
  leaving_.clear();
  const uint16_t rate = world_->guards.drain_rate;
  if (rate == 0 || drains_.list().empty()) return;
  for (zone::PoolId id = 0; id < world_->pools.size(); ++id) {
    const config::Pool& pool = world_->pools[id];
    const auto leaves = [&](const config::Gateway& gateway) { return drains_.find(pool.spec.name, config::name_of(gateway, *world_)) && gone(id, gateway) < sync::kAllGone; };
    if (std::ranges::any_of(pool.gateways, leaves)) leaving_.push_back(id);
  }
  leaving_step_ = now + std::max<Duration>(1s, 60s * kLeavingStep / rate);
}

void Publisher::apply_drains(Time now) {
  auto next = successor(now);
  auto& pools = next->steering.pools;
  std::vector<zone::PoolId> moved;
  for (zone::PoolId id = 0; id < world_->pools.size(); ++id)
    for (size_t i = 0; i < pools[id]->gateways.size(); ++i)
      if (pools[id]->gateways[i].drained != (gone(id, world_->pools[id].gateways[i]) == sync::kAllGone)) moved.push_back(id);
  // What a drain was taking clients from, and what one takes clients from now: another drain has ended, or begun.
  moved.insert(moved.end(), leaving_.begin(), leaving_.end());
  note_leaving(now);
  moved.insert(moved.end(), leaving_.begin(), leaving_.end());
  for (const zone::PoolId id : with_outer(std::move(moved))) pools[id] = make_pool(id, pools, now);
  publish(std::move(next), snapshot().steering.pools);
}

void Publisher::take_scopes(const steer::Steering& of, std::shared_ptr<const steer::Scopes> scopes, Time now) {
  const steer::Steering& served = snapshot().steering;
  if (of.map != served.map || of.pools.size() != served.pools.size()) return;  // another configuration came between
  auto next = successor(now);
  next->steering.scopes = std::move(scopes);
  wants_scopes_ = false;
  publish(std::move(next), of.pools);
}

void Publisher::set_settings(answer::Settings settings, Time now) {
  settings_ = std::move(settings);
  auto next = successor(now);
  next->settings = settings_;
  published_.publish(std::move(next));
}

void Publisher::note_ages(Time now, uint32_t unix_now) {
  if (!measured_at_) return;
  for (size_t v = 0; v < measured_at_->vantages(); ++v)
    for (size_t r = 0; r < measured_at_->regions(); ++r)
      for (const Family family : {Family::V4, Family::V6}) {
        const auto vantage = static_cast<steer::VantageId>(v);
        const auto region = static_cast<steer::RegionId>(r);
        const health::RegionView view = health_.view(region, family, vantage, now);
        if (view.estimate)
          measured_at_->set(vantage, region, family, unix_now - static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(view.age).count()));
      }
}

std::unique_ptr<answer::Snapshot> Publisher::build(Time now) {
  published_at_ = now;
  index_targets();
  reliefs_.load(*world_);
  auto snapshot = std::make_unique<answer::Snapshot>();
  snapshot->generation = ++generation_;
  snapshot->settings = settings_;
  snapshot->zones = std::shared_ptr<const zone::ZoneSet>(world_, &world_->zones);
  steer::Steering& steering = snapshot->steering;
  steering = configured(world_);
  if (map_) steering.map = map_;
  steering.predicted = predicted_;
  steering.pools.reserve(world_->pools.size());
  for (zone::PoolId id = 0; id < world_->pools.size(); ++id) steering.pools.push_back(make_pool(id, steering.pools, now));
  note_leaving(now);
  snapshot->slots = counters_.assign(steering.pools, world_->regions);
  take_rows(*snapshot);
  settle_all(steering, now);
  snapshot->why = world_->why;
  measured_at_ = world_->why ? std::make_shared<answer::MeasuredAt>(world_->vantages.size(), world_->regions.size()) : nullptr;
  snapshot->measured_at = measured_at_;
  return snapshot;
}

std::unique_ptr<answer::Snapshot> Publisher::successor(Time now) {
  published_at_ = now;
  auto next = std::make_unique<answer::Snapshot>(published_.latest());
  next->generation = ++generation_;
  return next;
}

void Publisher::publish(std::unique_ptr<answer::Snapshot> next, const Pools& merged_for) {
  const Pools& pools = next->steering.pools;
  std::vector<zone::PoolId> changed;
  for (zone::PoolId id = 0; id < pools.size(); ++id)
    if (pools[id] != merged_for[id]) changed.push_back(id);
  next->steering.scopes = steer::still_true(next->steering, changed);
  wants_scopes_ |= !next->steering.scopes || !changed.empty();
  published_.publish(std::move(next));
}

std::shared_ptr<const steer::Pool> Publisher::make_pool(zone::PoolId id, const Pools& pools, Time now) const {
  std::vector<steer::GatewayState> gateways = gateways_of(id, pools, now);
  starts_.add_to(id, gateways, now);
  reliefs_.add_to(id, gateways);
  return steer::make_pool(world_->pools[id].spec, std::move(gateways));
}

std::vector<steer::GatewayState> Publisher::gateways_of(zone::PoolId id, const Pools& pools, Time now) const {
  const config::Pool& pool = world_->pools[id];
  std::vector<steer::GatewayState> gateways;
  gateways.reserve(pool.gateways.size());
  for (const config::Gateway& gateway : pool.gateways) {
    steer::GatewayState& state = gateways.emplace_back(configured(gateway, pools));
    const uint16_t left = gone(id, gateway);
    state.drained = left == sync::kAllGone;
    if (!state.drained) state.shed_v4 = state.shed_v6 = std::max({state.shed_v4, state.shed_v6, left});
    for (const config::GatewayAddress& address : gateway.addresses) {
      // Not probed at all: always up.
      state.addresses.push_back(address.target ? health_.address_state(*address.target, pool.quorum, now)
                                               : steer::AddressState{.address = {}, .quorum = steer::Verdict::Up});
      state.addresses.back().address = address.address;
      state.addresses.back().name = address.name;
    }
  }
  return gateways;
}

// Thousandths of its client networks that a drain has taken away.
uint16_t Publisher::gone(zone::PoolId pool, const config::Gateway& gateway) const {
  if (drains_.list().empty()) return 0;
  return drains_.gone(world_->pools[pool].spec.name, config::name_of(gateway, *world_), world_->guards.drain_rate, loop::unix_now());
}

// These and all that they are in, each once; those in a pool before it.
std::vector<zone::PoolId> Publisher::with_outer(std::vector<zone::PoolId> pools) const {
  for (size_t i = 0; i < pools.size(); ++i)
    for (const zone::PoolId outer : outer_[pools[i]])
      if (std::find(pools.begin(), pools.end(), outer) == pools.end()) pools.push_back(outer);
  std::sort(pools.begin(), pools.end());
  pools.erase(std::unique(pools.begin(), pools.end()), pools.end());
  return pools;
}

void Publisher::take_rows(answer::Snapshot& snapshot) const {
  snapshot.steering.rows_v4 = health_.rows(Family::V4);
  snapshot.steering.rows_v6 = health_.rows(Family::V6);
  snapshot.steering.rows_v4.observed = observed_[0];
  snapshot.steering.rows_v6.observed = observed_[1];
}

void Publisher::index_targets() {
  pools_of_target_.assign(world_->plan.targets.size(), {});
  for (zone::PoolId id = 0; id < world_->pools.size(); ++id)
    for (const config::Gateway& gateway : world_->pools[id].gateways)
      for (const config::GatewayAddress& address : gateway.addresses)
        if (address.target) {
          auto& pools = pools_of_target_[*address.target];
          if (pools.empty() || pools.back() != id) pools.push_back(id);
        }
  outer_.assign(world_->pools.size(), {});
  for (zone::PoolId id = 0; id < world_->pools.size(); ++id)
    for (const config::Gateway& gateway : world_->pools[id].gateways)
      if (gateway.nested) outer_[gateway.nested->id].push_back(id);
}

}  // namespace isochrone::node
