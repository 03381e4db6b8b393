#pragma once
// What becomes of services from one configuration to another: which change, and which would break. Pure.

#include <string>
#include <vector>

#include "config/model.h"

namespace isochrone::cluster {

struct ServiceChange {
  std::string service;       // "contoso.azure-api.example"
  std::string primary;       // of the configuration before; may be empty
  // What its clients would notice at once: it is gone, a family is gone, or no address of before is left, so that all
  // would be sent where nothing was probed yet. Empty: it only changes.
  std::string breaks;
};

// Services of `before` that are gone or configured otherwise, by name. New ones are not among them.
std::vector<ServiceChange> changed_services(const config::World& before, const config::World& after);

}  // namespace isochrone::cluster
