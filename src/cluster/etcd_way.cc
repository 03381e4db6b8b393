#include "cluster/etcd_way.h"

#include <utility>

#include "util/log.h"

namespace isochrone::cluster {

EtcdWay::EtcdWay(uv_loop_t* loop, const config::ClusterConfig& cluster, std::string key, sync::LeasedKeys::Value value,
                 std::function<void()> taken, std::function<void(bool takes)> changed)
    : key_(std::move(key)),
      value_(std::move(value)),
      taken_(std::move(taken)),
      changed_(std::move(changed)),
      etcd_(loop, cluster.etcd),
      keys_(loop, etcd_, [this] { moved(); }) {}

void EtcdWay::moved() {
  const bool takes = keys_.is_taking();
  if (takes == takes_ && (takes || told_)) return;
  if (takes) log::info("reports go into etcd", {{"key", key_}});
  else
    log::warning("etcd does not take reports: they go to the nodes over HTTPS",
                 {{"key", key_}, {"reason", keys_.trouble().empty() ? "no answer within a second" : keys_.trouble()}});
  told_ = true;
  if (std::exchange(takes_, takes) != takes) changed_(takes);
}

}  // namespace isochrone::cluster
