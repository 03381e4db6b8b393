#include "sim/invariants.h"

#include <algorithm>

#include <fmt/format.h>

#include "health/quorum.h"

namespace isochrone::sim {

std::string Invariants::broken(uint64_t turn) {
  for (size_t i = 0; i < cast_.nodes.size(); ++i) {
    const Node& node = *cast_.nodes[i];
    if (!node.is_running()) continue;
    for (size_t p = 0; p < node.world().pools.size(); ++p)
      for (const steer::View& view : node.pool(p).v4.views)
        if (view.eligible.empty()) return fmt::format("{} has nothing to answer for {}", node.name(), node.pool(p).spec.name);
    if (node.revision() < highest_[i]) return fmt::format("{} went back from revision {} to {}", node.name(), highest_[i], node.revision());
    highest_[i] = node.revision();
    if (node.was_named_twice()) return node.name() + " saw another node of its name, and there is none";
  }
  const Node& node = *cast_.nodes[turn % cast_.nodes.size()];
  return node.is_running() ? wrong_answer(node) : "";
}

bool Invariants::is_settled(const Node& node, size_t vantage) const {
  std::vector<Time> changed{node.changed()};
  if (node.vantage() != vantage) {
    if (node.link().is_silent()) return false;
    changed.insert(changed.end(), {node.link().changed(), cast_.etcd.changed()});
    if (vantage < cast_.vantages.size()) {
      changed.push_back(cast_.vantages[vantage]->changed());
    } else {
      for (const auto& other : cast_.nodes)
        if (other->vantage() == vantage) {
          if (other->link().is_silent()) return false;
          changed.insert(changed.end(), {other->changed(), other->link().changed()});
        }
    }
  }
  return cast_.scheduler.now() - *std::ranges::max_element(changed) > kBound;
}

bool Invariants::is_heard(const Node& node, size_t vantage) const {
  if (node.vantage() == vantage) return true;
  if (node.link().is_cut() || !cast_.etcd.is_up() || cast_.etcd.is_full()) return false;
  if (vantage < cast_.vantages.size()) return cast_.vantages[vantage]->is_running() && !cast_.vantages[vantage]->is_cut();
  return std::ranges::any_of(cast_.nodes, [&](const auto& other) { return other->vantage() == vantage && other->is_running() && !other->link().is_cut(); });
}

// What each vantage says of each target at that node, as far as it must.
std::vector<std::vector<Invariants::Says>> Invariants::words(const Node& node) const {
  const size_t vantages = cast_.ground.vantages().size();
  std::vector<std::vector<Says>> out(vantages, std::vector<Says>(kTargets.size(), Says::Anything));
  const auto has = [](const std::vector<Says>& words, Says one) { return std::ranges::find(words, one) != words.end(); };
  for (size_t v = 0; v < vantages; ++v) {
    if (!is_settled(node, v)) continue;
    const bool heard = is_heard(node, v);
    const auto other = std::ranges::find_if(cast_.nodes, [&](const auto& one) { return one->vantage() == v; });
    for (size_t t = 0; t < kTargets.size(); ++t) {
      const bool known = node.probes(t) && (other == cast_.nodes.end() || !heard || (*other)->probes(t));
      if (!heard || !node.probes(t)) out[v][t] = Says::Nothing;
      else if (known && cast_.scheduler.now() - cast_.ground.since(v, t) > kBound) out[v][t] = cast_.ground.reaches(v, t) ? Says::Up : Says::Down;
    }
    // It may seem to see nothing at all.
    if (has(out[v], Says::Anything) && !has(out[v], Says::Up)) std::ranges::fill(out[v], Says::Anything);
  }
  const bool some_up = std::ranges::any_of(out, [&](const auto& words) { return has(words, Says::Up); });
  const bool open = std::ranges::any_of(out, [&](const auto& words) { return has(words, Says::Anything); });
  for (auto& words : out) {
    if (!has(words, Says::Down) || has(words, Says::Up)) continue;
    // Everything is down for it: suspect where another one sees something up, else believed.
    if (some_up) std::ranges::fill(words, Says::Nothing);
    else if (open) std::ranges::fill(words, Says::Anything);
  }
  return out;
}

std::string Invariants::wrong_answer(const Node& node) {
  const auto all = words(node);
  for (size_t p = 0; p < node.world().pools.size(); ++p) {
    const config::Pool& pool = node.world().pools[p];
    struct Truth {
      bool up = false, down = true, in_service = false;
    };
    std::vector<Truth> truths;
    for (const config::Gateway& gateway : pool.gateways) {
      Truth& truth = truths.emplace_back();
      truth.in_service = gateway.enabled && !node.is_drained(config::name_of(gateway, node.world()));
      for (const config::GatewayAddress& address : gateway.addresses) {
        const size_t target = number_of(node.world().plan.targets[*address.target].key);
        int up = 0, down = 0, anything = 0;
        for (const auto& words : all) {
          up += words[target] == Says::Up;
          down += words[target] == Says::Down;
          anything += words[target] == Says::Anything;
        }
        const int voters = up + down + anything;
        truth.up |= up > 0 && !health::says_down(pool.quorum, down + anything, voters);
        truth.down &= down > 0 && health::says_down(pool.quorum, down, voters);
      }
    }
    for (size_t g = 0; g < truths.size(); ++g) {
      const bool given = node.pool(p).v4.views[0].eligible.has(pool.gateways[g].number);
      const bool another = std::ranges::any_of(truths, [&](const Truth& t) { return &t != &truths[g] && t.up && t.in_service; });
      const std::string& region = config::name_of(pool.gateways[g], node.world());
      if (truths[g].up && truths[g].in_service) {
        ++must_;
        if (!given) return fmt::format("{} does not give {} of {}, which is up", node.name(), region, pool.spec.name);
      } else if (another && (truths[g].down || !truths[g].in_service)) {
        ++must_not_;
        if (given) return fmt::format("{} gives {} of {}, which is down or out of service, though another is up", node.name(), region, pool.spec.name);
      }
    }
  }
  return "";
}

std::string Invariants::disagreement() const {
  const auto running = std::ranges::count_if(cast_.nodes, [](const auto& node) { return node->is_running(); });
  const Node& first = **std::ranges::find_if(cast_.nodes, [](const auto& node) { return node->is_running(); });
  for (const auto& node : cast_.nodes) {
    if (!node->is_running()) continue;
    const admin::ClusterStatus status = node->status();
    if (!status.reached) return node->name() + " does not reach etcd";
    if (status.refused != 0) return fmt::format("{} refuses revision {}: {}", node->name(), status.refused, status.fault);
    if (node->revision() != first.revision()) return fmt::format("{} serves revision {}, {} {}", first.name(), first.revision(), node->name(), node->revision());
    if (node->drains() != first.drains()) return fmt::format("drains of {}: {}; of {}: {}", first.name(), first.drains(), node->name(), node->drains());
    if (node->digest() != first.digest()) return fmt::format("{} and {} give other answers", first.name(), node->name());
    if (status.diverges) return node->name() + " says that nodes diverge, and they do not";
    if (std::ssize(status.nodes) != running) return fmt::format("{} knows of {} nodes", node->name(), status.nodes.size());
  }
  return "";
}

}  // namespace isochrone::sim
