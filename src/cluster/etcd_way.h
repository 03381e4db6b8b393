#pragma once
// A worker's own way to the nodes of a cluster: one key in etcd, which they all watch. Where etcd does not take it, the worker
// goes to the nodes over HTTPS as if there were no etcd.
//
//   write() ─► LeasedKeys ─► etcd
//                 └─► changed(takes): reports may rest on the other way, or must go there
//
// A role that may write this one key is enough: nothing is read. Loop's thread.

#include <uv.h>

#include <functional>
#include <string>

#include "config/model.h"
#include "sync/etcd.h"
#include "sync/leased_keys.h"

namespace isochrone::cluster {

class EtcdWay {
 public:
  // `value` as in LeasedKeys; `taken` is called after each put that was done. `changed` is told where takes() has become
  // another, which is said in the log.
  EtcdWay(uv_loop_t* loop, const config::ClusterConfig& cluster, std::string key, sync::LeasedKeys::Value value,
          std::function<void()> taken, std::function<void(bool takes)> changed);

  void write() { keys_.write(key_, value_, taken_); }
  bool takes() const { return takes_; }

 private:
  void moved();

  std::string key_;
  sync::LeasedKeys::Value value_;
  std::function<void()> taken_;
  std::function<void(bool takes)> changed_;
  bool takes_ = false, told_ = false;        // told_: whether or not it takes was said once
  sync::Etcd etcd_;
  sync::LeasedKeys keys_;
};

}  // namespace isochrone::cluster
