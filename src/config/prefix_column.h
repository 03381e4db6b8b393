#pragma once
// The first column of every table of networks: prefixes, as clients are looked up, each written once.

#include <cstdint>
#include <optional>
#include <vector>

#include "config/csv_file.h"
#include "util/ip.h"

namespace isochrone::config {

class PrefixColumn {
 public:
  explicit PrefixColumn(CsvFile& file) : file_(file) {}

  // The next field, folded: a row for ::ffff:192.0.2.0/120 is one for 192.0.2.0/24. nullopt: what is wrong was told.
  std::optional<Prefix> read(CsvLine& fields);
  // This line was good; report_twice() is to know of it.
  void note(const Prefix& prefix) { seen_.push_back({prefix, file_.line()}); }
  // Tells of every prefix that was noted before.
  void report_twice();

 private:
  struct Seen {
    Prefix prefix;
    uint32_t line;
  };
  CsvFile& file_;
  std::vector<Seen> seen_;
};

}  // namespace isochrone::config
