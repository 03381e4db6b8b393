#pragma once
// All the mistakes of one run, each with its place: what `isochrone check` prints and a refused reload logs.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isochrone {

// Where in the operator's files. line and column count from 1; 0 is "the file as a whole". column counts octets.
struct Place {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;
};

struct Problem {
  enum class Kind : uint8_t { Error, Warning };
  Kind kind = Kind::Error;
  Place place;
  std::string key;       // "services.contoso.gateways.westus2"; empty outside YAML
  std::string what;      // "unknown key 'intervall'"
  std::string expected;  // "did you mean 'interval'?"; may be empty

  // "file:line:column: key.path: what; expected", with "warning: " before the key for warnings.
  std::string to_text() const;
};

// Collected in the order found; one thread.
class Problems {
 public:
  // More than this many of a kind are counted but not kept: a file of a million wrong lines must not cost a gigabyte. Of each
  // kind, so that no number of warnings hides an error.
  static constexpr size_t kKept = 1000;

  void error(Place place, std::string key, std::string what, std::string expected = {});
  void warn(Place place, std::string key, std::string what, std::string expected = {});
  void append(const Problems& other);

  bool ok() const { return errors_ == 0; }
  size_t errors() const { return errors_; }
  size_t warnings() const { return warnings_; }
  const std::vector<Problem>& list() const { return list_; }  // those that are kept
  // Every kept problem on a line of its own, then "… and N more errors", "… and N more warnings" where some were not kept.
  std::string to_text() const;

 private:
  void add(Problem problem);
  bool has_room(Problem::Kind kind) const { return (kind == Problem::Kind::Error ? kept_errors_ : kept_warnings_) < kKept; }
  void keep(Problem problem);

  std::vector<Problem> list_;
  size_t errors_ = 0, warnings_ = 0;
  size_t kept_errors_ = 0, kept_warnings_ = 0;  // of them in list_
};

// The candidate nearest to `word` by edit distance, if near enough to be a slip of the keyboard; else empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);
// `fault`, and behind it "; did you mean 'x'?" where a candidate is near.
std::string with_suggestion(std::string fault, std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace isochrone
