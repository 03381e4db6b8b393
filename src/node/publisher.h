#pragma once
// World + health + drains → Snapshot. Cost follows change: a flip rebuilds the pools it touches and copies the root; a
// new estimate replaces one row. Control thread only; the snapshots are read by every worker.

#include <array>
#include <memory>
#include <vector>

#include "answer/counter_table.h"
#include "answer/snapshot.h"
#include "config/model.h"
#include "health/health.h"
#include "health/ledger.h"
#include "node/load_reliefs.h"
#include "node/slow_starts.h"
#include "steer/scopes.h"
#include "sync/drains.h"
#include "util/published.h"

namespace isochrone::node {

class Publisher {
 public:
  // `map`: the world's with the networks that gateways observe; null: the world's own.
  Publisher(std::shared_ptr<const config::World> world, std::shared_ptr<const steer::LatencyMap> map, answer::Settings settings,
            const health::Health& health, health::Ledger& ledger, const sync::Drains& drains, answer::CounterTable& counters, Time now);

  // Another configuration: everything is built anew, and published at once. `predicted` answers its map's questions;
  // null: nothing is predicted.
  void load(std::shared_ptr<const config::World> world, std::shared_ptr<const steer::LatencyMap> map,
            std::shared_ptr<const steer::Predicted> predicted, Time now);
  // The present world's map with other networks observed; as above.
  void set_map(std::shared_ptr<const steer::LatencyMap> map, Time now);
  static constexpr size_t kRowsATurn = 4000;  // some ms of the control thread
  // Of the ledger's rows that are to be settled, as many. Whether any was another.
  bool settle(size_t most, Time now);
  // A refit for the present configuration.
  void set_predicted(std::shared_ptr<const steer::Predicted> predicted, Time now);
  struct Rebuilt {
    zone::PoolId pool;
    std::shared_ptr<const steer::Pool> before;
  };
  // What health says has changed. Returns the pools that were built anew.
  std::vector<Rebuilt> apply(const health::Changes& changes, Time now);
  // Gateways that come back take over more, drained ones give away more, and loaded ones are relieved of more or of less,
  // where that is due; when to call again.
  std::optional<Time> advance_sheds(Time now);
  // What loaded gateways were relieved of before a restart, and for one. restore_reliefs() is called once, before the first
  // advance_sheds(); `downtime` is how long ago they were saved.
  std::vector<health::SavedRelief> save_reliefs(Time now) const { return reliefs_.save(now); }
  void restore_reliefs(const std::vector<health::SavedRelief>& saved, Duration downtime, Time now);
  // The drains have changed.
  void apply_drains(Time now);
  // Merged scopes, for as far as `of` is still what is served.
  void take_scopes(const steer::Steering& of, std::shared_ptr<const steer::Scopes> scopes, Time now);
  // Some pool's are blocks only because what they depend on has moved since they were merged.
  bool wants_scopes() const { return wants_scopes_; }
  void set_settings(answer::Settings settings, Time now);
  // Keeps the ages that reasons tell, where a zone tells any. Every second or so.
  void note_ages(Time now, uint32_t unix_now);

  Published<answer::Snapshot>& published() { return published_; }
  const answer::Snapshot& snapshot() const { return published_.latest(); }
  const config::World& world() const { return *world_; }
  std::shared_ptr<const config::World> shared_world() const { return world_; }
  const std::vector<zone::PoolId>& pools_of(health::TargetId target) const { return pools_of_target_[target]; }
  // What it is relieved of: networks that lose less than this are sent elsewhere.
  Duration relief(const config::Pool& pool, const std::string& gateway) const { return reliefs_.relief(pool, gateway); }
  Time published_at() const { return published_at_; }
  void collect() { published_.collect(); }

 private:
  std::unique_ptr<answer::Snapshot> build(Time now);
  std::unique_ptr<answer::Snapshot> successor(Time now);
  // `pools`: by PoolId; those in a pool come before it.
  using Pools = std::vector<std::shared_ptr<const steer::Pool>>;
  // `merged_for`: the pools that the scopes in it were merged for, or kept for.
  void publish(std::unique_ptr<answer::Snapshot> next, const Pools& merged_for);
  std::shared_ptr<const steer::Pool> make_pool(zone::PoolId id, const Pools& pools, Time now) const;
  std::vector<steer::GatewayState> gateways_of(zone::PoolId id, const Pools& pools, Time now) const;
  void rebuild(std::vector<zone::PoolId> pools, Time now);
  std::vector<zone::PoolId> with_outer(std::vector<zone::PoolId> pools) const;
  uint16_t gone(zone::PoolId pool, const config::Gateway& gateway) const;
  void note_leaving(Time now);
  void take_rows(answer::Snapshot& snapshot) const;
  void settle_all(steer::Steering& steering, Time now);
  void take_observed(steer::Steering& steering, health::Ledger::Rows rows);
  void index_targets();

  std::shared_ptr<const config::World> world_;
  answer::Settings settings_;
  const health::Health& health_;
  health::Ledger& ledger_;
  const sync::Drains& drains_;
  answer::CounterTable& counters_;
  std::shared_ptr<const steer::LatencyMap> map_;
  std::shared_ptr<const steer::Predicted> predicted_;
  std::array<std::shared_ptr<const steer::Observed>, 2> observed_;  // for questions of IPv4, of IPv6
  std::vector<std::vector<zone::PoolId>> pools_of_target_;   // by TargetId
  std::vector<std::vector<zone::PoolId>> outer_;             // by PoolId: the pools that it is a gateway of
  SlowStarts starts_;
  LoadReliefs reliefs_;
  std::vector<zone::PoolId> leaving_;                        // with a drain that has not taken all away yet
  Time leaving_step_{};                                      // when these are due
  bool wants_scopes_ = true;
  std::shared_ptr<answer::MeasuredAt> measured_at_;  // null: nobody asks
  uint64_t generation_ = 0;
  Time published_at_;
  Published<answer::Snapshot> published_;
};

}  // namespace isochrone::node
