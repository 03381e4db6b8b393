#pragma once
// Certificates and keys that the configuration names, looked at as OpenSSL will when they are used.

#include <string>

#include "config/yaml.h"

namespace isochrone::config {

// A certificate chain and its private key: both parse, and belong together. Warns where the certificate has expired or
// will within two weeks. `cert` and `key` are where to report; the files have been found to be there or reported.
void check_server_identity(const Node& cert, const std::string& cert_file, const Node& key, const std::string& key_file);

// What is wrong with a file of authorities in PEM; empty: nothing.
std::string authorities_fault(const std::string& file);
// An error where it cannot be used.
void check_authorities(const Node& where, const std::string& file);

}  // namespace isochrone::config
