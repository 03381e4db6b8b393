#pragma once
// How the names of a zone that is being built stand to each other: what lies above a name, and what a target in RDATA is
// here. Names are relative to the apex, as in staging.h; the staging was grouped.

#include <array>
#include <optional>
#include <span>
#include <string>

#include "wire/name.h"
#include "zone/staging.h"

namespace isochrone::zone {

using RelativeName = std::span<const uint8_t>;

inline bool is_wildcard(RelativeName name) { return name.size() >= 2 && name[0] == 1 && name[1] == '*'; }

// Looks at both, which must outlive it.
class StagedNames {
 public:
  StagedNames(const Staging& staging, const wire::Name& apex) : staging_(staging), apex_(apex) {}

  // The octets before the apex, lower-cased; nullopt where the name is elsewhere. Good until the next call.
  std::optional<RelativeName> relative(wire::NameView name);

  // The shortest of a name and those above it, without the apex, that has the flag…
  std::optional<RelativeName> topmost(RelativeName name, uint8_t flag) const;
  // …and the longest of those strictly above it, the apex included.
  std::optional<RelativeName> above(RelativeName name, uint8_t flag) const;

  // The name is not there, and a wildcard stands for it (RFC 4592 §3.3.1).
  bool has_wildcard_above(RelativeName name) const;

  // "www.example.com" written without its final dot in the zone example.com.
  bool repeats_apex(RelativeName name) const;

  std::string to_text(RelativeName name) const;

 private:
  bool has_flag(RelativeName name, uint8_t flag) const;

  const Staging& staging_;
  const wire::Name& apex_;
  std::array<uint8_t, wire::kMaxName> relative_{};
};

}  // namespace isochrone::zone
