#include "node/cluster.h"

#include <random>
#include <string_view>
#include <utility>

#include "node/clock.h"
#include "probe/wire_json.h"
#include "util/log.h"

namespace isochrone::node {

using sync::KeyValue;

namespace {

constexpr int kLeaseSeconds = 8;         // three beats may be lost
constexpr std::string_view kFull = "database space exceeded";  // etcd's quota: reads and watches go on

uint64_t random_run() {
  std::random_device random;
  return uint64_t{random()} << 31 | random();  // a JSON reader may keep 63 bits
}

}  // namespace

Cluster::Cluster(uv_loop_t* loop, const config::NodeConfig& config, std::optional<Revision> kept, ClusterCallbacks callbacks)
    : config_(config),
      callbacks_(std::move(callbacks)),
      keys_(config.cluster->name),
      view_(keys_, config.node, random_run(), std::move(kept), now()),
      etcd_(loop, config.cluster->etcd),
      writes_(loop, config.cluster->etcd),
      mirror_(loop, etcd_, keys_.live(),
              {[this](const std::vector<KeyValue>& keys) { all(keys); }, [this](const sync::WatchEvent& event) { act(view_.changed(event, now())); },
               [this](const std::string& why) { lost(why); }}),
      fetcher_(loop, config, [this](const Revision& revision) { callbacks_.revision(revision); },
               [this](const sync::RevisionHead& head, const std::string& why) { act(view_.fetch_failed(head, why)); }),
      beat_(loop, [this] { beat(); }) {
  own_node_ = {keys_.node(config_.node), [this] {
                 sync::NodeKey key = callbacks_.account();
                 view_.fill(key);
                 return sync::encode(key);
               }};
  own_report_ = {keys_.vantage(config_.node), [this] {
                   const auto report = callbacks_.own_report();
                   return report ? probe::encode_report(*report) : std::string();
                 }};
  beat_.every(kClusterBeat);
  grant();
}

// Said once for each thing until it is another or over.
void Cluster::complain(const std::string& about, const std::string& text) {
  std::string& said = complained_[about];
  if (said != text && !text.empty()) log::warning("cluster", {{"about", about}, {"fault", text}});
  said = text;
}

void Cluster::lost(const std::string& why) {
  if (view_.lost(why, now())) log::warning("etcd is away; serving on with what is known", {{"reason", why}});
}

void Cluster::all(const std::vector<KeyValue>& keys) {
  if (!view_.is_watched()) log::info("etcd is watched", {{"cluster", config_.cluster->name}, {"keys", std::to_string(keys.size())}});
  act(view_.all(keys, now(), mirror_.went_back() ? KeysAre::Older : KeysAre::Latest));
}

void Cluster::act(const ClusterTodo& todo) {
  for (const auto& [about, text] : todo.complaints) complain(about, text);
  if (todo.named_twice && *todo.named_twice) log::error("another node has this node's name", {{"node", config_.node}});
  else if (todo.named_twice) log::info("no other node has this node's name any more");
  for (const Drain& drain : todo.put_drains)
    put_drain(drain, [this, drain](const Status& written) {
      if (!written) owe(drain);
    });
  if (todo.drains) callbacks_.drains(*todo.drains);
  if (todo.fetch) fetcher_.want(*todo.fetch, serving() ? serving()->folder : "");
  for (const health::VantageReport& report : todo.reports) callbacks_.report(report);
  if (todo.begin_again) mirror_.begin_again("the watch is silent");
  if (!todo.lease_is_gone) return;
  lease_ = 0;
  grant();
}

void Cluster::adopted(const Revision& revision) {
  view_.adopted(revision);
  complained_.erase("revision");
  own_node_.due = true;
  send(own_node_);
}

void Cluster::refused(const Revision& revision, const std::string& fault) {
  view_.refused(revision, fault);
  own_node_.due = true;
  send(own_node_);
}

void Cluster::beat() {
  act(view_.beat(now()));
  if (lease_ == 0) return grant();
  own_node_.due = own_report_.due = true;
  writes_.call("/v3/lease/keepalive", sync::keepalive_request(lease_), [this](Result<nlohmann::json> answer) {
    const Status kept = std::move(answer).and_then(sync::parse_keepalive);
    if (kept) return send(own_node_), send(own_report_);
    lease_ = 0;
    grant();
  });
}

void Cluster::grant() {
  if (std::exchange(granting_, true)) return;
  writes_.call("/v3/lease/grant", sync::lease_request(kLeaseSeconds), [this](Result<nlohmann::json> answer) {
    granting_ = false;
    const auto lease = std::move(answer).and_then(sync::parse_lease);
    if (!lease) {
      complain("writing", lease.error().text);
      return;
    }
    lease_ = *lease;
    own_node_.due = own_report_.due = true;
    send(own_node_);
    send(own_report_);
  });
}

void Cluster::send(Own& own) {
  if (own.busy || !own.due || lease_ == 0) return;
  own.due = false;
  const std::string value = own.value();
  if (value.empty()) return;
  own.busy = true;
  writes_.call("/v3/kv/put", sync::put_request(own.key, value, lease_), [this, &own](Result<nlohmann::json> answer) {
    own.busy = false;
    if (!answer) {
      complain("writing", answer.error().text);
      if (answer.error().text.ends_with(kFull)) view_.write_refused(now());
      return;
    }
    if (complained_.erase("writing") != 0) log::info("etcd takes what this node writes again");
    send(own);
  });
}

void Cluster::pass_on(const health::VantageReport& report) {
  if (lease_ == 0) return;
  const std::string text = probe::encode_report(report);
  view_.passed_on(report.vantage, text);
  writes_.call("/v3/kv/put", sync::put_request(keys_.vantage(report.vantage), text, lease_), [](Result<nlohmann::json>) {});
}

void Cluster::put_drain(const Drain& drain, std::function<void(Status)> done) {
  Drains one;
  one.add(drain);
  // Judged by the drains that this node knows: where another node was quicker, they are others.
  sync::Transaction order;
  order.if_none_changed_since(keys_.drains(), mirror_.revision());
  order.put(keys_.drain(drain.target()), one.save());
  writes_.call("/v3/kv/txn", order.request(), [done = std::move(done)](Result<nlohmann::json> answer) {
    const auto ordered = std::move(answer).and_then(sync::parse_transaction);
    if (!ordered) return done(tl::unexpected(ordered.error()));
    done(*ordered ? Status() : fail("another drain was ordered at this moment, on another node; look at status, and ask again"));
  });
}

void Cluster::remove_drain(const Drain& drain, std::function<void(Status)> done) {
  writes_.call("/v3/kv/deleterange", sync::delete_request(keys_.drain(drain.target())),
               [done = std::move(done)](Result<nlohmann::json> answer) { done(answer.map([](const nlohmann::json&) {})); });
}

admin::ClusterStatus Cluster::status() const {
  admin::ClusterStatus out = view_.status(now(), unix_now());
  out.name = config_.cluster->name;
  const auto writing = complained_.find("writing");
  if (out.reached && writing != complained_.end()) out.trouble = writing->second;
  return out;
}

}  // namespace isochrone::node
