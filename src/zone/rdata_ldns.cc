#include "zone/rdata_ldns.h"

#include <algorithm>
#include <cctype>
#include <memory>

#include <fmt/format.h>

#include "zone/ldns.h"
#include "zone/text.h"

namespace isochrone::zone {

namespace {

struct FreeRr {
  void operator()(ldns_rr* rr) const { ldns_rr_free(rr); }
};
struct FreeRdf {
  void operator()(ldns_rdf* rdf) const { ldns_rdf_deep_free(rdf); }
};
struct FreeBuffer {
  void operator()(ldns_buffer* buffer) const { ldns_buffer_free(buffer); }
};
struct FreeText {
  void operator()(char* text) const { LDNS_FREE(text); }
};
using Rr = std::unique_ptr<ldns_rr, FreeRr>;
using Rdf = std::unique_ptr<ldns_rdf, FreeRdf>;
using Buffer = std::unique_ptr<ldns_buffer, FreeBuffer>;

bool fault(const RdataText& text, const Token* token, std::string what, std::string expected, Problems& problems) {
  const Place place = token ? Place{std::string(text.file), token->line, token->column}
                            : Place{std::string(text.file), text.end_line, text.end_column};
  problems.error(place, {}, std::move(what), std::move(expected));
  return false;
}

const Token* first(const RdataText& text) { return text.tokens.empty() ? nullptr : &text.tokens[0]; }

bool is_known(wire::Type type) {
  return ldns_rr_descript(static_cast<uint16_t>(type))->_name != nullptr;
}

// An RR of the root with this RDATA.
std::vector<uint8_t> rr_octets(wire::Type type, std::span<const uint8_t> rdata) {
  const auto number = static_cast<uint16_t>(type);
  const auto size = static_cast<uint16_t>(rdata.size());
  std::vector<uint8_t> rr = {0, static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number), 0, 1, 0, 0, 0, 0,
                             static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)};
  rr.insert(rr.end(), rdata.begin(), rdata.end());
  return rr;
}

bool write_rdata(const ldns_rr* rr, std::vector<uint8_t>& rdata) {
  const Buffer buffer(ldns_buffer_new(LDNS_MAX_PACKETLEN));
  if (ldns_rr_rdata2buffer_wire(buffer.get(), rr) != LDNS_STATUS_OK) return false;
  rdata.assign(ldns_buffer_begin(buffer.get()), ldns_buffer_current(buffer.get()));
  return rdata.size() <= UINT16_MAX;
}

// Null where the octets are not RDATA of that type.
Rr read_rr(wire::Type type, std::span<const uint8_t> rdata) {
  const std::vector<uint8_t> octets = rr_octets(type, rdata);
  ldns_rr* rr = nullptr;
  size_t at = 0;
  if (ldns_wire2rr(&rr, octets.data(), octets.size(), &at, LDNS_SECTION_ANSWER) != LDNS_STATUS_OK) return nullptr;
  Rr owned(rr);
  // ldns follows compression pointers and forgives what is missing or too much: what it read must be what we gave it.
  std::vector<uint8_t> again;
  const bool whole = ldns_rr_rd_count(rr) >= ldns_rr_descriptor_minimum(ldns_rr_descript(static_cast<uint16_t>(type))) &&
                     write_rdata(rr, again) && std::ranges::equal(again, rdata);
  return whole ? std::move(owned) : nullptr;
}

}  // namespace

bool parse_rdata_by_ldns(wire::Type type, const RdataText& text, std::vector<uint8_t>& rdata, Problems& problems) {
  if (!is_known(type))
    return fault(text, first(text), fmt::format("{} has no presentation format here", to_text(type)),
                 "expected '\\# <octets> <hex>' (RFC 3597 §5)", problems);
  std::string line = ". 0 IN " + to_text(type);
  for (const Token& token : text.tokens) {
    if (token.text.find('\0') != std::string_view::npos)
      return fault(text, &token, "a NUL octet in the text", "expected '\\000'", problems);
    line += token.quoted ? fmt::format(" \"{}\"", token.text) : fmt::format(" {}", token.text);
  }
  ldns_rdf* origin_rdf = nullptr;
  size_t at = 0;
  if (ldns_wire2dname(&origin_rdf, text.origin.data(), text.origin.size(), &at) != LDNS_STATUS_OK) return false;
  const Rdf origin(origin_rdf);

  ldns_rr* rr_made = nullptr;
  const ldns_status status = ldns_rr_new_frm_str(&rr_made, line.c_str(), 0, origin.get(), nullptr);
  if (status != LDNS_STATUS_OK)  // rr_made is not set then
    return fault(text, first(text), fmt::format("not data of type {}", to_text(type)), ldns_get_errorstr_by_id(status), problems);
  const Rr rr(rr_made);
  if (!write_rdata(rr.get(), rdata))
    return fault(text, first(text), fmt::format("the data of this {} record is too long", to_text(type)),
                 "expected at most 65535 octets", problems);
  return true;
}

bool parse_generic_rdata(wire::Type type, const RdataText& text, std::vector<uint8_t>& rdata, Problems& problems) {
  constexpr const char* kExpected = "expected '\\# <octets> <hex>' (RFC 3597 §5)";
  if (text.tokens.size() < 2) return fault(text, nullptr, "'\\#' without a length", kExpected, problems);
  const auto size = parse_number(text.tokens[1].text, UINT16_MAX);
  if (!size) return fault(text, &text.tokens[1], fmt::format("'{}' is not a length", text.tokens[1].text), kExpected, problems);
  int high = -1;  // half an octet
  for (const Token& token : text.tokens.subspan(2)) {
    for (const char c : token.text) {
      if (!std::isxdigit(static_cast<unsigned char>(c)))
        return fault(text, &token, fmt::format("'{}' is not hexadecimal", token.text), kExpected, problems);
      const int digit = ldns_hexdigit_to_int(c);
      if (high >= 0) rdata.push_back(static_cast<uint8_t>(high << 4 | digit));
      high = high >= 0 ? -1 : digit;
    }
  }
  if (high >= 0) return fault(text, &text.tokens.back(), "an odd number of hexadecimal digits", "expected two for each octet", problems);
  if (rdata.size() != *size)
    return fault(text, &text.tokens[1], fmt::format("{} octets are announced and {} follow", *size, rdata.size()),
                 "expected two hexadecimal digits for each", problems);
  if (is_known(type) && !read_rr(type, rdata))
    return fault(text, &text.tokens[0], fmt::format("these octets are not data of type {}", to_text(type)),
                 "expected its wire format, names uncompressed", problems);
  return true;
}

std::string to_presentation(wire::Type type, std::span<const uint8_t> rdata) {
  const Rr rr = is_known(type) ? read_rr(type, rdata) : nullptr;
  std::string text;
  for (size_t i = 0; rr && i < ldns_rr_rd_count(rr.get()); ++i) {
    const std::unique_ptr<char, FreeText> field(ldns_rdf2str(ldns_rr_rdf(rr.get(), i)));
    if (i > 0) text += ' ';
    if (field) text += field.get();
  }
  if (!text.empty()) return text;
  text = fmt::format("\\# {}", rdata.size());
  if (!rdata.empty()) text += ' ';
  for (const uint8_t octet : rdata) text += fmt::format("{:02x}", octet);
  return text;
}

}  // namespace isochrone::zone
