#pragma once
// Octets read in the order an RFC lists its fields. The first overrun sticks: later reads give zeros and empty spans,
// and the caller asks once, at the end, whether anything failed.

#include <cstddef>
#include <cstdint>
#include <span>

namespace isochrone::wire {

// Looks into octets that outlive it. One thread.
class WireReader {
 public:
  explicit WireReader(std::span<const uint8_t> octets) : octets_(octets) {}

  uint8_t u8() { return have(1) ? octets_[at_++] : uint8_t{0}; }
  uint16_t u16() {  // network order, as u32
    if (!have(2)) return 0;
    const uint8_t* p = octets_.data() + at_;
    at_ += 2;
    return static_cast<uint16_t>(p[0] << 8 | p[1]);
  }
  uint32_t u32() {
    if (!have(4)) return 0;
    const uint8_t* p = octets_.data() + at_;
    at_ += 4;
    return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | p[3];
  }
  std::span<const uint8_t> bytes(size_t n) {
    if (!have(n)) return {};
    at_ += n;
    return octets_.subspan(at_ - n, n);
  }
  std::span<const uint8_t> rest() { return bytes(remaining()); }

  bool failed() const { return failed_; }
  size_t position() const { return at_; }
  size_t remaining() const { return octets_.size() - at_; }

 private:
  bool have(size_t n) {
    if (n <= octets_.size() - at_) return true;
    octets_ = octets_.first(at_);  // later reads fail too
    failed_ = true;
    return false;
  }

  std::span<const uint8_t> octets_;
  size_t at_ = 0;
  bool failed_ = false;
};

// Passes over a name that may end in a pointer. The pointer is not followed, so it cannot loop; true for the root.
inline bool skip_name(WireReader& in) {
  for (bool first = true;; first = false) {
    const uint8_t len = in.u8();
    if (len == 0) return first;
    if (len >= 0xc0) {
      in.u8();
      return false;
    }
    in.bytes(len < 0x40 ? len : SIZE_MAX);  // 0x40 and 0x80: no label types that are in use (RFC 6891 §5)
  }
}

}  // namespace isochrone::wire
