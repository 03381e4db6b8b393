// What operators order: pushes, as cluster/pushing.cc numbers them, and drains.

#include <algorithm>

#include <fmt/format.h>

#include "sim/world.h"
#include "sync/node_key.h"
#include "sync/revision.h"

namespace isochrone::sim {

void World::push(const std::string& refused_by) {
  if (!etcd_.is_up() || etcd_.is_full()) return;
  sync::RevisionHead head;
  const std::string* text = etcd_.find(kKeys.config());
  if (const auto before = sync::decode_head(text ? *text : "")) head.number = before->number;
  for (const sync::KeyValue& node : etcd_.read(kKeys.nodes()).keys)
    if (const auto account = sync::decode_node_key(node.value)) head.number = std::max(head.number, account->revision);
  ++head.number;
  head.manifest = manifest_of(static_cast<unsigned>(scheduler_.pick(8)), refused_by, ++pushes_);
  head.chunks = {head.manifest};
  note(fmt::format("revision {} has configuration {}{}", head.number, head.manifest[0], refused_by.empty() ? "" : ", which " + refused_by + " cannot load"));
  etcd_.put(kKeys.revision(head.number), sync::encode(head));
  etcd_.put(kKeys.config(), sync::encode(head));
  if (head.number > 20) etcd_.remove(kKeys.revision(head.number - 20));
}

// As docs/cluster.md says to whom `status --cluster` shows a node that refuses what is there.
void World::push_if_refused() {
  const std::string* text = etcd_.find(kKeys.config());
  const auto head = sync::decode_head(text ? *text : "");
  const bool refused = !head || std::ranges::any_of(nodes_, [&](const auto& node) {
    return node->is_running() && (node->status().refused != 0 || node->revision() > head->number);
  });
  if (refused) push("");
}

void World::drain() {
  const size_t n = scheduler_.pick(nodes_.size()), region = scheduler_.pick(kRegions.size());
  if (!nodes_[n]->is_running() || ordering_) return;
  std::optional<int64_t> until;
  if (scheduler_.chance(0.3)) until = scheduler_.unix_now() + static_cast<int64_t>(scheduler_.pick(20));
  ordering_ = true;
  note(fmt::format("{} is told to drain {}{}", nodes_[n]->name(), kRegions[region], until ? " for some seconds" : ""));
  const uint64_t order = ++orders_;
  scheduler_.after(10s, [this, order, region] {
    if (order == orders_ && ordering_) ordered(region, Wanted::Unknown);
  });
  nodes_[n]->drain(kRegions[region], until, [this, order, region, until](Node::Ordered outcome) {
    if (order != orders_ || !ordering_) return;
    owed_[region] |= outcome == Node::Ordered::Here;
    // Of two orders that meet later, the one that lasts longer stands.
    const bool clear = outcome != Node::Ordered::No && !(owed_[region] && until);
    ordered(region, !clear ? Wanted::Unknown : until ? Wanted::No : Wanted::Yes);
  });
}

void World::undrain() {
  const size_t n = scheduler_.pick(nodes_.size()), region = scheduler_.pick(kRegions.size());
  if (!nodes_[n]->is_running() || ordering_) return;
  ordering_ = true;
  note(fmt::format("{} is told to undrain {}", nodes_[n]->name(), kRegions[region]));
  const uint64_t order = ++orders_;
  scheduler_.after(10s, [this, order, region] {
    if (order == orders_ && ordering_) ordered(region, Wanted::Unknown);
  });
  nodes_[n]->undrain(kRegions[region], [this, order, region](Node::Ordered outcome) {
    if (order != orders_ || !ordering_) return;
    ordered(region, outcome == Node::Ordered::Done && !owed_[region] ? Wanted::No : Wanted::Unknown);
  });
}

void World::ordered(size_t region, Wanted wanted) {
  ordering_ = false;
  wanted_[region] = wanted;
}

}  // namespace isochrone::sim
