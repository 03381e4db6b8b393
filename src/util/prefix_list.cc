#include "util/prefix_list.h"

#include <algorithm>
#include <cassert>

namespace isochrone {

namespace {

uint64_t big_endian(const uint8_t* octets) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | octets[i];
  return value;
}

void write_big_endian(uint64_t value, uint8_t* octets) {
  for (int i = 0; i < 8; ++i) octets[i] = static_cast<uint8_t>(value >> (56 - 8 * i));
}

template <typename Entry>
void sort(std::vector<Entry>& entries) {
  if (!std::is_sorted(entries.begin(), entries.end())) std::sort(entries.begin(), entries.end());
}

}  // namespace

PrefixList::PrefixList(const std::vector<std::pair<Prefix, uint32_t>>& entries) {
  const auto v4 = static_cast<size_t>(
      std::count_if(entries.begin(), entries.end(), [](const auto& e) { return e.first.family() == Family::V4; }));
  v4_.reserve(v4);
  v6_.reserve(entries.size() - v4);
  for (const auto& [prefix, value] : entries) append(prefix, value);
  sort(v4_);
  sort(v6_);
}

void PrefixList::append(const Prefix& prefix, uint32_t value) {
  assert(value < 1u << 24);
  const uint8_t* octets = prefix.address.octets.data();
  if (prefix.family() == Family::V4) v4_.push_back({prefix.address.v4_value(), prefix.len, value});
  else v6_.push_back({big_endian(octets), big_endian(octets + 8), prefix.len, value});
}

std::pair<Prefix, uint32_t> PrefixList::operator[](size_t i) const {
  if (i < v4_.size()) return {Prefix{IpAddress::v4(v4_[i].address), static_cast<uint8_t>(v4_[i].len)}, v4_[i].value};
  const V6& entry = v6_[i - v4_.size()];
  Prefix prefix{{Family::V6, {}}, static_cast<uint8_t>(entry.len)};
  write_big_endian(entry.high, prefix.address.octets.data());
  write_big_endian(entry.low, prefix.address.octets.data() + 8);
  return {prefix, entry.value};
}

}  // namespace isochrone
