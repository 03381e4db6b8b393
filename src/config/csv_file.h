#pragma once
// A CSV file being read: its lines of data, and what is wrong with it, told by place and not for ever.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/csv.h"
#include "config/files.h"
#include "util/problem.h"

namespace isochrone::config {

class CsvFile {
 public:
  static constexpr size_t kMaxProblems = 100;  // are told; the rest is not read

  // Looks at all three, which must outlive it.
  CsvFile(const std::string& path, LineStream& lines, Problems& problems) : path_(path), lines_(lines), problems_(problems) {}

  // The next line that is neither blank nor a comment; good until the next call. nullopt: the end, or why there is none
  // was reported.
  std::optional<std::string_view> next();
  uint32_t line() const { return lines_.line(); }

  // Nothing but comments were there: `expected` says what should have been. Reports nothing where reading failed.
  void empty(std::string expected);
  void no_header(const CsvLine& fields, std::string expected);  // the first line is something else
  void wrong(const CsvLine& fields, std::string what, std::string expected = {});  // at the field last read
  void wrong(uint32_t line, uint32_t column, std::string what, std::string expected = {});
  bool has_enough() const { return count_ >= kMaxProblems; }
  size_t count() const { return count_; }  // of problems so far

 private:
  const std::string& path_;
  LineStream& lines_;
  Problems& problems_;
  size_t count_ = 0;
};

}  // namespace isochrone::config
