#pragma once
// Zones of the tests, from master-file text.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "util/problem.h"
#include "zone/builder.h"
#include "zone/master_file.h"

namespace isochrone::zone {

inline wire::Name name(std::string_view text) { return wire::Name::parse(text).value(); }

inline constexpr std::string_view kSoaAndNs =
    "@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 60\n"
    "@ 3600 IN NS ns.elsewhere.test.\n";

using Files = std::map<std::string, std::string>;

inline void parse_into(ZoneBuilder& builder, std::string_view text, const wire::Name& apex, Problems& problems, const Files& files = {}) {
  const LoadInclude load = [&](const std::string& path) -> Result<std::string_view> {
    const auto found = files.find(path);
    if (found == files.end()) return fail("no such file");
    return found->second;
  };
  builder.set_unread(parse_master_file({text, "zone", apex}, load, [&](const Record& record) { builder.add(record); }, problems));
}

inline std::shared_ptr<const Zone> build_zone(std::string_view text, std::string_view apex, Problems& problems, const Files& files = {}) {
  ZoneBuilder builder(name(apex), 7, {"zone"});
  parse_into(builder, text, name(apex), problems, files);
  return builder.build(problems);
}

// With an SOA and an NS in front, so with places two lines further down.
inline std::shared_ptr<const Zone> zone_of(std::string_view text, std::string_view apex = "example.") {
  Problems problems;
  auto zone = build_zone(std::string(kSoaAndNs) + std::string(text), apex, problems);
  if (!zone) throw std::runtime_error(problems.to_text());
  return zone;
}

inline wire::QName qname(std::string_view text) {
  wire::QName qname;
  if (!qname.assign(name(text).wire())) throw std::runtime_error("bad qname");
  return qname;
}

inline Found find(const Zone& zone, std::string_view text) {
  const wire::QName asked = qname(text);
  return zone.find(asked, asked.labels - zone.apex().label_count());
}

}  // namespace isochrone::zone
