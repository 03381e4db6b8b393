#include "zone/pages.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace isochrone::zone {

namespace {

constexpr size_t kMapped = size_t{1} << 20;
constexpr size_t kHuge = size_t{2} << 20;

}  // namespace

Pages::Pages(size_t size) : size_(size) {
  if (size == 0) return;
  void* memory = size < kMapped
                     ? std::calloc(size, 1)
                     : mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == nullptr || memory == MAP_FAILED) throw std::bad_alloc();
  // Names are asked for in no order: with pages of 4 KiB nearly every look-up in a large zone misses the TLB too.
  if (size >= kHuge) madvise(memory, size, MADV_HUGEPAGE);
  data_ = static_cast<uint8_t*>(memory);
}

Pages::~Pages() {
  if (size_ < kMapped) {
    std::free(data_);
  } else {
    munmap(data_, size_);
  }
}

}  // namespace isochrone::zone
