// Any octets as a node's plan: refused with a reason, or a plan that survives being sent again.

#include "check.h"
#include "probe/wire_json.h"
#include "target.h"

namespace isochrone {

FUZZ_TARGET(plan) {
  const auto plan = probe::decode_plan({reinterpret_cast<const char*>(data), size});
  if (!plan) {
    CHECK(!plan.error().text.empty());
    return 0;
  }
  for (size_t i = 0; i < plan->targets.size(); ++i) {
    CHECK(plan->targets[i].id == i);
    CHECK(plan->targets[i].spec.ca_file.empty());  // a node must not name this machine's files
    CHECK(plan->targets[i].region == steer::kNoRegion || plan->targets[i].region < plan->regions.size());
  }
  const std::string sent = probe::encode_plan(*plan);
  const auto again = probe::decode_plan(sent);
  CHECK(again.has_value());
  CHECK(probe::encode_plan(*again) == sent);
  return 0;
}

}  // namespace isochrone
