#include "config/continents.h"

#include <algorithm>

namespace isochrone::config {

namespace {

struct Continent {
  std::string_view code;
  std::string_view countries;  // two letters each, and a blank
};

constexpr std::array<Continent, 7> kContinents{{
    {"AF", "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW IO KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG "
           "RE RW SC SD SH SL SN SO SS ST SZ TD TF TG TN TZ UG YT ZA ZM ZW "},
    {"AN", "AQ "},
    {"AS", "AE AF AM AZ BD BH BN BT CN CY GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK PS QA "
           "SA SG SY TH TJ TL TM TR TW UZ VN YE "},
    {"EU", "AD AL AT AX BA BE BG BY CH CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO "
           "PL PT RO RS RU SE SI SJ SK SM UA VA XK "},
    {"NA", "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX TC TT US VC "
           "VG VI "},
    {"OC", "AS AU CC CK CX FJ FM GU HM KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS "},
    {"SA", "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE "},
}};

}  // namespace

std::optional<Code> continent_of(const Code& country) {
  for (const Continent& continent : kContinents)
    for (size_t at = 0; at < continent.countries.size(); at += 3)
      if (continent.countries[at] == country[0] && continent.countries[at + 1] == country[1])
        return Code{continent.code[0], continent.code[1]};
  return std::nullopt;
}

const std::vector<std::string_view>& country_codes() {
  static const auto codes = [] {
    std::vector<std::string_view> all;
    for (const Continent& continent : kContinents)
      for (size_t at = 0; at < continent.countries.size(); at += 3) all.push_back(continent.countries.substr(at, 2));
    std::sort(all.begin(), all.end());
    return all;
  }();
  return codes;
}

const std::vector<std::string_view>& continent_codes() {
  static const std::vector<std::string_view> codes = [] {
    std::vector<std::string_view> all;
    for (const Continent& continent : kContinents) all.push_back(continent.code);
    return all;
  }();
  return codes;
}

}  // namespace isochrone::config
