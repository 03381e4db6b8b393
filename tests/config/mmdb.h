#pragma once
// MMDB files made by the tests, small enough to be broken octet by octet: https://maxmind.github.io/MaxMind-DB.

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "util/ip.h"

namespace isochrone::config {

namespace mmdb {

inline std::string big_endian(uint64_t value, size_t octets) {
  std::string out;
  while (octets-- > 0) out += static_cast<char>(value >> 8 * octets);
  return out;
}

// Type and size; sizes of our values are below 29, where one octet says it.
inline std::string head(int type, size_t size) {
  const auto low = static_cast<char>(size);
  return type < 8 ? std::string(1, static_cast<char>(type << 5 | low)) : std::string{low, static_cast<char>(type - 7)};
}
inline std::string text(const std::string& value) { return head(2, value.size()) + value; }
inline std::string number(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return head(3, 8) + big_endian(bits, 8);
}
inline std::string u16(uint16_t value) { return head(5, 2) + big_endian(value, 2); }
inline std::string u32(uint32_t value) { return head(6, 4) + big_endian(value, 4); }
inline std::string u64(uint64_t value) { return head(9, 8) + big_endian(value, 8); }
inline std::string map(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string out = head(7, items.size());
  for (const auto& [key, value] : items) out += text(key) + value;
  return out;
}

}  // namespace mmdb

class MmdbFile {
 public:
  explicit MmdbFile(int ip_version) : ip_version_(ip_version) { nodes_.emplace_back(); }

  // `value`: what a network is told of, made of the above. IPv4 is put below ::/96 of a file of version 6.
  void add(const std::string& prefix, const std::string& value) {
    const Prefix network = *Prefix::parse(prefix);
    const int before = network.family() == Family::V4 && ip_version_ == 6 ? 96 : 0;
    const uint64_t offset = data_.size();
    data_ += value;
    put(network, before, [&](uint64_t& record) { record = kData + offset; });
  }
  // The prefix leads to where another one does: an alias, or a circle.
  void alias(const std::string& prefix, const std::string& other) {
    const uint64_t there = record_of(*Prefix::parse(other));
    put(*Prefix::parse(prefix), 0, [&](uint64_t& record) { record = there; });
  }
  void point(const std::string& prefix, uint64_t raw) {
    put(*Prefix::parse(prefix), 0, [&](uint64_t& record) { record = kRaw + raw; });
  }
  uint64_t node_count() const { return nodes_.size(); }

  std::string octets() const {
    std::string out;
    for (const auto& node : nodes_)
      for (const uint64_t record : node) out += mmdb::big_endian(raw(record), 4);
    out += std::string(16, '\0') + data_ + "\xab\xcd\xefMaxMind.com";
    return out + mmdb::map({{"node_count", mmdb::u32(static_cast<uint32_t>(nodes_.size()))},
                            {"record_size", mmdb::u16(32)},
                            {"ip_version", mmdb::u16(static_cast<uint16_t>(ip_version_))},
                            {"database_type", mmdb::text("Test")},
                            {"languages", mmdb::head(11, 0)},
                            {"binary_format_major_version", mmdb::u16(2)},
                            {"binary_format_minor_version", mmdb::u16(0)},
                            {"build_epoch", mmdb::u64(1)},
                            {"description", mmdb::map({})}});
  }

 private:
  // What a record means here: 0 nothing, below kData a node, then what is at an offset, then a number as it is to stand.
  static constexpr uint64_t kData = uint64_t{1} << 40, kRaw = uint64_t{1} << 41;

  uint64_t raw(uint64_t record) const {
    if (record >= kRaw) return record - kRaw;
    if (record >= kData) return record - kData + nodes_.size() + 16;
    return record == 0 ? nodes_.size() : record;
  }

  template <typename Set>
  void put(const Prefix& network, int before, Set set) {
    size_t node = 0;
    for (int bit = 0; bit < before + network.len; ++bit) {
      const int at = bit - before;
      const int side = at < 0 ? 0 : network.address.octets[static_cast<size_t>(at) / 8] >> (7 - at % 8) & 1;
      if (bit + 1 == before + network.len) return set(nodes_[node][static_cast<size_t>(side)]);
      if (nodes_[node][static_cast<size_t>(side)] == 0) {
        nodes_.emplace_back();
        nodes_[node][static_cast<size_t>(side)] = nodes_.size() - 1;
      }
      node = nodes_[node][static_cast<size_t>(side)];
    }
  }
  uint64_t record_of(const Prefix& network) {
    uint64_t there = 0;
    put(network, 0, [&](const uint64_t& record) { there = record; });
    return there;
  }

  int ip_version_;
  std::vector<std::array<uint64_t, 2>> nodes_;
  std::string data_;
};

}  // namespace isochrone::config
