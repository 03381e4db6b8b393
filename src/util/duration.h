#pragma once
// Times as values. Clocks are read by loop/clock.h, which pure rooms cannot see: they are handed the time.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isochrone {

using Duration = std::chrono::nanoseconds;
// Monotonic, from an arbitrary origin: never written to disk or sent; ages are.
using Time = std::chrono::steady_clock::time_point;

using std::chrono_literals::operator""us;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

// "250ms", "30s", "5m", "24h", "7d": one number (decimals allowed) and one unit, not negative.
// nullopt where the text is anything else or does not fit into a Duration.
std::optional<Duration> parse_duration(std::string_view text);

// The shortest of the forms above, rounded to three significant digits: "1.5s", "250ms", "36h".
std::string to_text(Duration duration);

inline double to_seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }
inline double to_milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace isochrone
