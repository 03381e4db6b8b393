#pragma once
// A vector whose memory lies in huge pages (2 MiB) once it is large. What is read in no order, as a map that every
// query looks into is, otherwise pays for a TLB miss with nearly every line of memory.

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

namespace isochrone {

template <typename T>
struct HugeAllocator {
  using value_type = T;
  static constexpr size_t kPage = size_t{2} << 20;
  static constexpr size_t kLarge = kPage / 4;  // from here on a page is mostly used

  HugeAllocator() = default;
  template <typename U>
  HugeAllocator(const HugeAllocator<U>&) {}

  T* allocate(size_t n) {
    const size_t octets = n * sizeof(T);
    if (octets < kLarge) return static_cast<T*>(::operator new(octets));
    const size_t rounded = (octets + kPage - 1) & ~(kPage - 1);
    void* memory = std::aligned_alloc(kPage, rounded);
    if (!memory) throw std::bad_alloc();
    madvise(memory, rounded, MADV_HUGEPAGE);  // where the kernel has none, ordinary pages serve
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t n) {
    if (n * sizeof(T) < kLarge) ::operator delete(memory);
    else std::free(memory);
  }
  bool operator==(const HugeAllocator&) const { return true; }
};

template <typename T>
using HugeVector = std::vector<T, HugeAllocator<T>>;

}  // namespace isochrone
