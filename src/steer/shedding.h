#pragma once
// A gateway sheds a share of the client networks: on request (`shed: 30%`), and while it comes back (`slow-start`).
// Which networks is a matter of their hash alone: the same move first however often it happens, and come back last.
// And one whose load is above its limit is relieved of those that lose least by it.

#include "steer/decide.h"

namespace isochrone::steer {

// Whether this region sheds the network for which `drawn` was drawn, at a share of so many thousandths. A network that
// is shed at a share is shed at every higher one.
bool is_shed(uint64_t drawn, std::string_view region, uint16_t share);

// The eligible regions without those that shed the client's network; where none is left the next in priority, and where
// there is none either, all of the eligible: shedding makes nobody worse off than no answer.
RegionSet without_shed(const Question& question, const PoolFamily& side, const View& view, Recorder* recorder);

// Networks that lose the same do not leave together: each has a u of its own, 0 ≤ u < 1, of its hash, and leaves where
//   (what it loses + kReliefBase) × (1 + u) < relief + kReliefBase
// so nobody who loses `relief` or more, and everybody who loses less than about half of it.
inline constexpr Duration kReliefBase = 5ms;
bool is_relieved(uint64_t drawn, std::string_view region, Duration loses, Duration relief);

// `regions`, of which the network's own would be chosen, without those that are relieved of it and all that are loaded as much: what
// is chosen then is where it goes. A network goes to less loaded gateways only, one after the other; where there is none it stays.
// Multivalue: each loaded gateway is judged by itself, and left out where the network loses little by being given the next one in its
// place, and that one is loaded less.
RegionSet without_loaded(const Question& question, const PoolFamily& side, const View& view, RegionSet regions, Recorder* recorder);

}  // namespace isochrone::steer
