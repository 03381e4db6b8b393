#pragma once
// Which vantages are not to be believed. One that sees everything down, in two or more regions, while a trusted one
// sees some of the same up, has lost its own uplink. Where nobody sees more, it is believed: the last vantage always.

#include <span>
#include <vector>

#include "health/vantage_board.h"

namespace isochrone::health {

// Aligned with `boards`: by VantageId.
std::vector<bool> find_suspects(std::span<const VantageBoard* const> boards);

}  // namespace isochrone::health
