#pragma once
// What is asked of etcd and what it answers, as values: the JSON of its gateway, keys and values in base64, numbers as
// text. Pure. An answer that is not what etcd sends is an Error, whatever it holds.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "util/result.h"

namespace isochrone::sync {

struct KeyValue {
  std::string key, value;
  int64_t modified = 0;             // etcd's revision of its last change
};

// How fresh an answer must be. Agreed costs a round trip between etcd's members; Local is what the member that is asked has,
// which may be behind.
enum class Read : uint8_t { Agreed, Local };

nlohmann::json get_request(const std::string& key, Read read = Read::Agreed);
// Every key that begins with `prefix`, which is not empty.
nlohmann::json list_request(const std::string& prefix, bool keys_only = false, Read read = Read::Agreed);
nlohmann::json put_request(const std::string& key, const std::string& value, int64_t lease = 0);
nlohmann::json delete_request(const std::string& key);
nlohmann::json watch_request(const std::string& prefix, int64_t from_revision);
nlohmann::json lease_request(int seconds);
nlohmann::json keepalive_request(int64_t lease);

// All or nothing: `operations` where every condition holds.
struct Transaction {
  nlohmann::json conditions = nlohmann::json::array(), operations = nlohmann::json::array();

  // The key was last changed at that revision; 0: it is not there.
  void if_modified_at(const std::string& key, int64_t revision);
  void if_there(const std::string& key);
  void if_under_lease(const std::string& key, int64_t lease);
  // That very key was not changed after that revision, nor made.
  void if_not_changed_since(const std::string& key, int64_t revision);
  // No key that begins so was changed after that revision.
  void if_none_changed_since(const std::string& prefix, int64_t revision);
  void put(const std::string& key, const std::string& value);
  void remove(const std::string& key);
  nlohmann::json request() const;
};

struct RangeAnswer {
  std::vector<KeyValue> keys;       // sorted by key
  int64_t revision = 0;             // of the whole store, when it was read
};
Result<RangeAnswer> parse_range(const nlohmann::json& answer);
// Whether the conditions held.
Result<bool> parse_transaction(const nlohmann::json& answer);
Result<int64_t> parse_lease(const nlohmann::json& answer);
// An Error: the lease has run out.
Status parse_keepalive(const nlohmann::json& answer);

// One line of a watch.
struct WatchEvent {
  std::string key;
  std::optional<std::string> value; // absent: the key is gone
};
struct WatchLine {
  std::vector<WatchEvent> events;
  int64_t revision = 0;             // of the whole store, when it was told
  bool over = false;                // cancelled, by a compaction perhaps: read everything again
  std::string reason;
};
Result<WatchLine> parse_watch(const nlohmann::json& line);

}  // namespace isochrone::sync
