#include "node/configured.h"

namespace isochrone::node {

std::vector<std::string> names_of(const std::vector<config::Vantage>& vantages) {
  std::vector<std::string> names;
  for (const config::Vantage& vantage : vantages) names.push_back(vantage.name);
  return names;
}

std::vector<uint16_t> weights_of(const std::vector<config::Vantage>& vantages) {
  std::vector<uint16_t> weights;
  for (const config::Vantage& vantage : vantages) weights.push_back(vantage.weight);
  return weights;
}

steer::Steering configured(const std::shared_ptr<const config::World>& world) {
  steer::Steering steering;
  steering.regions = std::shared_ptr<const std::vector<steer::Region>>(world, &world->regions);
  steering.vantages = std::make_shared<const std::vector<std::string>>(names_of(world->vantages));
  steering.map = world->map;
  steering.localities = world->localities;
  return steering;
}

steer::GatewayState configured(const config::Gateway& gateway, const std::vector<std::shared_ptr<const steer::Pool>>& pools) {
  steer::GatewayState state;
  state.region = gateway.number;
  state.weight = gateway.weight;
  state.priority = gateway.priority.value_or(1);
  state.bias = gateway.bias;
  state.shed_v4 = state.shed_v6 = gateway.shed;
  state.enabled = gateway.enabled;
  if (!gateway.nested) return state;
  state.nested = pools[gateway.nested->id];
  state.name = gateway.name;
  state.min_healthy_v4 = gateway.nested->min_healthy_v4;
  state.min_healthy_v6 = gateway.nested->min_healthy_v6;
  return state;
}

}  // namespace isochrone::node
