#pragma once

#include <cstddef>
#include <cstdint>

using FuzzTarget = int (*)(const uint8_t* data, size_t size);

// Calls `target` with each file of corpus/NAME, whose name is printed before; one at least, or the test fails.
void replay(const char* name, FuzzTarget target);
