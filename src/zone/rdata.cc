#include "zone/rdata.h"

#include <arpa/inet.h>

#include <algorithm>

#include <fmt/format.h>

#include "zone/rdata_ldns.h"
#include "zone/text.h"

namespace isochrone::zone {

namespace {

using wire::Type;

// Takes one word after the other and writes octets. The first fault sticks: what follows it is passed over.
class Fields {
 public:
  Fields(Type type, const RdataText& text, std::vector<uint8_t>& rdata, Problems& problems)
      : type_(type), text_(text), rdata_(rdata), problems_(problems) {}

  void number(int octets, const char* what, uint32_t max) {
    const Token* token = take(what);
    if (token == nullptr) return;
    const auto value = parse_number(token->text, max);
    if (!value) return fault(*token, fmt::format("'{}' is not a {}", token->text, what), fmt::format("expected a number from 0 to {}", max));
    put(*value, octets);
  }

  void seconds(const char* what) {
    const Token* token = take(what);
    if (token == nullptr) return;
    const auto value = parse_ttl(token->text);
    if (!value) return fault(*token, fmt::format("'{}' is not a {}", token->text, what), "expected seconds or e.g. '1h30m'");
    put(*value, 4);
  }

  void name(const char* what) {
    const Token* token = take(what);
    if (token == nullptr) return;
    NameBuffer name;
    if (const Fault wrong = parse_name(token->text, text_.origin, name))
      return fault(*token, fmt::format("'{}' {}", token->text, wrong), fmt::format("expected a {}", what));
    rdata_.insert(rdata_.end(), name.octets.begin(), name.octets.begin() + static_cast<ptrdiff_t>(name.size));
  }

  void address(int family, const char* what) {
    const Token* token = take(what);
    if (token == nullptr) return;
    if (family == AF_INET && ipv4(token->text)) return;
    uint8_t octets[16];
    const std::string copy(token->text);
    if (family == AF_INET || inet_pton(family, copy.c_str(), octets) != 1 || copy.find('\0') != std::string::npos)
      return fault(*token, fmt::format("'{}' is not an {}", token->text, what),
                   family == AF_INET ? "expected e.g. '192.0.2.1'" : "expected e.g. '2001:db8::1'");
    rdata_.insert(rdata_.end(), octets, octets + sizeof octets);
  }

  // A <character-string>: a length octet, then at most 255.
  void string(const char* what) {
    const Token* token = take(what);
    if (token == nullptr) return;
    const size_t length_at = rdata_.size();
    rdata_.push_back(0);
    octets(*token, 255);
    rdata_[length_at] = static_cast<uint8_t>(rdata_.size() - length_at - 1);
  }

  // The octets of a word, escapes resolved.
  void octets(const Token& token, size_t max) {
    const size_t begin = rdata_.size();
    for (size_t at = 0; at < token.text.size();) {
      if (token.text[at] != '\\') {
        rdata_.push_back(static_cast<uint8_t>(token.text[at++]));
        continue;
      }
      const size_t escape_at = at;
      const auto octet = parse_escape(token.text, at);
      if (!octet)
        return fault(token, fmt::format("bad escape '{}'", token.text.substr(escape_at, 4)), "expected \\X or \\DDD up to \\255");
      rdata_.push_back(*octet);
    }
    if (rdata_.size() - begin > max) {
      const size_t size = rdata_.size() - begin;
      rdata_.resize(begin);
      fault(token, fmt::format("string of {} octets", size), fmt::format("expected at most {}; split it into several", max));
    }
  }

  void strings() {
    do string("string");
    while (!failed_ && next_ < text_.tokens.size());
  }

  void caa() {  // RFC 8659 §4.1
    number(1, "flags value", 255);
    const Token* tag = take("tag");
    if (tag == nullptr) return;
    const auto alphanumeric = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (tag->text.empty() || tag->text.size() > 255 || !std::ranges::all_of(tag->text, alphanumeric))
      return fault(*tag, fmt::format("'{}' is not a CAA tag", tag->text), "expected letters and digits, e.g. 'issue'");
    put(static_cast<uint32_t>(tag->text.size()), 1);
    rdata_.insert(rdata_.end(), tag->text.begin(), tag->text.end());
    if (const Token* value = take("value")) octets(*value, 65535 - rdata_.size());
  }

  void soa() {
    name("primary name server");
    name("mailbox");
    number(4, "serial", UINT32_MAX);
    for (const char* what : {"refresh", "retry", "expire", "minimum"}) seconds(what);
  }

  bool finish() {
    if (!failed_ && next_ < text_.tokens.size()) {
      const Token& extra = text_.tokens[next_];
      fault(extra, fmt::format("'{}' is too much for type {}", extra.text, to_text(type_)), "expected the end of the line");
    }
    if (!failed_ && rdata_.size() > UINT16_MAX)
      fault(text_.tokens[0], fmt::format("RDATA of {} octets", rdata_.size()), "expected at most 65535");
    return !failed_;
  }

 private:
  const Token* take(const char* what) {
    if (failed_) return nullptr;
    if (next_ < text_.tokens.size()) return &text_.tokens[next_++];
    failed_ = true;
    problems_.error({std::string(text_.file), text_.end_line, text_.end_column}, {},
                    fmt::format("{} record ends too early", to_text(type_)), fmt::format("expected its {}", what));
    return nullptr;
  }

  void fault(const Token& token, std::string what, std::string expected) {
    failed_ = true;
    problems_.error({std::string(text_.file), token.line, token.column}, {}, std::move(what), std::move(expected));
  }

  void put(uint32_t value, int octets) {
    for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) rdata_.push_back(static_cast<uint8_t>(value >> shift));
  }

  // Four decimal numbers without leading zeros' other meaning: "010" is refused, as inet_pton does.
  bool ipv4(std::string_view text) {
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

  Type type_;
  const RdataText& text_;
  std::vector<uint8_t>& rdata_;
  Problems& problems_;
  size_t next_ = 0;
  bool failed_ = false;
};

bool is_generic(const RdataText& text) {
  return !text.tokens.empty() && !text.tokens[0].quoted && text.tokens[0].text == "\\#";
}

}  // namespace

bool parse_rdata(Type type, const RdataText& text, std::vector<uint8_t>& rdata, Problems& problems) {
  rdata.clear();
  if (is_generic(text)) return parse_generic_rdata(type, text, rdata, problems);
  Fields fields(type, text, rdata, problems);
  switch (type) {
    case Type::A: fields.address(AF_INET, "IPv4 address"); break;
    case Type::AAAA: fields.address(AF_INET6, "IPv6 address"); break;
    case Type::NS: fields.name("name server"); break;
    case Type::CNAME:
    case Type::DNAME:
    case Type::PTR: fields.name("name"); break;
    case Type::MX:
      fields.number(2, "preference", UINT16_MAX);
      fields.name("mail server");
      break;
    case Type::SRV:
      for (const char* what : {"priority", "weight", "port"}) fields.number(2, what, UINT16_MAX);
      fields.name("target");
      break;
    case Type::NAPTR:  // RFC 3403 §4.1
      for (const char* what : {"order", "preference"}) fields.number(2, what, UINT16_MAX);
      for (const char* what : {"flags string", "services string", "regular expression"}) fields.string(what);
      fields.name("replacement");
      break;
    case Type::TXT: fields.strings(); break;
    case Type::SOA: fields.soa(); break;
    case Type::CAA: fields.caa(); break;
    default: return parse_rdata_by_ldns(type, text, rdata, problems);
  }
  return fields.finish();
}

}  // namespace isochrone::zone
