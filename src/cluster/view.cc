#include "cluster/view.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "sync/live_values.h"

namespace isochrone::cluster {

using sync::KeyValue;

View::View(sync::Keys keys, std::string node, uint64_t run, std::optional<Revision> kept, Time now)
    : keys_(std::move(keys)), node_(std::move(node)), run_(run), serving_(std::move(kept)), lost_at_(now), own_seen_(now) {}

bool View::lost(const std::string& why, Time now) {
  if (!lost_at_) lost_at_ = now;
  return std::exchange(trouble_, why) != why;
}

Todo View::all(const std::vector<KeyValue>& keys, Time now, KeysAre state) {
  Todo todo;
  lost_at_.reset();
  trouble_.clear();
  own_seen_ = now;
  own_is_there_ = false;
  drains_.clear();
  for (const KeyValue& one : keys)
    if (one.key.starts_with(keys_.drains())) drains_.emplace(one.key, one.value);
  put_owed(todo);
  tell_drains(todo);
  const auto is_there = [&](const std::string& key) { return std::ranges::any_of(keys, [&](const KeyValue& one) { return one.key == key; }); };
  std::erase_if(nodes_, [&](const auto& node) { return !is_there(keys_.node(node.first)); });
  for (const KeyValue& one : keys) take(one.key, one.value, Came::Found, now, todo);
  // Reports of then would end the runs of now, whose reports would be replays from there on.
  if (state == KeysAre::Older) todo.reports.clear();
  // It has run out, or this is another etcd; and what an older state of etcd has of this node is not true.
  todo.lease_is_gone = state == KeysAre::Older || !is_there(keys_.node(node_));
  return todo;
}

Todo View::changed(const sync::WatchEvent& event, Time now) {
  Todo todo;
  if (event.key.starts_with(keys_.drains())) {
    if (event.value) drains_[event.key] = *event.value;
    else drains_.erase(event.key);
    tell_drains(todo);
  } else if (event.value) {
    take(event.key, *event.value, Came::Changed, now, todo);
  } else if (event.key.starts_with(keys_.nodes())) {
    nodes_.erase(event.key.substr(keys_.nodes().size()));
  }
  // A configuration that is gone, or a vantage whose lease ran out, is not a state: what is known ages by itself.
  return todo;
}

void View::take(const std::string& key, const std::string& value, Came came, Time now, Todo& todo) {
  if (key == keys_.config()) take_head(value, todo);
  else if (key.starts_with(keys_.nodes())) take_node(key.substr(keys_.nodes().size()), value, now, todo);
  else if (key.starts_with(keys_.vantages())) take_report(key.substr(keys_.vantages().size()), value, came, now, todo);
  else if (key.starts_with(keys_.observed())) take_observed(key.substr(keys_.observed().size()), value, todo);
}

void View::take_head(const std::string& text, Todo& todo) {
  const auto head = sync::decode_head(text);
  todo.complaints.emplace_back("configuration", head ? "" : head.error().text);
  if (!head) {
    ++misunderstood_;
    fault_ = head.error().text;
    return;
  }
  const uint64_t have = serving_ ? serving_->head.number : 0;
  if (head->number > have) {
    // Read once more after a break of the watch: its files are not to be written again while they are loaded.
    if (in_work_ == *head || unloadable_ == *head) return;
    todo.fetch = in_work_ = *head;
    return;
  }
  todo.fetch_nothing = true;
  in_work_.reset();
  if (serving_ && head->number == have && head->manifest == serving_->head.manifest) {
    refused_ = 0;
    fault_.clear();
    todo.complaints.emplace_back("revision", "");
    return;
  }
  // A backup put back, or another etcd: what was pushed since is not undone by that.
  refused_ = head->number;
  fault_ = fmt::format("etcd has revision {}, and this node serves revision {}: an older state of etcd? push again", head->number, have);
  todo.complaints.emplace_back("revision", fault_);
}

Todo View::fetch_failed(const sync::RevisionHead& head, const std::string& why) {
  refused_ = head.number;
  fault_ = fmt::format("revision {} cannot be fetched: {}", head.number, why);
  Todo todo;
  todo.complaints.emplace_back("revision", fault_);
  return todo;
}

void View::adopted(const Revision& revision) {
  serving_ = revision;
  if (in_work_ == revision.head) in_work_.reset();
  unloadable_.reset();
  refused_ = 0;
  fault_.clear();
}

void View::refused(const Revision& revision, const std::string& fault) {
  if (in_work_ == revision.head) in_work_.reset();
  unloadable_ = revision.head;
  refused_ = revision.head.number;
  fault_ = fault;
}

void View::take_node(const std::string& name, const std::string& text, Time now, Todo& todo) {
  const auto key = sync::decode_node_key(text);
  if (!key) {
    nodes_.erase(name);
    return;
  }
  nodes_[name] = {*key, now};
  if (name != node_) return;
  bool is_twice = named_twice_;
  if (key->run == run_) {
    own_seen_ = now;
    own_is_there_ = true;
    is_twice = false;
  } else if (own_is_there_) {  // else it is what this node left behind before a restart
    is_twice = true;
  }
  if (std::exchange(named_twice_, is_twice) != is_twice) todo.named_twice = is_twice;
}

// etcd keeps a report longer than it is true: for the time of its lease, which begins anew when etcd's members choose another
// leader. One that is found was made since its vantage was last heard, and perhaps long ago.
void View::take_report(const std::string& name, const std::string& text, Came came, Time now, Todo& todo) {
  if (name == node_) return;
  const auto known = reports_.find(name);
  if (known != reports_.end() && known->second.text == text) return;
  const Duration age = came == Came::Changed ? Duration::zero() : known == reports_.end() ? kUnheard : now - known->second.at;
  reports_[name] = {text, now - age};
  auto report = sync::decode_vantage(text);
  std::string fault;
  if (!report) fault = report.error().text;
  else if (report->vantage != name) fault = fmt::format("it calls itself {}", report->vantage);
  todo.complaints.emplace_back("vantage " + name, fault);
  if (fault.empty()) todo.reports.push_back({std::move(*report), age});
  else ++misunderstood_;
}

// Each report once, however many values it is in.
void View::take_observed(const std::string& name, const std::string& value, Todo& todo) {
  auto reports = sync::decode_observed(value, name.substr(0, name.find('/')));
  todo.complaints.emplace_back("observed " + name, reports ? "" : reports.error().text);
  if (!reports) ++misunderstood_;
  else std::ranges::move(*reports, std::back_inserter(todo.observations));
}

void View::passed_on(const std::string& vantage, const std::string& text, Time now) {
  reports_[vantage] = {text, now};
  passed_on_[vantage] = {text, now};
}

// A worker's key has no lease of its own, but that of the node which passes it on. When the worker falls silent the key is removed, or a
// node that starts later would take the old report for a new one.
void View::drop_silent(Time now, Todo& todo) {
  std::erase_if(passed_on_, [&](const auto& passed) {
    const auto& [vantage, put] = passed;
    if (now - put.at <= kPassedOnSilence) return false;
    if (reports_[vantage].text == put.text) todo.remove_vantages.push_back(vantage);  // else another node hears it
    return true;
  });
}

void View::owe(const sync::Drain& drain) {
  owed_.push_back(drain);
  owed_.back().here = true;
}

// The cluster has one of the same target that lasts as long.
bool View::is_covered(const sync::Drain& drain) const {
  const auto there = drains_.find(keys_.drain(drain.target()));
  const Result<sync::Drains> some = there == drains_.end() ? sync::Drains() : sync::Drains::restore(there->second);
  return some && std::ranges::any_of(some->list(), [&](const sync::Drain& d) { return !d.here && (!d.until || (drain.until && *d.until >= *drain.until)); });
}

void View::put_owed(Todo& todo) {
  std::erase_if(owed_, [&](const sync::Drain& drain) { return is_covered(drain); });
  todo.put_drains = std::exchange(owed_, {});
  for (sync::Drain& drain : todo.put_drains) {
    sync::Drains one;
    one.add(drain);
    drains_[keys_.drain(drain.target())] = one.save();  // it acts here meanwhile
    drain.here = false;
  }
}

void View::tell_drains(Todo& todo) {
  sync::Drains drains;
  for (const auto& [key, value] : drains_) {
    const auto some = sync::Drains::restore(value);
    if (!some) ++misunderstood_, todo.complaints.emplace_back(key, some.error().text);
    else for (const sync::Drain& drain : some->list()) drains.add(drain);
  }
  todo.drains = std::move(drains);
}

Todo View::beat(Time now) {
  Todo todo;
  // Two beats late, and the watch was quiet although what was written was taken.
  if (is_watched() && now - own_seen_ > kWatchSilence) {
    own_seen_ = now;
    todo.begin_again = true;
  }
  if (is_watched()) {
    put_owed(todo);  // another node's order may have come between
    drop_silent(now, todo);
  }
  if (!is_at_odds()) differs_since_.reset();
  else if (!differs_since_) differs_since_ = now;
  return todo;
}

// Some node that serves what we serve would answer otherwise.
bool View::is_at_odds() const {
  const auto own = nodes_.find(node_);
  return own != nodes_.end() && std::ranges::any_of(nodes_, [&](const auto& node) {
    return node.second.key.revision == own->second.key.revision && node.second.key.answers != own->second.key.answers;
  });
}

void View::fill(sync::NodeKey& account) const {
  account.run = run_;
  if (serving_) {
    account.revision = serving_->head.number;
    account.manifest = serving_->head.manifest;
  }
  account.refused = refused_;
  account.fault = fault_;
}

admin::ClusterStatus View::status(Time now, int64_t unix_now) const {
  admin::ClusterStatus out;
  out.reached = is_watched();
  if (lost_at_) out.away = now - *lost_at_;
  out.trouble = trouble_;
  if (serving_) {
    out.revision = serving_->head.number;
    out.who = serving_->head.who;
    out.why = serving_->head.why;
    out.pushed = std::chrono::seconds(std::max<int64_t>(0, unix_now - serving_->head.at));
  }
  out.refused = refused_;
  out.fault = fault_;
  out.named_twice = named_twice_;
  out.diverges = differs_since_ && now - *differs_since_ > kAtOdds;
  out.misunderstood = misunderstood_;
  for (const auto& [name, heard] : nodes_) {
    const sync::NodeKey& key = heard.key;
    out.nodes.push_back({name, key.region, key.version, key.revision, key.refused, key.fault, key.answers, key.vantages, now - heard.at});
  }
  return out;
}

}  // namespace isochrone::cluster
