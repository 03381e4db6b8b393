#pragma once
// Writes the workers' query logs to a file: a JSON object a line. Control thread.

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "answer/counter_table.h"
#include "util/result.h"

namespace isochrone::node {

class QueryLogWriter {
 public:
  // `path`: appended to, made with mode 0640.
  QueryLogWriter(std::string path, answer::CounterTable& counters);

  // Opens the file anew, as after a rotation. An Error names it.
  Status reopen();
  // Writes what was noted since the last call. A full disk loses lines, never the server.
  void write();
  // "{"time": 1700000000, "transport": "udp", "resolver": …}", without a newline. `given`: what the query's decision stands for.
  static std::string to_text(const answer::LoggedQuery& query, const std::optional<answer::CounterTable::PoolRegion>& given);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  answer::CounterTable& counters_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace isochrone::node
