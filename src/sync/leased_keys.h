#pragma once
// The keys that a process writes into etcd for as long as it lives: under one lease, kept alive every two seconds and granted
// anew where it is lost. Loop's thread; nothing is waited for.
//
//   every two seconds ─► keepalive ─► a put of every key that keep() named, or that is due
//   write() ─► a put at once; where one of that key is under way, another right after it
//
// A key is a last state: what could not be put is not kept, and the next put says how things are then.

#include <uv.h>

#include <functional>
#include <list>
#include <map>
#include <string>

#include "loop/timer.h"
#include "sync/etcd.h"
#include "util/duration.h"

namespace isochrone::sync {

inline constexpr Duration kLeaseBeat = 2s;

class LeasedKeys {
 public:
  // What a key says now; empty: nothing, and nothing is put.
  using Value = std::function<std::string()>;

  // Begins with the loop's next turn. `etcd` is there for as long as the loop turns. `moved` is called when trouble() or
  // is_taking() has become another.
  LeasedKeys(uv_loop_t* loop, Etcd& etcd, std::function<void()> moved, Duration beat = kLeaseBeat);
  LeasedKeys(const LeasedKeys&) = delete;

  // Written every two seconds, and when write() says so.
  void keep(const std::string& key, Value value);
  void write(const std::string& key);
  // A key that is written now, and no more where that was done. `taken` is called then.
  void write(const std::string& key, Value value, std::function<void()> taken = {});
  // Who watches sees that the lease has run out, or that this is another etcd.
  void renew();

  // Why the lease, or the last put of some key, was in vain; empty: nothing was.
  const std::string& trouble() const { return trouble_; }
  // The last put was taken, and etcd owes no answer for longer than a second.
  bool is_taking() const { return has_taken_ && trouble_.empty() && !late_; }

 private:
  struct Key {
    Value value;
    std::function<void()> taken;
    bool kept = false, due = false, busy = false;
    std::string fault = {};                  // of the last put; empty: none
  };

  void beat();
  void grant();
  void send_due();
  void send(const std::string& name, Key& key);
  void ask(const std::string& path, const nlohmann::json& body, Etcd::Done done);
  void settle(bool has_taken);
  void look_at_clock();

  Etcd& etcd_;
  std::function<void()> moved_;
  const Duration beat_every_;
  std::map<std::string, Key> keys_;
  int64_t lease_ = 0;
  bool granting_ = false, keeping_ = false;
  bool has_taken_ = false, late_ = false;
  std::string trouble_, lease_fault_;
  std::list<Time> asked_;                    // and not answered yet, oldest first
  loop::Timer beat_, patience_;
};

}  // namespace isochrone::sync
