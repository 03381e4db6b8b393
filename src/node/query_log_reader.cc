#include "node/query_log_reader.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/names.h"

namespace isochrone::node {

namespace {

using nlohmann::json;

// The text of a key; null where there is none.
const std::string* text_at(const json& line, const char* key) {
  const auto at = line.find(key);
  return at == line.end() ? nullptr : at->get_ptr<const std::string*>();
}

tl::unexpected<Error> wrong(const char* key, const char* expected) { return fail(fmt::format("{}: expected {}", key, expected)); }

}  // namespace

Result<std::optional<LoggedChoice>> parse_logged(std::string_view text) {
  const json line = json::parse(text, nullptr, false);
  if (!line.is_object()) return fail("no line of a query log: expected a JSON object, whole");
  const auto region = line.find("region");
  if (region == line.end()) return std::nullopt;

  LoggedChoice out;
  if (const std::string* given = text_at(line, "region")) out.region = *given;
  if (!region->is_null() && !config::is_ldh_label(out.region)) return wrong("region", "the name of a region, or null");
  const std::string* name = text_at(line, "name");
  if (!name) return wrong("name", "the name asked for");
  auto parsed = wire::Name::parse(*name);
  if (!parsed) return fail(fmt::format("name: {}", parsed.error().text));
  out.name = std::move(*parsed);
  const std::string* type = text_at(line, "type");
  const auto asked = type ? wire::parse_type(*type) : std::nullopt;
  if (!asked) return wrong("type", "a type, as in AAAA");
  out.type = *asked;
  const std::string* resolver = text_at(line, "resolver");
  const auto from = resolver ? IpAddress::parse(*resolver) : std::nullopt;
  if (!from) return wrong("resolver", "an address");
  out.resolver = *from;
  if (!line.contains("subnet")) return out;
  const std::string* subnet = text_at(line, "subnet");
  out.subnet = subnet ? Prefix::parse(*subnet) : std::nullopt;
  if (!out.subnet) return wrong("subnet", "a prefix, as in 192.0.2.0/24");
  return out;
}

}  // namespace isochrone::node
