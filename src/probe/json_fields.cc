#include "probe/json_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "probe/reason.h"

namespace isochrone::probe {

using nlohmann::json;

namespace {

// Looked at before the parser is: a tree of a million levels would cost forty times its text.
bool nests_deeper(std::string_view text, int deepest) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > deepest) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<json> parse_json(std::string_view text, size_t most_octets, int deepest) {
  if (text.size() > most_octets) return fail(fmt::format("more than {} octets", most_octets));
  if (nests_deeper(text, deepest)) return fail(fmt::format("nested deeper than {} levels", deepest));
  json tree = json::parse(text, nullptr, false);
  if (tree.is_discarded()) return fail("not JSON");
  return tree;
}

JsonFields::JsonFields(const json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) fault("", "expected an object");
}

int64_t JsonFields::number(const char* name, int64_t fallback, int64_t least, int64_t most) {
  return optional_number(name, least, most).value_or(fallback);
}

std::optional<int64_t> JsonFields::optional_number(const char* name, int64_t least, int64_t most) {
  const json* value = find(name);
  if (!value) return {};
  const bool fits =
      value->is_number_integer() && !(value->is_number_unsigned() && value->get<uint64_t>() > uint64_t{INT64_MAX});
  const int64_t n = fits ? value->get<int64_t>() : 0;
  if (fits && n >= least && n <= most) return n;
  fault(name, fmt::format("expected an integer from {} to {}", least, most));
  return {};
}

std::optional<double> JsonFields::optional_real(const char* name, double least, double most) {
  const json* value = find(name);
  if (!value) return {};
  if (value->is_number())
    if (const double x = value->get<double>(); x >= least && x <= most) return x;
  fault(name, fmt::format("expected a number from {:g} to {:g}", least, most));
  return {};
}

double JsonFields::fraction(const char* name, double fallback) {
  return optional_real(name, 0, 1).value_or(fallback);
}

bool JsonFields::flag(const char* name, bool fallback) {
  const json* value = find(name);
  if (!value) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  fault(name, "expected true or false");
  return fallback;
}

std::string JsonFields::text(const char* name, std::string fallback, size_t most_octets) {
  const json* value = find(name);
  if (!value) return fallback;
  if (value->is_string() && value->get_ref<const std::string&>().size() <= most_octets)
    return value->get<std::string>();
  fault(name, fmt::format("expected text of at most {} octets", most_octets));
  return fallback;
}

const json* JsonFields::array(const char* name, size_t most) {
  const json* value = find(name);
  if (!value) return nullptr;
  if (value->is_array() && value->size() <= most) return value;
  fault(name, fmt::format("expected a list of at most {}", most));
  return nullptr;
}

bool JsonFields::has(const char* name) {
  return find(name) != nullptr;
}

void JsonFields::fault(const char* name, std::string_view what) {
  if (!fault_.empty()) return;
  const char* dot = where_.empty() || *name == '\0' ? "" : ".";
  fault_ = fmt::format("{}{}{}: {}", where_, dot, name, what);
}

Status JsonFields::result() {
  if (fault_.empty()) {
    for (const auto& [name, value] : object_.items()) {
      const bool known = std::ranges::any_of(asked_, [&](const char* asked) { return name == asked; });
      if (!known) fault(printable(name, 40).c_str(), "unknown field");
    }
  }
  if (!fault_.empty()) return fail(fault_);
  return {};
}

const json* JsonFields::find(const char* name) {
  asked_.push_back(name);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

ReportNumber read_report_number(JsonFields& fields) {
  const auto run = static_cast<uint64_t>(fields.number("run", 0, 0, INT64_MAX));
  const auto sequence = static_cast<uint64_t>(fields.number("sequence", 0, 0, INT64_MAX));
  if (sequence == 0) fields.fault("sequence", "expected a number above 0");
  return {run, sequence};
}

}  // namespace isochrone::probe
