// Lines of a query log, read back.

#include "node/query_log_reader.h"

#include <gtest/gtest.h>

namespace isochrone::node {
namespace {

// "shop.example. A 198.51.100.0/24 west", "-" for a line that was not steered, "!WHAT" for one that is bad.
std::string read_back(std::string_view line) {
  const auto choice = parse_logged(line);
  if (!choice) return "!" + choice.error().text;
  if (!*choice) return "-";
  const LoggedChoice& c = **choice;
  return c.name.to_text() + " " + wire::to_text(c.type) + " " + c.network().to_text() + " " + (c.region.empty() ? "none" : c.region);
}

std::string line_with(std::string_view rest) {
  return R"({"resolver":"192.0.2.1","name":"shop.example.","type":"A",)" + std::string(rest) + "}";
}

TEST(QueryLogReader, SteeredLines) {
  EXPECT_EQ(read_back(line_with(R"("subnet":"198.51.100.0/24","region":"west","scope":22)")), "shop.example. A 198.51.100.0/24 west");
  EXPECT_EQ(read_back(line_with(R"("region":"west")")), "shop.example. A 192.0.2.1/32 west");
  EXPECT_EQ(read_back(line_with(R"("region":null,"later":[1])")), "shop.example. A 192.0.2.1/32 none") << "keys of later versions do no harm";
  EXPECT_EQ(read_back(R"({"resolver":"2001:db8::1","name":"a\\.b.\\255.example.","type":"TYPE65280","region":"east"})"),
            R"(a\.b.\255.example. TYPE65280 2001:db8::1/128 east)");
}

TEST(QueryLogReader, OthersNeedNothing) {
  EXPECT_EQ(read_back(line_with(R"("rcode":"NXDOMAIN")")), "-");
  EXPECT_EQ(read_back(R"({"time":1,"transport":"udp","resolver":"192.0.2.1","rcode":"FORMERR","octets":12})"), "-");
}

TEST(QueryLogReader, BadLines) {
  const std::string whole = line_with(R"("region":"west")");
  const std::string no_line = "!no line of a query log: expected a JSON object, whole";
  for (size_t cut = 0; cut < whole.size(); ++cut) EXPECT_EQ(read_back(std::string_view(whole).substr(0, cut)), no_line) << cut;
  const std::string deep(60000, '[');
  for (const std::string& other : {whole + whole, std::string("time,client,region"), std::string("[1]"), std::string("7"), deep})
    EXPECT_EQ(read_back(other), no_line);
  const std::string region = "!region: expected the name of a region, or null";
  for (const char* bad : {"7", "\"\"", "\"no such\"", "[]", "\"a.b\""})
    EXPECT_EQ(read_back(line_with(std::string("\"region\":") + bad)), region) << bad;
  EXPECT_EQ(read_back(R"({"resolver":"192.0.2.1","type":"A","region":"west"})"), "!name: expected the name asked for");
  EXPECT_EQ(read_back(R"({"resolver":"192.0.2.1","name":"a..b.","type":"A","region":"west"})").substr(0, 7), "!name: ");
  EXPECT_EQ(read_back(R"({"resolver":"192.0.2.1","name":"a.","type":"NOTYPE","region":"west"})"), "!type: expected a type, as in AAAA");
  EXPECT_EQ(read_back(R"({"resolver":"192.0.2.1","name":"a.","type":1,"region":"west"})"), "!type: expected a type, as in AAAA");
  EXPECT_EQ(read_back(R"({"name":"a.","type":"A","region":"west"})"), "!resolver: expected an address");
  for (const char* bad : {"null", "\"198.51.100.7/24\"", "\"x\""})
    EXPECT_EQ(read_back(line_with(std::string(R"("region":"west","subnet":)") + bad)), "!subnet: expected a prefix, as in 192.0.2.0/24") << bad;
}

}  // namespace
}  // namespace isochrone::node
