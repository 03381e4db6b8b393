#pragma once
// Structured logging of state changes to stderr, as text or JSON, never per query. Any thread.
//
//   log::info("gateway down", {{"pool", name}, {"region", region}, {"reason", outcome.reason}});

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace isochrone::log {

enum class Level { Debug, Info, Warning, Error };
enum class Format { Text, Json };

struct Field {
  std::string_view key;
  std::string value;
};
using Fields = std::initializer_list<Field>;

// Before the first thread is started; the defaults are Info and Text.
void setup(Level level, Format format);

// `event` is a fixed phrase that can be searched for; everything that varies goes into the fields.
void write(Level level, std::string_view event, Fields fields);
inline void debug(std::string_view event, Fields fields = {}) { write(Level::Debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::Info, event, fields); }
inline void warning(std::string_view event, Fields fields = {}) { write(Level::Warning, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::Error, event, fields); }

}  // namespace isochrone::log
