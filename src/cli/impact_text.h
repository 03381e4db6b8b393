#pragma once
// What a change does to the clients, for a terminal: `simulate`, `push --dry-run`.

#include "node/what_if.h"

namespace isochrone::cli {

// Per cent; 0 of nothing.
inline double share(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }
inline double mean(double sum, double weight) { return weight > 0 ? sum / weight : 0; }
inline double saved_ms(const steer::ImpactTally& tally) { return mean(tally.ms_before - tally.ms_after, tally.judged); }

// `sampled`: clients are weighted by a sample of queries. `all`: every move and pool, however many.
void print_impact(const node::WhatIf& result, bool sampled, bool all);

}  // namespace isochrone::cli
