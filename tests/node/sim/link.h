#pragma once
// A node's way to etcd: calls take time and may fail, a stream brings what changed, in order; both may be cut, and the stream
// alone may be silent, as at a member that lost its leader. What is read first and then watched is as sync::EtcdMirror does it.

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cluster/view.h"
#include "sim/etcd.h"
#include "sim/scheduler.h"

namespace isochrone::sim {

class Link {
 public:
  struct Callbacks {
    std::function<void(const std::vector<sync::KeyValue>&, cluster::KeysAre)> all;
    std::function<void(const sync::WatchEvent&)> changed;
    std::function<void(const std::string& why)> lost;
  };

  Link(Scheduler& scheduler, Etcd& etcd, std::string prefix) : scheduler_(scheduler), etcd_(etcd), prefix_(std::move(prefix)) {}

  // A new process begins to read; stop(): it is gone, and nothing is called any more.
  void start(Callbacks callbacks);
  void stop() { process_.reset(), ++stream_, open_ = false, under_way_.clear(); }

  bool is_cut() const { return cut_; }
  bool is_silent() const { return silent_; }
  Time changed() const { return changed_; }
  void set_cut(bool cut);
  void set_silent(bool silent);

  // `ask` is carried out by etcd, `done` is told what came of it; nullopt: it was not reached, or the answer was lost.
  template <typename Answer>
  void call(std::function<Answer(Etcd&)> ask, std::function<void(std::optional<Answer>)> done) {
    const auto tell = [process = std::weak_ptr(process_), done = std::move(done)](std::optional<Answer> answer) {
      if (!process.expired()) done(std::move(answer));
    };
    scheduler_.after(way(), [this, ask = std::move(ask), tell] {
      if (!reaches()) return scheduler_.after(scheduler_.between(10ms, kDeadline), [tell] { tell(std::nullopt); });
      scheduler_.after(way(), [this, answer = ask(etcd_), tell] {
        if (reaches()) tell(answer);
        else scheduler_.after(kDeadline, [tell] { tell(std::nullopt); });
      });
    });
  }

  int64_t revision() const { return revision_; }
  // At another member of etcd, which hears.
  void begin_again();
  // etcd tells of a change, and that streams have ended.
  void changed(const Etcd::Logged& one);
  void ended() { break_soon(); }

 private:
  static constexpr Duration kDeadline = 3s;
  Duration way() { return scheduler_.between(1ms, 50ms); }
  bool reaches() const { return etcd_.is_up() && !cut_; }
  void read();
  void fall_back(const std::string& why);
  void break_soon();
  void send(Etcd::Logged one);
  void deliver();

  Scheduler& scheduler_;
  Etcd& etcd_;
  const std::string prefix_;
  Callbacks callbacks_;
  std::shared_ptr<bool> process_;            // null: none runs
  bool cut_ = false, silent_ = false, open_ = false, reading_ = false;
  Time changed_;
  uint64_t stream_ = 0;                      // what was sent on an earlier one is not delivered
  std::deque<std::pair<Time, Etcd::Logged>> under_way_;
  int64_t revision_ = 0;
  Duration wait_ = 100ms;
};

}  // namespace isochrone::sim
