#pragma once
// The limit of open files. Shells and service managers give 1,024 and allow more, for programs that use select(): we
// do not.

namespace isochrone::node {

// Raises the limit as far as this process may, 65,536 at most, and returns it. Before sockets are opened: TCP clients
// and probes take their shares of it.
int raise_open_files();

}  // namespace isochrone::node
