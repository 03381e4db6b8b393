#pragma once
// `serves:` of `routing: geographic`: country:JP, continent:AS, {area: [south, west, north, east]}.

#include <optional>
#include <string_view>

#include "config/model.h"
#include "config/yaml.h"

namespace isochrone::config {

// Whether a text is meant as one of these, right or wrong.
bool names_area(std::string_view text);

// One element of the list; nullopt, reported, where it is none of these.
std::optional<ServedArea> read_area(const Node& node);

// What is often written for a country's code of ISO 3166 and is not it: of "UK" that is "GB", of "EL" "GR"; else "".
std::string_view country_meant_by(std::string_view code);

bool holds(const ServedArea& box, double latitude, double longitude);
// How much of the Earth it covers, in any unit: the smallest around a client counts first.
double size_of(const ServedArea& box);

}  // namespace isochrone::config
