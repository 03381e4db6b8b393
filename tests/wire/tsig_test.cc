#include "wire/tsig.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "hex.h"

namespace isochrone::wire {
namespace {

// A question for example. with a TSIG whose owner and algorithm are `key` and `algorithm`, and what bad_key() makes of it.
std::string owner_and_algorithm(const std::string& key, const std::string& algorithm) {
  const size_t rdata = hex(algorithm).size() + 18;
  const Octets length{static_cast<uint8_t>(rdata >> 8), static_cast<uint8_t>(rdata)};
  const Octets datagram = hex("1a2b 0000 0001 0000 0000 0001 076578616d706c65 00 0001 0001 " + key + " 00fa 00ff 00000000 " + to_hex(length) +
                              algorithm + "0000655a0000 012c 0002 abcd 9999 0000 0000");
  Query query;
  if (parse_query(datagram, query) != Parsed::Ok || !query.has_tsig) return "not taken";
  std::array<uint8_t, kMaxTsigError> room;
  const auto made = bad_key(query, room);
  if (made.empty()) return "";
  const std::string text = to_hex(made), end = "0000655a0000012c0000999900110000";
  EXPECT_TRUE(text.ends_with(end)) << text;
  return text.substr(0, text.size() - end.size());
}

std::string labels_of(size_t octets) {  // a name of so many, without its end; at least 2 more than a multiple of 64
  std::string name;
  for (; octets > 0; octets -= std::min<size_t>(octets, 64)) {
    const size_t label = std::min<size_t>(octets, 64) - 1;
    name += to_hex(Octets{static_cast<uint8_t>(label)}) + to_hex(Octets(label, 'x'));
  }
  return name;
}

TEST(Tsig, NamesAreTheQuerys) {
  const std::string head = "00fa00ff00000000", longest = labels_of(254) + "00";
  const struct {
    const char* name;
    std::string key, algorithm, expected;
  } cases[] = {
      {"as they were sent, capitals too", "034b6579 00", "0161 00", "034b657900" + head + "00130161" + "00"},
      {"of the root", "00", "00", "00" + head + "001100"},
      {"a pointer into the question", "036b6579 c00c", "0161 00", "036b6579076578616d706c6500" + head + "0013016100"},
      {"one of the algorithm to the key", "036b6579 00", "0161 c019", "036b657900" + head + "0017" + "0161036b657900"},
      {"of 255 octets", longest, longest, longest + head + "010f" + longest},
      {"of 256 octets", labels_of(255) + "00", "0161 00", ""},
      {"a pointer to itself", "c019", "0161 00", ""},
      {"a pointer to what is behind it", "c01b", "0161 00", ""},
      {"two pointers in a circle", "036b6579 c019", "0161 00", ""},
      {"a pointer into the header, to no name", "c002", "0161 00", "00" + head + "0013016100"},
      {"a pointer out of the message", "ffff", "0161 00", ""},
      {"a label that has no end", "c00d", "0161 00", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(owner_and_algorithm(c.key, c.algorithm), c.expected) << c.name;
}

}  // namespace
}  // namespace isochrone::wire
