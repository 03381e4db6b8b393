#include "sync/chunks.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>

#include "steer/hash.h"

namespace isochrone::sync {

namespace {

constexpr uint64_t kRare = 0xfff;  // one line in 4,096

size_t length_of_first(std::string_view octets) {
  if (octets.size() <= kLeastChunk) return octets.size();
  const size_t most = std::min(octets.size(), kMostChunk);
  for (size_t begin = kLeastChunk; begin < most;) {
    const size_t end = octets.find('\n', begin);
    if (end >= most) break;
    if ((steer::mix(steer::hash_of(octets.substr(begin, end - begin))) & kRare) == 0) return end + 1;
    begin = end + 1;
  }
  return most;
}

}  // namespace

std::vector<std::string_view> cut(std::string_view octets) {
  std::vector<std::string_view> out;
  while (!octets.empty()) {
    out.push_back(octets.substr(0, length_of_first(octets)));
    octets.remove_prefix(out.back().size());
  }
  return out;
}

std::string pack(std::string_view chunk) {
  uLongf length = compressBound(chunk.size());
  std::string out(length, '\0');
  compress2(reinterpret_cast<Bytef*>(out.data()), &length, reinterpret_cast<const Bytef*>(chunk.data()), chunk.size(), Z_BEST_SPEED);
  out.resize(length);
  return out;
}

Result<std::string> unpack(std::string_view packed) {
  std::string out(kMostChunk, '\0');
  uLongf length = out.size();
  if (uncompress(reinterpret_cast<Bytef*>(out.data()), &length, reinterpret_cast<const Bytef*>(packed.data()), packed.size()) != Z_OK)
    return fail("a piece that cannot be decompressed");
  out.resize(length);
  return out;
}

}  // namespace isochrone::sync
