#include "zone/tokenizer.h"

#include <algorithm>
#include <array>

namespace isochrone::zone {

namespace {

// Octets that end a plain token. A backslash does not, but what follows it is taken as it is.
constexpr std::array<bool, 256> kEnds = [] {
  std::array<bool, 256> ends{};
  for (const unsigned char octet : {' ', '\t', '\r', '\n', ';', '(', ')', '"'}) ends[octet] = true;
  return ends;
}();

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

Tokenizer::Tokenizer(std::string_view text, std::string_view file, Problems& problems)
    : at_(text.data()), end_(text.data() + text.size()), line_begin_(text.data()), file_(file), problems_(problems) {
  if (text.starts_with(kByteOrderMark)) at_ += kByteOrderMark.size();
}

bool Tokenizer::next(Entry& entry) {
  for (;;) {
    if (at_ == end_) return false;
    entry.tokens.clear();
    entry.starts_blank = *at_ == ' ' || *at_ == '\t';
    const Read read = read_entry(entry);
    entry.broken = read == Read::Broken;
    if (read != Read::Nothing) return true;
  }
}

Tokenizer::Read Tokenizer::read_entry(Entry& entry) {
  uint32_t open = 0, open_line = 0, open_column = 0;
  bool broken = false;
  const auto ended = [&] { return broken ? Read::Broken : entry.tokens.empty() ? Read::Nothing : Read::Entry; };
  while (at_ != end_) {
    switch (*at_) {
      case ' ':
      case '\t':
      case '\r': ++at_; break;
      case '\n':
        end_line();
        if (open == 0) return ended();
        break;
      case ';':
        while (at_ != end_ && *at_ != '\n') ++at_;
        break;
      case '(':
        if (open++ == 0) open_line = line_, open_column = column();
        ++at_;
        break;
      case ')':
        if (open == 0) {
          error(line_, column(), "')' without '('", "expected '(' before it");
          skip_line();
          return Read::Broken;
        }
        --open;
        ++at_;
        break;
      case '"':
        if (const char* begin = at_; !read_quoted(entry)) {
          broken = true;
          if (!end_string_later() && std::find(begin, at_, ')') != at_) open = 0;  // meant to stand behind the string
        }
        break;
      default: read_plain(entry);
    }
  }
  if (open != 0) {
    error(open_line, open_column, "'(' is never closed", "expected ')' before the end of the file");
    return Read::Broken;
  }
  return ended();
}

bool Tokenizer::read_quoted(Entry& entry) {
  Token token{{}, line_, column(), true};
  const char* begin = ++at_;
  for (; at_ != end_ && *at_ != '\n'; ++at_) {
    if (*at_ == '"') {
      token.text = {begin, static_cast<size_t>(at_++ - begin)};
      entry.tokens.push_back(token);
      return true;
    }
    if (*at_ == '\\' && at_ + 1 != end_ && at_[1] != '\n') ++at_;
  }
  error(token.line, token.column, "quoted string does not end on its line", "expected '\"'");
  return false;
}

// After a string that does not end on its line: where the next quote seems to be its end, goes behind that quote, so that the mistake is
// told once. A quote is taken for the beginning of another string where text follows it, or where the quotes on its line come in pairs.
bool Tokenizer::end_string_later() {
  const auto is_escape = [&](const char* at) { return *at == '\\' && at + 1 != end_ && at[1] != '\n'; };
  const char* quote = at_;
  const char* line_begin = line_begin_;
  uint32_t line = line_;
  for (; quote != end_ && *quote != '"'; ++quote) {
    if (is_escape(quote)) ++quote;
    else if (*quote == '\n') line_begin = quote + 1, ++line;
  }
  if (quote == end_ || (quote + 1 != end_ && !kEnds[static_cast<unsigned char>(quote[1])])) return false;
  size_t quotes = 0;
  for (const char* at = quote; at != end_ && *at != '\n'; ++at) {
    if (is_escape(at)) ++at;
    else if (*at == '"') ++quotes;
  }
  if (quotes % 2 == 0) return false;
  at_ = quote + 1;
  line_begin_ = line_begin;
  line_ = line;
  return true;
}

void Tokenizer::read_plain(Entry& entry) {
  const char* begin = at_;
  while (at_ != end_ && !kEnds[static_cast<unsigned char>(*at_)]) {
    if (*at_ == '\\' && at_ + 1 != end_ && at_[1] != '\n') ++at_;
    ++at_;
  }
  entry.tokens.push_back({{begin, static_cast<size_t>(at_ - begin)}, line_,
                          static_cast<uint32_t>(begin - line_begin_) + 1, false});
}

void Tokenizer::end_line() {
  line_begin_ = ++at_;
  ++line_;
}

void Tokenizer::skip_line() {
  while (at_ != end_ && *at_ != '\n') ++at_;
  if (at_ != end_) end_line();
}

void Tokenizer::error(uint32_t line, uint32_t column, const char* what, const char* expected) {
  problems_.error({std::string(file_), line, column}, {}, what, expected);
}

}  // namespace isochrone::zone
