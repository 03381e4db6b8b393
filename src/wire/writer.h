#pragma once
// Octets written into a caller's room. The first overflow sticks: nothing is written past it, and the caller asks once,
// at the end, whether everything fitted. rewind() to before it makes good.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace isochrone::wire {

// Writes into octets that outlive it. One thread.
class WireWriter {
 public:
  explicit WireWriter(std::span<uint8_t> room) : room_(room), end_(room.size()) {}

  void u8(uint8_t value) {
    if (have(1)) room_[at_++] = value;
  }
  void u16(uint16_t value) {  // network order, as u32
    if (!have(2)) return;
    at_ += 2;
    patch_u16(at_ - 2, value);
  }
  void u32(uint32_t value) {
    if (!have(4)) return;
    at_ += 4;
    patch_u16(at_ - 4, static_cast<uint16_t>(value >> 16));
    patch_u16(at_ - 2, static_cast<uint16_t>(value));
  }
  void bytes(std::span<const uint8_t> octets) {
    if (octets.empty() || !have(octets.size())) return;
    std::memcpy(room_.data() + at_, octets.data(), octets.size());
    at_ += octets.size();
  }
  // Leaves out `n` octets, to be written later.
  void skip(size_t n) {
    if (have(n)) at_ += n;
  }
  // Overwrites two octets that are already there; at + 2 ≤ size().
  void patch_u16(size_t at, uint16_t value) {
    uint8_t* p = room_.data() + at;
    p[0] = static_cast<uint8_t>(value >> 8);
    p[1] = static_cast<uint8_t>(value);
  }
  // Forgets everything from `size` ≤ size() on, an overflow too.
  void rewind(size_t size) {
    at_ = size;
    end_ = room_.size();
    overflowed_ = false;
  }

  bool overflowed() const { return overflowed_; }
  size_t size() const { return at_; }
  size_t remaining() const { return end_ - at_; }
  std::span<const uint8_t> written() const { return room_.first(at_); }

 private:
  bool have(size_t n) {
    if (n <= end_ - at_) return true;
    end_ = at_;  // what follows has no room either
    overflowed_ = true;
    return false;
  }

  std::span<uint8_t> room_;
  size_t at_ = 0;
  size_t end_;
  bool overflowed_ = false;
};

}  // namespace isochrone::wire
