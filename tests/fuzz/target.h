#pragma once
// A fuzz target over the seeds in corpus/NAME: libFuzzer's entry in a build for fuzzing, else a test that replays the seeds.
//
//   FUZZ_TARGET(cookie) { … data, size …; return 0; }      // at namespace scope, not in an unnamed one

#include <cstddef>
#include <cstdint>

#ifdef FUZZING
#define FUZZ_TARGET(name) extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
#else
#include <gtest/gtest.h>

#include "replay.h"
#define FUZZ_TARGET(name)                                    \
  static int fuzz_##name(const uint8_t* data, size_t size); \
  TEST(Fuzz, name) { replay(#name, fuzz_##name); }           \
  static int fuzz_##name(const uint8_t* data, size_t size)
#endif
