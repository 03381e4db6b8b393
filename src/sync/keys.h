#pragma once
// What a cluster keeps in etcd, below "isochrone/NAME/". Formats of the values are versioned by themselves.
//
//   live/config            the head of the revision in force (revision.h)        every node watches live/
//   live/node/NODE         a node's own account of itself, under a lease (node_key.h)
//   live/vantage/VANTAGE   a vantage's last report, under a lease (live_values.h)
//   live/observed/REGION/WRITER  the last reports of a region's gateways, under a lease (live_values.h)
//   live/drain/TARGET      an operator's drain
//   live/primary/SERVICE   where a service was promoted to
//   data/revision/NUMBER   the head of a revision, for the history
//   data/chunk/DIGEST      a piece of a file or of a manifest
//   data/tidying           who removes old pieces, under a lease

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace isochrone::sync {

class Keys {
 public:
  explicit Keys(std::string_view cluster) : prefix_(fmt::format("isochrone/{}/", cluster)) {}

  std::string live() const { return prefix_ + "live/"; }
  std::string config() const { return live() + "config"; }
  std::string nodes() const { return live() + "node/"; }
  std::string node(std::string_view name) const { return nodes().append(name); }
  std::string vantages() const { return live() + "vantage/"; }
  std::string vantage(std::string_view name) const { return vantages().append(name); }
  std::string observed() const { return live() + "observed/"; }
  std::string observed(std::string_view region, std::string_view writer) const { return fmt::format("{}{}/{}", observed(), region, writer); }
  std::string drains() const { return live() + "drain/"; }
  std::string drain(std::string_view target) const { return drains().append(target); }
  std::string primaries() const { return live() + "primary/"; }
  std::string primary(std::string_view service) const { return primaries().append(service); }
  std::string revisions() const { return prefix_ + "data/revision/"; }
  std::string revision(uint64_t number) const { return fmt::format("{}{:012}", revisions(), number); }
  std::string chunks() const { return prefix_ + "data/chunk/"; }
  std::string chunk(std::string_view digest) const { return chunks().append(digest); }
  std::string tidying() const { return prefix_ + "data/tidying"; }

 private:
  std::string prefix_;
};

}  // namespace isochrone::sync
