#include "config/names.h"

#include <algorithm>
#include <charconv>

#include "util/ip.h"

namespace isochrone::config {

namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_plain(char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; }

bool is_port(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
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
  return std::all_of(text.begin(), text.end(), is_plain);
}

bool is_host(std::string_view text) {
  const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  const auto address = IpAddress::parse(bracketed ? text.substr(1, text.size() - 2) : text);
  if (address) return !bracketed || address->family == Family::V6;
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), is_plain);
}

bool is_server_url(std::string_view text, std::string_view scheme) {
  if (!text.starts_with(scheme)) return false;
  text.remove_prefix(scheme.size());
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~' || c == '?' || c == '#' || c == '@'; })) return false;
  const std::string_view server = text.substr(0, text.find('/'));
  const size_t colon = server.find(':', server.starts_with('[') ? server.find(']') : 0);
  if (!is_host(server.substr(0, colon))) return false;
  return colon == server.npos || is_port(server.substr(colon + 1));
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
