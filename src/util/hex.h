#pragma once
// Hexadecimal digits → octets.

#include <cstdint>
#include <string_view>
#include <vector>

namespace isochrone {

// Appends to `octets`; false where `text` is not hexadecimal, two digits of either case an octet. Of nothing nothing is made.
bool decode_hex(std::string_view text, std::vector<uint8_t>& octets);

}  // namespace isochrone
