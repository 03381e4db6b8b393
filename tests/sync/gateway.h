#pragma once
// etcd's JSON gateway in memory, behind a real socket: keys, revisions, transactions and leases that end when a test says so.

#include <fmt/format.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

#include "../probe/server.h"
#include "config/model.h"
#include "sync/base64.h"

namespace isochrone::sync::testing {

class Gateway {
 public:
  Gateway() : server_([this](probe::testing::Connection& connection) { serve(connection); }) {}

  config::EtcdAccess access() const {
    config::EtcdAccess access;
    access.endpoints = {fmt::format("http://127.0.0.1:{}", server_.port())};
    return access;
  }
  // Called before each request is answered, with its path; it may change what is kept.
  std::function<void(const std::string& path, const nlohmann::json& body)> before;

  bool has(const std::string& key) { return keys_.contains(key); }  // while nothing is asked
  size_t count(const std::string& prefix) {
    size_t found = 0;
    for (auto at = keys_.lower_bound(prefix); at != keys_.end() && at->first.starts_with(prefix); ++at) ++found;
    return found;
  }
  // As if their holder had been away too long.
  void end_leases() {
    std::erase_if(keys_, [](const auto& item) { return item.second.lease != 0; });
    leases_end_ = last_lease_;
  }

 private:
  using json = nlohmann::json;
  struct Key {
    std::string value;
    int64_t modified = 0, lease = 0;
  };

  static std::string text(const json& in, const char* name) { return *from_base64(in.value(name, "")); }
  static int64_t number(const json& in, const char* name) { return in.contains(name) ? std::stoll(in[name].get<std::string>()) : 0; }

  void serve(probe::testing::Connection& connection) {
    while (true) {
      std::string request = connection.read_until("\r\n\r\n");
      if (request.empty()) return;
      const size_t end = request.find("\r\n\r\n") + 4, length = std::stoul(request.substr(request.find("Content-Length: ") + 16));
      std::string body = request.substr(end);
      while (body.size() < length) body += connection.read();
      const std::string path = request.substr(5, request.find(' ', 5) - 5);
      const std::string out = answer(path, json::parse(body)).dump();
      if (!connection.write(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", out.size(), out))) return;
    }
  }

  json answer(const std::string& path, const json& body) {
    const std::lock_guard lock(mutex_);
    if (before) before(path, body);
    json out{{"header", {{"revision", std::to_string(revision_)}}}};
    if (path == "/v3/kv/range") out["kvs"] = range(body);
    if (path == "/v3/kv/put") put(body);
    if (path == "/v3/kv/txn") out["succeeded"] = commit(body);
    if (path == "/v3/lease/grant") out["ID"] = std::to_string(++last_lease_);
    if (path == "/v3/lease/keepalive") out["result"] = {{"TTL", number(body, "ID") > leases_end_ ? "30" : "0"}};
    if (path == "/v3/lease/revoke") std::erase_if(keys_, [&](const auto& item) { return item.second.lease == number(body, "ID"); });
    return out;
  }

  json range(const json& body) {
    json out = json::array();
    const std::string from = text(body, "key"), to = text(body, "range_end");
    for (auto at = keys_.lower_bound(from); at != keys_.end() && (to.empty() ? at->first == from : at->first < to); ++at)
      out.push_back({{"key", to_base64(at->first)}, {"value", to_base64(body.value("keys_only", false) ? "" : at->second.value)},
                     {"mod_revision", std::to_string(at->second.modified)}});
    return out;
  }

  void put(const json& body) { keys_[text(body, "key")] = {text(body, "value"), ++revision_, number(body, "lease")}; }

  bool holds(const json& condition) {
    const std::string from = text(condition, "key"), to = text(condition, "range_end"), target = condition["target"], result = condition["result"];
    std::vector<Key> those;
    for (auto at = keys_.lower_bound(from); at != keys_.end() && (to.empty() ? at->first == from : at->first < to); ++at) those.push_back(at->second);
    if (those.empty() && to.empty()) those.emplace_back();  // of a key that is not there all is zero
    for (const Key& key : those) {
      const int64_t is = target == "MOD" ? key.modified : target == "LEASE" ? key.lease : key.modified != 0;
      const int64_t asked = number(condition, target == "MOD" ? "mod_revision" : target == "LEASE" ? "lease" : "version");
      if (!(result == "EQUAL" ? is == asked : result == "LESS" ? is < asked : is > asked)) return false;
    }
    return true;
  }

  bool commit(const json& body) {
    for (const json& condition : body["compare"])
      if (!holds(condition)) return false;
    for (const json& one : body["success"]) {
      if (one.contains("request_put")) put(one["request_put"]);
      else keys_.erase(text(one["request_delete_range"], "key"));
    }
    ++revision_;
    return true;
  }

  std::mutex mutex_;
  std::map<std::string, Key> keys_;
  int64_t revision_ = 1, last_lease_ = 0, leases_end_ = 0;
  probe::testing::Server server_;  // last: its threads use the rest
};

}  // namespace isochrone::sync::testing
