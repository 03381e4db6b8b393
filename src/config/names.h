#pragma once
// Which names an operator may give, and the names isochrone makes of them (DESIGN §4).

#include <string>
#include <string_view>

namespace isochrone::config {

// One label of letters, digits and inner hyphens, at most 63 octets (RFC 1123 §2.1): services and regions.
bool is_ldh_label(std::string_view text);

bool is_service_name(std::string_view text);  // such a label, "@" for the apex or "*" for the wildcard

// Letters, digits, '-', '_' and '.', at most 63 octets, no dot in front: nodes, vantages, probes, pools, tokens. They
// become file names and label values.
bool is_plain_name(std::string_view text);

// What a server can be asked by: a name of letters, digits, '-', '_' and '.', or an address; IPv6 in brackets or without.
bool is_host(std::string_view text);

// `scheme` ("https://"), a host, perhaps a port and a path; no user, query or fragment.
bool is_server_url(std::string_view text, std::string_view scheme);

std::string lowered(std::string_view text);  // ASCII

// "contoso-westus2-01"; for the service at the apex "westus2-01".
std::string regional_label(std::string_view service, std::string_view region);

}  // namespace isochrone::config
