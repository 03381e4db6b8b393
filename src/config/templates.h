#pragma once
// The templates of a probe, {service}, {region} and {regional-name}: one probe, and a target of its own at each gateway.

#include <string>
#include <string_view>
#include <vector>

#include "config/yaml.h"
#include "health/probe.h"

namespace isochrone::config {

// What {service}, {region} and {regional-name} stand for at one gateway.
struct TemplateValues {
  std::string_view service, region, regional_name;
};

// Reports braces in a host or path that are no template.
void check_templates(const Node& node, std::string_view text);

// Reports a template in the program's path, and in its arguments what is nearly one: other braces there are the program's own.
// `command`: not empty.
void check_command(const Node& node, const std::vector<std::string>& command);

// Reports what cannot stand in a URL and a Host header once its templates are filled: anything but a name or an address.
void check_host(const Node& node, std::string_view text);

// `text` with its templates filled; braces around anything else stay.
std::string fill_templates(std::string_view text, const TemplateValues& values);

// "{service}" or "{regional-name}" where host, path, an argument or what is expected holds one: those that need one service.
// Empty: none does.
std::string_view needs_service(const health::ProbeSpec& spec);

// Fills host, path, a program's arguments and what is expected.
health::ProbeSpec filled(const health::ProbeSpec& spec, const TemplateValues& values);

// Names a filled probe at an address or a name over loads and restarts: address, probe, host, path, and what is expected where
// a template filled it.
std::string target_key(const std::string& at, const health::ProbeSpec& filled, const health::ProbeSpec& spec);

}  // namespace isochrone::config
