#pragma once
// Which path asks what of the backend. The same routes on both listeners; what differs is who is asking.

#include "admin/auth.h"
#include "admin/backend.h"

namespace httplib {
class Server;
}

namespace isochrone::admin {

// How a request's sender is judged on one listener.
struct Door {
  bool local_socket = false;  // admin.sock: may do everything
  bool loopback = false;      // may read without a token
};

void add_routes(httplib::Server& server, Backend& backend, const Auth& auth, Door door);

}  // namespace isochrone::admin
