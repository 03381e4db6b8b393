// Any octets as a state file, and as what health kept in one: nothing, or what can be kept again.

#include "check.h"
#include "memory_file.h"
#include "sync/health_json.h"
#include "sync/state_file.h"
#include "target.h"

namespace isochrone {

FUZZ_TARGET(state) {
  const MemoryFile file({data, size});
  const sync::Loaded loaded = sync::load_state(file.path(), "health");
  CHECK(!loaded.octets || loaded.set_aside.empty());

  const auto state = sync::decode_health(loaded.octets ? *loaded.octets : std::string(reinterpret_cast<const char*>(data), size));
  if (!state) {
    CHECK(!state.error().text.empty());
    return 0;
  }
  const std::string kept = sync::encode_health(*state);
  const auto again = sync::decode_health(kept);
  CHECK(again.has_value());
  CHECK(sync::encode_health(*again) == kept);
  return 0;
}

}  // namespace isochrone
