#pragma once
// The words of one record → the octets of its RDATA, field by field in the order the type's RFC lists them. The first fault
// sticks: it is told at its place, what follows is passed over, and finish() says whether all was well.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zone/rdata.h"

namespace isochrone::zone {

// False where `text` is empty or not base64 with its padding (RFC 4648 §4).
bool decode_base64(std::string_view text, std::vector<uint8_t>& octets);

class RdataFields {
 public:
  // A word that stands for a number.
  struct Mnemonic {
    std::string_view text;
    uint32_t number;
  };

  // Appends to `rdata`. Looks into `text`, which is to live as long.
  RdataFields(wire::Type type, const RdataText& text, std::vector<uint8_t>& rdata, Problems& problems)
      : type_(type), text_(text), rdata_(rdata), problems_(problems) {}

  // Each takes the next word. `what` says what it is where it is missing or wrong.
  void number(int octets, const char* what, uint32_t max);
  void u8(const char* what) { number(1, what, UINT8_MAX); }
  void u16(const char* what) { number(2, what, UINT16_MAX); }
  void u32(const char* what) { number(4, what, UINT32_MAX); }
  uint32_t number_of(int octets, const char* what, uint32_t max);  // and returns it; 0 where it is wrong
  void word(int octets, const char* what, uint32_t max, std::span<const Mnemonic> words);  // or a number
  void algorithm();                  // of DNSSEC: its number or mnemonic (RFC 4034 §A.1)
  void seconds(const char* what);    // as a TTL is written
  void timestamp(const char* what);  // RFC 4034 §3.2: YYYYMMDDHHmmSS, or seconds since 1970
  void name(const char* what);
  void address(int family, const char* what);  // AF_INET, AF_INET6
  void string(const char* what);               // a <character-string>: a length octet, then at most 255
  void text(const char* what);                 // the octets of a word without a length; at least one
  void type(const char* what);
  void hex_word(const char* what);     // behind its length in one octet; "-" is none
  void base32_word(const char* what);  // the same, base32hex without padding (RFC 5155 §3.3)
  void groups(int count, int octets, char separator, const char* what);  // hexadecimal: "00-00-5e-00-53-2a"

  // These take all words that are left.
  void strings();                                   // one at least
  void hex(const char* what, size_t least = 1);     // blanks between digits mean nothing; `least`: octets
  void base64(const char* what, bool may_be_none = false);
  void bitmap();                                    // types, none too; RFC 4034 §4.1.2

  // For the formats of a type's own.
  const Token* take(const char* what);  // null: a fault sticks, the missing word's too
  const Token* next() const { return !failed_ && next_ < text_.tokens.size() ? &text_.tokens[next_] : nullptr; }
  void octets(const Token& token, std::string_view text, size_t max);  // of a part of a word, escapes resolved
  void fault(const Token& token, std::string what, std::string expected);
  void put(uint32_t value, int octets);
  void put(std::span<const uint8_t> octets) { rdata_.insert(rdata_.end(), octets.begin(), octets.end()); }
  std::vector<uint8_t> unescaped(const Token& token, std::string_view text);  // as octets(), not appended
  size_t size() const { return rdata_.size(); }
  void set(size_t at, uint8_t octet) { rdata_[at] = octet; }
  void set_length_at(size_t at) { rdata_[at] = static_cast<uint8_t>(rdata_.size() - at - 1); }  // of all that follows it
  bool failed() const { return failed_; }

  bool finish();

 private:
  bool ipv4(std::string_view text);
  std::string rest();
  std::optional<uint16_t> type_of(const char* what);  // takes the next word; nullopt: a fault sticks

  wire::Type type_;
  const RdataText& text_;
  std::vector<uint8_t>& rdata_;
  Problems& problems_;
  size_t next_ = 0;
  bool failed_ = false;
};

}  // namespace isochrone::zone
