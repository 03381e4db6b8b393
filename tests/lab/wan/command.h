#pragma once
// The live commands of the WAN, one a line, one line of answer each.
//
//   rtt A B MS         round-trip time between A and B from now on
//   jitter A B MS      0..MS more, evenly spread
//   loss A B PCT       share of round trips that fail
//   spike A B PCT MS   MS more on that share of round trips
//   cut A [B]          nothing passes between A and B; without B, A is dead
//   heal [A [B]]       undoes cut, loss, jitter and spike, not rtt; without B, of A to everywhere; without both, of all
//   show A B           the weather between A and B, as JSON
//   stat [reset]       packets and how late they were released, as JSON
//
// B may be '*': every other place. Both directions are set.

#include <string>
#include <string_view>

#include "network.h"

namespace isochrone::lab {

// "ok", facts as JSON, or "error: …"; no newline.
std::string run_command(Network& network, std::string_view line);

}  // namespace isochrone::lab
