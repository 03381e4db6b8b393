#pragma once
// etcd for who can wait: commands, and work in the thread pool. Each call blocks, at most a try per endpoint long. One
// thread at a time.

#include <uv.h>

#include <optional>
#include <string>
#include <vector>

#include "sync/etcd.h"
#include "sync/etcd_json.h"

namespace isochrone::sync {

class EtcdSession {
 public:
  explicit EtcdSession(config::EtcdAccess access);
  ~EtcdSession();
  EtcdSession(const EtcdSession&) = delete;

  Result<std::optional<KeyValue>> get(const std::string& key, Read read = Read::Agreed);
  Result<RangeAnswer> list(const std::string& prefix, bool keys_only = false, Read read = Read::Agreed);
  Status put(const std::string& key, const std::string& value);
  Result<bool> commit(const Transaction& transaction);
  Result<int64_t> lease(int seconds);
  Status keep(int64_t lease);        // for as long again
  void revoke(int64_t lease);

 private:
  Result<nlohmann::json> call(const std::string& path, const nlohmann::json& body);

  uv_loop_t loop_;
  std::optional<Etcd> etcd_;
};

}  // namespace isochrone::sync
