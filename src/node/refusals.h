#pragma once
// Which refusals are worth a line of the log: a worker with a wrong token comes back every half minute, and a stranger
// as often as he likes.

#include <map>
#include <string>

#include "util/duration.h"

namespace isochrone::node {

class Refusals {
 public:
  // True for the first of `who`, for another reason than last time, and once a minute.
  bool worth_saying(const std::string& who, const std::string& why, Time now);
  // `who` has been taken at last; true where he was refused before.
  bool over(const std::string& who) { return said_.erase(who) != 0; }

 private:
  struct Said {
    std::string why;
    Time at;
  };
  std::map<std::string, Said> said_;  // bounded: strangers choose their addresses
};

}  // namespace isochrone::node
