// Any OPTION-DATA of a client subnet: refused, or sent back as it came.

#include <algorithm>
#include <array>

#include "check.h"
#include "target.h"
#include "wire/ecs.h"

namespace isochrone::wire {

FUZZ_TARGET(ecs) {
  const auto subnet = parse_client_subnet({data, size});
  if (!subnet) return 0;
  std::array<uint8_t, 64> room;
  WireWriter out(room);
  append_client_subnet(out, *subnet, 0);
  CHECK(!out.overflowed() && out.size() == client_subnet_size(*subnet));
  CHECK(std::ranges::equal(out.written().subspan(4), std::span(data, size)));
  const Prefix prefix = subnet->prefix();
  CHECK(prefix == Prefix::make(prefix.address, prefix.len));
  return 0;
}

}  // namespace isochrone::wire
