#pragma once
// A network namespace with one TUN device in it: a place as its processes see it. Needs root and /dev/net/tun.

#include <string>

#include "plan.h"
#include "util/result.h"

namespace isochrone::lab {

// Named "isowan-<pid of the WAN>-<place>", so that what a killed WAN left can be told from what a living one uses.
std::string namespace_name(int pid, std::string_view place);

// Removes the namespaces of WANs that are no more.
void remove_leftover_namespaces();

class PlaceNamespace {
 public:
  // Makes the namespace, its device, addresses, and a default route to the device. Every address of the place's
  // networks is local in it, so a server may bind any of them.
  static Result<PlaceNamespace> create(const Place& place);

  PlaceNamespace(PlaceNamespace&& other) noexcept;
  PlaceNamespace& operator=(PlaceNamespace&&) = delete;
  ~PlaceNamespace();  // takes the namespace away

  const std::string& name() const { return name_; }
  int tun() const { return tun_; }  // non-blocking; a read is one IP packet

 private:
  explicit PlaceNamespace(std::string name) : name_(std::move(name)) {}

  std::string name_;
  int tun_ = -1;
};

}  // namespace isochrone::lab
