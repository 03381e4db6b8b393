#include "config/names.h"

#include <algorithm>

namespace isochrone::config {

namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_ldh_label(std::string_view text) {
  if (text.empty() || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_service_name(std::string_view text) {
  return text == "@" || text == "*" || is_ldh_label(text);
}

bool is_plain_name(std::string_view text) {
  if (text.empty() || text.size() > 63 || text.front() == '.') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string regional_label(std::string_view service, std::string_view region) {
  std::string label;
  label.reserve(service.size() + region.size() + 4);
  if (service != "@") label.append(service).append("-");
  label.append(region).append("-01");
  return label;
}

}  // namespace isochrone::config
