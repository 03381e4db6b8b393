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

// Calls `report(word, hint)` for each word in braces that is no template; the hint is empty where it is not nearly one.
template <typename Report>
void for_others(std::string_view text, const Report& report) {
  for (size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    const size_t close = text.find('}', open);
    const std::string_view word = text.substr(open, close == std::string_view::npos ? close : close - open + 1);
    if (std::find(kTemplates.begin(), kTemplates.end(), word) != kTemplates.end()) continue;
    report(fmt::format("holds {}, which is no template", word), did_you_mean(word, {kTemplates.begin(), kTemplates.end()}));
  }
}

bool holds(const ProbeSpec& spec, std::string_view name) {
  const auto in = [name](const std::string& text) { return text.find(name) != std::string::npos; };
  return in(spec.host) || in(spec.path) || in(spec.expect_body) || std::any_of(spec.exec.begin(), spec.exec.end(), in) ||
         std::any_of(spec.expect_headers.begin(), spec.expect_headers.end(), [&](const auto& header) { return in(header.second); });
}

}  // namespace

void check_templates(const Node& node, std::string_view text) {
  for_others(text, [&](const std::string& what, const std::string& hint) {
    node.error(what, hint.empty() ? "expected {service}, {region} or {regional-name}" : hint);
  });
}

void check_command(const Node& node, const std::vector<std::string>& command) {
  if (std::any_of(kTemplates.begin(), kTemplates.end(), [&](auto name) { return command[0].find(name) != std::string::npos; }))
    node.error(fmt::format("runs '{}'", command[0]), "expected one program for all gateways: templates are for its arguments");
  for (size_t i = 1; i < command.size(); ++i)
    for_others(command[i], [&](const std::string& what, const std::string& hint) {
      if (!hint.empty()) node.error(what, hint);
    });
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
  for (std::string_view name : {kTemplates[0], kTemplates[2]})
    if (holds(spec, name)) return name;
  return {};
}

ProbeSpec filled(const ProbeSpec& spec, const TemplateValues& values) {
  ProbeSpec out = spec;
  out.host = fill_templates(spec.host, values);
  out.path = fill_templates(spec.path, values);
  out.expect_body = fill_templates(spec.expect_body, values);
  for (auto& header : out.expect_headers) header.second = fill_templates(header.second, values);
  for (size_t i = 1; i < out.exec.size(); ++i) out.exec[i] = fill_templates(spec.exec[i], values);
  return out;
}

std::string target_key(const std::string& at, const ProbeSpec& filled, const ProbeSpec& spec) {
  std::string key = at + " " + spec.name;
  if (uses_host(spec.kind) && !filled.host.empty()) key += " " + filled.host;
  if (uses_path(spec.kind)) key += " " + filled.path;
  if (filled.expect_body != spec.expect_body) key += " " + filled.expect_body;
  for (size_t i = 0; i < spec.expect_headers.size(); ++i)
    if (filled.expect_headers[i].second != spec.expect_headers[i].second) key += " " + filled.expect_headers[i].second;
  for (size_t i = 0; i < spec.exec.size(); ++i)
    if (filled.exec[i] != spec.exec[i]) key += " " + filled.exec[i];
  return key;
}

}  // namespace isochrone::config
