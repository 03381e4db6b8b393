// The node's side of a cluster: which revision it serves, and what it hands on and takes.

#include <algorithm>

#include "cluster/answers_digest.h"
#include "loop/clock.h"
#include "node/node.h"
#include "sync/etcd_session.h"
#include "util/log.h"

namespace isochrone::node {

// What was good last, at once; else what etcd has now.
Status Node::find_revision() {
  auto kept = cluster::read_kept_revision(config_);
  if (!kept) {
    sync::EtcdSession etcd(config_.cluster->etcd);
    sync::RevisionStore store(etcd, sync::Keys(config_.cluster->name));
    const auto head = store.head();
    if (!head) return fail("nothing to serve: " + head.error().text + "; and of the last good revision: " + kept.error().text);
    if (!*head) return fail("nothing to serve: nothing was pushed to cluster '" + config_.cluster->name + "' yet; isochrone push does it");
    kept = cluster::fetch_revision(store, (*head)->head, config_, "");
    if (!kept) return fail("nothing to serve: " + kept.error().text);
  } else {
    log::info("starting with the revision that was good last", {{"revision", std::to_string(kept->head.number)}});
  }
  use_revision(*kept);
  first_revision_ = std::move(*kept);
  return {};
}

void Node::use_revision(const cluster::Revision& revision) {
  config_ = cluster::config_for(config_, revision);
  if (const auto serials = sync::Serials::restore(revision.manifest.serials)) serials_ = *serials;
}

void Node::join_cluster() {
  try_next_.emplace(&loop_, [this] {
    if (next_revision_) try_revision(cluster::Revision(*next_revision_));
  });
  const auto own_report = [this]() -> std::optional<health::VantageReport> {
    if (!measures()) return std::nullopt;
    return health_.make_report(true, loop::now());
  };
  const auto told_report = [this](const std::string& vantage) {
    auto report = health_.told_report(vantage, loop::now());
    if (report) receipts_.attach_told(*report, loop::now());
    return report;
  };
  cluster_.emplace(&loop_, config_, std::move(first_revision_),
                   cluster::Callbacks{
                       .revision = [this](const cluster::Revision& revision) { try_revision(revision); },
                       .report =
                           [this](const health::VantageReport& report, Duration age) { if (!health_.knows(report)) (void)take_report(report, age); },
                       .observations =
                           [this](const health::ObservationReport& report) { if (!observers_.knows(report)) (void)take_observations(report); },
                       .drains = [this](const sync::Drains& all) { take_drains(all); },
                       .account = [this] { return account(); },
                       .own_report = own_report,
                       .told_report = told_report,
                   });
  for (const sync::Drain& drain : drains_.list())
    if (drain.here) cluster_->owe(drain);  // ordered before a restart, with etcd away
}

// A revision that this node cannot load changes nothing here, and is told to the others. A load under way ends with the
// configuration and serials that it began with, so what comes meanwhile waits for its end.
void Node::try_revision(const cluster::Revision& revision) {
  if (reloader_->busy()) {
    next_revision_ = revision;
    return;
  }
  next_revision_.reset();
  const config::NodeConfig config_before = config_;
  const sync::Serials serials_before = serials_;
  use_revision(revision);
  reloader_->start([this, revision, config_before, serials_before](const Load& load) {
    if (load.world && config_status_.last_reload_ok) {
      log::info("revision adopted", {{"revision", std::to_string(revision.head.number)}, {"by", revision.head.who}, {"why", revision.head.why}});
      cluster_->adopted(revision);
      keep_served_revision();
      return;
    }
    config_ = config_before;
    serials_ = serials_before;
    cluster_->refused(revision, config_status_.error);
  });
}

void Node::keep_served_revision() {
  const auto& serving = cluster_ ? cluster_->serving() : first_revision_;
  if (serving) keeper_->note("revision", cluster::keep_revision(config_, *serving));
}

// In a cluster vantages are those that are listed: another node would not know what an unlisted one sees.
bool Node::measures() const { return !config_.cluster || publisher_->world().own_vantage_listed; }

sync::NodeKey Node::account() const {
  sync::NodeKey key;
  key.node = config_.node;
  key.region = config_.region;
  key.version = ISOCHRONE_VERSION;
  key.answers = cluster::answers_digest(publisher_->snapshot().steering, publisher_->world());
  for (steer::VantageId id = 0; id < publisher_->world().vantages.size(); ++id)
    if (const health::VantageView vantage = health_.vantage(id, loop::now()); vantage.heard && !vantage.stale) key.vantages.push_back(vantage.name);
  std::ranges::sort(key.vantages);
  key.loaded_at = loop::unix_now() - std::chrono::duration_cast<std::chrono::seconds>(loop::now() - loaded_at_).count();
  return key;
}

}  // namespace isochrone::node
