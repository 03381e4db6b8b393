#include "config/trees.h"

#include <fmt/format.h>

#include <algorithm>

#include "zone/builder.h"
#include "zone/master_file.h"

namespace isochrone::config {

namespace {

// The SERIAL of an SOA's RDATA: behind two names.
uint32_t serial_of_soa(std::span<const uint8_t> rdata) {
  size_t at = 0;
  for (int names = 0; names < 2; ++names) {
    while (at < rdata.size() && rdata[at] != 0) at += rdata[at] + size_t{1};
    ++at;
  }
  if (at + 4 > rdata.size()) return 0;
  return uint32_t{rdata[at]} << 24 | uint32_t{rdata[at + 1]} << 16 | uint32_t{rdata[at + 2]} << 8 | rdata[at + 3];
}

}  // namespace

void TreeMaker::add(const ZoneConfig& zone, const std::vector<zone::PoolId>& pool_ids) {
  if (zone.records.empty()) return;
  zone::ZoneBuilder builder(zone.apex, seed_, {zone.records, 0, 0});
  StaticRegionals regionals(zone);
  WhyMaker why(zone);
  const size_t errors_before = problems_.errors();
  const std::optional<uint32_t> serial = read_records(zone, builder, regionals, why);
  if (!serial) return;
  regionals.check(probes_, problems_);
  why.check(problems_);
  const uint64_t made = add_made_names(zone, probes_, pool_ids, builder) ^ why.add_cut(builder);
  if (serial_of_) builder.set_serial(serial_of_(zone.name, *serial, made));
  auto tree = builder.build(problems_);
  if (problems_.errors() != errors_before || !tree) return;
  if (zone.why) why_.list.push_back({tree.get(), why.build(seed_, tree->serial(), pool_ids, problems_), zone.why->allow});
  built_.push_back(std::move(tree));
  world_.zone_infos.push_back({zone.name, zone.place.file, zone.records, made});
}

// The serial of the master file, 0 where it has none; nullopt: the file cannot be read. The texts are let go before the
// tree is built.
std::optional<uint32_t> TreeMaker::read_records(const ZoneConfig& zone, zone::ZoneBuilder& builder, StaticRegionals& regionals, WhyMaker& why) {
  const Result<std::string> text = files_.read(zone.records);
  if (!text) {
    problems_.error(zone.records_place, "records", fmt::format("{} {}", zone.records, text.error().text));
    return std::nullopt;
  }
  std::deque<std::string> included;  // texts; the parser looks at them
  uint32_t serial = 0;
  const zone::Unread unread = zone::parse_master_file(
      {*text, zone.records, zone.apex},
      [&](const std::string& path) -> Result<std::string_view> {
        Result<std::string> more = files_.read(path);
        if (!more) return tl::unexpected(more.error());
        return std::string_view(included.emplace_back(std::move(*more)));
      },
      [&](const zone::Record& record) {
        if (record.type == wire::Type::SOA) serial = serial_of_soa(record.rdata);
        zone::Record kept = record;
        kept.where.file = lasting(record.where.file);
        regionals.see(kept);
        if (why.see(kept)) builder.add(kept);
      },
      problems_);
  builder.set_unread(unread);
  return serial;
}

// A file's name that lives as long as the maker: records remember where they stood.
std::string_view TreeMaker::lasting(std::string_view file) {
  if (file_names_.empty() || file_names_.back() != file) {
    const auto known = std::find(file_names_.begin(), file_names_.end(), file);
    if (known != file_names_.end()) return *known;
    file_names_.emplace_back(file);
  }
  return file_names_.back();
}

std::shared_ptr<const answer::WhyZones> TreeMaker::take_why() {
  if (why_.list.empty()) return nullptr;
  why_.tables = world_.tables;
  return std::make_shared<const answer::WhyZones>(std::move(why_));
}

}  // namespace isochrone::config
