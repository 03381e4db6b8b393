#pragma once
// Master files and the names that services make → the trees of a World's zones.

#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answer/why_zones.h"
#include "config/files.h"
#include "config/load.h"
#include "config/made_names.h"
#include "config/model.h"
#include "config/why_zone.h"

namespace isochrone::config {

class TreeMaker {
 public:
  // Zones are told in `world`'s zone_infos as they are made.
  TreeMaker(const ProbesConfig& probes, const SerialOf& serial_of, Files& files, World& world, Problems& problems)
      : probes_(probes), serial_of_(serial_of), files_(files), world_(world), problems_(problems) {}

  // Nothing, where there are errors. `pool_ids`: by place in zone.pools.
  void add(const ZoneConfig& zone, const std::vector<zone::PoolId>& pool_ids);

  std::vector<std::shared_ptr<const zone::Zone>> take() { return std::move(built_); }
  // Null: no zone tells reasons.
  std::shared_ptr<const answer::WhyZones> take_why();

 private:
  std::optional<uint32_t> read_records(const ZoneConfig& zone, zone::ZoneBuilder& builder, StaticRegionals& regionals, WhyMaker& why);
  std::string_view lasting(std::string_view file);

  const ProbesConfig& probes_;
  const SerialOf& serial_of_;
  Files& files_;
  World& world_;
  Problems& problems_;
  const uint64_t seed_ = uint64_t{std::random_device()()} << 32 | std::random_device()();
  std::deque<std::string> file_names_;
  std::vector<std::shared_ptr<const zone::Zone>> built_;
  answer::WhyZones why_;
};

}  // namespace isochrone::config
