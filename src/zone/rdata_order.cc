#include "zone/rdata_order.h"

#include <algorithm>

#include "wire/compress.h"
#include "wire/name.h"

namespace isochrone::zone {

namespace {

using wire::Type;

// `names` names behind `before` octets and then `strings` <character-string>s.
struct Shape {
  uint8_t before = 0, strings = 0, names = 0;
};

Shape shape_of(Type type) {
  switch (type) {
    case Type::DNAME:
    case Type::NXT: return {0, 0, 1};
    case Type::RP: return {0, 0, 2};
    case Type::AFSDB:
    case Type::RT:
    case Type::KX: return {2, 0, 1};
    case Type::PX: return {2, 0, 2};
    case Type::SRV: return {6, 0, 1};
    case Type::NAPTR: return {4, 3, 1};
    case Type::SIG:
    case Type::RRSIG: return {18, 0, 1};
    default: {
      const wire::CompressibleRdata old = wire::compressible_rdata(type);
      return {old.before, 0, old.names};
    }
  }
}

// RDATA whose octets from `begin` to `end` are names. Their length octets, at most 63, are no letters.
struct Named {
  std::span<const uint8_t> octets;
  size_t begin = 0, end = 0;

  uint8_t operator[](size_t at) const { return at >= begin && at < end ? wire::lower(octets[at]) : octets[at]; }
};

Named find_names(std::span<const uint8_t> rdata, const Shape& shape) {
  size_t at = shape.before;
  for (int i = 0; i < shape.strings && at < rdata.size(); ++i) at += rdata[at] + size_t{1};
  at = std::min(at, rdata.size());
  size_t end = at;
  for (int i = 0; i < shape.names; ++i) end += wire::leading_name(rdata.subspan(end)).size();
  return {rdata, at, end};
}

}  // namespace

std::strong_ordering compare_rdata(Type type, std::span<const uint8_t> a, std::span<const uint8_t> b) {
  const Shape shape = shape_of(type);
  if (shape.names == 0) return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
  const Named left = find_names(a, shape), right = find_names(b, shape);
  for (size_t at = 0; at < a.size() && at < b.size(); ++at)
    if (left[at] != right[at]) return left[at] <=> right[at];
  return a.size() <=> b.size();
}

}  // namespace isochrone::zone
