#include "zone/rdata_fields.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "util/hex.h"
#include "zone/ldns.h"
#include "zone/text.h"
#include "zone/words.h"

namespace isochrone::zone {

namespace {

constexpr RdataFields::Mnemonic kAlgorithms[] = {
    {"RSAMD5", 1}, {"DH", 2}, {"DSA", 3}, {"RSASHA1", 5}, {"DSA-NSEC3-SHA1", 6}, {"RSASHA1-NSEC3-SHA1", 7}, {"RSASHA256", 8},
    {"RSASHA512", 10}, {"ECC-GOST", 12}, {"ECDSAP256SHA256", 13}, {"ECDSAP384SHA384", 14}, {"ED25519", 15}, {"ED448", 16},
    {"INDIRECT", 252}, {"PRIVATEDNS", 253}, {"PRIVATEOID", 254}};

std::string is_not(std::string_view text, std::string_view what) {
  const bool vowel = std::string_view("aeioAEIO").find(what[0]) != std::string_view::npos;
  return fmt::format("'{}' is not {} {}", text, vowel ? "an" : "a", what);
}

std::optional<uint32_t> parse_timestamp(std::string_view text) {
  if (text.size() != 14) return parse_number(text, UINT32_MAX);
  std::array<uint32_t, 6> parts{};  // year, month, day, hours, minutes, seconds
  size_t at = 0;
  for (uint32_t& part : parts) {
    const size_t digits = at == 0 ? 4 : 2;
    const auto number = parse_number(text.substr(at, digits), 9999);
    if (!number) return std::nullopt;
    part = *number;
    at += digits;
  }
  using namespace std::chrono;
  const year_month_day date{year(static_cast<int>(parts[0])), month(parts[1]), day(parts[2])};
  if (!date.ok() || parts[0] < 1970 || parts[3] > 23 || parts[4] > 59 || parts[5] > 59) return std::nullopt;
  const auto time = sys_days(date) + hours(parts[3]) + minutes(parts[4]) + std::chrono::seconds(parts[5]);
  return static_cast<uint32_t>(duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());  // modulo 2^32, RFC 4034 §3.1.5
}

}  // namespace

bool decode_base64(std::string_view text, std::vector<uint8_t>& octets) {
  if (text.empty() || text.size() % 4 != 0) return false;
  ldns_rdf* made = nullptr;
  if (ldns_str2rdf_b64(&made, std::string(text).c_str()) != LDNS_STATUS_OK) return false;
  const std::unique_ptr<ldns_rdf, decltype(&ldns_rdf_deep_free)> rdf(made, ldns_rdf_deep_free);
  octets.insert(octets.end(), ldns_rdf_data(made), ldns_rdf_data(made) + ldns_rdf_size(made));
  return ldns_rdf_size(made) > 0;
}

void RdataFields::number(int octets, const char* what, uint32_t max) { number_of(octets, what, max); }

uint32_t RdataFields::number_of(int octets, const char* what, uint32_t max) {
  const Token* token = take(what);
  if (token == nullptr) return 0;
  const auto value = parse_number(token->text, max);
  if (!value) {
    fault(*token, is_not(token->text, what), fmt::format("expected a number from 0 to {}", max));
    return 0;
  }
  put(*value, octets);
  return *value;
}

void RdataFields::word(int octets, const char* what, uint32_t max, std::span<const Mnemonic> words) {
  const Token* token = next();
  const auto known = std::ranges::find_if(words, [&](const Mnemonic& m) { return token && equal_ignoring_case(m.text, token->text); });
  if (known == words.end()) return number(octets, what, max);
  take(what);
  put(known->number, octets);
}

void RdataFields::algorithm() { word(1, "algorithm", UINT8_MAX, kAlgorithms); }

void RdataFields::seconds(const char* what) {
  const Token* token = take(what);
  if (token == nullptr) return;
  const auto value = parse_ttl(token->text);
  if (!value) return fault(*token, is_not(token->text, what), "expected seconds or e.g. '1h30m', at most 2147483647");
  put(*value, 4);
}

void RdataFields::timestamp(const char* what) {
  const Token* token = take(what);
  if (token == nullptr) return;
  const auto value = parse_timestamp(token->text);
  if (!value) return fault(*token, is_not(token->text, what), "expected e.g. '20301231235959', or seconds since 1970");
  put(*value, 4);
}

void RdataFields::name(const char* what) {
  const Token* token = take(what);
  if (token == nullptr) return;
  NameBuffer name;
  if (const Fault wrong = parse_name(token->text, text_.origin, name))
    return fault(*token, fmt::format("'{}' {}", token->text, wrong), fmt::format("expected a {}", what));
  put(name.view());
}

void RdataFields::address(int family, const char* what) {
  const Token* token = take(what);
  if (token == nullptr) return;
  if (family == AF_INET && ipv4(token->text)) return;
  uint8_t octets[16];
  const std::string copy(token->text);
  if (family == AF_INET || inet_pton(family, copy.c_str(), octets) != 1 || copy.find('\0') != std::string::npos)
    return fault(*token, is_not(token->text, what),
                 family == AF_INET ? "expected e.g. '192.0.2.1'" : "expected e.g. '2001:db8::1'");
  put(octets);
}

void RdataFields::string(const char* what) {
  const Token* token = take(what);
  if (token == nullptr) return;
  const size_t length_at = rdata_.size();
  rdata_.push_back(0);
  octets(*token, token->text, 255);
  set_length_at(length_at);
}

void RdataFields::text(const char* what) {
  const Token* token = take(what);
  if (token == nullptr) return;
  if (token->text.empty()) return fault(*token, fmt::format("empty {}", what), "expected at least one octet");
  octets(*token, token->text, UINT16_MAX - rdata_.size());
}

void RdataFields::type(const char* what) {
  if (const auto type = type_of(what)) put(*type, 2);
}

void RdataFields::hex_word(const char* what) {
  const Token* token = take(what);
  if (token == nullptr) return;
  const size_t length_at = rdata_.size();
  rdata_.push_back(0);
  const std::string_view digits = token->text == "-" ? std::string_view() : token->text;
  if ((digits.empty() && token->text != "-") || digits.size() > 2 * 255 || !decode_hex(digits, rdata_))
    return fault(*token, is_not(token->text, what), "expected two hexadecimal digits for each octet, or '-' for none");
  set_length_at(length_at);
}

void RdataFields::base32_word(const char* what) {
  const Token* token = take(what);
  if (token == nullptr) return;
  const std::string copy(token->text);
  std::vector<uint8_t> octets(copy.size() + 1);
  const int size = ldns_b32_pton_extended_hex(copy.c_str(), copy.size(), octets.data(), octets.size());
  if (size <= 0 || size > 255 || (static_cast<size_t>(size) * 8 + 4) / 5 != copy.size())
    return fault(*token, is_not(token->text, what), "expected base32hex without padding (RFC 5155 §3.3)");
  put(static_cast<uint32_t>(size), 1);
  put(std::span(octets).first(static_cast<size_t>(size)));
}

void RdataFields::groups(int count, int octets, char separator, const char* what) {
  const Token* token = take(what);
  if (token == nullptr) return;
  const size_t digits = 2 * static_cast<size_t>(octets);
  std::string_view rest = token->text;
  for (int i = 0; i < count; ++i) {
    const std::string_view group = rest.substr(0, rest.find(separator));
    const bool whole = group.size() == digits || (octets > 1 && !group.empty() && group.size() < digits);
    const bool last = group.size() == rest.size();
    if (!whole || last != (i + 1 == count) || !decode_hex(std::string(digits - group.size(), '0') + std::string(group), rdata_))
      return fault(*token, is_not(token->text, what),
                   fmt::format("expected {} groups of {} hexadecimal digits with '{}' between them", count, digits, separator));
    rest.remove_prefix(std::min(rest.size(), group.size() + 1));
  }
}

void RdataFields::strings() {
  do string("string");
  while (!failed_ && next_ < text_.tokens.size());
}

// All words that are left, as one.
std::string RdataFields::rest() {
  std::string joined;
  for (; next_ < text_.tokens.size(); ++next_) joined += text_.tokens[next_].text;
  return joined;
}

void RdataFields::hex(const char* what, size_t least) {
  const Token* first = next();
  if (first == nullptr) {
    if (least > 0) take(what);
    return;
  }
  const size_t begin = rdata_.size();
  if (!decode_hex(rest(), rdata_))
    return fault(*first, fmt::format("the {} is not hexadecimal", what), "expected two digits for each octet");
  if (rdata_.size() - begin < least)
    fault(*first, fmt::format("{} of {} octets", what, rdata_.size() - begin), fmt::format("expected at least {}", least));
}

void RdataFields::base64(const char* what, bool may_be_none) {
  const Token* first = next();
  if (first == nullptr) {
    if (!may_be_none) take(what);
    return;
  }
  if (!decode_base64(rest(), rdata_))
    fault(*first, fmt::format("the {} is not base64", what), "expected groups of four characters (RFC 4648 §4)");
}

void RdataFields::bitmap() {
  std::map<uint8_t, std::array<uint8_t, 32>> windows;
  while (next()) {
    const auto type = type_of("type");
    if (!type) return;
    windows[static_cast<uint8_t>(*type >> 8)][(*type & 255) / 8] |= static_cast<uint8_t>(0x80 >> (*type & 7));
  }
  for (const auto& [window, bits] : windows) {
    size_t size = bits.size();
    while (bits[size - 1] == 0) --size;
    put(window, 1);
    put(static_cast<uint32_t>(size), 1);
    put(std::span(bits).first(size));
  }
}

std::optional<uint16_t> RdataFields::type_of(const char* what) {
  const Token* token = take(what);
  if (token == nullptr) return std::nullopt;
  const auto type = wire::parse_type(token->text);
  if (type) return static_cast<uint16_t>(*type);
  fault(*token, fmt::format("unknown type '{}'", token->text), suggest_type(token->text));
  return std::nullopt;
}

const Token* RdataFields::take(const char* what) {
  if (failed_) return nullptr;
  if (next_ < text_.tokens.size()) return &text_.tokens[next_++];
  failed_ = true;
  problems_.error({std::string(text_.file), text_.end_line, text_.end_column}, {},
                  fmt::format("{} record ends too early", to_text(type_)), fmt::format("expected its {}", what));
  return nullptr;
}

void RdataFields::octets(const Token& token, std::string_view text, size_t max) {
  const size_t begin = rdata_.size();
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      rdata_.push_back(static_cast<uint8_t>(text[at++]));
      continue;
    }
    const size_t escape_at = at;
    const auto octet = parse_escape(text, at);
    if (!octet) return fault(token, fmt::format("bad escape '{}'", text.substr(escape_at, 4)), "expected \\X or \\DDD up to \\255");
    rdata_.push_back(*octet);
  }
  if (rdata_.size() - begin > max) {
    const size_t size = rdata_.size() - begin;
    rdata_.resize(begin);
    fault(token, fmt::format("string of {} octets", size), fmt::format("expected at most {}; split it into several", max));
  }
}

std::vector<uint8_t> RdataFields::unescaped(const Token& token, std::string_view text) {
  const size_t begin = rdata_.size();
  octets(token, text, UINT16_MAX);
  std::vector<uint8_t> made(rdata_.begin() + static_cast<ptrdiff_t>(begin), rdata_.end());
  rdata_.resize(begin);
  return made;
}

void RdataFields::fault(const Token& token, std::string what, std::string expected) {
  if (failed_) return;
  failed_ = true;
  problems_.error({std::string(text_.file), token.line, token.column}, {}, std::move(what), std::move(expected));
}

void RdataFields::put(uint32_t value, int octets) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) rdata_.push_back(static_cast<uint8_t>(value >> shift));
}

bool RdataFields::finish() {
  if (const Token* extra = next())
    fault(*extra, fmt::format("'{}' is too much for type {}", extra->text, to_text(type_)), "expected the end of the line");
  if (!failed_ && rdata_.size() > UINT16_MAX)
    fault(text_.tokens[0], fmt::format("RDATA of {} octets", rdata_.size()), "expected at most 65535");
  return !failed_;
}

// Four decimal numbers without leading zeros' other meaning: "010" is refused, as inet_pton does.
bool RdataFields::ipv4(std::string_view text) {
  uint32_t address = 0, octet = 0;
  int digits = 0, dots = 0;
  for (const char c : text) {
    if (c == '.') {
      if (digits == 0 || ++dots > 3) return false;
      address = address << 8 | octet;
      octet = 0, digits = 0;
    } else {
      if (c < '0' || c > '9' || (digits > 0 && octet == 0)) return false;
      octet = octet * 10 + static_cast<uint32_t>(c - '0');
      if (++digits > 3 || octet > 255) return false;
    }
  }
  if (dots != 3 || digits == 0) return false;
  put(address << 8 | octet, 4);
  return true;
}

}  // namespace isochrone::zone
