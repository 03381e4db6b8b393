#pragma once
// Countries by ISO 3166-1 alpha-2 code, and the continent each lies in.

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace isochrone::config {

using Code = std::array<char, 2>;

// AF AN AS EU NA OC SA, by the regions of UN M49: the Caribbean and Central America are North America; Cyprus, Turkey
// and the Caucasus are Asia, the whole of Russia is Europe. M49 has no Taiwan (AS), and ISO no Kosovo (XK, as databases
// call it: EU). nullopt: there is no such country.
std::optional<Code> continent_of(const Code& country);

const std::vector<std::string_view>& country_codes();  // sorted
const std::vector<std::string_view>& continent_codes();

}  // namespace isochrone::config
