#pragma once
// A node: the product's own view of the cluster, health, drains, pools and digest; files, probes, threads and etcd are
// simulated. Between them stands what node/cluster.cc, node/joining.cc and node/publisher.cc do.

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/view.h"
#include "health/health.h"
#include "sim/ground.h"
#include "sim/link.h"
#include "sim/probing.h"
#include "steer/steer.h"
#include "sync/drains.h"

namespace isochrone::sim {

inline const sync::Keys kKeys("prod");

// Which configuration a revision brings, and which node cannot load it, is told by the digits of its manifest's digest: the
// content, then N of the node "nsN" or 0.
std::string manifest_of(unsigned content, const std::string& refused_by, uint64_t unique);

class Node {
 public:
  Node(Scheduler& scheduler, Ground& ground, Etcd& etcd, std::string name);

  const std::string& name() const { return name_; }
  std::optional<size_t> vantage() const { return vantage_; }   // its own, by number in Ground; absent: it does not measure
  bool is_running() const { return run_ != nullptr; }
  void start();
  void stop();
  Link& link() { return link_; }
  const Link& link() const { return link_; }

  // Operators. `done` is told whether it was ordered; here: on this node at once, where etcd is not watched.
  enum class Ordered { Done, Here, No };
  void drain(const std::string& region, std::optional<int64_t> until, std::function<void(Ordered)> done);
  void undrain(const std::string& region, std::function<void(Ordered)> done);

  // While it runs.
  const config::World& world() const { return *run_->world; }
  const steer::Pool& pool(size_t number) const { return *run_->steering.pools[number]; }
  bool is_drained(const std::string& region) const { return run_->drains.find("", region) != nullptr; }
  uint64_t revision() const { return run_->view.serving() ? run_->view.serving()->head.number : 0; }
  admin::ClusterStatus status() const { return run_->view.status(scheduler_.now(), scheduler_.unix_now()); }
  // Whether the target of that number is in its configuration.
  bool probes(size_t target) const { return run_->probes[target]; }
  std::string digest() const;
  // For a person: what each vantage says of each target, a letter each; small where it is old.
  std::string sightings() const;
  std::string drains() const;
  // When it was started or took another configuration.
  Time changed() const { return changed_; }
  // Times that pools were put together otherwise; of all its runs.
  uint64_t verdict_changes() const { return verdict_changes_; }
  bool was_named_twice() const { return named_twice_; }

 private:
  // What survives a process.
  struct Disk {
    std::optional<cluster::Revision> kept;
    health::SavedState health;
    Time health_at;
    std::string drains = "[]";
  };
  struct Own {
    std::string key;
    bool due = false, busy = false;
  };
  struct Run {
    Run(uint64_t name, const std::string& node, std::optional<cluster::Revision> kept, Time now)
        : name(name), view(kKeys, node, name, std::move(kept), now), health({name}) {}
    uint64_t name;
    cluster::View view;
    health::Health health;
    sync::Drains drains;
    std::shared_ptr<const config::World> world;
    std::vector<bool> probes;
    steer::Steering steering;
    std::optional<Probing> probing;
    uint64_t ticks = 0;
    bool save_is_due = false, fetching = false, loading = false, granting = false;
    std::optional<sync::RevisionHead> wanted;
    std::optional<cluster::Revision> next;            // brought while another one is being loaded
    int64_t lease = 0;
    Own account, report;
  };

  // Calls `what` later, if this very process still runs.
  void later(Duration delay, std::function<void()> what);
  void act(const cluster::Todo& todo);
  void beat();
  void grant();
  void send(Own& own);
  std::string value_of(const Own& own);
  void fetch();
  void try_revision(const cluster::Revision& revision);
  void loaded(const cluster::Revision& revision);
  void use(unsigned content);
  void health_moved();
  void save_health();
  void housekeep();
  void take_drains(const sync::Drains& all);
  void drains_changed();
  void put_drain(const sync::Drain& drain, std::function<void(bool)> done);
  void remove_drain(const sync::Drain& drain, std::function<void(bool)> done);
  void drop_ended(const sync::Drain& drain);
  void make_pool(size_t number);

  Scheduler& scheduler_;
  Ground& ground_;
  const std::string name_;
  std::optional<size_t> vantage_;
  Link link_;
  Disk disk_;
  std::shared_ptr<Run> run_;
  Time changed_;
  uint64_t verdict_changes_ = 0;
  bool named_twice_ = false;
};

}  // namespace isochrone::sim
