#pragma once
// This node's part in a cluster: what etcd says reaches the node, and what the node knows reaches etcd. Control thread;
// nothing here is waited for, and with etcd gone everything goes on as it was.
//
//   etcd live/ ─► EtcdMirror ─► View ─┬─ config ──► RevisionFetcher ─► callbacks.revision ─► adopted() or refused()
//                                     ├─ vantage/ ─► callbacks.report
//                                     ├─ observed/ ─► callbacks.observations
//                                     ├─ drain/ ───► callbacks.drains
//                                     └─ node/ ────► status(): who else is there
//   node key every two seconds, own vantage's report as often and when a verdict changes ─► etcd, under one lease
//
// What is decided is decided by the view; here it is carried out.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "admin/cluster_status.h"
#include "cluster/revision_fetcher.h"
#include "cluster/revisions.h"
#include "cluster/view.h"
#include "health/report.h"
#include "loop/timer.h"
#include "sync/drains.h"
#include "sync/etcd.h"
#include "sync/etcd_mirror.h"
#include "sync/keys.h"
#include "sync/leased_keys.h"
#include "sync/node_key.h"
#include "sync/recent_observations.h"

namespace isochrone::cluster {

struct Callbacks {
  std::function<void(const Revision&)> revision;                  // it is on the disk: load it
  std::function<void(const health::VantageReport&, Duration age)> report;  // of another vantage; age: at most
  std::function<void(const health::ObservationReport&)> observations;  // what may have come before, too
  std::function<void(const sync::Drains&)> drains;                      // all that there are
  std::function<sync::NodeKey()> account;                         // revision and refusals are filled in here
  std::function<std::optional<health::VantageReport>()> own_report;  // nullopt: this node measures nothing
  // All that is known of what another vantage has told; nullopt: nothing.
  std::function<std::optional<health::VantageReport>(const std::string& vantage)> told_report;
};

class Cluster {
 public:
  Cluster(uv_loop_t* loop, const config::NodeConfig& config, std::optional<Revision> kept, Callbacks callbacks);
  Cluster(const Cluster&) = delete;

  // What became of a revision handed out.
  void adopted(const Revision& revision);
  void refused(const Revision& revision, const std::string& fault);
  // A verdict of the own vantage has changed.
  void verdicts_moved() { leased_.write(keys_.vantage(config_.node)); }
  // A worker has told this node something over HTTPS; its vantage's last report as this node knows it, for the others.
  void pass_on(const std::string& vantage);
  // What a gateway's observer told this node over HTTPS.
  void pass_on(const health::ObservationReport& report);
  // `done` is called from the loop with the outcome; nothing changes here before it comes back through etcd.
  void put_drain(const sync::Drain& drain, std::function<void(Status)> done);
  // One that acts here already, for the others once etcd is back.
  void owe(const sync::Drain& drain) { view_.owe(drain); }
  void remove_drain(const sync::Drain& drain, std::function<void(Status)> done);
  // One that is over, from among those handed out last; not one that was ordered anew since.
  void drop_ended(const sync::Drain& drain);

  admin::ClusterStatus status() const;
  const std::optional<Revision>& serving() const { return view_.serving(); }

 private:
  void all(const std::vector<sync::KeyValue>& keys);
  void lost(const std::string& why);
  void act(const Todo& todo);
  void beat();
  void written();
  void complain(const std::string& about, const std::string& text);

  const config::NodeConfig& config_;
  Callbacks callbacks_;
  sync::Keys keys_;
  View view_;

  sync::Etcd etcd_, writes_;                 // a stream and calls of its own; what is written does not wait for it
  sync::LeasedKeys leased_;
  sync::EtcdMirror mirror_;
  RevisionFetcher fetcher_;
  loop::Timer beat_;
  std::map<std::string, sync::RecentObservations> passed_on_;  // by region
  std::map<std::string, std::string> complained_;
};

}  // namespace isochrone::cluster
