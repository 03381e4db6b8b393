#include "node/what_if.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/load.h"
#include "config/names.h"
#include "config/query_sample.h"
#include "loop/clock.h"
#include "node/configured.h"
#include "node/drain_target.h"
#include "node/keeper.h"
#include "node/observatory.h"
#include "node/predictor.h"
#include "sync/drains.h"

namespace isochrone::node {

namespace {

using WorldPtr = std::shared_ptr<const config::World>;

constexpr size_t kMostDivided = 200000;  // parts that wide networks are divided into, where shares are taken

// What the state folder knows of the past: nothing of it is changed by us.
struct Past {
  std::optional<KeptHealth> health;
  std::optional<KeptObservations> observations;
  sync::Drains drains;
};

Past read_past(const std::string& state_dir, std::vector<std::string>& notes) {
  Past past;
  past.health = peek_health(state_dir);
  if (!past.health) notes.push_back(fmt::format("{}/health cannot be used: what vantages measure is not known", state_dir));
  past.observations = peek_observations(state_dir);
  past.drains = peek_drains(state_dir);
  if (!past.drains.list().empty()) notes.push_back("drains of the state folder are in force");
  return past;
}

bool names(const std::vector<std::string>& list, const std::string& name) { return std::ranges::find(list, name) != list.end(); }

// One side: a configuration as a node would answer from it.
class Side {
 public:
  Side(WorldPtr world, const Past& past, const Change& change)
      : world_(std::move(world)), past_(past), change_(change), steering_(configured(world_)) {
    take_rows();
    health::Ledger ledger;
    ledger.configure(world_->regions, rules_now());
    if (past_.observations) ledger.restore(past_.observations->cells, past_.observations->downtime, loop::now());
    steering_.predicted = predict_rows({world_, steering_.regions, steering_.vantages, steering_.rows_v4, steering_.rows_v6, ledger.lessons()}).rows;
    take_observed(ledger);
    for (const config::Pool& pool : world_->pools) steering_.pools.push_back(make_pool(pool));
  }

  const steer::Steering& steering() const { return steering_; }
  const config::World& world() const { return *world_; }

 private:
  void take_rows() {
    const Time at = loop::now();
    const health::SteeringRules rules = rules_now();
    health::Health health(health::HealthConfig{1});
    health.configure(std::make_shared<const health::Plan>(world_->plan), *steering_.vantages, rules, at, weights_of(world_->vantages));
    if (past_.health) health.restore(past_.health->state, past_.health->downtime, at);
    // Each lead that a region has lasts longer than `dwell`, those that come of its move too.
    for (int turn = 0; turn < 4; ++turn) health.tick(at + turn * (rules.dwell + 1s));
    steering_.rows_v4 = health.rows(Family::V4);
    steering_.rows_v6 = health.rows(Family::V6);
  }

  health::SteeringRules rules_now() const {
    health::SteeringRules rules = world_->steering;
    if (change_.margin) rules.margin = *change_.margin;
    return rules;
  }

  // As far as they would move once `dwell` has passed.
  void take_observed(health::Ledger& ledger) {
    const Time at = loop::now();
    const auto map = woven(*world_, ledger.networks().list);
    if (!map) return;
    steering_.map = map;
    const auto unix = static_cast<uint32_t>(loop::unix_now());
    ledger.settle(steering_, SIZE_MAX, at, unix);
    ledger.touch_all();
    health::Ledger::Rows rows = ledger.settle(steering_, SIZE_MAX, at + world_->steering.dwell, unix);
    steering_.rows_v4.observed = steer::Observed::with(nullptr, std::move(rows[0]));
    steering_.rows_v6.observed = steer::Observed::with(nullptr, std::move(rows[1]));
  }

  std::shared_ptr<const steer::Pool> make_pool(const config::Pool& pool) const {
    steer::PoolSpec spec = pool.spec;
    if (change_.tolerance) spec.tolerance = *change_.tolerance;
    std::vector<steer::GatewayState> gateways;
    for (const config::Gateway& gateway : pool.gateways) gateways.push_back(state_of(pool, gateway));
    if (change_.add) gateways.push_back(added(gateways));
    return steer::make_pool(spec, std::move(gateways));
  }

  steer::GatewayState state_of(const config::Pool& pool, const config::Gateway& gateway) const {
    const std::string& region = config::name_of(gateway, *world_);
    steer::GatewayState state = configured(gateway, steering_.pools);  // those in a pool come before it
    state.drained = past_.drains.find(pool.spec.name, region) || names(change_.drain, region);
    const auto verdict = names(change_.lose, region) ? steer::Verdict::Down : steer::Verdict::Up;
    for (const config::GatewayAddress& address : gateway.addresses)
      state.addresses.push_back({.address = address.address, .quorum = verdict, .name = address.name});
    return state;
  }

  // With the families that the pool's other gateways have, and behind them all in priority.
  steer::GatewayState added(const std::vector<steer::GatewayState>& others) const {
    steer::GatewayState state;
    for (size_t r = 0; r < world_->regions.size(); ++r)
      if (world_->regions[r].name == change_.add->name) state.region = static_cast<steer::RegionId>(r);
    for (const Family family : {Family::V4, Family::V6})
      for (const steer::GatewayState& other : others)
        if (std::ranges::any_of(other.addresses, [&](const auto& a) { return a.serves(family); })) {
          state.addresses.push_back({.address = {family, {}}, .quorum = steer::Verdict::Up});
          break;
        }
    for (const steer::GatewayState& other : others) state.priority = std::max(state.priority, static_cast<uint16_t>(other.priority + 1));
    return state;
  }

  WorldPtr world_;
  const Past& past_;
  const Change& change_;
  steer::Steering steering_;
};

Status check_regions(const std::vector<std::string>& asked, const config::World& world, const char* option) {
  std::vector<std::string_view> known;
  for (const steer::Region& region : world.regions) known.push_back(region.name);
  for (const std::string& region : asked) {
    if (std::ranges::find(known, region) != known.end()) continue;
    return fail(with_suggestion(fmt::format("--{}: there is no region '{}'", option, region), region, known));
  }
  return {};
}

struct Loaded {
  config::NodeConfig node;
  WorldPtr world;
};

Result<Loaded> load(const std::string& config, Problems& problems) {
  auto node = config::load_node_config(config, problems);
  if (!node) return fail("the configuration has errors");
  if (node->zones_dir.empty()) return fail(fmt::format("{}: no `zones`: there is nothing to answer", config));
  auto world = config::load_world(*node, problems);
  if (!world) return fail("the configuration has errors");
  return Loaded{std::move(*node), std::move(world)};
}

Result<WorldPtr> load_changed(const config::NodeConfig& node, const Change& change, Problems& problems) {
  config::NodeConfig changed = node;
  if (!change.new_config.empty()) {
    auto other = config::load_node_config(change.new_config, problems);
    if (!other) return fail("the changed configuration has errors");
    changed = std::move(*other);
  }
  changed.what_if_table = change.table;
  changed.what_if_region = change.add;
  auto world = config::load_world(changed, problems);
  if (!world) return fail("the changed configuration has errors");
  return world;
}

Status check_change(const Change& change, const config::World& before, const config::World& after) {
  if (const Status fine = check_regions(change.lose, after, "lose"); !fine) return fine;
  if (const Status fine = check_regions(change.drain, after, "drain"); !fine) return fine;
  if (!change.add) return {};
  if (!config::is_ldh_label(change.add->name) || change.add->name != config::lowered(change.add->name))
    return fail(fmt::format("--add: '{}' is no region's name; expected lower-case letters, digits and inner hyphens", change.add->name));
  if (std::ranges::any_of(before.regions, [&](const steer::Region& r) { return r.name == change.add->name; }))
    return fail(fmt::format("--add: there is a region '{}' already; expected a name of its own", change.add->name));
  if (after.places.empty())
    return fail("--add: nothing says where clients are, so a new region's latency cannot be predicted; expected 'places' in probes/*.yaml");
  return {};
}

// Pools of both sides by name. What is on one side alone moves nobody: nobody asks both.
std::vector<steer::PoolPair> pair_pools(const Side& before, const Side& after, const std::string& only, Family family, WhatIf& out) {
  std::vector<steer::PoolPair> pairs;
  size_t unpaired = 0;
  for (zone::PoolId b = 0; b < before.world().pools.size(); ++b) {
    const std::string& name = before.world().pools[b].spec.name;
    if (!only.empty() && name != only) continue;
    const auto& pools = after.world().pools;
    const auto found = std::ranges::find_if(pools, [&](const config::Pool& pool) { return pool.spec.name == name; });
    if (found == pools.end()) {
      ++unpaired;
      continue;
    }
    const bool has = before.steering().pools[b]->family(family).may_answer();
    const Family asked = has ? family : other_than(family);
    pairs.push_back({b, static_cast<zone::PoolId>(found - pools.begin()), asked});
    out.pools.push_back(name);
  }
  if (unpaired != 0) out.notes.push_back(fmt::format("{} pools are not in the new configuration and left out", unpaired));
  return pairs;
}

bool takes_shares(const steer::Pool& pool, Family family) {
  if (pool.spec.tolerance > Duration::zero() || pool.spec.routing == steer::Routing::Weighted) return true;
  if (!pool.family(family).shed_of.empty()) return true;
  return std::ranges::any_of(pool.gateways, [family](const steer::GatewayState& g) { return g.nested && takes_shares(*g.nested, family); });
}

}  // namespace

Result<Standing> load_standing(const std::string& config, Problems& problems) {
  const auto loaded = load(config, problems);
  if (!loaded) return tl::unexpected(loaded.error());
  Standing out;
  const Past past = read_past(loaded->node.state_dir, out.notes);
  out.world = loaded->world;
  out.steering = Side(out.world, past, {}).steering();
  return out;
}

Result<WhatIf> what_if(const WhatIfRequest& request, Problems& problems) {
  const auto loaded = load(request.config, problems);
  if (!loaded) return tl::unexpected(loaded.error());
  const WorldPtr world = loaded->world;
  WorldPtr changed = world;
  if (request.change.reloads()) {
    auto other = load_changed(loaded->node, request.change, problems);
    if (!other) return tl::unexpected(other.error());
    changed = *other;
  }
  if (const Status fine = check_change(request.change, *world, *changed); !fine) return tl::unexpected(fine.error());
  return what_if_between(world, changed, loaded->node.state_dir, request, problems);
}

Result<WhatIf> what_if_between(const WorldPtr& world, const WorldPtr& changed, const std::string& state_dir, const WhatIfRequest& request,
                               Problems& problems) {
  WhatIf out;
  std::string only;
  if (!request.pool.empty()) {
    const auto target = parse_drain_target(request.pool, *world);
    if (!target || target->pool.empty()) return fail(fmt::format("--pool: {}", target ? "expected POOL.ZONE or SERVICE.ZONE" : target.error().text));
    only = target->pool;
  }
  const Past past = read_past(state_dir, out.notes);
  const Change none;
  const Side before(world, past, none), after(changed, past, request.change);
  const auto pairs = pair_pools(before, after, only, request.family, out);

  std::vector<steer::WeightedClient> clients;
  if (!request.sample.empty()) {
    config::Files files;
    auto sample = config::read_query_sample(request.sample, files, problems);
    if (!sample) return fail("the query sample has errors");
    clients = std::move(*sample);
  } else {
    clients = steer::clients_of(*before.steering().map, *after.steering().map);
    const bool shares = std::ranges::any_of(pairs, [&](const steer::PoolPair& pair) {
      return takes_shares(*before.steering().pools[pair.before], pair.family) || takes_shares(*after.steering().pools[pair.after], pair.family);
    });
    if (shares) clients = steer::divided(std::move(clients), kMostDivided);
  }
  out.clients = clients.size();
  out.impact = steer::measure_impact(before.steering(), after.steering(), pairs, clients);
  return out;
}

}  // namespace isochrone::node
