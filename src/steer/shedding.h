#pragma once
// A gateway sheds a share of the client networks: on request (`shed: 30%`), and while it comes back (`slow-start`).
// Which networks is a matter of their hash alone: the same move first however often it happens, and come back last.

#include "steer/decide.h"

namespace isochrone::steer {

// Whether this region sheds the network for which `drawn` was drawn, at a share of so many thousandths. A network that
// is shed at a share is shed at every higher one.
bool is_shed(uint64_t drawn, std::string_view region, uint16_t share);

// The eligible regions without those that shed the client's network; where none is left the next in priority, and where
// there is none either, all of the eligible: shedding makes nobody worse off than no answer.
RegionSet without_shed(const Question& question, const PoolFamily& side, const View& view, Recorder* recorder);

}  // namespace isochrone::steer
