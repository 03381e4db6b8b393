#pragma once
// What one file names and another must have.

#include <vector>

#include "config/model.h"
#include "config/probes.h"
#include "config/zones.h"
#include "util/problem.h"

namespace isochrone::config {

// isochrone.yaml: the node's region, and those and the vantages that its tokens are for.
void check_regions(const NodeConfig& node, const ProbesConfig& probes, Problems& problems);
void check_vantages(const NodeConfig& node, const std::vector<Vantage>& vantages, Problems& problems);

// Programs that probes run, against the folders that isochrone.yaml allows.
void check_exec(const NodeConfig& node, const ProbesConfig& probes, Problems& problems);

// A name is answered from the zone with the longest apex: no zone may take the names that another's services make.
void check_nesting(const std::vector<ZoneConfig>& zones, const ProbesConfig& probes, Problems& problems);

// A gateway whose name would be in a zone of ours has to be there: clients would be sent to nothing.
void check_names_of_ours(const std::vector<ZoneConfig>& zones, const zone::ZoneSet& served, const ProbesConfig& probes, Problems& problems);

}  // namespace isochrone::config
