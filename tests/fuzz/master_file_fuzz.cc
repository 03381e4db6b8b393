// Any text as a master file: problems or a zone, and what a zone has is found in it.

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "check.h"
#include "target.h"
#include "zone/builder.h"
#include "zone/master_file.h"
#include "zone/rdata.h"

namespace isochrone::zone {
namespace {

// $GENERATE with four digits makes thousands of records, which only costs time.
bool takes_long(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (upper.find("$GENERATE") == std::string::npos) return false;
  int digits = 0;
  for (const char c : upper) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits == 4) return true;
  }
  return false;
}

void check_rrset(const RRset& rrset) {
  std::span<const uint8_t> rest = rrset.wire;
  for (int i = 0; i < rrset.count; ++i) {
    CHECK(rest.size() >= 12 && rest[0] == 0xc0 && rest[1] == 12);
    CHECK((rest[2] << 8 | rest[3]) == static_cast<int>(rrset.type));
    const size_t size = 12 + static_cast<size_t>(rest[10] << 8 | rest[11]);
    CHECK(rest.size() >= size);
    CHECK(!to_presentation(rrset.type, rest.subspan(12, size - 12)).empty());
    rest = rest.subspan(size);
  }
  CHECK(rest.empty());
}

}  // namespace

FUZZ_TARGET(master_file) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (takes_long(text)) return 0;
  const wire::Name apex = wire::Name::parse("example.").value();
  Problems problems;
  ZoneBuilder builder(apex, 1);
  std::vector<std::vector<uint8_t>> owners;
  // What is included is the second half of the text.
  const LoadInclude load = [&](const std::string&) -> Result<std::string_view> { return text.substr(size / 2); };
  parse_master_file({text, "zone", apex}, load, [&](const Record& record) {
    CHECK(wire::Name::from_wire(record.owner));
    CHECK(record.ttl <= INT32_MAX);
    if (owners.size() < 1000) owners.emplace_back(record.owner.begin(), record.owner.end());
    builder.add(record);
  }, problems);
  const auto zone = builder.build(problems);
  if (!zone) {
    CHECK(!problems.ok());
    return 0;
  }
  for (const auto& owner : owners) {
    wire::QName qname;
    CHECK(qname.assign(owner));
    const Found found = zone->find(qname, qname.labels - 1);
    CHECK(found.exact);
    for (int i = 0; i < found.node.rrset_count(); ++i) check_rrset(found.node.rrset(i));
  }
  CHECK(zone->soa().count == 1);
  return 0;
}

}  // namespace isochrone::zone
