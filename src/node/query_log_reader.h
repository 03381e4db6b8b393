#pragma once
// Reads what query_log_writer.h has written, for `isochrone replay --log`.

#include <optional>
#include <string>
#include <string_view>

#include "util/ip.h"
#include "util/result.h"
#include "wire/name.h"
#include "wire/types.h"

namespace isochrone::node {

// A query that was steered, and what it was given.
struct LoggedChoice {
  wire::Name name;
  wire::Type type{};
  IpAddress resolver;
  std::optional<Prefix> subnet;
  std::string region;  // lower case; empty: none was given

  // Who was answered: the subnet, or the resolver alone.
  Prefix network() const { return subnet ? *subnet : Prefix::make(resolver, max_prefix_len(resolver.family)); }
};

// One line, without its end. nullopt: its answer was not steered. An Error says what is wrong, and not where.
Result<std::optional<LoggedChoice>> parse_logged(std::string_view line);

}  // namespace isochrone::node
