#pragma once
// Makes a value anew where it lies. One that is made elsewhere and copied at once makes the copy wait: it reads in wide words what
// was just written in narrow ones.

#include <new>
#include <type_traits>

namespace isochrone {

template <typename T, typename Make>
void remake(T& place, Make make) {
  static_assert(std::is_trivially_destructible_v<T>);
  ::new (static_cast<void*>(&place)) T(make());
}

}  // namespace isochrone
