#include "sync/chunks.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <memory>

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

Result<std::string> unpack(std::string_view packed, size_t most) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return fail("no memory to decompress");
  const std::unique_ptr<z_stream, decltype([](z_stream* s) { inflateEnd(s); })> ended(&stream);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  int result = Z_OK;
  while (result == Z_OK && out.size() < most) {
    const size_t have = out.size();
    out.resize(std::min(most, std::max<size_t>(2 * have, 8 * packed.size() + 64)));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + have);
    stream.avail_out = static_cast<uInt>(out.size() - have);
    result = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  // Full to the last octet, the end of the stream may not have been read yet.
  if (char beyond; result == Z_OK && out.size() == most) {
    stream.next_out = reinterpret_cast<Bytef*>(&beyond);
    stream.avail_out = 1;
    result = inflate(&stream, Z_NO_FLUSH);
    if (stream.avail_out == 0) return fail("a piece that is too long");
  }
  if (result != Z_STREAM_END) return fail("a piece that cannot be decompressed");
  return out;
}

}  // namespace isochrone::sync
