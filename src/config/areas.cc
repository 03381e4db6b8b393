#include "config/areas.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "config/continents.h"

namespace isochrone::config {

namespace {

constexpr std::string_view kCountry = "country:", kContinent = "continent:";
constexpr const char* kExpected = "expected country:JP, continent:AS, {area: [south, west, north, east]} or \"*\"";

// What is written for the code: in small letters, or one of two that ISO does not use for these countries.
std::string meant_by(std::string_view code, const std::vector<std::string_view>& codes) {
  std::string capitals(code);
  for (char& c : capitals)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  if (const std::string_view meant = country_meant_by(capitals); !meant.empty()) return std::string(meant);
  return std::find(codes.begin(), codes.end(), capitals) != codes.end() ? capitals : "";
}

std::optional<ServedArea> named(const Node& node, std::string_view text, std::string_view kind,
                                const std::vector<std::string_view>& codes) {
  const std::string_view code = text.substr(kind.size());
  if (std::find(codes.begin(), codes.end(), code) == codes.end()) {
    const std::string meant = meant_by(code, codes);
    std::string hint = !meant.empty() ? fmt::format("did you mean '{}'?", meant) : did_you_mean(code, codes);
    if (hint.empty())
      hint = kind == kCountry ? "expected two capital letters (ISO 3166), as in JP" : fmt::format("expected {}", fmt::join(codes, ", "));
    node.error(fmt::format("there is no {} '{}'", kind.substr(0, kind.size() - 1), code.substr(0, 60)), hint);
    return std::nullopt;
  }
  ServedArea area;
  area.kind = kind == kCountry ? ServedArea::Kind::Country : ServedArea::Kind::Continent;
  area.code = {code[0], code[1]};
  area.name = text;
  return area;
}

std::optional<ServedArea> box(const Node& node) {
  constexpr const char* kFour = "expected [south, west, north, east], as in [30, 129, 46, 146]";
  Map map(&node);
  const Node* edges = map.require("area", "[south, west, north, east], as in [30, 129, 46, 146]");
  if (edges == nullptr || !edges->expect(Node::Kind::List)) return std::nullopt;
  if (edges->children().size() != 4) {
    edges->error(fmt::format("has {} numbers", edges->children().size()), kFour);
    return std::nullopt;
  }
  ServedArea area;
  area.kind = ServedArea::Kind::Box;
  double* const into[]{&area.south, &area.west, &area.north, &area.east};
  for (size_t i = 0; i < 4; ++i) {
    const double most = i % 2 == 0 ? 90 : 180;
    const auto degrees = edges->children()[i]->number(-most, most);
    if (!degrees) return std::nullopt;
    *into[i] = *degrees;
  }
  if (area.south >= area.north) {
    edges->error(fmt::format("south, {}, is not below north, {}", area.south, area.north), kFour);
    return std::nullopt;
  }
  if (area.west == area.east) {
    edges->error(fmt::format("west and east are both {}", area.west), kFour);
    return std::nullopt;
  }
  area.name = fmt::format("area [{}, {}, {}, {}]", area.south, area.west, area.north, area.east);
  return area;
}

}  // namespace

std::string_view country_meant_by(std::string_view code) {
  if (code == "UK") return "GB";
  if (code == "EL") return "GR";
  return {};
}

bool names_area(std::string_view text) { return text.starts_with(kCountry) || text.starts_with(kContinent); }

std::optional<ServedArea> read_area(const Node& node) {
  if (node.kind() == Node::Kind::Map) return box(node);
  const std::string& text = node.written();
  if (text.starts_with(kCountry)) return named(node, text, kCountry, country_codes());
  if (text.starts_with(kContinent)) return named(node, text, kContinent, continent_codes());
  if (Prefix::parse(text)) node.error(fmt::format("'{}' is a prefix", text), "expected areas; prefixes belong to 'routing: subnet'");
  else node.error("is " + node.describe(), kExpected);
  return std::nullopt;
}

bool holds(const ServedArea& box, double latitude, double longitude) {
  if (latitude < box.south || latitude > box.north) return false;
  if (box.west <= box.east) return longitude >= box.west && longitude <= box.east;
  return longitude >= box.west || longitude <= box.east;  // across the date line
}

double size_of(const ServedArea& box) {
  const auto sine = [](double degrees) { return std::sin(degrees * std::numbers::pi / 180); };
  const double wide = box.west < box.east ? box.east - box.west : box.east - box.west + 360;
  return wide * (sine(box.north) - sine(box.south));
}

}  // namespace isochrone::config
