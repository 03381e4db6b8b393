#pragma once
// systemd's readiness protocol (sd_notify(3)), without its library.

#include <string_view>

namespace isochrone::node {

// "READY=1", "RELOADING=1", "STOPPING=1", "STATUS=…". Does nothing where NOTIFY_SOCKET is not set.
void notify(std::string_view state);

}  // namespace isochrone::node
