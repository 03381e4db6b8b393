#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "zone/rdata_own.h"
#include "zone/text.h"

namespace isochrone::zone {

namespace {

using Octets = std::vector<uint8_t>;

// RFC 9460 §14.3.2, RFC 9461, RFC 9540, draft-ietf-tls-key-share-prediction.
constexpr std::string_view kKeys[] = {"mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp",
                                      "tls-supported-groups"};
enum Key : uint16_t { kMandatory, kAlpn, kNoDefaultAlpn, kPort, kIpv4Hint, kEch, kIpv6Hint, kDohPath, kOhttp, kTlsGroups };

std::optional<uint16_t> parse_key(std::string_view text) {
  if (const auto* known = std::ranges::find(kKeys, text); known != std::end(kKeys)) return static_cast<uint16_t>(known - kKeys);
  if (!text.starts_with("key") || (text.size() > 4 && text[3] == '0')) return std::nullopt;
  const auto number = parse_number(text.substr(3), UINT16_MAX);
  return number ? std::optional(static_cast<uint16_t>(*number)) : std::nullopt;
}

std::string key_text(uint16_t key) { return key < std::size(kKeys) ? std::string(kKeys[key]) : fmt::format("key{}", key); }

void put_u16(Octets& octets, uint32_t value) {
  octets.push_back(static_cast<uint8_t>(value >> 8));
  octets.push_back(static_cast<uint8_t>(value));
}

// The items of a comma-separated list; in one, "\," is a comma and "\\" a backslash (RFC 9460 §A.1). `list`: its other
// escapes are resolved. nullopt: an item is empty, or a backslash stands before anything else.
std::optional<std::vector<std::string>> split(const Octets& list) {
  std::vector<std::string> items(1);
  for (size_t at = 0; at < list.size(); ++at) {
    if (list[at] == ',') {
      items.emplace_back();
      continue;
    }
    if (list[at] == '\\' && (++at == list.size() || (list[at] != ',' && list[at] != '\\'))) return std::nullopt;
    items.back() += static_cast<char>(list[at]);
  }
  if (std::ranges::any_of(items, [](const std::string& item) { return item.empty(); })) return std::nullopt;
  return items;
}

std::optional<Octets> alpn(const Octets& text) {
  const auto ids = split(text);
  if (!ids || std::ranges::any_of(*ids, [](const std::string& id) { return id.size() > 255; })) return std::nullopt;
  Octets value;
  for (const std::string& id : *ids) {
    value.push_back(static_cast<uint8_t>(id.size()));
    value.insert(value.end(), id.begin(), id.end());
  }
  return value;
}

// Keys or numbers; each once.
std::optional<Octets> numbers(const Octets& text, std::optional<uint16_t> (*parse)(std::string_view), bool sorted) {
  const auto items = split(text);
  if (!items) return std::nullopt;
  std::vector<uint16_t> found;
  for (const std::string& item : *items) {
    const auto number = parse(item);
    if (!number || std::ranges::find(found, *number) != found.end()) return std::nullopt;
    found.push_back(*number);
  }
  if (sorted) std::ranges::sort(found);
  Octets value;
  for (const uint16_t number : found) put_u16(value, number);
  return value;
}

std::optional<uint16_t> parse_u16(std::string_view text) {
  const auto number = parse_number(text, UINT16_MAX);
  return number ? std::optional(static_cast<uint16_t>(*number)) : std::nullopt;
}

std::optional<Octets> addresses(const Octets& text, int family) {
  const auto items = split(text);
  if (!items) return std::nullopt;
  Octets value;
  for (const std::string& item : *items) {
    std::array<uint8_t, 16> address;
    if (item.find('\0') != item.npos || inet_pton(family, item.c_str(), address.data()) != 1) return std::nullopt;
    value.insert(value.end(), address.begin(), address.begin() + (family == AF_INET ? 4 : 16));
  }
  return value;
}

// What `text`, escapes resolved, says for this key; nullopt: nothing that the key may have. Flags have no value.
std::optional<Octets> value_of(uint16_t key, const Octets& text) {
  switch (key) {
    case kMandatory: return numbers(text, parse_key, /*sorted=*/true);
    case kAlpn: return alpn(text);
    case kNoDefaultAlpn:
    case kOhttp: return text.empty() ? std::optional<Octets>(Octets()) : std::nullopt;
    case kPort: return text.size() > 5 || std::ranges::find(text, ',') != text.end() ? std::nullopt : numbers(text, parse_u16, false);
    case kIpv4Hint: return addresses(text, AF_INET);
    case kIpv6Hint: return addresses(text, AF_INET6);
    case kEch: {
      Octets value;
      return decode_base64({reinterpret_cast<const char*>(text.data()), text.size()}, value) ? std::optional(value) : std::nullopt;
    }
    case kTlsGroups: return numbers(text, parse_u16, false);
    case kDohPath: return text.empty() ? std::nullopt : std::optional(text);
    default: return text;
  }
}

// Octets given by "keyNNNNN" for a key that is known: whether they are a value it may have.
bool is_value_of(uint16_t key, const Octets& value) {
  switch (key) {
    case kMandatory:
    case kTlsGroups: return !value.empty() && value.size() % 2 == 0;
    case kAlpn: {
      size_t at = 0;
      while (at < value.size() && value[at] != 0) at += value[at] + size_t{1};
      return !value.empty() && at == value.size();
    }
    case kNoDefaultAlpn:
    case kOhttp: return value.empty();
    case kPort: return value.size() == 2;
    case kIpv4Hint: return !value.empty() && value.size() % 4 == 0;
    case kIpv6Hint: return !value.empty() && value.size() % 16 == 0;
    case kEch:
    case kDohPath: return !value.empty();
    default: return true;
  }
}

const char* expected_of(uint16_t key) {
  switch (key) {
    case kMandatory: return "expected keys, each once, e.g. 'mandatory=alpn,port'";
    case kAlpn: return "expected protocols, e.g. 'alpn=h2,h3'";
    case kNoDefaultAlpn:
    case kOhttp: return "expected no value";
    case kPort: return "expected a number from 0 to 65535";
    case kIpv4Hint: return "expected addresses, e.g. 'ipv4hint=192.0.2.1,192.0.2.2'";
    case kIpv6Hint: return "expected addresses, e.g. 'ipv6hint=2001:db8::1'";
    case kEch: return "expected base64";
    case kTlsGroups: return "expected numbers, each once, e.g. 'tls-supported-groups=29,23'";
    default: return "expected a value";
  }
}

class Parameters {
 public:
  explicit Parameters(RdataFields& fields) : fields_(fields) {}

  // One word "key" or "key=value"; a quoted value is the next word, without a blank before it.
  void read(const Token& word) {
    const size_t equals = std::min(word.text.find('='), word.text.size());
    const std::string_view name = word.text.substr(0, equals);
    const auto key = word.quoted ? std::nullopt : parse_key(name);
    if (!key)
      return fields_.fault(word, fmt::format("'{}' is not a service parameter", name),
                           "expected e.g. 'alpn=h2', 'port=443' or 'key65280=text'");
    std::string_view text = word.text.substr(std::min(equals + 1, word.text.size()));
    if (equals + 1 == word.text.size() && is_quoted_behind(word)) text = fields_.take("value")->text;

    const Octets octets = fields_.unescaped(word, text);
    const bool by_number = name.starts_with("key");
    const auto value = by_number ? std::optional(octets) : value_of(*key, octets);
    if (!value || (by_number && !is_value_of(*key, *value)))
      return fields_.fault(word, fmt::format("'{}' is not a value of {}", text, key_text(*key)), expected_of(*key));
    if (!values_.emplace(*key, *value).second)
      return fields_.fault(word, fmt::format("second {}", key_text(*key)), "expected each key once (RFC 9460 §2.1)");
    words_.emplace(*key, &word);
  }

  // RFC 9460 §8, §7.1.1: a client takes a record that contradicts itself for broken.
  void check() {
    if (const auto mandatory = values_.find(kMandatory); mandatory != values_.end())
      for (size_t at = 0; at < mandatory->second.size(); at += 2) {
        const auto key = static_cast<uint16_t>(mandatory->second[at] << 8 | mandatory->second[at + 1]);
        if (key == kMandatory)
          return fields_.fault(*words_[kMandatory], "mandatory lists itself", "expected other keys of this record (RFC 9460 §8)");
        if (!values_.contains(key))
          return fields_.fault(*words_[kMandatory], fmt::format("'{}' is mandatory and not there", key_text(key)),
                               "expected keys of this record");
      }
    if (values_.contains(kNoDefaultAlpn) && !values_.contains(kAlpn))
      fields_.fault(*words_[kNoDefaultAlpn], "no-default-alpn without alpn",
                    "expected 'alpn=' with the protocols there are (RFC 9460 §7.1.1)");
  }

  void write() const {
    for (const auto& [key, value] : values_) {  // §2.2: in the order of their numbers
      fields_.put(key, 2);
      fields_.put(static_cast<uint32_t>(value.size()), 2);
      fields_.put(value);
    }
  }

 private:
  bool is_quoted_behind(const Token& word) const {
    const Token* next = fields_.next();
    return next && next->quoted && next->line == word.line && next->column == word.end_column();
  }

  RdataFields& fields_;
  std::map<uint16_t, Octets> values_;
  std::map<uint16_t, const Token*> words_;
};

}  // namespace

void read_svcb(RdataFields& fields) {
  fields.u16("priority");
  fields.name("target");
  Parameters parameters(fields);
  while (const Token* word = fields.next()) {
    fields.take("parameter");
    parameters.read(*word);
  }
  if (fields.failed()) return;
  parameters.check();
  parameters.write();
}

}  // namespace isochrone::zone
