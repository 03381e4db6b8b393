#pragma once
// Zeroed memory for a zone's big arrays. From 1 MiB up it is mapped, so that freeing it gives it back to the system
// at once and a reload does not leave the heap twice as large; smaller ones come from the heap, because the number of
// mappings of a process is limited and a server may hold many small zones.

#include <cstddef>
#include <cstdint>
#include <utility>

namespace isochrone::zone {

class Pages {
 public:
  Pages() = default;
  explicit Pages(size_t size);  // octets; aligned for any type; throws std::bad_alloc
  Pages(Pages&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Pages& operator=(Pages&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Pages();

  uint8_t* data() { return data_; }
  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace isochrone::zone
