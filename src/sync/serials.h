#pragma once
// The SOA serial of each zone (DESIGN §4): the file's; where the records we make change and the file's serial does
// not, one more (RFC 1982), so that secondaries notice. Kept in `state`.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "util/result.h"

namespace isochrone::sync {

class Serials {
 public:
  // The serial to serve for a zone whose file says `in_file` and whose made records have this digest.
  uint32_t serve(const std::string& zone, uint32_t in_file, uint64_t made_digest);

  std::string save() const;
  static Result<Serials> restore(std::string_view text);
  bool operator==(const Serials&) const = default;

 private:
  struct Entry {
    uint32_t in_file = 0;
    uint32_t served = 0;
    uint64_t made_digest = 0;
    bool operator==(const Entry&) const = default;
  };
  std::map<std::string, Entry> zones_;
};

}  // namespace isochrone::sync
