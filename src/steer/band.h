#pragma once
// Among regions that count as equal, weights decide: each client network keeps one region, and over many networks
// every region gets its share (DESIGN §5.4).

#include <span>

#include "steer/steer.h"

namespace isochrone::steer {

// Networks of this many bits are given one answer, whatever the length of the subnet a query sent.
inline int weight_cut(Family family) { return family == Family::V4 ? 20 : 40; }

// Weighted rendezvous: the region with the highest weight / -ln(u), u made of the region's name and `drawn`. A region that comes or goes moves only those who go to it or leave it. In integers, so that every node
// decides alike whatever its processor. `members` is not empty.
RegionId pick_by_weight(std::span<const RegionId> members, const Pool& pool, const std::vector<Region>& regions,
                        uint64_t drawn);

// What is drawn: one number for each network of weight_cut() bits, or one for each answer.
uint64_t draw_of_network(const Pool& pool, const IpAddress& client);
uint64_t draw_of_answer(const Pool& pool, const Client& client);

}  // namespace isochrone::steer
