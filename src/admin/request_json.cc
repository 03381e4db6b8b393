#include "admin/request_json.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "util/duration.h"
#include "util/problem.h"
#include "util/utf8.h"

namespace isochrone::admin {

using nlohmann::json;

namespace {

constexpr size_t kLongestReason = 1000;  // octets
constexpr Duration kLongestDrain = 8760h;  // as of the guard longest-drain

using Keys = std::vector<std::string_view>;

// What is left out would be done otherwise than its sender thinks: {"fro": "2h"} would drain for ever.
Result<json> object_with(const Keys& known, std::string_view body, std::string_view expected) {
  json object = json::parse(body, nullptr, false);
  if (!object.is_object()) return fail("expected " + std::string(expected));
  for (const auto& [key, value] : object.items())
    if (std::ranges::find(known, key) == known.end()) return fail(with_suggestion("unknown key '" + on_one_line(key.substr(0, 100)) + "'", key, known));
  return object;
}

// The same for what stands behind a '?': a misspelt client= would explain the resolver.
Status check_parameters(const Keys& known, const Parameters& parameters) {
  for (const auto& [key, value] : parameters) {
    const auto at = std::ranges::find(known, key);
    if (at != known.end() && parameters.count(key) == 1) continue;
    const std::string shown = "parameter '" + on_one_line(key.substr(0, 100)) + "'";
    if (at != known.end()) return fail(shown + " is given more than once");
    std::string all;
    for (const std::string_view each : known) all += (all.empty() ? "" : ", ") + std::string(each);
    return fail(with_suggestion("unknown " + shown + " (known: " + all + ")", key, known));
  }
  return {};
}

Result<json> object_with_target(const Keys& known, std::string_view body) {
  constexpr std::string_view kExpected = "a JSON object with \"target\"";
  auto object = object_with(known, body, kExpected);
  if (object && (!object->contains("target") || !(*object)["target"].is_string())) return fail("expected " + std::string(kExpected));
  return object;
}

// Shown in terminals and logs, here and on every node. Absent and null: "".
Result<std::string> text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end() || at->is_null()) return std::string();
  if (!at->is_string()) return fail(std::string(key) + ": expected a text");
  return on_one_line(at->get<std::string>());
}

Result<std::optional<Duration>> how_long(const json& object) {
  const auto at = object.find("for");
  if (at == object.end() || at->is_null()) return std::optional<Duration>();
  const auto length = at->is_string() ? parse_duration(at->get<std::string>()) : std::nullopt;
  if (!length || *length < 1s || *length > kLongestDrain)
    return fail("for: expected a duration from " + isochrone::to_text(1s) + " to " + isochrone::to_text(kLongestDrain) + ", such as \"2h\"");
  return std::optional<Duration>(*length);
}

Result<bool> is_for_here(const json& object) {
  const auto at = object.find("here");
  if (at == object.end() || at->is_null()) return false;
  if (!at->is_boolean()) return fail("here: expected true or false");
  return at->get<bool>();
}

}  // namespace

Result<ExplainRequest> decode_explain(const Parameters& parameters) {
  if (const Status fine = check_parameters({"name", "type", "client", "resolver"}, parameters); !fine) return tl::unexpected(fine.error());
  const auto given = [&](const char* key, const char* otherwise) {
    const auto at = parameters.find(key);
    return at == parameters.end() || at->second.empty() ? std::string(otherwise) : at->second;
  };
  const std::string name = given("name", ""), type = given("type", "A"), client = given("client", ""), resolver = given("resolver", "127.0.0.1");
  if (name.empty()) return fail("explain: a name is missing; expected ?name=NAME");
  auto parsed_name = wire::Name::parse(name);
  if (!parsed_name) return fail("name '" + name + "': " + parsed_name.error().text);
  const auto parsed_type = wire::parse_type(type);
  if (!parsed_type) return fail("explain: unknown type '" + type + "'");
  bool host_bits = false;
  const auto subnet = Prefix::parse(client, &host_bits);
  if (!subnet && !client.empty())
    return fail("client '" + client + "': " + (host_bits ? "bits are set beyond the prefix" : "not a prefix") +
                "; expected a prefix such as 192.0.2.0/24");
  const auto address = IpAddress::parse(resolver);
  if (!address) return fail("resolver '" + resolver + "': not an IP address");
  return ExplainRequest{std::move(*parsed_name), *parsed_type, subnet, *address};
}

Result<std::string> decode_receipts(const Parameters& parameters) {
  if (const Status fine = check_parameters({"target"}, parameters); !fine) return tl::unexpected(fine.error());
  const auto at = parameters.find("target");
  if (at == parameters.end()) return fail("receipts: a target is missing; expected ?target=ADDRESS, for one");
  return at->second;
}

Result<std::string> decode_plan(const Parameters& parameters) {
  if (const Status fine = check_parameters({"vantage"}, parameters); !fine) return tl::unexpected(fine.error());
  const auto at = parameters.find("vantage");
  return at == parameters.end() ? std::string() : at->second;
}

Result<DrainRequest> decode_drain(std::string_view body, bool set) {
  const auto object = object_with_target(set ? Keys{"target", "reason", "by", "for", "here"} : Keys{"target", "reason", "by"}, body);
  if (!object) return tl::unexpected(object.error());
  const auto reason = text_of(*object, "reason"), by = text_of(*object, "by");
  const auto length = how_long(*object);
  const auto here = is_for_here(*object);
  if (!reason) return tl::unexpected(reason.error());
  if (!by) return tl::unexpected(by.error());
  if (set && reason->empty()) return fail("a drain needs a reason");
  if (reason->size() > kLongestReason) return fail("reason: expected at most " + std::to_string(kLongestReason) + " octets");
  if (!length) return tl::unexpected(length.error());
  if (!here) return tl::unexpected(here.error());
  return DrainRequest{(*object)["target"].get<std::string>(), *reason, *by, *length, *here};
}

Result<std::string> decode_probe(std::string_view body) {
  const auto object = object_with_target({"target"}, body);
  if (!object) return tl::unexpected(object.error());
  return (*object)["target"].get<std::string>();
}

Status decode_nothing(std::string_view body) {
  if (body.empty()) return {};
  const auto object = object_with({}, body, "no body, or {}");
  return object ? Status() : tl::unexpected(object.error());
}

}  // namespace isochrone::admin
