#include "wire/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace isochrone::wire {
namespace {

struct Mnemonic {
  std::string_view text;
  uint16_t type;
};

// clang-format off
// The whole IANA registry, in the order of its numbers.
constexpr auto kByNumber = std::to_array<Mnemonic>({
    {"A", 1}, {"NS", 2}, {"MD", 3}, {"MF", 4}, {"CNAME", 5}, {"SOA", 6}, {"MB", 7}, {"MG", 8}, {"MR", 9}, {"NULL", 10},
    {"WKS", 11}, {"PTR", 12}, {"HINFO", 13}, {"MINFO", 14}, {"MX", 15}, {"TXT", 16}, {"RP", 17}, {"AFSDB", 18},
    {"X25", 19}, {"ISDN", 20}, {"RT", 21}, {"NSAP", 22}, {"NSAP-PTR", 23}, {"SIG", 24}, {"KEY", 25}, {"PX", 26},
    {"GPOS", 27}, {"AAAA", 28}, {"LOC", 29}, {"NXT", 30}, {"EID", 31}, {"NIMLOC", 32}, {"SRV", 33}, {"ATMA", 34},
    {"NAPTR", 35}, {"KX", 36}, {"CERT", 37}, {"A6", 38}, {"DNAME", 39}, {"SINK", 40}, {"OPT", 41}, {"APL", 42},
    {"DS", 43}, {"SSHFP", 44}, {"IPSECKEY", 45}, {"RRSIG", 46}, {"NSEC", 47}, {"DNSKEY", 48}, {"DHCID", 49},
    {"NSEC3", 50}, {"NSEC3PARAM", 51}, {"TLSA", 52}, {"SMIMEA", 53}, {"HIP", 55}, {"NINFO", 56}, {"RKEY", 57},
    {"TALINK", 58}, {"CDS", 59}, {"CDNSKEY", 60}, {"OPENPGPKEY", 61}, {"CSYNC", 62}, {"ZONEMD", 63}, {"SVCB", 64},
    {"HTTPS", 65}, {"DSYNC", 66}, {"HHIT", 67}, {"BRID", 68}, {"SPF", 99}, {"UINFO", 100}, {"UID", 101}, {"GID", 102},
    {"UNSPEC", 103}, {"NID", 104}, {"L32", 105}, {"L64", 106}, {"LP", 107}, {"EUI48", 108}, {"EUI64", 109},
    {"NXNAME", 128}, {"TKEY", 249}, {"TSIG", 250}, {"IXFR", 251}, {"AXFR", 252}, {"MAILB", 253}, {"MAILA", 254},
    {"ANY", 255}, {"URI", 256}, {"CAA", 257}, {"AVC", 258}, {"DOA", 259}, {"AMTRELAY", 260}, {"RESINFO", 261},
    {"WALLET", 262}, {"CLA", 263}, {"IPN", 264}, {"TA", 32768}, {"DLV", 32769},
});
// clang-format on

constexpr auto kByText = [] {
  auto sorted = kByNumber;
  std::sort(sorted.begin(), sorted.end(), [](const Mnemonic& a, const Mnemonic& b) { return a.text < b.text; });
  return sorted;
}();

constexpr size_t kLongest = 10;  // NSEC3PARAM

// RFC 3597 §5: "TYPE" and a decimal number.
std::optional<Type> parse_unknown(std::string_view upper) {
  if (!upper.starts_with("TYPE")) return std::nullopt;
  uint16_t number = 0;
  const char* end = upper.data() + upper.size();
  const auto [stopped, error] = std::from_chars(upper.data() + 4, end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return Type{number};
}

}  // namespace

std::optional<Type> parse_type(std::string_view text) {
  std::array<char, kLongest> buffer;
  if (text.size() > buffer.size()) return std::nullopt;
  std::transform(text.begin(), text.end(), buffer.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  const std::string_view upper(buffer.data(), text.size());

  const auto found = std::lower_bound(kByText.begin(), kByText.end(), upper,
                                      [](const Mnemonic& m, std::string_view wanted) { return m.text < wanted; });
  if (found != kByText.end() && found->text == upper) return Type{found->type};
  return parse_unknown(upper);
}

std::string to_text(Type type) {
  const auto number = static_cast<uint16_t>(type);
  const auto found = std::lower_bound(kByNumber.begin(), kByNumber.end(), number,
                                      [](const Mnemonic& m, uint16_t wanted) { return m.type < wanted; });
  if (found != kByNumber.end() && found->type == number) return std::string(found->text);
  return fmt::format("TYPE{}", number);
}

std::string to_text(Rcode rcode) {
  switch (rcode) {
    case Rcode::NoError:
      return "NOERROR";
    case Rcode::FormErr:
      return "FORMERR";
    case Rcode::ServFail:
      return "SERVFAIL";
    case Rcode::NxDomain:
      return "NXDOMAIN";
    case Rcode::NotImp:
      return "NOTIMP";
    case Rcode::Refused:
      return "REFUSED";
    case Rcode::YxDomain:
      return "YXDOMAIN";
    case Rcode::NotAuth:
      return "NOTAUTH";
    case Rcode::BadVers:
      return "BADVERS";
    case Rcode::BadCookie:
      return "BADCOOKIE";
  }
  return fmt::format("RCODE{}", static_cast<uint16_t>(rcode));
}

bool is_meta(Type type) {
  const auto number = static_cast<uint16_t>(type);
  return number == 0 || type == Type::OPT || (number >= 128 && number <= 255);
}

}  // namespace isochrone::wire
