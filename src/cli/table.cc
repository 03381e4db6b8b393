#include "cli/table.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "util/duration.h"

namespace isochrone::cli {

namespace {

// Columns that text takes on a terminal: UTF-8 continuation octets take none.
size_t width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

const char* code(Colour colour) {
  switch (colour) {
    case Colour::None: return "";
    case Colour::Good: return "\x1b[32m";
    case Colour::Bad: return "\x1b[31m";
    case Colour::Odd: return "\x1b[33m";
    case Colour::Dim: return "\x1b[2m";
    case Colour::Bold: return "\x1b[1m";
  }
  return "";
}

}  // namespace

bool colours() {
  static const bool wanted = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  return wanted;
}

std::string paint(const std::string& text, Colour colour) {
  if (colour == Colour::None || !colours()) return text;
  return code(colour) + text + "\x1b[0m";
}

std::string Table::text(size_t indent) const {
  std::vector<size_t> widths;
  for (const std::string& title : head_) widths.push_back(width(title));
  for (const auto& row : rows_)
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i) widths[i] = std::max(widths[i], width(row[i].text));

  std::string out;
  const auto line = [&](const std::vector<Cell>& cells) {
    std::string made(indent, ' ');
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths[i] - std::min(widths[i], width(cells[i].text)), ' ');
      const std::string painted = paint(cells[i].text, cells[i].colour);
      const bool last = i + 1 == cells.size();
      made += cells[i].right ? padding + painted : painted + (last ? "" : padding);
      if (!last) made += "  ";
    }
    out += made + "\n";
  };
  std::vector<Cell> titles;
  for (size_t i = 0; i < head_.size(); ++i)
    titles.emplace_back(head_[i], Colour::Bold, !rows_.empty() && i < rows_[0].size() && rows_[0][i].right);
  line(titles);
  for (const auto& row : rows_) line(row);
  return out;
}

std::string span(double seconds) { return to_text(Duration(static_cast<int64_t>(seconds * 1e9))); }

// A nanosecond less, so that what floating-point numbers put on top of a hundredth is not taken for another one.
std::string at_most(double seconds) { return fmt::format("{:.2f} s", std::ceil((seconds - 1e-9) * 100) / 100); }

std::string milliseconds(const double* value) { return value ? fmt::format("{:.1f} ms", *value) : "–"; }

}  // namespace isochrone::cli
