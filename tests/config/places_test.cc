// Networks in one another and sources beside one another: each field is told by the longest prefix that has it.

#include <gtest/gtest.h>

#include "../util/folder.h"
#include "config/places.h"
#include "mmdb.h"

namespace isochrone::config {
namespace {

class PlacesOf : public ::testing::Test {
 protected:
  void add_table(const std::string& rows) { add(false, "prefix,latitude,longitude,country,asn\n" + rows); }
  void add_mmdb(const MmdbFile& file) { add(true, file.octets()); }

  Places places() {
    Files files;
    Problems problems;
    Places places = read_places(config_, files, problems);
    EXPECT_EQ(problems.to_text(), "");
    return places;
  }

  // "PREFIX latitude,longitude country AS", a line each; "-": not told.
  std::string told() {
    std::string out;
    for (const PlacedNetwork& n : places().networks) {
      out += n.prefix.to_text() + " ";
      out += n.located ? std::to_string(static_cast<int>(n.latitude)) + "," + std::to_string(static_cast<int>(n.longitude)) : "-";
      out += " " + (n.country[0] != 0 ? std::string(n.country.data(), 2) : "-");
      out += " " + (n.as_number != 0 ? std::to_string(n.as_number) : "-") + "\n";
    }
    return out;
  }

 private:
  void add(bool mmdb, const std::string& text) {
    PlacesConfig source;
    source.path = folder_.write(std::to_string(config_.places.size()), text);
    source.mmdb = mmdb;
    config_.places.push_back(source);
  }

  Folder folder_;
  ProbesConfig config_;
};

TEST_F(PlacesOf, WhatANetworkDoesNotTellIsThatOfTheOneAround) {
  add_table(
      "11.1.0.0/16,,,DE,\n11.0.0.0/8,35,139,JP,\n11.1.2.0/24,,,,64501\n11.1.2.0/28,50,8,,\n12.0.0.0/8,,,,64502\n"
      "2001:db8::/32,1,2,FR,\n2001:db8:1::/48,,,,7\n");
  EXPECT_EQ(told(),
            "11.0.0.0/8 35,139 JP -\n"
            "11.1.0.0/16 35,139 DE -\n"
            "11.1.2.0/24 35,139 DE 64501\n"
            "11.1.2.0/28 50,8 DE 64501\n"
            "12.0.0.0/8 - - 64502\n"
            "2001:db8::/32 1,2 FR -\n"
            "2001:db8:1::/48 1,2 FR 7\n");
}

TEST_F(PlacesOf, AnMmdbOfAsNumbersBesideOneOfCities) {
  MmdbFile cities(4), numbers(4);
  cities.add("11.0.0.0/8", mmdb::map({{"latitude", mmdb::number(35)}, {"longitude", mmdb::number(139)}, {"country_code", mmdb::text("JP")}}));
  cities.add("12.0.0.0/16", mmdb::map({{"latitude", mmdb::number(50)}, {"longitude", mmdb::number(8)}}));
  numbers.add("11.1.0.0/16", mmdb::map({{"asn", mmdb::u32(64501)}}));
  numbers.add("12.0.0.0/8", mmdb::map({{"asn", mmdb::u32(64502)}}));
  add_mmdb(numbers);
  add_mmdb(cities);
  add_table("11.1.0.0/16,36,140,DE,64509\n");  // the AS of the first of two equal ones
  EXPECT_EQ(told(),
            "11.0.0.0/8 35,139 JP -\n"
            "11.1.0.0/16 36,140 DE 64501\n"
            "12.0.0.0/8 - - 64502\n"
            "12.0.0.0/16 50,8 - 64502\n");
}

// What covers an AS covers no other AS inside of its networks, even where nothing else is known there.
TEST_F(PlacesOf, AVantageOfAnAsAroundAnotherOne) {
  add_table("11.0.0.0/8,,,,64501\n11.1.0.0/16,,,,64502\n11.1.2.0/24,,,DE,64501\n11.2.0.0/16,,,DE,64501\n");
  std::vector<Vantage> vantages(1);
  vantages[0].covers_as = {64501};
  steer::LatencyMapBuilder builder(1);
  add_places(places(), vantages, {}, builder);
  const auto map = std::move(builder).build(0);
  const auto vantage = [&](const char* address) {
    const steer::Block block = map->find(*IpAddress::parse(address));
    return std::pair(block.source == steer::kNoSource ? steer::kNoVantage : map->source(block.source).vantage, static_cast<int>(block.len));
  };
  EXPECT_EQ(vantage("11.128.0.1").first, 0);
  EXPECT_EQ(vantage("11.1.3.1").first, steer::kNoVantage);
  EXPECT_EQ(vantage("11.1.2.1").first, 0);
  EXPECT_EQ(vantage("11.3.0.1").second, 15) << "11.2.0.0/16 says what is said around it, and divides nobody";
}

}  // namespace
}  // namespace isochrone::config
