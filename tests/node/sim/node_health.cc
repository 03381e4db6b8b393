// What a node answers from: verdicts, drains and configuration, put together as node/publisher.cc does.

#include <algorithm>

#include "cluster/answers_digest.h"
#include "node/configured.h"
#include "sim/node.h"

namespace isochrone::sim {

void Node::use(unsigned content) {
  changed_ = scheduler_.now();
  run_->world = make_world(content, name_, ground_.vantages());
  run_->probes.assign(kTargets.size(), false);
  for (const health::Target& target : run_->world->plan.targets) run_->probes[number_of(target.key)] = true;
  run_->health.configure(std::make_shared<const health::Plan>(run_->world->plan), node::names_of(run_->world->vantages), {}, scheduler_.now());
  run_->health.take_changes();
  run_->steering = node::configured(run_->world);
  run_->steering.pools.resize(run_->world->pools.size());
  for (size_t i = 0; i < run_->world->pools.size(); ++i) make_pool(i);
  run_->probing.reset();
  if (vantage_) run_->probing.emplace(scheduler_, ground_, *vantage_, run_->health, [this] { health_moved(); });
}

void Node::make_pool(size_t number) {
  const config::Pool& pool = run_->world->pools[number];
  std::vector<steer::GatewayState> gateways;
  for (const config::Gateway& gateway : pool.gateways) {
    steer::GatewayState& state = gateways.emplace_back(node::configured(gateway, run_->steering.pools));
    state.drained = run_->drains.find(pool.spec.name, config::name_of(gateway, *run_->world)) != nullptr;
    for (const config::GatewayAddress& address : gateway.addresses)
      state.addresses.push_back(run_->health.address_state(*address.target, pool.quorum, scheduler_.now()));
  }
  auto made = steer::make_pool(pool.spec, std::move(gateways));
  auto& there = run_->steering.pools[number];
  verdict_changes_ += there && there->v4.views[0].eligible != made->v4.views[0].eligible;
  there = std::move(made);
}

void Node::health_moved() {
  const Time next = run_->health.tick(scheduler_.now());
  const health::Changes changes = run_->health.take_changes();
  const auto is_touched = [&](const config::GatewayAddress& address) { return std::ranges::binary_search(changes.targets, *address.target); };
  for (size_t i = 0; i < run_->world->pools.size() && !changes.targets.empty(); ++i)
    if (std::ranges::any_of(run_->world->pools[i].gateways, [&](const config::Gateway& g) { return std::ranges::any_of(g.addresses, is_touched); }))
      make_pool(i);
  if (!changes.targets.empty()) {
    if (!std::exchange(run_->save_is_due, true)) later(1s, [this] { save_health(); });
    run_->report.due = true;
    send(run_->report);
  }
  later(std::max<Duration>(next - scheduler_.now(), 1ms), [this, tick = ++run_->ticks] {
    if (tick == run_->ticks) health_moved();
  });
}

void Node::save_health() {
  run_->save_is_due = false;
  disk_.health = run_->health.save(scheduler_.now());
  disk_.health_at = scheduler_.now();
}

void Node::housekeep() {
  later(1s, [this] { housekeep(); });
  if (scheduler_.now() - disk_.health_at >= 30s) save_health();
  const auto ended = run_->drains.expire(scheduler_.unix_now());
  for (const sync::Drain& drain : ended) drop_ended(drain);
  if (!ended.empty()) drains_changed();
}

void Node::take_drains(const sync::Drains& all) {
  const std::string before = run_->drains.save();
  run_->drains = all;
  for (const sync::Drain& ended : run_->drains.expire(scheduler_.unix_now())) drop_ended(ended);
  if (run_->drains.save() != before) drains_changed();
}

void Node::drains_changed() {
  for (size_t i = 0; i < run_->world->pools.size(); ++i) make_pool(i);
  disk_.drains = run_->drains.save();
}

std::string Node::sightings() const {
  std::string out = name_ + ":";
  for (const health::Target& target : run_->world->plan.targets) {
    out += " " + target.key + " ";
    for (size_t v = 0; v < run_->world->vantages.size(); ++v) {
      const auto view = run_->health.view(target.id, static_cast<steer::VantageId>(v), scheduler_.now());
      out += (view.fresh ? "?UD" : "-ud")[static_cast<size_t>(view.verdict)];
    }
  }
  for (size_t v = 0; v < run_->world->vantages.size(); ++v) {
    const auto view = run_->health.vantage(static_cast<steer::VantageId>(v), scheduler_.now());
    out += " " + view.name + (view.suspect ? " suspect" : "") + (view.refused ? " refused " + std::to_string(view.refused) : "");
  }
  return out + "\n";
}

std::string Node::digest() const { return cluster::answers_digest(run_->steering, *run_->world); }

std::string Node::drains() const {
  std::vector<std::string> targets;
  for (const sync::Drain& drain : run_->drains.list()) targets.push_back(drain.target());
  std::ranges::sort(targets);
  std::string out;
  for (const std::string& target : targets) out += target + " ";
  return out;
}

}  // namespace isochrone::sim
