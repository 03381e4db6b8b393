#pragma once
// The admin room's door into a node: each call is carried to the control thread and waited for.

#include <memory>

#include "admin/backend.h"
#include "loop/control_queue.h"

namespace isochrone::node {

class Node;

// Both outlive the backend.
std::unique_ptr<admin::Backend> make_backend(Node& node, loop::ControlQueue& control);

}  // namespace isochrone::node
