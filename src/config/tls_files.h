#pragma once
// Certificates and keys that the configuration names, looked at as OpenSSL will when they are used.

#include <string>

#include "config/yaml.h"

namespace isochrone::config {

// A certificate chain and its private key: both parse, and belong together. Warns where the certificate has expired or
// will within two weeks. `cert` and `key` are where to report; the files have been found to be there or reported.
void check_server_identity(const Node& cert, const std::string& cert_file, const Node& key, const std::string& key_file);

// A file of authorities in PEM; a warning where it cannot be used, for the machine that uses it may be another one.
void warn_of_authorities(const Node& where, const std::string& file);
// The same where it is this machine that uses it: an error.
void check_authorities(const Node& where, const std::string& file);

}  // namespace isochrone::config
