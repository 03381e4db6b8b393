#include "sync/etcd_json.h"

#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

#include "sync/base64.h"

namespace isochrone::sync {

using nlohmann::json;

namespace {

// The first key behind all that begin with the prefix. Ours are paths: none ends with the octet that has no next.
std::string behind(std::string prefix) {
  ++prefix.back();
  return prefix;
}

// Absent is zero: the gateway leaves default values out.
int64_t number(const json& in, const char* key) {
  if (!in.is_object()) throw std::invalid_argument("expected an object");
  if (!in.contains(key)) return 0;
  const json& value = in[key];
  if (value.is_number_integer()) return value.get<int64_t>();
  const std::string& text = value.get_ref<const std::string&>();
  int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) throw std::invalid_argument(fmt::format("'{}' is no number", key));
  return out;
}

std::string octets(const json& in, const char* key) {
  if (!in.is_object()) throw std::invalid_argument("expected an object");
  if (!in.contains(key)) return {};
  auto out = from_base64(in[key].get_ref<const std::string&>());
  if (!out) throw std::invalid_argument(fmt::format("'{}' is not base64", key));
  return std::move(*out);
}

KeyValue key_value(const json& in) { return {octets(in, "key"), octets(in, "value"), number(in, "mod_revision")}; }

// `read` may throw: the answer is not what it should be.
template <typename Read>
auto understood(Read read) -> Result<decltype(read())> {
  try {
    return read();
  } catch (const std::exception& error) {
    return fail(fmt::format("etcd's answer is not understood: {}", error.what()));
  }
}

}  // namespace

json get_request(const std::string& key, Read read) { return {{"key", to_base64(key)}, {"serializable", read == Read::Local}}; }

json list_request(const std::string& prefix, bool keys_only, Read read) {
  return {{"key", to_base64(prefix)},  {"range_end", to_base64(behind(prefix))}, {"keys_only", keys_only},
          {"sort_target", "KEY"},      {"sort_order", "ASCEND"},                {"serializable", read == Read::Local}};
}

json put_request(const std::string& key, const std::string& value, int64_t lease) {
  json out{{"key", to_base64(key)}, {"value", to_base64(value)}};
  if (lease != 0) out["lease"] = std::to_string(lease);
  return out;
}

json delete_request(const std::string& key) { return {{"key", to_base64(key)}}; }

json watch_request(const std::string& prefix, int64_t from_revision) {
  return {{"create_request",
           {{"key", to_base64(prefix)}, {"range_end", to_base64(behind(prefix))}, {"start_revision", std::to_string(from_revision)}}}};
}

json lease_request(int seconds) { return {{"TTL", std::to_string(seconds)}}; }

json keepalive_request(int64_t lease) { return {{"ID", std::to_string(lease)}}; }

void Transaction::if_modified_at(const std::string& key, int64_t revision) {
  conditions.push_back({{"key", to_base64(key)}, {"target", "MOD"}, {"result", "EQUAL"}, {"mod_revision", std::to_string(revision)}});
}

void Transaction::if_there(const std::string& key) {
  conditions.push_back({{"key", to_base64(key)}, {"target", "VERSION"}, {"result", "GREATER"}, {"version", "0"}});
}

void Transaction::if_under_lease(const std::string& key, int64_t lease) {
  conditions.push_back({{"key", to_base64(key)}, {"target", "LEASE"}, {"result", "EQUAL"}, {"lease", std::to_string(lease)}});
}

void Transaction::if_not_changed_since(const std::string& key, int64_t revision) {
  conditions.push_back({{"key", to_base64(key)}, {"target", "MOD"}, {"result", "LESS"}, {"mod_revision", std::to_string(revision + 1)}});
}

void Transaction::if_none_changed_since(const std::string& prefix, int64_t revision) {
  conditions.push_back({{"key", to_base64(prefix)}, {"range_end", to_base64(behind(prefix))}, {"target", "MOD"}, {"result", "LESS"},
                        {"mod_revision", std::to_string(revision + 1)}});
}

void Transaction::put(const std::string& key, const std::string& value) {
  operations.push_back({{"request_put", put_request(key, value)}});
}

void Transaction::remove(const std::string& key) { operations.push_back({{"request_delete_range", delete_request(key)}}); }

json Transaction::request() const { return {{"compare", conditions}, {"success", operations}}; }

Result<RangeAnswer> parse_range(const json& answer) {
  return understood([&] {
    RangeAnswer out;
    out.revision = number(answer.at("header"), "revision");
    if (answer.contains("kvs"))
      for (const json& one : answer["kvs"]) out.keys.push_back(key_value(one));
    return out;
  });
}

Result<bool> parse_transaction(const json& answer) {
  return understood([&] {
    answer.at("header");
    return answer.value("succeeded", false);
  });
}

Result<int64_t> parse_lease(const json& answer) {
  return understood([&] {
    const int64_t lease = number(answer, "ID");
    if (lease == 0) throw std::invalid_argument("a lease without a number");
    return lease;
  });
}

Status parse_keepalive(const json& answer) {
  const auto left = understood([&] { return number(answer.at("result"), "TTL"); });
  if (!left) return tl::unexpected(left.error());
  return *left > 0 ? Status() : fail("the lease has run out");
}

Result<WatchLine> parse_watch(const json& line) {
  return understood([&] {
    WatchLine out;
    if (line.contains("error")) {
      out.over = true;
      out.reason = line["error"].is_object() ? line["error"].value("message", "") : line["error"].dump();
      return out;
    }
    const json& result = line.at("result");
    if (result.contains("header")) out.revision = number(result["header"], "revision");
    out.over = result.value("canceled", false);
    out.reason = result.value("cancel_reason", "");
    if (out.over && out.reason.empty()) out.reason = number(result, "compact_revision") ? "history was compacted" : "cancelled";
    if (!result.contains("events")) return out;
    for (const json& event : result["events"]) {
      KeyValue kv = key_value(event.at("kv"));
      const bool gone = event.value("type", "PUT") == "DELETE";
      out.events.push_back({std::move(kv.key), gone ? std::nullopt : std::optional(std::move(kv.value))});
    }
    return out;
  });
}

}  // namespace isochrone::sync
