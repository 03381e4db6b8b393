#include "zone/rdata_own.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "util/hex.h"
#include "zone/text.h"

namespace isochrone::zone {

namespace {

// The octets of a digest by its type, RFC 4034 §5.1.3 and those after it; 0: not known here.
size_t digest_size(uint32_t digest_type) {
  switch (digest_type) {
    case 1: return 20;
    case 2:
    case 3: return 32;
    case 4: return 48;
    default: return 0;
  }
}

// The gateway or relay of a type: 0 none, 1 and 2 an address, 3 a name.
void read_gateway(RdataFields& fields, uint32_t gateway_type, const char* what) {
  switch (gateway_type) {
    case 0:
      if (const Token* none = fields.take(what); none && none->text != ".")
        fields.fault(*none, fmt::format("'{}' where there is no {}", none->text, what), "expected '.'");
      break;
    case 1: return fields.address(AF_INET, "IPv4 address");
    case 2: return fields.address(AF_INET6, "IPv6 address");
    default: fields.name(what);
  }
}

// [!]family:address/prefix, RFC 3123 §5.
bool read_prefix(RdataFields& fields, std::string_view text) {
  const bool negated = text.starts_with('!');
  if (negated) text.remove_prefix(1);
  const size_t colon = text.find(':'), slash = text.rfind('/');
  if (colon == text.npos || slash == text.npos || slash < colon) return false;
  const auto family = parse_number(text.substr(0, colon), 2);
  if (!family || *family == 0) return false;
  const auto prefix = parse_number(text.substr(slash + 1), *family == 1 ? 32 : 128);
  std::array<uint8_t, 16> address{};
  const std::string address_text(text.substr(colon + 1, slash - colon - 1));
  if (!prefix || inet_pton(*family == 1 ? AF_INET : AF_INET6, address_text.c_str(), address.data()) != 1) return false;
  size_t size = *family == 1 ? 4 : 16;
  while (size > 0 && address[size - 1] == 0) --size;  // §4: trailing zeros are left out
  fields.put(*family, 2);
  fields.put(*prefix, 1);
  fields.put(static_cast<uint32_t>(size) | (negated ? 0x80u : 0u), 1);
  fields.put(std::span(address).first(size));
  return true;
}

}  // namespace

void read_caa(RdataFields& fields) {
  fields.u8("flags value");
  const Token* tag = fields.take("tag");
  if (tag == nullptr) return;
  const auto alphanumeric = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (tag->text.empty() || tag->text.size() > 255 || !std::ranges::all_of(tag->text, alphanumeric))
    return fields.fault(*tag, fmt::format("'{}' is not a CAA tag", tag->text), "expected letters and digits, e.g. 'issue'");
  fields.put(static_cast<uint32_t>(tag->text.size()), 1);
  fields.octets(*tag, tag->text, 255);
  if (const Token* value = fields.take("value")) fields.octets(*value, value->text, 65535 - fields.size());
}

void read_ds(RdataFields& fields) {
  fields.u16("key tag");
  fields.algorithm();
  const Token* token = fields.next();
  const size_t expected = digest_size(fields.number_of(1, "digest type", UINT8_MAX));
  const size_t before = fields.size();
  fields.hex("digest");
  if (!fields.failed() && expected != 0 && fields.size() - before != expected)
    fields.fault(*token, fmt::format("digest of {} octets", fields.size() - before),
                 fmt::format("expected {} of digest type {}", expected, token->text));
}

void read_ipseckey(RdataFields& fields) {
  fields.u8("precedence");
  const uint32_t gateway_type = fields.number_of(1, "gateway type", 3);
  const uint32_t algorithm = fields.number_of(1, "algorithm", UINT8_MAX);
  read_gateway(fields, gateway_type, "gateway");
  fields.base64("key", /*may_be_none=*/algorithm == 0);
}

void read_amtrelay(RdataFields& fields) {
  fields.u8("precedence");
  const Token* discovery = fields.take("discovery bit");
  if (discovery == nullptr) return;
  const auto optional = parse_number(discovery->text, 1);
  if (!optional) return fields.fault(*discovery, fmt::format("'{}' is not a discovery bit", discovery->text), "expected 0 or 1");
  const Token* type = fields.take("relay type");
  if (type == nullptr) return;
  const auto relay_type = parse_number(type->text, 3);
  if (!relay_type) return fields.fault(*type, fmt::format("'{}' is not a relay type", type->text), "expected a number from 0 to 3");
  fields.put(*optional << 7 | *relay_type, 1);
  read_gateway(fields, *relay_type, "relay");
}

// Its length octets stand before all that they count.
void read_hip(RdataFields& fields) {
  const Token* algorithm = fields.take("algorithm");
  if (algorithm == nullptr) return;
  const auto number = parse_number(algorithm->text, UINT8_MAX);
  if (!number) return fields.fault(*algorithm, fmt::format("'{}' is not an algorithm", algorithm->text), "expected a number from 0 to 255");
  std::vector<uint8_t> tag, key;
  const Token* words[] = {fields.take("host identity tag"), fields.take("public key")};
  if (fields.failed()) return;
  if (!decode_hex(words[0]->text, tag) || tag.empty() || tag.size() > 255)
    return fields.fault(*words[0], "the host identity tag is not hexadecimal", "expected two digits for each of 1 to 255 octets");
  if (!decode_base64(words[1]->text, key))
    return fields.fault(*words[1], "the public key is not base64", "expected groups of four characters (RFC 4648 §4)");
  fields.put(static_cast<uint32_t>(tag.size()), 1);
  fields.put(*number, 1);
  fields.put(static_cast<uint32_t>(key.size()), 2);
  fields.put(tag);
  fields.put(key);
  while (fields.next()) fields.name("rendezvous server");
}

void read_apl(RdataFields& fields) {
  while (const Token* item = fields.next()) {
    fields.take("address prefix");
    if (!read_prefix(fields, item->text))
      return fields.fault(*item, fmt::format("'{}' is not an address prefix", item->text),
                          "expected e.g. '1:192.0.2.0/24' or '!2:2001:db8::/32'");
  }
}

}  // namespace isochrone::zone
