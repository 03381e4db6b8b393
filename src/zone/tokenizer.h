#pragma once
// Master-file text → entries, the lines of RFC 1035 §5.1 with their parentheses, comments and quotes resolved.
// Understands no word: which is an owner, a type or a directive is master_file.cc's business.

#include <cstdint>
#include <string_view>
#include <vector>

#include "util/problem.h"

namespace isochrone::zone {

struct Token {
  std::string_view text;  // as written, escapes included; of a quoted string what is between the quotes
  uint32_t line = 0, column = 0;  // from 1; of a quoted string: of the quote
  bool quoted = false;

  // The column after its last octet.
  uint32_t end_column() const { return column + static_cast<uint32_t>(text.size()) + (quoted ? 2 : 0); }
};

struct Entry {
  std::vector<Token> tokens;   // into the text; never empty but where it is broken
  bool starts_blank = false;   // the line begins with white space: the owner is the last one
  bool broken = false;         // it has a mistake, which was told, and not all of its tokens: not to be used
};

class Tokenizer {
 public:
  // `text` and `file` must live as long as the tokens are looked at. Mistakes go to `problems`; the entry that has one
  // is broken.
  Tokenizer(std::string_view text, std::string_view file, Problems& problems);

  // False at the end of the text. `entry` is overwritten, its memory used again.
  bool next(Entry& entry);

 private:
  enum class Read : uint8_t { Entry, Nothing, Broken };
  Read read_entry(Entry& entry);
  bool read_quoted(Entry& entry);
  bool end_string_later();
  void read_plain(Entry& entry);
  void end_line();
  void skip_line();
  uint32_t column() const { return static_cast<uint32_t>(at_ - line_begin_) + 1; }
  void error(uint32_t line, uint32_t column, const char* what, const char* expected);

  const char* at_;
  const char* end_;
  const char* line_begin_;
  uint32_t line_ = 1;
  std::string_view file_;
  Problems& problems_;
};

}  // namespace isochrone::zone
