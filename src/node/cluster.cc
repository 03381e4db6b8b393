#include "node/cluster.h"

#include <algorithm>
#include <random>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "node/clock.h"
#include "sync/live_values.h"
#include "util/log.h"

namespace isochrone::node {

using sync::KeyValue;

namespace {

constexpr Duration kSilence = 7s;        // the own key did not come back so long: the watch is dead
constexpr Duration kPassedOnSilence = 8s;
constexpr Duration kAtOdds = 10s;        // nodes hear of a change one after the other; so long is no accident
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
      serving_(std::move(kept)),
      etcd_(loop, config.cluster->etcd),
      writes_(loop, config.cluster->etcd),
      leased_(loop, writes_, [this] { written(); }),
      mirror_(loop, etcd_, keys_.live(),
              {[this](const std::vector<KeyValue>& keys) { all(keys); }, [this](const sync::WatchEvent& event) { changed(event); },
               [this](const std::string& why) { lost(why); }}),
      fetcher_(loop, config, [this](const Revision& revision) { callbacks_.revision(revision); },
               [this](const sync::RevisionHead& head, const std::string& why) {
                 refused_ = head.number;
                 fault_ = complain("revision", fmt::format("revision {} cannot be fetched: {}", head.number, why));
               }),
      beat_(loop, [this] { beat(); }),
      run_(random_run()),
      own_seen_(now()),
      lost_at_(now()),
      trouble_("not reached yet") {
  leased_.keep(keys_.node(config_.node), [this] {
    sync::NodeKey key = callbacks_.account();
    key.run = run_;
    key.revision = serving_ ? serving_->head.number : 0;
    key.refused = refused_;
    key.fault = fault_;
    return sync::encode(key);
  });
  leased_.keep(keys_.vantage(config_.node), [this] {
    const auto report = callbacks_.own_report();
    return report ? sync::encode_vantage(*report) : std::string();
  });
  beat_.every(sync::kLeaseBeat);
}

// Said once for each thing until it is another or over.
std::string Cluster::complain(const std::string& about, std::string text) {
  std::string& said = complained_[about];
  if (said != text && !text.empty()) log::warning("cluster", {{"about", about}, {"fault", text}});
  said = text;
  return text;
}

void Cluster::lost(const std::string& why) {
  if (!lost_at_) lost_at_ = now();
  if (trouble_ != why) log::warning("etcd is away; serving on with what is known", {{"reason", why}});
  trouble_ = why;
}

void Cluster::all(const std::vector<KeyValue>& keys) {
  if (lost_at_) log::info("etcd is watched", {{"cluster", config_.cluster->name}, {"keys", std::to_string(keys.size())}});
  lost_at_.reset();
  trouble_.clear();
  own_seen_ = now();
  own_is_there_ = false;
  std::map<std::string, std::string> drains;
  for (const KeyValue& one : keys)
    if (one.key.starts_with(keys_.drains())) drains.emplace(one.key, one.value);
  drains_ = std::move(drains);
  for (const Drain& drain : std::exchange(owed_, {})) {
    Drains one;
    one.add(drain);
    drains_[keys_.drain(drain.target())] = one.save();
    put_drain(drain, [this, drain](const Status& written) {
      if (!written) owe(drain);
    });
  }
  tell_drains();
  const auto is_there = [&](const std::string& key) { return std::ranges::any_of(keys, [&](const KeyValue& one) { return one.key == key; }); };
  std::erase_if(nodes_, [&](const auto& node) { return !is_there(keys_.node(node.first)); });
  for (const KeyValue& one : keys) take(one.key, one.value);
  if (!is_there(keys_.node(config_.node))) leased_.renew();  // the lease has run out, or this is another etcd
}

void Cluster::changed(const sync::WatchEvent& event) {
  if (event.key.starts_with(keys_.drains())) {
    if (event.value) drains_[event.key] = *event.value;
    else drains_.erase(event.key);
    return tell_drains();
  }
  if (event.value) return take(event.key, *event.value);
  // A configuration that is gone, or a vantage whose lease ran out, is not a state: what is known ages by itself.
  if (event.key.starts_with(keys_.nodes())) nodes_.erase(event.key.substr(keys_.nodes().size()));
}

void Cluster::take(const std::string& key, const std::string& value) {
  if (key == keys_.config()) take_head(value);
  else if (key.starts_with(keys_.nodes())) take_node(key.substr(keys_.nodes().size()), value);
  else if (key.starts_with(keys_.vantages())) take_report(key.substr(keys_.vantages().size()), value);
  else if (key.starts_with(keys_.observed())) take_observed(key.substr(keys_.observed().size()), value);
}

void Cluster::take_head(const std::string& text) {
  const auto head = sync::decode_head(text);
  if (!head) {
    ++misunderstood_;
    fault_ = complain("configuration", head.error().text);
    return;
  }
  complained_.erase("configuration");
  const uint64_t have = serving_ ? serving_->head.number : 0;
  if (serving_ && head->number == have && head->manifest == serving_->head.manifest) return;
  if (head->number <= have) {
    // A backup put back, or another etcd: what was pushed since is not undone by that.
    refused_ = head->number;
    fault_ = complain("revision", fmt::format("etcd has revision {}, and this node serves revision {}: an older state of etcd? push again", head->number, have));
    return;
  }
  fetcher_.want(*head, serving_ ? serving_->folder : "");
}

void Cluster::adopted(const Revision& revision) {
  serving_ = revision;
  refused_ = 0;
  fault_.clear();
  complained_.erase("revision");
  leased_.write(keys_.node(config_.node));
}

void Cluster::refused(const Revision& revision, const std::string& fault) {
  refused_ = revision.head.number;
  fault_ = fault;
  leased_.write(keys_.node(config_.node));
}

void Cluster::take_node(const std::string& name, const std::string& text) {
  nodes_[name] = {text, now()};
  if (name != config_.node) return;
  const auto key = sync::decode_node_key(text);
  if (key && key->run == run_) {
    own_seen_ = now();
    own_is_there_ = true;
    if (std::exchange(named_twice_, false)) log::info("no other node has this node's name any more");
  } else if (key && own_is_there_) {  // else it is what this node left behind before a restart
    if (!std::exchange(named_twice_, true)) log::error("another node has this node's name", {{"node", name}});
  }
}

void Cluster::take_report(const std::string& name, const std::string& text) {
  if (name == config_.node) return;
  if (std::string& told = reports_[name]; told == text) return;
  else told = text;
  const auto report = sync::decode_vantage(text);
  const bool is_its_own = report && report->vantage == name;
  if (is_its_own) {
    complained_.erase("vantage " + name);
    return callbacks_.report(*report);
  }
  ++misunderstood_;
  complain("vantage " + name, report ? fmt::format("it calls itself {}", report->vantage) : report.error().text);
}

// Each report once, however many values it is in.
void Cluster::take_observed(const std::string& name, const std::string& value) {
  const auto reports = sync::decode_observed(value, name.substr(0, name.find('/')));
  if (!reports) {
    ++misunderstood_;
    complain("observed " + name, reports.error().text);
    return;
  }
  complained_.erase("observed " + name);
  for (const health::ObservationReport& report : *reports) callbacks_.observations(report);
}

void Cluster::tell_drains() {
  Drains drains;
  for (const auto& [key, value] : drains_) {
    const auto some = Drains::restore(value);
    if (!some) ++misunderstood_, complain(key, some.error().text);
    else for (const Drain& drain : some->list()) drains.add(drain);
  }
  callbacks_.drains(drains);
}

void Cluster::beat() {
  // What was refused cannot come back: that it does not is no silence of the watch.
  if (leased_.trouble().ends_with(kFull)) own_seen_ = now();
  // Two beats late, and the watch was quiet although what was written was taken.
  if (mirror_.is_current() && now() - own_seen_ > kSilence) {
    own_seen_ = now();
    mirror_.begin_again("the watch is silent");
  }
  drop_silent();
  if (!is_at_odds()) differs_since_.reset();
  else if (!differs_since_) differs_since_ = now();
}

// A worker's key lives as long as the node that passes it on. Without the worker it must not: who starts and reads it takes its ages
// for those of this moment.
void Cluster::drop_silent() {
  if (lost_at_) return;
  std::erase_if(passed_reports_, [&](const auto& passed) {
    const auto& [vantage, put] = passed;
    if (now() - put.at <= kPassedOnSilence) return false;
    if (reports_[vantage] == put.text)  // else another node hears it
      writes_.call("/v3/kv/deleterange", sync::delete_request(keys_.vantage(vantage)), [](Result<nlohmann::json>) {});
    return true;
  });
}

// Some node that serves what we serve would answer otherwise.
bool Cluster::is_at_odds() const {
  const auto own = nodes_.find(config_.node);
  const auto ours = own == nodes_.end() ? Result<sync::NodeKey>(fail("")) : sync::decode_node_key(own->second.text);
  return ours && std::ranges::any_of(nodes_, [&](const auto& node) {
    const auto key = sync::decode_node_key(node.second.text);
    return key && key->revision == ours->revision && key->answers != ours->answers;
  });
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
    reports_[vantage] = text;  // no news when it comes back
    passed_reports_[vantage] = {text, now()};
    return text;
  });
}

void Cluster::pass_on(const health::ObservationReport& report) {
  sync::RecentObservations& recent = passed_on_[report.region];
  recent.add(report, now());
  leased_.write(keys_.observed(report.region, config_.node), [&recent] { return recent.value(now()); });
}

void Cluster::put_drain(const Drain& drain, std::function<void(Status)> done) {
  Drains one;
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

void Cluster::remove_drain(const Drain& drain, std::function<void(Status)> done) {
  writes_.call("/v3/kv/deleterange", sync::delete_request(keys_.drain(drain.target())),
               [done = std::move(done)](Result<nlohmann::json> answer) { done(answer.map([](const nlohmann::json&) {})); });
}

admin::ClusterStatus Cluster::status() const {
  admin::ClusterStatus out;
  out.name = config_.cluster->name;
  out.reached = !lost_at_;
  if (lost_at_) out.away = now() - *lost_at_;
  const auto writing = complained_.find("writing");
  out.trouble = lost_at_ || writing == complained_.end() ? trouble_ : writing->second;
  if (serving_) {
    out.revision = serving_->head.number;
    out.who = serving_->head.who;
    out.why = serving_->head.why;
    out.pushed = std::chrono::seconds(std::max<int64_t>(0, unix_now() - serving_->head.at));
  }
  out.refused = refused_;
  out.fault = fault_;
  out.named_twice = named_twice_;
  out.diverges = differs_since_ && now() - *differs_since_ > kAtOdds;
  out.misunderstood = misunderstood_;
  for (const auto& [name, heard] : nodes_) {
    const auto key = sync::decode_node_key(heard.text);
    if (!key) continue;
    out.nodes.push_back({name, key->region, key->version, key->revision, key->refused, key->fault, key->answers, key->vantages, now() - heard.at});
  }
  return out;
}

}  // namespace isochrone::node
