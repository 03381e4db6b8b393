#pragma once
// etcd, as far as a node meets it: keys with revisions and leases, a log that watches follow until it is compacted, a quota,
// backups. What it costs to get there and back is its caller's.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/scheduler.h"
#include "sync/etcd_json.h"

namespace isochrone::sim {

class Etcd {
 public:
  struct Logged {
    int64_t revision;
    sync::WatchEvent event;
  };
  struct All {
    std::vector<sync::KeyValue> keys;
    int64_t revision;
  };

  explicit Etcd(Scheduler& scheduler);

  // What comes back: false, 0, nullopt where it is refused. Nobody calls while it is away.
  int64_t grant();
  bool keep_alive(int64_t lease);
  bool put(const std::string& key, const std::string& value, int64_t lease = 0);
  bool put_if_none_changed_since(const std::string& prefix, int64_t revision, const std::string& key, const std::string& value);
  void remove(const std::string& key);
  void remove_if_none_changed_since(const std::string& prefix, int64_t revision, const std::string& key);
  All read(const std::string& prefix) const;
  const std::string* find(const std::string& key) const;

  // Who watches is told of every change, in order; lost: the watch has ended, and whoever watched reads everything again.
  std::function<void(const Logged&)> on_change;
  std::function<void()> on_lost;
  // Changes after a revision; nullopt: compacted away.
  std::optional<std::vector<Logged>> since(int64_t revision) const;

  bool is_up() const { return up_; }
  bool is_full() const { return full_; }
  Time changed() const { return changed_; }    // when it was last another one: away, back, full, an older state
  void go_away();
  void come_back();
  void set_full(bool full);
  void compact() { log_.clear(), compacted_ = store_.revision; }
  void back_up() { backup_ = store_; }
  // Comes back with what was backed up last: keys, leases and revisions of then.
  void put_back();

 private:
  bool is_changed_since(const std::string& prefix, int64_t revision) const;
  struct Value {
    std::string text;
    int64_t modified = 0, lease = 0;
  };
  struct Store {
    std::map<std::string, Value> keys;
    std::map<int64_t, Time> leases;            // when they run out
    int64_t revision = 1;
  };

  void change(const std::string& key, std::optional<std::string> value);
  void expire();

  Scheduler& scheduler_;
  Store store_, backup_;
  std::deque<Logged> log_;
  int64_t compacted_ = 0, next_lease_ = 100;
  bool up_ = true, full_ = false;
  Time changed_;
};

}  // namespace isochrone::sim
