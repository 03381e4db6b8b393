#include "config/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_map>

#include "config/areas.h"
#include "config/csv_file.h"
#include "config/prefix_column.h"

namespace isochrone::config {

namespace {

class PlacesReader {
 public:
  PlacesReader(const std::string& path, LineStream& lines, std::vector<PlacedNetwork>& out, Problems& problems)
      : file_(path, lines, problems), out_(out) {}

  void read() {
    const auto header = file_.next();
    if (!header) {
      file_.empty(kHeader);
    } else if (read_header(*header)) {
      while (const auto line = file_.next()) read_line(*line);
      prefixes_.report_twice();
    }
  }

 private:
  static constexpr const char* kHeader = "expected a first line prefix,latitude,longitude[,country[,asn]]";
  static constexpr std::array<std::string_view, 5> kColumns{"prefix", "latitude", "longitude", "country", "asn"};

  bool read_header(std::string_view header) {
    CsvLine fields(header);
    while (const auto name = fields.next()) {
      if (columns_ == kColumns.size() || *name != kColumns[columns_]) {
        if (columns_ == 0) file_.no_header(fields, kHeader);
        else file_.wrong(fields, fmt::format("there is no column '{}' here", name->substr(0, 60)), kHeader);
        return false;
      }
      ++columns_;
    }
    if (columns_ < 3) file_.wrong(fields, "columns are missing", kHeader);
    return columns_ >= 3;
  }

  void read_line(std::string_view line) {
    const size_t before = file_.count();
    CsvLine fields(line);
    PlacedNetwork network;
    if (const auto prefix = prefixes_.read(fields)) network.prefix = *prefix;
    size_t column = 1;
    bool has_latitude = false;
    while (const auto text = fields.next()) {
      if (column == columns_) return file_.wrong(fields, "more fields than the header has");
      switch (column++) {
        case 1: has_latitude = read_degrees(fields, *text, "latitude", 90, network.latitude); break;
        case 2: network.located = read_degrees(fields, *text, "longitude", 180, network.longitude); break;
        case 3: read_country(fields, *text, network); break;
        case 4: read_as(fields, *text, network); break;
      }
    }
    if (column < 3) file_.wrong(fields, fmt::format("{} fields, but at least 3 are wanted", column), kHeader);
    if (file_.count() != before) return;
    if (network.located != has_latitude) return file_.wrong(file_.line(), 1, "latitude and longitude go together");
    if (out_.size() == kMostPlacedNetworks) return file_.wrong(file_.line(), 1, fmt::format("more networks than the {} there may be", kMostPlacedNetworks));
    prefixes_.note(network.prefix);
    out_.push_back(network);
  }

  // Whether there is one.
  bool read_degrees(const CsvLine& fields, std::string_view text, const char* what, int most, float& degrees) {
    if (text.empty()) return false;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), degrees);
    // Written so that NaN is refused too.
    if (error == std::errc() && stop == text.data() + text.size() && degrees >= static_cast<float>(-most) && degrees <= static_cast<float>(most)) return true;
    file_.wrong(fields, fmt::format("'{}' is no {}", text.substr(0, 60), what), fmt::format("expected degrees from -{0} to {0}, as in 52.37", most));
    return false;
  }

  void read_country(const CsvLine& fields, std::string_view text, PlacedNetwork& network) {
    if (text.empty()) return;
    const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (const std::string_view meant = country_meant_by(text); !meant.empty())
      return file_.wrong(fields, fmt::format("there is no country '{}'", text), fmt::format("did you mean '{}'?", meant));
    if (text.size() == 2 && capital(text[0]) && capital(text[1]))
      network.country = {text[0], text[1]};
    else
      file_.wrong(fields, fmt::format("'{}' is no country", text.substr(0, 60)), "expected two capital letters (ISO 3166), as in JP");
  }

  void read_as(const CsvLine& fields, std::string_view text, PlacedNetwork& network) {
    if (text.empty()) return;
    const std::string_view digits = text.starts_with("AS") ? text.substr(2) : text;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), network.as_number);
    if (error != std::errc() || stop != digits.data() + digits.size() || network.as_number == 0)
      file_.wrong(fields, fmt::format("'{}' is no AS number", text.substr(0, 60)), "expected 1 to 4294967295, as in 64500");
  }

  CsvFile file_;
  PrefixColumn prefixes_{file_};
  std::vector<PlacedNetwork>& out_;
  size_t columns_ = 0;
};

void take_missing(PlacedNetwork& network, const PlacedNetwork& from) {
  if (!network.located) {
    network.latitude = from.latitude;
    network.longitude = from.longitude;
    network.located = from.located;
  }
  if (network.country[0] == 0) network.country = from.country;
  if (network.as_number == 0) network.as_number = from.as_number;
}

// Numbers places on a grid; false: there are more than kMostPlaces.
bool number_places(Places& places, double degrees) {
  std::map<predict::Place, uint32_t> numbers;
  places.grid_degrees = degrees;
  places.place.assign(places.networks.size(), steer::Surroundings::kNowhere);
  places.distinct.clear();
  for (size_t i = 0; i < places.networks.size(); ++i) {
    const PlacedNetwork& network = places.networks[i];
    if (!network.located) continue;
    const predict::Place at = predict::rounded({network.latitude, network.longitude}, degrees);
    const auto [known, is_new] = numbers.try_emplace(at, static_cast<uint32_t>(places.distinct.size()));
    if (is_new) {
      if (places.distinct.size() == kMostPlaces) return false;
      places.distinct.push_back(at);
    }
    places.place[i] = known->second;
  }
  return true;
}

}  // namespace

void read_places_table(const PlacesConfig& source, Files& files, std::vector<PlacedNetwork>& out, Problems& problems) {
  Result<LineStream> lines = files.open(source.path);
  if (!lines) return problems.error(source.place, "places.table", fmt::format("{} {}", source.path, lines.error().text));
  PlacesReader(source.path, *lines, out, problems).read();
}

void inherit(std::vector<PlacedNetwork>& networks) {
  const auto before = [](const PlacedNetwork& a, const PlacedNetwork& b) { return a.prefix < b.prefix; };
  if (!std::is_sorted(networks.begin(), networks.end(), before)) std::stable_sort(networks.begin(), networks.end(), before);
  size_t kept = 0;
  for (const PlacedNetwork& network : networks) {
    if (kept != 0 && networks[kept - 1].prefix == network.prefix) take_missing(networks[kept - 1], network);
    else networks[kept++] = network;
  }
  networks.erase(networks.begin() + static_cast<std::ptrdiff_t>(kept), networks.end());
  std::vector<const PlacedNetwork*> around;  // widest first
  for (PlacedNetwork& network : networks) {
    while (!around.empty() && !around.back()->prefix.contains(network.prefix)) around.pop_back();
    if (!around.empty()) take_missing(network, *around.back());
    around.push_back(&network);
  }
}

Places read_places(const ProbesConfig& config, Files& files, Problems& problems) {
  Places places;
  for (const PlacesConfig& source : config.places)
    (source.mmdb ? read_places_mmdb : read_places_table)(source, files, places.networks, problems);
  inherit(places.networks);
  for (const double degrees : {0.01, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0})
    if (number_places(places, degrees)) break;
  return places;
}

void add_places(const Places& places, const std::vector<Vantage>& vantages,
                const std::vector<steer::LocalityId>& localities, steer::LatencyMapBuilder& map) {
  std::unordered_map<uint32_t, steer::VantageId> by_as;
  std::map<std::array<char, 2>, steer::VantageId> by_country;
  for (size_t v = 0; v < vantages.size(); ++v) {
    const auto id = static_cast<steer::VantageId>(v);
    for (const uint32_t as : vantages[v].covers_as) by_as.emplace(as, id);
    for (const std::string& country : vantages[v].covers_countries) by_country.emplace(std::array{country[0], country[1]}, id);
  }
  std::vector<std::pair<Prefix, steer::Surroundings>> enclosing;  // widest first
  for (size_t i = 0; i < places.networks.size(); ++i) {
    const PlacedNetwork& network = places.networks[i];
    steer::Surroundings around;
    around.place = places.place[i];
    if (!localities.empty()) around.locality = localities[i];
    if (const auto as = by_as.find(network.as_number); as != by_as.end()) around.as_vantage = as->second;
    if (const auto country = by_country.find(network.country); country != by_country.end()) around.country_vantage = country->second;
    // What says no more than the network around it says here must not divide that one.
    while (!enclosing.empty() && !enclosing.back().first.contains(network.prefix)) enclosing.pop_back();
    if (around == (enclosing.empty() ? steer::Surroundings{} : enclosing.back().second)) continue;
    enclosing.emplace_back(network.prefix, around);
    map.add_surroundings(network.prefix, around);
  }
}

}  // namespace isochrone::config
