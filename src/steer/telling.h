#pragma once
// An Explanation in words, for a person: what `explain`, the API and `_why` say alike.

#include <string>
#include <vector>

#include "steer/explain.h"

namespace isochrone::steer {

// Looks at all it is given, which must outlive it. `tables`: names of the latency tables, by Source::table.
// `pool`: whose choice it was.
class Telling {
 public:
  Telling(const Steering& steering, const std::vector<std::string>& tables, const Pool& pool, const Explanation& choice)
      : steering_(steering), tables_(tables), pool_(pool), choice_(choice) {}

  std::string client() const;   // "192.0.2.0/24 (client subnet)", "198.51.100.1 (resolver)"
  std::string block() const;    // of the latency map, around the client
  std::string vantage() const;  // whose verdicts were followed; empty: the quorum's
  std::string decided() const;  // one sentence, lower case, no full stop
  std::string source(const Explanation::Line& line) const;   // "table measured.csv, 192.0.2.0/24"
  std::string verdict(const Explanation::Line& line) const;  // "up", "down here, up by quorum", "disabled"
  std::string region(RegionId id) const { return std::string(name_of(pool_, *steering_.regions, id)); }  // or the pool that the gateway is

 private:
  std::string place() const;
  std::string among() const;
  std::string among_areas() const;
  static std::string way(const Explanation::Line& line);
  std::string measured_by(const Explanation::Line& line) const;
  std::string prediction(PredictionId id) const;
  std::string observed(const Explanation::Line& line) const;
  static std::string held_back(const Explanation::Line& line);

  const Steering& steering_;
  const std::vector<std::string>& tables_;
  const Pool& pool_;
  const Explanation& choice_;
};

}  // namespace isochrone::steer
