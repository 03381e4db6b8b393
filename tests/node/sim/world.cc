#include "sim/world.h"

#include <algorithm>

#include <fmt/format.h>

namespace isochrone::sim {

namespace {

constexpr size_t kMostHistory = 40;
const std::vector<std::string> kVantages{"tokyo", "paris", "lima", "ns1", "ns2", "ns3"};

}  // namespace

World::World(uint64_t seed)
    : scheduler_(seed), etcd_(scheduler_), ground_(scheduler_, kVantages), invariants_({scheduler_, ground_, etcd_, vantages_, nodes_}, 4) {
  etcd_.on_change = [this](const Etcd::Logged& one) {
    for (const auto& node : nodes_) node->link().changed(one);
  };
  etcd_.on_lost = [this] {
    for (const auto& node : nodes_) node->link().ended();
  };
  for (size_t v = 0; v < 3; ++v) vantages_.push_back(std::make_unique<Vantage>(scheduler_, ground_, etcd_, v));
  for (const char* name : {"ns1", "ns2", "ns3", "ns4"}) nodes_.push_back(std::make_unique<Node>(scheduler_, ground_, etcd_, name));
  push("");
  etcd_.back_up();
  for (const auto& node : nodes_) node->start();
  storm();
}

std::string World::step() {
  scheduler_.step();
  const std::string broken = invariants_.broken(scheduler_.steps());
  return wrong_.empty() ? broken : wrong_;
}

std::string World::sightings() const {
  std::string out;
  for (const auto& node : nodes_)
    if (node->is_running()) out += node->sightings();
  return out;
}

void World::note(std::string what) {
  if (history_.size() == kMostHistory) history_.erase(history_.begin());
  history_.push_back(fmt::format("{:.3f} {}", to_seconds(scheduler_.now() - Time() - 24h), what));
}

void World::storm() {
  is_calm_ = false;
  note("a storm");
  if (kept_down_) nodes_[*std::exchange(kept_down_, {})]->start();
  pace_ = scheduler_.chance(0.5) ? 2s : 20s;
  fault();
  scheduler_.after(scheduler_.between(10s, 240s), [this] { calm(); });
}

void World::calm() {
  is_calm_ = true;
  note("a calm");
  heal();
  if (scheduler_.chance(0.3)) {
    kept_down_ = scheduler_.pick(nodes_.size());
    note(nodes_[*kept_down_]->name() + " is away for the calm");
    nodes_[*kept_down_]->stop();
  }
  for (const Duration delay : {4s, 9s, 14s}) scheduler_.after(delay, [this] { push_if_refused(); });
  scheduler_.after(kBound + 10s, [this] {
    uint64_t changes = 0;
    for (const auto& node : nodes_) changes += node->verdict_changes();
    scheduler_.after(25s, [this, changes] {
      wrong_ = end_calm();
      uint64_t now = 0;
      for (const auto& node : nodes_) now += node->verdict_changes();
      if (wrong_.empty() && now != changes) wrong_ = "verdicts changed, and nothing else had";
      storm();
    });
  });
}

std::string World::end_calm() {
  ++calms_;
  if (std::string wrong = invariants_.disagreement(); !wrong.empty()) return wrong;
  for (size_t r = 0; r < kRegions.size(); ++r) {
    const bool drained = nodes_[kept_down_ == 0 ? 1 : 0]->is_drained(kRegions[r]);
    const bool may_be_owed = owed_[r] && kept_down_;  // by the node that is away
    owed_[r] = may_be_owed;
    if (may_be_owed) {
      wanted_[r] = Wanted::Unknown;
      continue;
    }
    if (wanted_[r] == Wanted::Yes && !drained) return kRegions[r] + " was drained, and is not";
    if (wanted_[r] == Wanted::No && drained) return kRegions[r] + " is drained, and nobody wants that";
    wanted_[r] = drained ? Wanted::Yes : Wanted::No;
  }
  return "";
}

void World::heal() {
  ground_.heal_uplinks();
  if (!etcd_.is_up()) etcd_.come_back();
  if (etcd_.is_full()) etcd_.set_full(false);
  for (const auto& vantage : vantages_) {
    if (!vantage->is_running()) vantage->start();
    if (vantage->is_cut()) vantage->set_cut(false);
  }
  for (const auto& node : nodes_) {
    if (!node->is_running()) node->start();
    node->link().set_cut(false);
  }
}

void World::fault() {
  if (is_calm_) return;
  const size_t kind = scheduler_.pick(30);
  if (kind < 14) fault_of_measuring(kind);
  else if (kind < 22) fault_of_nodes(kind - 14);
  else fault_of_etcd(kind - 22);
  scheduler_.after(scheduler_.between(0ms, 2 * pace_), [this] { fault(); });
}

void World::fault_of_measuring(size_t kind) {
  const size_t target = scheduler_.pick(kTargets.size()), v = scheduler_.pick(kVantages.size());
  if (kind < 3 && ground_.gateways_down() < 4) ground_.set_gateway(target, false), note(kTargets[target] + " down");
  else if (kind < 6) ground_.set_gateway(target, true), note(kTargets[target] + " up");
  else if (kind < 8) ground_.set_path(v, target, kind == 6), note(fmt::format("{} {} {}", kVantages[v], kind == 6 ? "reaches" : "does not reach", kTargets[target]));
  else if (kind < 10) ground_.set_uplink(v, kind == 8), note(fmt::format("uplink of {} {}", kVantages[v], kind == 8 ? "mended" : "broken"));
  else if (v >= vantages_.size()) return;
  else if (kind < 12) vantages_[v]->set_cut(!vantages_[v]->is_cut()), note(kVantages[v] + (vantages_[v]->is_cut() ? " cut off" : " joined"));
  else if (vantages_[v]->is_running()) vantages_[v]->stop(), note(kVantages[v] + " stopped");
  else vantages_[v]->start(), note(kVantages[v] + " started");
}

void World::fault_of_nodes(size_t kind) {
  const size_t n = scheduler_.pick(nodes_.size());
  Node& node = *nodes_[n];
  if (kind < 2) {
    node.link().set_cut(!node.link().is_cut());
    note(node.name() + (node.link().is_cut() ? " cut off" : " joined"));
  } else if (kind < 4) {
    node.link().set_silent(!node.link().is_silent());
    note(node.name() + (node.link().is_silent() ? " hears nothing" : " hears again"));
  } else if (kind < 6) {
    if (!node.is_running()) return;
    note(node.name() + " killed");
    node.stop();
    scheduler_.after(scheduler_.between(300ms, 20s), [this, n] {
      if (!nodes_[n]->is_running() && kept_down_ != n) note(nodes_[n]->name() + " started"), nodes_[n]->start();
    });
  } else if (kind == 6) {
    drain();
  } else {
    undrain();
  }
}

void World::fault_of_etcd(size_t kind) {
  switch (kind) {
    case 0:
      if (!etcd_.is_up()) return;
      note("etcd away");
      etcd_.go_away();
      return scheduler_.after(scheduler_.between(1s, 60s), [this] {
        if (!etcd_.is_up()) note("etcd back"), etcd_.come_back();
      });
    case 1:
      note(etcd_.is_full() ? "quota mended" : "quota full");
      return etcd_.set_full(!etcd_.is_full());
    case 2:
      return etcd_.compact();
    case 3:
      if (etcd_.is_up()) etcd_.back_up(), note("backup");
      return;
    case 4:
      if (scheduler_.chance(0.7)) return;
      note("backup put back");
      wanted_.fill(Wanted::Unknown);
      return etcd_.put_back();
    case 5:
      return push(nodes_[scheduler_.pick(nodes_.size())]->name());
    default:
      return push("");
  }
}

}  // namespace isochrone::sim
