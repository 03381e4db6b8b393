#pragma once
// ldns without what its headers do to a C++ file: they make `bool`, `true` and `false` macros, so that a `true` written into
// JSON behind them becomes the number 1.

#include <ldns/ldns.h>

#undef bool
#undef true
#undef false
