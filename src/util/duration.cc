#include "util/duration.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace isochrone {

namespace {

struct Unit {
  std::string_view name;
  double seconds;
};

constexpr std::array<Unit, 5> kUnits{{{"ms", 1e-3}, {"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}}};

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  for (const auto& [name, seconds] : kUnits) {
    if (unit != name) continue;
    const double nanoseconds = number * seconds * 1e9;
    // 2^63 ns is 292 years; a longer one is a slip.
    if (!(nanoseconds < 9.2e18)) return std::nullopt;
    return Duration(std::llround(nanoseconds));
  }
  return std::nullopt;
}

std::string to_text(Duration duration) {
  const double seconds = to_seconds(duration);
  if (seconds == 0) return "0s";
  // A limit is where rounding to three digits would need a fourth; "1e+03ms" is none of our forms.
  if (std::abs(seconds) < 1e-3) return fmt::format("{:.3f}ms", seconds * 1e3);
  if (std::abs(seconds) < 0.9995) return fmt::format("{:.3g}ms", seconds * 1e3);
  if (std::abs(seconds) < 599.5) return fmt::format("{:.3g}s", seconds);
  if (std::abs(seconds) < 35970) return fmt::format("{:.3g}m", seconds / 60);
  if (std::abs(seconds) < 3 * 86400) return fmt::format("{:.3g}h", seconds / 3600);
  if (std::abs(seconds) < 999.5 * 86400) return fmt::format("{:.3g}d", seconds / 86400);
  return fmt::format("{:.0f}d", seconds / 86400);
}

}  // namespace isochrone
