// Any octets as YAML: a tree or a message, and every reader of the tree lives through it.

#include "config/node_config.h"
#include "config/probes.h"
#include "config/yaml.h"
#include "config/zones.h"
#include "target.h"

namespace isochrone::config {

FUZZ_TARGET(yaml) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Problems problems;
  parse_node_config("fuzz.yaml", text, problems);
  if (const auto file = parse_yaml("fuzz.yaml", text, problems)) {
    ProbesConfig probes;
    read_probes_file(*file, probes);
    Files files;
    read_zone_file(*file, probes, files);
  }
  problems.to_text();
  return 0;
}

}  // namespace isochrone::config
