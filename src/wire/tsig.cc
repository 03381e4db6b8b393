#include "wire/tsig.h"

#include "wire/reader.h"
#include "wire/writer.h"

namespace isochrone::wire {
namespace {

constexpr uint16_t kBadKey = 17;  // RFC 8945 §3

// The name that stands at `at`, its pointers followed. Each must lead to before where the last one led, so there is an end. False:
// it is none, or too long.
bool append_name(std::span<const uint8_t> message, size_t at, WireWriter& out) {
  const size_t begin = out.size();
  for (size_t front = at; out.size() - begin < kMaxName && !out.overflowed();) {
    WireReader in(message.subspan(at));
    const uint8_t len = in.u8();
    if (len >= 0xc0) {
      const size_t to = static_cast<size_t>(len & 0x3f) << 8 | in.u8();
      if (in.failed() || to >= front) return false;
      at = front = to;
      continue;
    }
    const auto label = in.bytes(len < 0x40 ? len : SIZE_MAX);
    if (in.failed()) return false;
    out.u8(len);
    out.bytes(label);
    if (len == 0) return out.size() - begin <= kMaxName && !out.overflowed();
    at += 1u + len;
  }
  return false;
}

}  // namespace

std::span<const uint8_t> bad_key(const Query& query, std::span<uint8_t, kMaxTsigError> room) {
  WireReader in(query.signed_message);
  in.bytes(query.tsig_at);
  skip_name(in);
  in.bytes(10);  // TYPE, CLASS, TTL, RDLENGTH
  const size_t algorithm_at = in.position();
  skip_name(in);
  const auto time_signed = in.bytes(6);
  const uint16_t fudge = in.u16();
  in.bytes(in.u16());  // MAC
  const uint16_t original_id = in.u16();

  WireWriter out(room);
  if (!append_name(query.signed_message, query.tsig_at, out)) return {};
  out.u16(static_cast<uint16_t>(Type::TSIG));
  out.u16(static_cast<uint16_t>(Class::ANY));
  out.u32(0);  // TTL
  out.u16(0);  // RDLENGTH, below
  const size_t rdata = out.size();
  if (!append_name(query.signed_message, algorithm_at, out)) return {};
  out.bytes(time_signed);
  out.u16(fudge);
  out.u16(0);  // MAC Size
  out.u16(original_id);
  out.u16(kBadKey);
  out.u16(0);  // Other Len
  out.patch_u16(rdata - 2, static_cast<uint16_t>(out.size() - rdata));
  return out.written();
}

}  // namespace isochrone::wire
