#pragma once
// How far a gateway whose load is above its limit is relieved: the networks that lose least by it are sent to their next
// gateway, as far as needed and no farther. Pure: it is handed every figure with its time.
//
//   figures ─► the middle one of three ─┬─ above the limit: more relief     steps of 2 %, twice as many each time, but no more than
//                                       ├─ below 90 % of it: less           what the last step did makes likely to be enough
//                                       └─ between: it stays
//
// A step shows in the load only when clients ask again, so after one nobody counts figures for as long as they may hold an answer.

#include <array>
#include <cstddef>

#include "util/duration.h"

namespace isochrone::health {

class LoadRelief {
 public:
  // A figure as a share of its limit (1: at the limit), measured at `at`. `patience`: how long clients hold what they were
  // given. True where relief() is another now. What is no share, or no newer than the last one, changes nothing.
  bool add(double share, Time at, Duration patience);

  // Most that a network may lose which is sent elsewhere (steer::is_relieved); zero: nobody is.
  Duration relief() const;

  // For a restart: where it stands, in steps from 0 to kMostLevel, and when it was told its last figure. After restore() figures
  // count from `deaf_until` on: how others answered meanwhile shows in the load first.
  static constexpr int kMostLevel = 340;  // relief of four seconds: more than what an unknown way is taken for
  int level() const { return level_; }
  Time last() const { return last_; }
  void restore(int level, Time last, Time deaf_until);

 private:
  int next_step(int direction, double share) const;

  int level_ = 0;         // steps up, in all
  int last_step_ = 0;     // below 0: down; 0: the load was where it should be
  double share_before_ = 0;  // that the last step was made from
  std::array<double, 3> figures_{};
  size_t count_ = 0;
  Time last_{}, deaf_until_{};
};

}  // namespace isochrone::health
