#include "probe/load_figure.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "probe/json_fields.h"

namespace isochrone::probe {

using nlohmann::json;

namespace {

std::optional<double> sensible(double figure) {
  return figure >= 0 && figure <= health::kMostLoad ? std::optional(figure) : std::nullopt;
}

std::optional<double> number_in(std::string_view text) {
  double figure = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, figure);
  return fault == std::errc() && rest == end ? sensible(figure) : std::nullopt;
}

std::optional<double> number_at(const std::string& body, const std::string& pointer) {
  const auto tree = parse_json(body, body.size(), kDeepestOfStrangers);
  if (!tree) return std::nullopt;
  try {
    const json::json_pointer at(pointer);
    if (!tree->contains(at)) return std::nullopt;
    const json& value = tree->at(at);
    return value.is_number() ? sensible(value.get<double>()) : std::nullopt;
  } catch (const json::exception&) {  // a pointer into a list that is no index of it
    return std::nullopt;
  }
}

}  // namespace

std::optional<double> load_in(const Answer& answer, const health::LoadSpec& spec) {
  if (!spec.header.empty()) return number_in(answer.header(spec.header));
  return answer.body_cut ? std::nullopt : number_at(answer.body, spec.json);
}

}  // namespace isochrone::probe
