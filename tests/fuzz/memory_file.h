#pragma once
// Octets as a file that is on no disk, for what reads a path.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <span>
#include <string>

#include "check.h"

class MemoryFile {
 public:
  explicit MemoryFile(std::span<const uint8_t> octets) : fd_(memfd_create("fuzz", MFD_CLOEXEC)) {
    CHECK(fd_ >= 0);
    CHECK(write(fd_, octets.data(), octets.size()) == static_cast<ssize_t>(octets.size()));
  }
  MemoryFile(const MemoryFile&) = delete;
  ~MemoryFile() { close(fd_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};
