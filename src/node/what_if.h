#pragma once
// `isochrone simulate`: the clients' answers from the files, before and after a change, without a node.
//
//   files ─► World ─┬─────────────► Steering before ─┐
//   state ──────────┤  estimates, drains             ├─► steer::measure_impact
//   change ─► World ┴─────────────► Steering after ──┘
//
// Gateways count as up but those the change loses, so that the result is the configuration's and not the day's. Orders
// are taken as calm leaves them: every lead over `margin` has lasted.

#include <optional>
#include <string>
#include <vector>

#include "config/model.h"
#include "steer/impact.h"

namespace isochrone::node {

struct Change {
  std::vector<std::string> lose, drain;      // regions
  std::optional<config::AddedRegion> add;    // with a gateway in every pool
  std::string table;                         // in place of the configuration's; may be empty
  std::string new_config;                    // another isochrone.yaml; may be empty
  std::optional<Duration> margin, tolerance;
  bool reloads() const { return add || !table.empty() || !new_config.empty(); }
};

struct WhatIfRequest {
  std::string config;                        // isochrone.yaml
  Change change;
  std::string pool;                          // POOL.ZONE or SERVICE.ZONE; empty: every pool
  std::string sample;                        // file of prefix,count; empty: every block counts 1
  Family family = Family::V4;                // that is asked for; the other one where a pool has none
};

struct WhatIf {
  steer::Impact impact;
  std::vector<std::string> pools;            // of impact.pools
  size_t clients = 0;
  std::vector<std::string> notes;            // what an operator should know of the result
};

// One configuration as a node would answer from it, unchanged.
struct Standing {
  std::shared_ptr<const config::World> world;
  steer::Steering steering;
  std::vector<std::string> notes;
};
// `config`: isochrone.yaml. Errors as below.
Result<Standing> load_standing(const std::string& config, Problems& problems);

// An Error: the request; problems of files are in `problems` then.
Result<WhatIf> what_if(const WhatIfRequest& request, Problems& problems);
// The same for two configurations that are loaded; of the request's file nothing is read. `state_dir`: what is known of
// the past.
Result<WhatIf> what_if_between(const std::shared_ptr<const config::World>& before, const std::shared_ptr<const config::World>& after,
                               const std::string& state_dir, const WhatIfRequest& request, Problems& problems);

}  // namespace isochrone::node
