#pragma once
// A JSON object read field by field: the first fault sticks, so a decoder names its fields in order and asks once.

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/result.h"

namespace isochrone::probe {

inline constexpr int kDeepestOfOurs = 7;          // a report's {targets: [{receipts: [{certificates: [{
inline constexpr int kDeepestOfStrangers = 64;    // a status page's; the tree is made and let go without recursion

// Text → a tree; fails where it is too long, is no JSON, or nests deeper.
Result<nlohmann::json> parse_json(std::string_view text, size_t most_octets, int deepest = kDeepestOfOurs);

class JsonFields {
 public:
  // `where` is put in front of faults: "targets[3]". The object is only looked at.
  JsonFields(const nlohmann::json& object, std::string where);

  // An absent field leaves the default; a wrong type or a value out of range is a fault.
  int64_t number(const char* name, int64_t fallback, int64_t least, int64_t most);
  std::optional<int64_t> optional_number(const char* name, int64_t least, int64_t most);
  std::optional<double> optional_real(const char* name, double least, double most);
  double fraction(const char* name, double fallback);  // 0 to 1
  bool flag(const char* name, bool fallback);
  std::string text(const char* name, std::string fallback, size_t most_octets);
  // nullptr where absent.
  const nlohmann::json* array(const char* name, size_t most);

  bool has(const char* name);  // and says that the name is known
  void fault(const char* name, std::string_view what);

  // The first fault: a field's, or a name that was never asked for.
  Status result();

 private:
  const nlohmann::json* find(const char* name);

  const nlohmann::json& object_;
  std::string where_;
  std::string fault_;
  std::vector<const char*> asked_;
};

// Which report of which start of its sender: both are numbers, and `sequence` is above 0.
struct ReportNumber {
  uint64_t run = 0, sequence = 0;
};
ReportNumber read_report_number(JsonFields& fields);

// The list `key`, at most `most` long, each element by `decode` with its name for faults. Asked last: the fields' own fault comes first.
template <typename T>
Result<std::vector<T>> read_list(JsonFields& fields, const char* key, size_t most, Result<T> (*decode)(const nlohmann::json& object, const std::string& name)) {
  const nlohmann::json* list = fields.array(key, most);
  if (!list) fields.fault(key, "expected a list");
  if (const Status status = fields.result(); !status) return tl::unexpected(status.error());
  std::vector<T> out;
  out.reserve(list->size());
  for (const nlohmann::json& object : *list) {
    auto element = decode(object, std::string(key) + "[" + std::to_string(out.size()) + "]");
    if (!element) return tl::unexpected(element.error());
    out.push_back(std::move(*element));
  }
  return out;
}

}  // namespace isochrone::probe
