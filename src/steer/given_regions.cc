#include "steer/given_regions.h"

#include <algorithm>

#include "steer/given.h"

namespace isochrone::steer {

namespace {

class GivenRecorder : public Recorder {
 public:
  explicit GivenRecorder(GivenRegions& given) : given_(given) {}
  void view(const View&, VantageId) override {}
  void estimate(const Estimate&) override {}
  void unmeasured(RegionId) override {}
  void band(std::span<const RegionId>) override {}
  void shed(RegionId) override {}
  void serving(const Prefix*) override {}
  void serving_area(std::string_view) override {}
  void given(std::span<const RegionId> regions) override {
    for (const RegionId region : regions)
      if (given_.count < given_.regions.size()) given_.regions[given_.count++] = region;
  }
  void decided(const Choice&, DecidedBy, ScopeReason) override {}

 private:
  GivenRegions& given_;
};

const Pool* pool_in(const Pool& pool, RegionId gateway) {
  if (!pool.nests) return nullptr;
  const auto own = std::ranges::find_if(pool.gateways, [gateway](const GatewayState& g) { return g.nested && g.region == gateway; });
  return own == pool.gateways.end() ? nullptr : own->nested.get();
}

}  // namespace

void find_given(const Steering& steering, zone::PoolId id, Family family, const Client& client, GivenRegions& given) {
  Choice choice = steer(steering, id, family, client);
  given.pool = steering.pools[id].get();
  given.count = 0;
  given.answered = choice.answer != nullptr;
  given.all_down = choice.outcome == Outcome::AllDown;
  // A pool that is the gateway gives what it would if it were asked itself.
  while (const Pool* inner = pool_in(*given.pool, choice.gateway)) {
    given.pool = inner;
    choice = {};
    give(steering, *inner, family, client, choice, nullptr);
  }
  if (choice.gateway != kNoRegion) given.regions[given.count++] = choice.gateway;
  if (choice.gateway != kNoRegion || !given.answered) return;
  GivenRecorder recorder(given);
  give(steering, *given.pool, family, client, choice, &recorder);
  std::sort(given.regions.begin(), given.regions.begin() + static_cast<std::ptrdiff_t>(given.count));
}

bool is_one_gateway(const Pool& was, RegionId in_was, const Pool& is, RegionId in_is, Family family) {
  if (was.spec.name == is.spec.name) return true;
  const auto a = std::ranges::find(was.gateways, in_was, &GatewayState::region);
  const auto b = std::ranges::find(is.gateways, in_is, &GatewayState::region);
  const auto is_at = [family](const AddressState& x, const AddressState& y) {
    if (x.name || y.name) return x.name && y.name && *x.name == *y.name;
    return x.serves(family) && x.address == y.address;
  };
  return std::ranges::any_of(a->addresses, [&](const AddressState& x) {
    return std::ranges::any_of(b->addresses, [&](const AddressState& y) { return is_at(x, y); });
  });
}

}  // namespace isochrone::steer
