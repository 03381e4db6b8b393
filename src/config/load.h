#pragma once
// The one path from files to a checked model: `isochrone check`, the server's start and every reload.
//
//   probes/*.yaml ─► ProbesConfig ─┬─► latency tables ─► LatencyMap
//                                  │
//   zones/*.yaml  ─► ZoneConfig… ──┴─► pools, services, targets ─► made names ─┐
//   master files  ─────────────────────────────────────────────► ZoneBuilder ──┴─► ZoneSet          all together: World
//
// Every problem of one run is reported; with one error nothing is built. Numbers (regions, vantages, pools, targets)
// follow the order of files by name and of entries as written, so that equal files give equal numbers.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "config/model.h"
#include "util/problem.h"
#include "util/result.h"

namespace isochrone::config {

// Problems have been added to `problems` where the Result is an error; its text is then the first of them.
Result<NodeConfig> load_node_config(const std::string& path, Problems& problems);

// Whether the file has another text than when it was loaded; one that cannot be read has not.
bool has_changed(const NodeConfig& node);
// Whether a load would read other files, or others' contents, than this world was made of; or warn of a file's name. It costs a
// reading of them all; a load costs twenty times as much.
bool has_changed(const NodeConfig& node, const World& world);

// The serial to serve: of the zone `name` whose file says `file_serial` and whose made records have this digest (DESIGN
// §4: one more where they changed and the file's did not).
using SerialOf = std::function<uint32_t(std::string_view name, uint32_t file_serial, uint64_t made_digest)>;

// Null where there is an error. `serial_of` empty: the file's. `root`: a folder that holds copies of the files under
// their absolute paths, to be read instead.
std::shared_ptr<const World> load_world(const NodeConfig& node, Problems& problems, const SerialOf& serial_of = {},
                                        const std::string& root = {});

}  // namespace isochrone::config
