#pragma once
// What etcd's keys mean to this node: a state machine without etcd, loop or clock. Events go in, each with the time at which
// it came; what is to be done comes out as a value.
//
//   all, changed, lost ──┐           ┌─► fetch: a newer revision ─► adopted() or refused()
//   beat ────────────────┼─► View ──┼─► reports, drains: for the node
//   what became of fetch ┘           └─► begin_again, lease_is_gone: for who speaks with etcd
//
// The node's own key, coming back through the watch, proves that the watch is alive: a member that lost its leader keeps
// it open and says nothing.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "admin/cluster_status.h"
#include "cluster/revisions.h"
#include "health/observation.h"
#include "health/report.h"
#include "sync/drains.h"
#include "sync/etcd_json.h"
#include "sync/keys.h"
#include "sync/node_key.h"
#include "util/duration.h"

namespace isochrone::cluster {

inline constexpr Duration kBeat = 2s;             // beat() is called so often
inline constexpr Duration kWatchSilence = 7s;     // the own key did not come back so long: the watch is dead
inline constexpr Duration kPassedOnSilence = 8s;  // what a worker said last leaves etcd when it was not heard for so long
inline constexpr Duration kUnheard = 1h;          // age of a report whose vantage was not heard before: nobody knows it
inline constexpr Duration kAtOdds = 10s;          // nodes hear of a change one after the other; so long is no accident

// `age`: how long ago it may have been made, at most.
struct AgedReport {
  health::VantageReport report;
  Duration age{};
};

struct Todo {
  std::optional<sync::RevisionHead> fetch;        // bring this one to the disk, until it is there; whatever was to be fetched before is not wanted
  bool fetch_nothing = false;                     // what was to be fetched is not in force any more
  std::vector<AgedReport> reports;                // of other vantages
  std::vector<health::ObservationReport> observations;  // of gateways; what may have come before, too
  std::vector<std::string> remove_vantages;       // whose keys this node put and that are silent: away with the keys
  std::optional<sync::Drains> drains;                   // all that there are
  std::vector<sync::Drain> put_drains;                  // write these; owe() those that were not taken
  std::vector<std::pair<std::string, std::string>> complaints;  // about what, and what is wrong; empty: it is over
  std::optional<bool> named_twice;                // it has just become so: another node has this one's name; or no more
  bool begin_again = false;                       // the watch is silent: end it and read everything
  bool lease_is_gone = false;                     // the own key is not there, or of an older state: write all under a new lease
};

// Older: etcd is in an earlier state than it was, by a backup that was put back.
enum class KeysAre : uint8_t { Latest, Older };

class View {
 public:
  // `run` names this start of the node, by chance. `kept`: what the disk had. Not watched, until the first all().
  View(sync::Keys keys, std::string node, uint64_t run, std::optional<Revision> kept, Time now);

  // Every key that there is.
  Todo all(const std::vector<sync::KeyValue>& keys, Time now, KeysAre state = KeysAre::Latest);
  Todo changed(const sync::WatchEvent& event, Time now);
  // Not watched any more; for each try that fails. True: for another reason than before.
  bool lost(const std::string& why, Time now);
  Todo beat(Time now);

  // What became of a revision. A fetch that failed is tried again by who fetches.
  Todo fetch_failed(const sync::RevisionHead& head, const std::string& why);
  void adopted(const Revision& revision);
  void refused(const Revision& revision, const std::string& fault);

  // The own key was refused: that it does not come back is no silence of the watch.
  void write_refused(Time now) { own_seen_ = now; }
  // This vantage's report was put here, right after it was told: it is no news when it comes back.
  void passed_on(const std::string& vantage, const std::string& text, Time now);
  // A drain that acts here already, for the others once etcd is watched.
  void owe(const sync::Drain& drain);

  bool is_watched() const { return !lost_at_; }
  const std::optional<Revision>& serving() const { return serving_; }
  // This node's account of itself, but for what the cluster has no part in.
  void fill(sync::NodeKey& account) const;
  // All but the cluster's name.
  admin::ClusterStatus status(Time now, int64_t unix_now) const;

 private:
  struct Heard {
    sync::NodeKey key;
    Time at;
  };
  struct Told {
    std::string text;
    Time at;
  };

  // Found: it was read, and not seen to change.
  enum class Came : uint8_t { Changed, Found };
  void take(const std::string& key, const std::string& value, Came came, Time now, Todo& todo);
  void take_head(const std::string& text, Todo& todo);
  void take_node(const std::string& name, const std::string& text, Time now, Todo& todo);
  void take_report(const std::string& name, const std::string& text, Came came, Time now, Todo& todo);
  void take_observed(const std::string& name, const std::string& value, Todo& todo);
  void drop_silent(Time now, Todo& todo);
  void put_owed(Todo& todo);
  bool is_covered(const sync::Drain& drain) const;
  void tell_drains(Todo& todo);
  bool is_at_odds() const;

  const sync::Keys keys_;
  const std::string node_;
  const uint64_t run_;
  std::optional<Revision> serving_;
  std::optional<sync::RevisionHead> in_work_;   // handed out to be fetched and loaded, and nobody has told yet what became of it
  std::optional<sync::RevisionHead> unloadable_;  // it was loaded and refused: not tried again by this run
  uint64_t refused_ = 0;
  std::string fault_;                           // of the refused one

  std::optional<Time> lost_at_;                 // etcd cannot be watched since then
  std::string trouble_ = "not reached yet";
  bool own_is_there_ = false;                   // this run's own key has been seen since all()
  Time own_seen_;                               // when the own key last came back
  std::map<std::string, Heard> nodes_;          // by name
  std::map<std::string, Told> reports_;         // as told last, by vantage: one read again after a break is no news
  std::map<std::string, Told> passed_on_;       // by vantage: what this node put for it last
  std::map<std::string, std::string> drains_;   // by key
  std::vector<sync::Drain> owed_;                     // each with `here`
  std::optional<Time> differs_since_;           // nodes of our revision would answer otherwise
  bool named_twice_ = false;
  uint64_t misunderstood_ = 0;                  // keys that were no good
};

}  // namespace isochrone::cluster
