#include "sync/etcd_session.h"

#include <utility>

namespace isochrone::sync {

using nlohmann::json;

EtcdSession::EtcdSession(config::EtcdAccess access) {
  uv_loop_init(&loop_);
  etcd_.emplace(&loop_, std::move(access));
}

EtcdSession::~EtcdSession() {
  etcd_.reset();
  uv_run(&loop_, UV_RUN_DEFAULT);  // the close callbacks
  uv_loop_close(&loop_);
}

Result<json> EtcdSession::call(const std::string& path, const json& body) {
  std::optional<Result<json>> answer;
  etcd_->call(path, body, [&](Result<json> came) { answer = std::move(came); });
  while (!answer) uv_run(&loop_, UV_RUN_ONCE);
  return std::move(*answer);
}

Result<std::optional<KeyValue>> EtcdSession::get(const std::string& key, Read read) {
  auto range = call("/v3/kv/range", get_request(key, read)).and_then(parse_range);
  if (!range) return tl::unexpected(range.error());
  if (range->keys.empty()) return std::optional<KeyValue>();
  return std::optional(std::move(range->keys.front()));
}

Result<RangeAnswer> EtcdSession::list(const std::string& prefix, bool keys_only, Read read) {
  return call("/v3/kv/range", list_request(prefix, keys_only, read)).and_then(parse_range);
}

Status EtcdSession::put(const std::string& key, const std::string& value) {
  return call("/v3/kv/put", put_request(key, value)).map([](const json&) {});
}

Result<bool> EtcdSession::commit(const Transaction& transaction) {
  return call("/v3/kv/txn", transaction.request()).and_then(parse_transaction);
}

Result<int64_t> EtcdSession::lease(int seconds) { return call("/v3/lease/grant", lease_request(seconds)).and_then(parse_lease); }

Status EtcdSession::keep(int64_t lease) {
  return call("/v3/lease/keepalive", keepalive_request(lease)).and_then(parse_keepalive);
}

void EtcdSession::revoke(int64_t lease) { (void)call("/v3/lease/revoke", keepalive_request(lease)); }

}  // namespace isochrone::sync
