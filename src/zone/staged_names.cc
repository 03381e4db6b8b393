#include "zone/staged_names.h"

#include <algorithm>
#include <vector>

namespace isochrone::zone {

namespace {

RelativeName parent(RelativeName name) { return name.subspan(name[0] + size_t{1}); }

// A label begins at this octet. The name need not end where its octets do.
bool has_label_at(std::span<const uint8_t> name, size_t boundary) {
  size_t label = 0;
  while (label < boundary) label += name[label] + size_t{1};
  return label == boundary;
}

}  // namespace

std::optional<RelativeName> StagedNames::relative(wire::NameView name) {
  const wire::NameView apex = apex_.wire();
  if (name.size() < apex.size() || name.size() > wire::kMaxName) return std::nullopt;
  const size_t boundary = name.size() - apex.size();
  if (!has_label_at(name, boundary)) return std::nullopt;
  std::ranges::transform(name, relative_.begin(), wire::lower);
  const RelativeName lowered(relative_.data(), name.size());
  if (!std::ranges::equal(lowered.subspan(boundary), apex)) return std::nullopt;
  return lowered.first(boundary);
}

std::optional<RelativeName> StagedNames::topmost(RelativeName name, uint8_t flag) const {
  std::optional<RelativeName> found;
  for (; !name.empty(); name = parent(name))
    if (has_flag(name, flag)) found = name;
  return found;
}

std::optional<RelativeName> StagedNames::above(RelativeName name, uint8_t flag) const {
  while (!name.empty()) {
    name = parent(name);
    if (has_flag(name, flag)) return name;
  }
  return std::nullopt;
}

bool StagedNames::has_wildcard_above(RelativeName name) const {
  if (staging_.find(name) != 0) return false;
  while (!name.empty()) {
    name = parent(name);
    if (staging_.find(name) == 0) continue;  // not yet the closest encloser
    std::vector<uint8_t> wildcard = {1, '*'};
    wildcard.insert(wildcard.end(), name.begin(), name.end());
    return staging_.find(wildcard) != 0;
  }
  return false;
}

bool StagedNames::repeats_apex(RelativeName name) const {
  const wire::NameView apex = apex_.wire().first(apex_.size() - 1);  // without the root
  if (apex.empty() || name.size() < apex.size()) return false;
  const size_t boundary = name.size() - apex.size();
  return has_label_at(name, boundary) && std::ranges::equal(name.subspan(boundary), apex);
}

std::string StagedNames::to_text(RelativeName name) const {
  std::vector<uint8_t> whole(name.begin(), name.end());
  whole.insert(whole.end(), apex_.wire().begin(), apex_.wire().end());
  return wire::to_text(wire::NameView(whole));
}

bool StagedNames::has_flag(RelativeName name, uint8_t flag) const {
  const StagedRef head = staging_.find(name);
  return head != 0 && staging_.flags(head) & flag;
}

}  // namespace isochrone::zone
