#include "zone/words.h"

#include <vector>

#include <fmt/format.h>

#include "util/problem.h"
#include "zone/text.h"

namespace isochrone::zone {

namespace {

const std::vector<std::string_view> kDirectives = {"$ORIGIN", "$TTL", "$INCLUDE", "$GENERATE"};

const std::vector<std::string_view> kTypes = {
    "A",    "AAAA", "AFSDB", "APL",    "CAA",    "CDNSKEY", "CDS",        "CERT",       "CNAME", "CSYNC",  "DHCID",
    "DNAME", "DNSKEY", "DS", "EUI48",  "EUI64",  "HINFO",   "HTTPS",      "IPSECKEY",   "KX",    "LOC",    "MX",
    "NAPTR", "NS",  "NSEC",  "NSEC3",  "NSEC3PARAM", "OPENPGPKEY", "PTR", "RP",         "RRSIG", "SMIMEA", "SOA",
    "SRV",  "SSHFP", "SVCB", "TLSA",   "TXT",    "URI",     "ZONEMD"};

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates, const char* otherwise) {
  std::string upper(word);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  const std::string_view best = nearest(upper, candidates);
  return best.empty() ? otherwise : fmt::format("did you mean '{}'?", best);
}

}  // namespace

ClassWord class_word(std::string_view text) {
  if (equal_ignoring_case(text, "IN") || equal_ignoring_case(text, "CLASS1")) return ClassWord::In;
  for (const char* other : {"CH", "HS", "CS", "NONE"})
    if (equal_ignoring_case(text, other)) return ClassWord::Other;
  if (text.size() > 5 && equal_ignoring_case(text.substr(0, 5), "CLASS") && parse_number(text.substr(5), UINT16_MAX))
    return ClassWord::Other;
  return ClassWord::None;
}

std::string suggest_type(std::string_view word) {
  return suggestion(word, kTypes, "expected a type such as A, AAAA, NS or TYPE65280");
}

std::string suggest_directive(std::string_view word) {
  return suggestion(word, kDirectives, "expected $ORIGIN, $TTL, $INCLUDE or $GENERATE; an owner is written '\\$…'");
}

}  // namespace isochrone::zone
