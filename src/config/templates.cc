#include "config/templates.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/names.h"
#include "config/probe_spec.h"

namespace isochrone::config {

using health::ProbeSpec;

namespace {

constexpr std::array<std::string_view, 3> kTemplates{"{service}", "{region}", "{regional-name}"};

}  // namespace

void check_templates(const Node& node, std::string_view text) {
  for (size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    const size_t close = text.find('}', open);
    const std::string_view word = text.substr(open, close == std::string_view::npos ? close : close - open + 1);
    if (std::find(kTemplates.begin(), kTemplates.end(), word) != kTemplates.end()) continue;
    std::string hint = did_you_mean(word, {kTemplates.begin(), kTemplates.end()});
    node.error(fmt::format("holds {}, which is no template", word),
               hint.empty() ? "expected {service}, {region} or {regional-name}" : hint);
  }
}

void check_host(const Node& node, std::string_view text) {
  check_templates(node, text);
  const std::string host = fill_templates(text, {"s", "r", "n"});
  if (is_host(host) || host.find_first_of("{}") != host.npos) return;  // braces were reported
  node.error("is " + node.describe(), "expected a name or an address, without a port; templates are {service}, {region} and {regional-name}");
}

std::string fill_templates(std::string_view text, const TemplateValues& values) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    bool filled = false;
    for (const auto& [name, value] : {std::pair{kTemplates[0], values.service}, std::pair{kTemplates[1], values.region},
                                      std::pair{kTemplates[2], values.regional_name}}) {
      if (!rest.starts_with(name)) continue;
      out += value;
      at += name.size();
      filled = true;
      break;
    }
    if (!filled) out += text[at++];
  }
  return out;
}

std::string_view needs_service(const ProbeSpec& spec) {
  for (std::string_view name : {kTemplates[0], kTemplates[2]}) {
    if (spec.host.find(name) != std::string::npos || spec.path.find(name) != std::string::npos ||
        spec.expect_body.find(name) != std::string::npos)
      return name;
    for (const auto& header : spec.expect_headers)
      if (header.second.find(name) != std::string::npos) return name;
  }
  return {};
}

ProbeSpec filled(const ProbeSpec& spec, const TemplateValues& values) {
  ProbeSpec out = spec;
  out.host = fill_templates(spec.host, values);
  out.path = fill_templates(spec.path, values);
  out.expect_body = fill_templates(spec.expect_body, values);
  for (auto& header : out.expect_headers) header.second = fill_templates(header.second, values);
  return out;
}

std::string target_key(const std::string& at, const ProbeSpec& filled, const ProbeSpec& spec) {
  std::string key = at + " " + spec.name;
  if (uses_host(spec.kind) && !filled.host.empty()) key += " " + filled.host;
  if (uses_path(spec.kind)) key += " " + filled.path;
  if (filled.expect_body != spec.expect_body) key += " " + filled.expect_body;
  for (size_t i = 0; i < spec.expect_headers.size(); ++i)
    if (filled.expect_headers[i].second != spec.expect_headers[i].second) key += " " + filled.expect_headers[i].second;
  return key;
}

}  // namespace isochrone::config
