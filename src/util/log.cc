#include "util/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace isochrone::log {

namespace {

Format chosen_format = Format::Text;

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = spdlog::stderr_color_mt("isochrone");
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::Debug: return spdlog::level::debug;
    case Level::Info: return spdlog::level::info;
    case Level::Warning: return spdlog::level::warn;
    case Level::Error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

// Control characters and quotes are escaped in both formats: what a stranger sent must not forge a log line.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\', out += c;
    else if (c == '\n') out += "\\n";
    else if (octet < 0x20 || octet == 0x7f) out += fmt::format("\\u{:04x}", octet);
    else out += c;
  }
  return out + "\"";
}

bool is_plain(std::string_view text) {
  return !text.empty() && text.find_first_of(" \"\\=\n\r\t") == text.npos &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:/-_+%[]()@,*") == text.npos;
}

}  // namespace

void setup(Level level, Format format) {
  chosen_format = format;
  logger().set_level(to_spdlog(level));
  if (format == Format::Json) logger().set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})");
}

void write(Level level, std::string_view event, Fields fields) {
  if (!logger().should_log(to_spdlog(level))) return;
  std::string line;
  if (chosen_format == Format::Json) {
    line = fmt::format("\"event\":{}", quoted(event));
    for (const auto& [key, value] : fields) line += fmt::format(",{}:{}", quoted(key), quoted(value));
  } else {
    line = event;
    for (const auto& [key, value] : fields) line += fmt::format(" {}={}", key, is_plain(value) ? value : quoted(value));
  }
  logger().log(to_spdlog(level), "{}", line);
}

}  // namespace isochrone::log
