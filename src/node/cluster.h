#pragma once
// This node's part in a cluster: what etcd says reaches the node, and what the node knows reaches etcd. Control thread;
// nothing here is waited for, and with etcd gone everything goes on as it was.
//
//   etcd live/ ─► EtcdMirror ─► ClusterView ─┬─ config ──► RevisionFetcher ─► callbacks.revision ─► adopted() or refused()
//                                            ├─ vantage/ ─► callbacks.report
//                                            ├─ drain/ ───► callbacks.drains
//                                            └─ node/ ────► status(): who else is there
//   node key every two seconds, own vantage's report as often and when a verdict changes ─► etcd, under one lease
//
// What is decided is decided by the view; here it is carried out.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/cluster_status.h"
#include "health/report.h"
#include "node/cluster_view.h"
#include "node/drains.h"
#include "node/loop.h"
#include "node/revision_fetcher.h"
#include "node/revisions.h"
#include "sync/etcd.h"
#include "sync/etcd_mirror.h"
#include "sync/keys.h"
#include "sync/node_key.h"

namespace isochrone::node {

struct ClusterCallbacks {
  std::function<void(const Revision&)> revision;                  // it is on the disk: load it
  std::function<void(const health::VantageReport&)> report;       // of another vantage
  std::function<void(const Drains&)> drains;                      // all that there are
  std::function<sync::NodeKey()> account;                         // revision and refusals are filled in here
  std::function<std::optional<health::VantageReport>()> own_report;  // nullopt: this node measures nothing
};

class Cluster {
 public:
  Cluster(uv_loop_t* loop, const config::NodeConfig& config, std::optional<Revision> kept, ClusterCallbacks callbacks);
  Cluster(const Cluster&) = delete;

  // What became of a revision handed out.
  void adopted(const Revision& revision);
  void refused(const Revision& revision, const std::string& fault);
  // A verdict of the own vantage has changed.
  void verdicts_moved() { own_report_.due = true, send(own_report_); }
  // What a worker told this node over HTTPS, for the others.
  void pass_on(const health::VantageReport& report);
  // `done` is called from the loop with the outcome; nothing changes here before it comes back through etcd.
  void put_drain(const Drain& drain, std::function<void(Status)> done);
  // One that acts here already, for the others once etcd is back.
  void owe(const Drain& drain) { view_.owe(drain); }
  void remove_drain(const Drain& drain, std::function<void(Status)> done);

  admin::ClusterStatus status() const;
  const std::optional<Revision>& serving() const { return view_.serving(); }

 private:
  // A key that this node writes: one put at a time, and another if something happened meanwhile.
  struct Own {
    std::string key;
    std::function<std::string()> value;      // empty: nothing to say
    bool due = false, busy = false;
  };

  void all(const std::vector<sync::KeyValue>& keys);
  void lost(const std::string& why);
  void act(const ClusterTodo& todo);
  void beat();
  void grant();
  void send(Own& own);
  void complain(const std::string& about, const std::string& text);

  const config::NodeConfig& config_;
  ClusterCallbacks callbacks_;
  sync::Keys keys_;
  ClusterView view_;

  sync::Etcd etcd_, writes_;                 // a stream and calls of its own; what is written does not wait for it
  sync::EtcdMirror mirror_;
  RevisionFetcher fetcher_;
  Timer beat_;
  Own own_node_, own_report_;
  int64_t lease_ = 0;
  bool granting_ = false;
  std::map<std::string, std::string> complained_;
};

}  // namespace isochrone::node
