#include "plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <functional>

namespace isochrone::lab {
namespace {

constexpr double kNotGiven = -1;

// Calls row(cells) for each line that is neither empty, nor a comment, nor the header; stops at the first error.
Status for_each_row(std::string_view text, std::string_view header,
                    const std::function<Status(const std::vector<std::string_view>&)>& row) {
  const auto columns = static_cast<size_t>(std::ranges::count(header, ',')) + 1;
  bool header_seen = false;
  for (int number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    if (!header_seen) {
      if (line != header) return fail(fmt::format("line {}: expected the header '{}', got '{}'", number, header, line));
      header_seen = true;
      continue;
    }
    std::vector<std::string_view> cells;
    for (size_t start = 0; start <= line.size();) {
      const size_t end = std::min(line.find(',', start), line.size());
      cells.push_back(line.substr(start, end - start));
      start = end + 1;
    }
    if (cells.size() != columns)
      return fail(fmt::format("line {}: expected {} cells, got '{}'", number, columns, line));
    if (const auto status = row(cells); !status) return fail(fmt::format("line {}: {}", number, status.error().text));
  }
  return {};
}

Result<Prefix> parse_network(std::string_view text, Family family, int longest) {
  const auto prefix = Prefix::parse(text);
  if (!prefix || prefix->family() != family || prefix->len > longest)
    return fail(
        fmt::format("'{}' is not an IPv{} network of at most {} bits", text, static_cast<int>(family), longest));
  return *prefix;
}

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= Place::kMaxName &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) || c == '-'; });
}

Result<Place> parse_place(const std::vector<std::string_view>& cells) {
  if (!good_name(cells[0])) return fail(fmt::format("'{}' is not a place's name: letters, digits, hyphens", cells[0]));
  const auto v4 = parse_network(cells[1], Family::V4, 31);
  if (!v4) return fail(v4.error().text);
  const auto v6 = parse_network(cells[2], Family::V6, 127);
  if (!v6) return fail(v6.error().text);
  return Place{std::string(cells[0]), *v4, *v6};
}

bool overlap(const Prefix& a, const Prefix& b) {
  return a.contains(b) || b.contains(a);
}

Status add_place(Plan& plan, Place place) {
  for (const Place& other : plan.places) {
    if (other.name == place.name) return fail(fmt::format("place '{}' is there twice", place.name));
    if (overlap(other.v4, place.v4) || overlap(other.v6, place.v6))
      return fail(fmt::format("the networks of '{}' and '{}' overlap", place.name, other.name));
  }
  plan.places.push_back(std::move(place));
  return {};
}

Status add_pair(Plan& plan, const std::vector<std::string_view>& cells) {
  const auto from = plan.find(cells[0]), to = plan.find(cells[1]);
  if (!from || !to) return {};
  double ms = 0;
  const auto [end, error] = std::from_chars(cells[2].data(), cells[2].data() + cells[2].size(), ms);
  if (error != std::errc{} || end != cells[2].data() + cells[2].size() || !std::isfinite(ms) || ms < 0 || ms > 60'000)
    return fail(fmt::format("'{}' is not a round-trip time in milliseconds", cells[2]));
  plan.rtt_ms[*from * plan.places.size() + *to] = ms;
  return {};
}

Status fill_other_direction(Plan& plan) {
  const size_t n = plan.places.size();
  for (size_t from = 0; from < n; ++from) {
    plan.rtt_ms[from * n + from] = 0;
    for (size_t to = 0; to < n; ++to) {
      double& there = plan.rtt_ms[from * n + to];
      if (there == kNotGiven) there = plan.rtt_ms[to * n + from];
      if (there == kNotGiven)
        return fail(fmt::format("no time between '{}' and '{}'", plan.places[from].name, plan.places[to].name));
    }
  }
  return {};
}

}  // namespace

std::optional<size_t> Plan::find(std::string_view name) const {
  const auto found = std::ranges::find(places, name, &Place::name);
  if (found == places.end()) return std::nullopt;
  return static_cast<size_t>(found - places.begin());
}

Result<Plan> parse_plan(std::string_view places, std::string_view matrix) {
  Plan plan;
  auto status = for_each_row(places, "place,ipv4,ipv6", [&](const auto& cells) -> Status {
    auto place = parse_place(cells);
    if (!place) return fail(place.error().text);
    return add_place(plan, std::move(*place));
  });
  if (!status) return fail("places: " + status.error().text);

  plan.rtt_ms.assign(plan.places.size() * plan.places.size(), kNotGiven);
  status = for_each_row(matrix, "source,destination,rtt_ms", [&](const auto& cells) { return add_pair(plan, cells); });
  if (status) status = fill_other_direction(plan);
  if (!status) return fail("matrix: " + status.error().text);
  return plan;
}

IpAddress first_address(const Prefix& prefix) {
  IpAddress address = prefix.address;
  address.octets[static_cast<size_t>(address.size()) - 1] |= 1;
  return address;
}

}  // namespace isochrone::lab
