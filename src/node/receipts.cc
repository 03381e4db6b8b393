// The node's side of probe receipts: what is kept of a target, told with the target's own facts.

#include "loop/clock.h"
#include "node/find_targets.h"
#include "node/node.h"
#include "node/probe_now.h"
#include "node/probe_once.h"
#include "probe/wire_json.h"

namespace isochrone::node {

namespace {

admin::TargetReceipts facts_of(const health::Target& target, const std::vector<std::string>& regions) {
  admin::TargetReceipts facts;
  facts.target = target.key;
  facts.address = target.at();
  facts.probe = target.spec.name;
  facts.kind = std::string(probe::to_text(target.spec.kind));
  if (target.region < regions.size()) facts.region = regions[target.region];
  return facts;
}

}  // namespace

Result<admin::ReceiptsReply> Node::receipts(const std::string& asked) const {
  const config::World& world = publisher_->world();
  const auto ids = find_targets(asked, world);
  if (!ids) return tl::unexpected(ids.error());
  const Time at = loop::now();
  admin::ReceiptsReply reply;
  for (const health::TargetId id : *ids) {
    admin::TargetReceipts& told = reply.targets.emplace_back(facts_of(world.plan.targets[id], world.plan.regions));
    for (size_t v = 0; v < world.vantages.size(); ++v) {
      const std::string& name = world.vantages[v].name;
      auto receipts = v == 0 ? receipts_.read(id, at) : receipts_.read(name, id, at);
      if (!receipts.empty()) told.vantages.push_back({name, std::move(receipts)});
    }
  }
  return reply;
}

Result<NowPlan> Node::plan_now(const std::string& asked) const {
  const config::World& world = publisher_->world();
  const auto ids = find_targets(asked, world);
  if (!ids) return tl::unexpected(ids.error());
  auto plan = std::make_shared<health::Plan>();
  plan->regions = world.plan.regions;
  for (const health::TargetId id : *ids) {
    plan->targets.push_back(world.plan.targets[id]);
    plan->targets.back().id = static_cast<health::TargetId>(plan->targets.size() - 1);
  }
  return NowPlan{std::move(plan), config_.node, prober_config(config_), stopping_.get_token()};
}

Result<admin::ReceiptsReply> probe_now(const NowPlan& now) {
  const auto outcomes = probe_once(now.plan, now.how, now.stopped);
  if (outcomes.size() != now.plan->targets.size()) return fail("the node stopped before the probe had ended");
  admin::ReceiptsReply reply;
  for (const health::Target& target : now.plan->targets) {
    admin::TargetReceipts& told = reply.targets.emplace_back(facts_of(target, now.plan->regions));
    told.vantages.push_back({now.vantage, {{Duration::zero(), outcomes[target.id]}}});
  }
  return reply;
}

}  // namespace isochrone::node
