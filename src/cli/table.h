#pragma once
// Aligned columns for a terminal, coloured when it is one.

#include <string>
#include <vector>

namespace isochrone::cli {

enum class Colour { None, Good, Bad, Odd, Dim, Bold };

// Whether stdout is a terminal that wants colours (NO_COLOR is heeded).
bool colours();
std::string paint(const std::string& text, Colour colour);

struct Cell {
  std::string text;
  Colour colour = Colour::None;
  bool right = false;               // numbers stand to the right
  Cell(std::string t, Colour c = Colour::None, bool r = false) : text(std::move(t)), colour(c), right(r) {}
  Cell(const char* t) : text(t) {}
};

class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  void row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  // Two spaces between columns, each line indented by `indent`.
  std::string text(size_t indent = 0) const;

 private:
  std::vector<std::string> head_;
  std::vector<std::vector<Cell>> rows_;
};

// "12s", "5m", "3.1h": an age or a span in seconds, for a person.
std::string span(double seconds);
// "36.25 s": a bound in seconds, rounded up.
std::string at_most(double seconds);
// "38.2 ms", or "–" where it is null.
std::string milliseconds(const double* value);

}  // namespace isochrone::cli
