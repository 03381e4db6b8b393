// MMDB files of both schemas, and broken in every way: read as far as they are true, or refused; never worse.

#include <gtest/gtest.h>

#include <algorithm>

#include "../util/folder.h"
#include "config/places.h"
#include "mmdb.h"

// The library (1.7.1) keeps 5 KiB of a file whose metadata it cannot read to the end; nobody loads one often.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libmaxminddb\n";
}

namespace isochrone::config {
namespace {

using mmdb::map;
using mmdb::number;
using mmdb::text;
using mmdb::u32;

class PlacesMmdb : public ::testing::Test {
 protected:
  std::vector<PlacedNetwork> read(const std::string& octets) {
    PlacesConfig source;
    source.path = folder_.write("places.mmdb", octets);
    source.place.file = "p.yaml";
    source.place.line = source.place.column = 1;
    Files files;
    Problems problems;
    std::vector<PlacedNetwork> networks;
    read_places_mmdb(source, files, networks, problems);
    fault_ = problems.to_text();
    if (const size_t at = fault_.find(folder_ / ""); at != std::string::npos) fault_.erase(at, folder_.path().size() + 1);
    EXPECT_LT(networks.size(), 1000u);  // of five: no record makes more than the tree has room for
    return networks;
  }

  Folder folder_;
  std::string fault_;
};

std::string nested(double latitude, double longitude, const std::string& country) {
  return map({{"country", map({{"iso_code", text(country)}})},
              {"location", map({{"latitude", number(latitude)}, {"longitude", number(longitude)}})}});
}

std::string city_file() {
  MmdbFile file(6);
  file.add("192.0.2.0/24", nested(47.25, -119.5, "US"));
  file.add("198.51.100.0/25", nested(52.5, 4.75, "NL"));
  file.add("2001:db8::/32", nested(-33.5, 151, "AU"));
  return file.octets();
}

std::vector<std::string> prefixes_of(const std::vector<PlacedNetwork>& networks) {
  std::vector<std::string> out;
  for (const PlacedNetwork& network : networks) out.push_back(network.prefix.to_text());
  std::ranges::sort(out);
  return out;
}

TEST_F(PlacesMmdb, TheNestedSchema) {
  const auto networks = read(city_file());
  EXPECT_EQ(fault_, "");
  ASSERT_EQ(prefixes_of(networks), (std::vector<std::string>{"192.0.2.0/24", "198.51.100.0/25", "2001:db8::/32"}));
  const PlacedNetwork& us = *std::ranges::find(networks, *Prefix::parse("192.0.2.0/24"), &PlacedNetwork::prefix);
  EXPECT_TRUE(us.located);
  EXPECT_EQ(us.latitude, 47.25f);
  EXPECT_EQ(us.longitude, -119.5f);
  EXPECT_EQ(us.country, (std::array{'U', 'S'}));
}

TEST_F(PlacesMmdb, TheFlatSchemaAndNumbersAsText) {
  MmdbFile file(4);
  file.add("192.0.2.0/24", map({{"latitude", text("47.25")}, {"longitude", text("-119.5")}, {"country_code", text("US")}, {"asn", text("AS64500")}}));
  file.add("198.51.100.0/24", map({{"autonomous_system_number", u32(64501)}}));
  const auto networks = read(file.octets());
  EXPECT_EQ(fault_, "");
  ASSERT_EQ(networks.size(), 2u);
  EXPECT_EQ(networks[0].latitude, 47.25f);
  EXPECT_EQ(networks[0].as_number, 64500u);
  EXPECT_FALSE(networks[1].located);
  EXPECT_EQ(networks[1].as_number, 64501u);
}

TEST_F(PlacesMmdb, WhatIsNoPlaceIsNotTold) {
  MmdbFile file(4);
  file.add("192.0.2.0/24", nested(91, 0, "US"));                                // no such latitude, but a country
  file.add("198.51.100.0/24", map({{"latitude", text("north")}, {"longitude", number(1)}}));
  file.add("203.0.113.0/24", map({{"location", text("here")}, {"country", text("Utopia")}}));
  const auto networks = read(file.octets());
  EXPECT_EQ(fault_, "");
  ASSERT_EQ(prefixes_of(networks), std::vector<std::string>{"192.0.2.0/24"});
  EXPECT_FALSE(networks[0].located);
}

TEST_F(PlacesMmdb, AliasesOfIpv4AreNotReadAgain) {
  MmdbFile file(6);
  file.add("192.0.2.0/24", nested(47, -119, "US"));
  file.alias("2002::/16", "::/96");
  file.alias("::ffff:0:0/96", "::/96");
  EXPECT_EQ(prefixes_of(read(file.octets())), std::vector<std::string>{"192.0.2.0/24"});
}

TEST_F(PlacesMmdb, NeighboursOfOnePlaceAreOneNetwork) {
  MmdbFile file(4);
  for (const char* prefix : {"192.0.2.0/25", "192.0.2.128/25"}) file.add(prefix, nested(47, -119, "US"));
  EXPECT_EQ(prefixes_of(read(file.octets())), std::vector<std::string>{"192.0.2.0/24"});
}

TEST_F(PlacesMmdb, WhatIsNoneIsRefused) {
  for (const std::string& octets : {std::string(), std::string("prefix,latitude,longitude\n"), std::string(300, '\0'),
                                    std::string("\xab\xcd\xefMaxMind.com")}) {
    EXPECT_TRUE(read(octets).empty());
    EXPECT_TRUE(fault_.starts_with("p.yaml:1:1: places.mmdb: places.mmdb is no MMDB file: ")) << fault_;
  }
}

TEST_F(PlacesMmdb, CutAnywhereItIsRefused) {
  const std::string whole = city_file();
  for (size_t size = 0; size < whole.size(); size += 7) {
    EXPECT_TRUE(read(whole.substr(0, size)).empty()) << size;
    EXPECT_NE(fault_, "") << size;
  }
}

TEST_F(PlacesMmdb, ATreeThatIsNoneIsRefused) {
  MmdbFile circle(4);
  circle.add("192.0.2.0/24", nested(47, -119, "US"));
  circle.point("128.0.0.0/2", 1);  // back to where 128.0.0.0/1 is
  read(circle.octets());
  EXPECT_EQ(fault_, "p.yaml:1:1: places.mmdb: places.mmdb has a tree that does not end; is the file whole?\n");

  MmdbFile beyond(4);
  beyond.point("0.0.0.0/1", 1'000'000);
  read(beyond.octets());
  EXPECT_EQ(fault_, "p.yaml:1:1: places.mmdb: places.mmdb has a broken record; is the file whole?\n");
}

// Whatever every second octet becomes, the file is read or refused.
TEST_F(PlacesMmdb, AnyOctetMayBeAnother) {
  const std::string whole = city_file();
  size_t refused = 0;
  for (size_t at = 0; at < whole.size(); at += 2) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ (at % 4 == 0 ? 0xff : 0x01));
    read(broken);
    refused += !fault_.empty();
  }
  EXPECT_GT(refused, 0u);
}

}  // namespace
}  // namespace isochrone::config
