#pragma once
// Failovers as they happen: which pool's answers left an address, how long after its first failed probe, and whether
// that kept the pool's promise. Control thread.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "health/health.h"
#include "node/publisher.h"

namespace isochrone::node {

struct Failover {
  std::string pool, region, address;
  Duration took{};   // from the start of the first failed probe to the published answer
  Duration limit{};  // the pool's failover bound without the TTL, which is the resolvers'
  Time at{};         // when it was published
  bool is_late() const { return took > limit; }
};

class Failovers {
 public:
  struct Tally {
    uint64_t count = 0, late = 0;
    std::optional<Failover> last;
  };

  // What came of a change that has been published. An address counts that clients were given and are not any more:
  // one without anybody in its place stays in the answers as all-down says, and is none.
  std::vector<Failover> note(const std::vector<Publisher::Rebuilt>& rebuilt, const health::Health& health,
                             const Publisher& publisher, Time now);

  // Of a pool by its name; zeros where nothing has happened yet.
  Tally tally(const std::string& pool) const;

 private:
  std::map<std::string, Tally> tallies_;
};

}  // namespace isochrone::node
