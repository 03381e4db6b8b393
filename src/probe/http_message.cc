#include "probe/http_message.h"

#include <fmt/format.h>
#include <strings.h>

namespace isochrone::probe {

using health::Target;

std::string_view Answer::header(std::string_view name) const {
  std::string_view found, rest = headers;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (::strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    line.remove_prefix(name.size() + 1);
    const size_t first = line.find_first_not_of(" \t");
    const size_t last = line.find_last_not_of(" \t\r");
    found = first == line.npos || last == line.npos || last < first ? std::string_view()
                                                                    : line.substr(first, last - first + 1);
  }
  return found;
}

std::string host_of(const Target& target) {
  return target.spec.host.empty() ? target.address.to_text() : target.spec.host;
}

std::string url_of(const Target& target, bool tls, std::string_view path) {
  const std::string host = host_of(target);
  const bool bracket = host.find(':') != host.npos && host.front() != '[';
  return fmt::format("{}://{}{}{}:{}{}{}", tls ? "https" : "http", bracket ? "[" : "", host, bracket ? "]" : "",
                     target.spec.port, path.empty() || path.front() != '/' ? "/" : "", path);
}

}  // namespace isochrone::probe
