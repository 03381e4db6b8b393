#include "cluster/cluster.h"

#include <string_view>
#include <utility>

#include "loop/clock.h"
#include "sync/live_values.h"
#include "util/log.h"
#include "util/random_run.h"

namespace isochrone::cluster {

using sync::KeyValue;

namespace {

constexpr std::string_view kFull = "database space exceeded";  // etcd's quota: reads and watches go on

}  // namespace

Cluster::Cluster(uv_loop_t* loop, const config::NodeConfig& config, std::optional<Revision> kept, Callbacks callbacks)
    : config_(config),
      callbacks_(std::move(callbacks)),
      keys_(config.cluster->name),
      view_(keys_, config.node, random_run(), std::move(kept), loop::now()),
      etcd_(loop, config.cluster->etcd),
      writes_(loop, config.cluster->etcd),
      leased_(loop, writes_, [this] { written(); }),
      mirror_(loop, etcd_, keys_.live(),
              {[this](const std::vector<KeyValue>& keys) { all(keys); }, [this](const sync::WatchEvent& event) { act(view_.changed(event, loop::now())); },
               [this](const std::string& why) { lost(why); }}),
      fetcher_(loop, config, [this](const Revision& revision) { callbacks_.revision(revision); },
               [this](const sync::RevisionHead& head, const std::string& why) { act(view_.fetch_failed(head, why)); }),
      beat_(loop, [this] { beat(); }) {
  leased_.keep(keys_.node(config_.node), [this] {
    sync::NodeKey key = callbacks_.account();
    view_.fill(key);
    return sync::encode(key);
  });
  leased_.keep(keys_.vantage(config_.node), [this] {
    const auto report = callbacks_.own_report();
    return report ? sync::encode_vantage(*report) : std::string();
  });
  beat_.every(kBeat);
}

// Said once for each thing until it is another or over.
void Cluster::complain(const std::string& about, const std::string& text) {
  std::string& said = complained_[about];
  if (said != text && !text.empty()) log::warning("cluster", {{"about", about}, {"fault", text}});
  said = text;
}

void Cluster::lost(const std::string& why) {
  if (view_.lost(why, loop::now())) log::warning("etcd is away; serving on with what is known", {{"reason", why}});
}

void Cluster::all(const std::vector<KeyValue>& keys) {
  if (!view_.is_watched()) log::info("etcd is watched", {{"cluster", config_.cluster->name}, {"keys", std::to_string(keys.size())}});
  act(view_.all(keys, loop::now(), mirror_.went_back() ? KeysAre::Older : KeysAre::Latest));
}

void Cluster::act(const Todo& todo) {
  for (const auto& [about, text] : todo.complaints) complain(about, text);
  if (todo.named_twice && *todo.named_twice) log::error("another node has this node's name", {{"node", config_.node}});
  else if (todo.named_twice) log::info("no other node has this node's name any more");
  for (const sync::Drain& drain : todo.put_drains)
    put_drain(drain, [this, drain](const Status& written) {
      if (!written) owe(drain);
    });
  if (todo.drains) callbacks_.drains(*todo.drains);
  if (todo.fetch_nothing) fetcher_.want_nothing();
  if (todo.fetch) fetcher_.want(*todo.fetch, serving() ? serving()->folder : "");
  for (const auto& [report, age] : todo.reports) callbacks_.report(report, age);
  for (const health::ObservationReport& report : todo.observations) callbacks_.observations(report);
  for (const std::string& vantage : todo.remove_vantages)
    writes_.call("/v3/kv/deleterange", sync::delete_request(keys_.vantage(vantage)), [](Result<nlohmann::json>) {});
  if (todo.begin_again) mirror_.begin_again("the watch is silent");
  if (todo.lease_is_gone) leased_.renew();
}

void Cluster::adopted(const Revision& revision) {
  view_.adopted(revision);
  complained_.erase("revision");
  leased_.write(keys_.node(config_.node));
}

void Cluster::refused(const Revision& revision, const std::string& fault) {
  view_.refused(revision, fault);
  leased_.write(keys_.node(config_.node));
}

void Cluster::beat() {
  if (leased_.trouble().ends_with(kFull)) view_.write_refused(loop::now());
  act(view_.beat(loop::now()));
}

void Cluster::written() {
  if (!leased_.trouble().empty()) complain("writing", leased_.trouble());
  else if (leased_.is_taking() && complained_.erase("writing") != 0) log::info("etcd takes what this node writes again");
}

void Cluster::pass_on(const std::string& vantage) {
  leased_.write(keys_.vantage(vantage), [this, vantage] {
    const auto report = callbacks_.told_report(vantage);
    if (!report) return std::string();
    const std::string text = sync::encode_vantage(*report);
    view_.passed_on(vantage, text, loop::now());
    return text;
  });
}

void Cluster::pass_on(const health::ObservationReport& report) {
  sync::RecentObservations& recent = passed_on_[report.region];
  recent.add(report, loop::now());
  leased_.write(keys_.observed(report.region, config_.node), [&recent] { return recent.value(loop::now()); });
}

void Cluster::put_drain(const sync::Drain& drain, std::function<void(Status)> done) {
  sync::Drains one;
  one.add(drain);
  // Judged by the drains that this node knows: where another node was quicker, they are others.
  const KeyValue wanted{.key = keys_.drain(drain.target()), .value = one.save()};
  sync::Transaction order;
  order.if_none_changed_since(keys_.drains(), mirror_.revision());
  order.put(wanted.key, wanted.value);
  writes_.call("/v3/kv/txn", order.request(), [this, wanted, done = std::move(done)](Result<nlohmann::json> answer) {
    const auto ordered = std::move(answer).and_then(sync::parse_transaction);
    if (!ordered) return done(tl::unexpected(ordered.error()));
    if (*ordered) return done({});
    // Perhaps it was done, and the answer of the first try was lost: a member without a leader keeps what it is asked.
    writes_.call("/v3/kv/range", sync::get_request(wanted.key), [wanted, done](Result<nlohmann::json> found) {
      const auto range = std::move(found).and_then(sync::parse_range);
      if (!range) return done(tl::unexpected(range.error()));
      const bool is_there = !range->keys.empty() && range->keys.front().value == wanted.value;
      done(is_there ? Status() : fail("another drain was ordered at this moment, on another node; look at status, and ask again"));
    });
  });
}

void Cluster::remove_drain(const sync::Drain& drain, std::function<void(Status)> done) {
  writes_.call("/v3/kv/deleterange", sync::delete_request(keys_.drain(drain.target())),
               [done = std::move(done)](Result<nlohmann::json> answer) { done(answer.map([](const nlohmann::json&) {})); });
}

void Cluster::drop_ended(const sync::Drain& drain) {
  const std::string key = keys_.drain(drain.target());
  sync::Transaction order;
  order.if_not_changed_since(key, mirror_.revision());
  order.remove(key);
  writes_.call("/v3/kv/txn", order.request(), [](Result<nlohmann::json>) {});  // who reads it later tries again
}

admin::ClusterStatus Cluster::status() const {
  admin::ClusterStatus out = view_.status(loop::now(), loop::unix_now());
  out.name = config_.cluster->name;
  out.writes_refused = out.reached && !leased_.trouble().empty();
  if (out.writes_refused) out.trouble = leased_.trouble();
  return out;
}

}  // namespace isochrone::cluster
