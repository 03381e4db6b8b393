#pragma once
// Asks for a line of memory that will soon be read.

namespace isochrone {

inline void prefetch(const void* line) {
  __builtin_prefetch(line);
  // g++ 12 takes a function that does nothing but prefetch for one without effect, and leaves its calls out.
  asm volatile("");
}

}  // namespace isochrone
