// The node's part in operators' drains: whether one may be, where it is written first, and when it ends.

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "loop/clock.h"
#include "node/drain_target.h"
#include "node/guards.h"
#include "node/node.h"
#include "util/log.h"

namespace isochrone::node {

namespace {

constexpr size_t kServicesTold = 20;

// What an operator wants, understood and allowed.
struct Order {
  bool set = true;                      // else: undrain
  sync::Drain drain;
  admin::DrainReply reply;
};

std::optional<Duration> until_end(const sync::Drain& drain, int64_t unix_now) {
  if (!drain.until) return std::nullopt;
  return std::max<Duration>(Duration::zero(), std::chrono::seconds(*drain.until - unix_now));
}

// Of a drain as it will be in force: `drain.since` is of the first order, `unix_now` of this one.
void tell_drain(const sync::Drain& drain, const sync::Drain* before, uint16_t rate, int64_t unix_now, admin::DrainReply& reply) {
  reply.ends_in = until_end(drain, unix_now);
  const Duration left = drain.takes(rate) - std::chrono::seconds(unix_now - drain.since);
  if (rate != 0 && left > Duration::zero()) reply.takes = left;
  if (before != nullptr) reply.replaced = {before->reason, before->by, until_end(*before, unix_now)};
}

Result<Order> order_of(const admin::DrainRequest& request, bool set, const sync::Drains& drains, const config::World& world, const IsUp& is_up) {
  const auto target = parse_drain_target(request.target, world);
  if (!target) return tl::unexpected(target.error());
  Order order{set, {target->pool, target->region, request.reason, request.by, loop::unix_now(), std::nullopt}, {}};
  sync::Drain& drain = order.drain;
  if (request.duration) drain.until = drain.since + std::chrono::ceil<std::chrono::seconds>(*request.duration).count();
  const sync::Drain* const before = drains.of_target(drain.pool, drain.region);
  if (!set && before == nullptr) return fail(fmt::format("{} is not drained", drain.target()));
  if (set)
    if (const Status allowed = check_guards(world, drains, drain, is_up); !allowed) return tl::unexpected(allowed.error());
  const int64_t ordered = drain.since;
  if (set && before != nullptr) drain.since = before->since;  // who has left stays away
  TouchedServices services = services_of(*target, world, kServicesTold);
  order.reply = {.target = drain.target(), .services = std::move(services.first), .service_count = services.count};
  if (set) tell_drain(drain, before, world.guards.drain_rate, ordered, order.reply);
  return order;
}

std::string length_of(const std::optional<Duration>& ends_in) { return ends_in ? to_text(*ends_in) : "ever"; }

void tell_log(const Order& order) {
  const sync::Drain& drain = order.drain;
  log::info(order.set ? "drained" : "undrained",
            {{"target", drain.target()}, {"by", drain.by}, {"reason", drain.reason},
             {"for", length_of(order.reply.ends_in)}, {"instead-of", order.reply.replaced ? length_of(order.reply.replaced->ends_in) : ""}});
}

}  // namespace

// In some family, by the quorum.
bool Node::is_gateway_up(const config::Pool& pool, const config::Gateway& gateway) const {
  if (gateway.nested) {
    const steer::Pool& inner = *publisher_->snapshot().steering.pools[gateway.nested->id];
    return std::ranges::any_of(std::array{Family::V4, Family::V6}, [&](Family family) {
      const auto& views = inner.family(family).views;
      return !views.empty() && views[0].outcome == steer::Outcome::Steered;
    });
  }
  return std::ranges::any_of(gateway.addresses, [&](const config::GatewayAddress& address) {
    return !address.target || health_.address_state(*address.target, pool.quorum, loop::now()).quorum != steer::Verdict::Down;
  });
}

void Node::drain(const admin::DrainRequest& request, bool set, std::function<void(Result<admin::DrainReply>)> done) {
  const IsUp is_up = [this](const config::Pool& pool, const config::Gateway& gateway) { return is_gateway_up(pool, gateway); };
  auto order = order_of(request, set, drains_, publisher_->world(), is_up);
  if (!order) return done(tl::unexpected(order.error()));
  const bool is_alone = cluster_ && set && request.here && !cluster_->status().reached;
  if (cluster_ && !is_alone) {
    // It acts here as everywhere: when it comes back through etcd.
    const std::string instead = set ? "; drain --here drains on this node alone" : "";
    const auto told = [order = *order, instead, done = std::move(done)](const Status& written) {
      if (!written) return done(fail("not known to be done, on any node: " + written.error().text + instead));
      tell_log(order);
      done(order.reply);
    };
    return set ? cluster_->put_drain(order->drain, told) : cluster_->remove_drain(order->drain, told);
  }
  sync::Drain& drain = order->drain;
  if (is_alone) {
    cluster_->owe(drain);
    drain.here = true;
  }
  // Written down before it acts: what an operator ordered must not be lost by a crash.
  if (set) drains_.add(drain);
  else drains_.remove(drain.pool, drain.region);
  drains_changed();
  tell_log(*order);
  done(std::move(order->reply));
}

// All that the cluster has.
void Node::take_drains(const sync::Drains& all) {
  const std::string before = drains_.save();
  drains_ = all;
  for (const sync::Drain& ended : drains_.expire(loop::unix_now())) cluster_->drop_ended(ended);
  if (drains_.save() != before) drains_changed();
}

void Node::expire_drains() {
  const std::vector<sync::Drain> ended = drains_.expire(loop::unix_now());
  if (ended.empty()) return;
  if (cluster_)
    for (const sync::Drain& drain : ended) cluster_->drop_ended(drain);
  for (const sync::Drain& drain : ended) log::info("drain expired", {{"target", drain.target()}, {"reason", drain.reason}});
  drains_changed();
}

void Node::drains_changed() {
  publisher_->apply_drains(loop::now());
  journal_.note_all_pools(*publisher_);
  keeper_->save_drains(drains_);
  merge_scopes_again();
}

}  // namespace isochrone::node
