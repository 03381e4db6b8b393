#include "sync/observations_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace isochrone::sync {

namespace {

constexpr size_t kFields = 9;
constexpr int64_t kMostMicros = 60'000'000, kMostAge = int64_t{10} * 366 * 86'400'000;

int64_t whole_micros(Duration d) { return d / std::chrono::microseconds(1); }

// The words of a line; fewer or more are none.
bool split(std::string_view line, std::array<std::string_view, kFields>& out) {
  for (size_t i = 0; i < kFields; ++i) {
    const size_t space = line.find(' ');
    if ((space == line.npos) != (i + 1 == kFields)) return false;
    out[i] = line.substr(0, space);
    line.remove_prefix(space == line.npos ? line.size() : space + 1);
  }
  return true;
}

bool read_number(std::string_view text, int64_t least, int64_t most, int64_t& out) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && stop == text.data() + text.size() && out >= least && out <= most;
}

bool read_cell(std::string_view line, health::SavedCell& cell) {
  std::array<std::string_view, kFields> words;
  if (!split(line, words)) return false;
  const auto network = Prefix::parse(words[0]);
  int64_t rtt, spread, least, age, moved4, moved6, weight;
  const bool good = network && network->len == steer::observed_len(network->family()) && !words[1].empty() &&
                    read_number(words[2], 1, kMostMicros, rtt) && read_number(words[3], 0, kMostMicros, spread) && read_number(words[4], 1, kMostMicros, least) &&
                    read_number(words[5], 0, kMostAge, age) && read_number(words[6], -kMostMicros, kMostMicros, moved4) &&
                    read_number(words[7], -kMostMicros, kMostMicros, moved6) && read_number(words[8], 1, INT32_MAX, weight);
  if (!good) return false;
  using std::chrono::microseconds;
  cell = {*network, std::string(words[1]), microseconds(rtt), microseconds(spread), microseconds(least),
          std::chrono::milliseconds(age), static_cast<double>(weight), {microseconds(moved4), microseconds(moved6)}};
  return true;
}

}  // namespace

std::string encode_observations(std::span<const health::SavedCell> cells) {
  fmt::memory_buffer out;
  for (const health::SavedCell& c : cells)
    fmt::format_to(std::back_inserter(out), "{} {} {} {} {} {} {} {} {:.0f}\n", c.network.to_text(), c.region, std::max<int64_t>(1, whole_micros(c.rtt)),
                   whole_micros(c.spread), std::max<int64_t>(1, whole_micros(c.least)), c.age / 1ms, whole_micros(c.moved[0]), whole_micros(c.moved[1]), std::max(1.0, c.weight));
  return fmt::to_string(out);
}

Result<std::vector<health::SavedCell>> decode_observations(std::string_view text) {
  std::vector<health::SavedCell> cells;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    health::SavedCell& cell = cells.emplace_back();
    if (end == text.npos || !read_cell(text.substr(0, end), cell)) return fail(fmt::format("line {} is not understood", cells.size()));
    text.remove_prefix(end + 1);
  }
  return cells;
}

}  // namespace isochrone::sync
