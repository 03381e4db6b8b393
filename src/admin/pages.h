#pragma once
// What the admin listener serves as it is: the files of src/admin/www, compiled in.

#include <string_view>

namespace isochrone::admin {

std::string_view status_page();  // text/html
std::string_view openapi();      // application/json

}  // namespace isochrone::admin
