#include "util/problem.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "util/utf8.h"

namespace isochrone {

std::string Problem::to_text() const {
  std::string text = place.file;
  if (place.line != 0) text += fmt::format(":{}:{}", place.line, place.column);
  if (!text.empty()) text += ": ";
  if (kind == Kind::Warning) text += "warning: ";
  if (!key.empty()) text += key + ": ";
  text += what;
  if (!expected.empty()) text += "; " + expected;
  return text;
}

void Problems::error(Place place, std::string key, std::string what, std::string expected) {
  add({Problem::Kind::Error, std::move(place), std::move(key), std::move(what), std::move(expected)});
}

void Problems::warn(Place place, std::string key, std::string what, std::string expected) {
  add({Problem::Kind::Warning, std::move(place), std::move(key), std::move(what), std::move(expected)});
}

void Problems::append(const Problems& other) {
  for (const Problem& problem : other.list_)
    if (has_room(problem.kind)) keep(problem);
  errors_ += other.errors_;
  warnings_ += other.warnings_;
}

std::string Problems::to_text() const {
  std::string text;
  for (const Problem& problem : list_) text += problem.to_text() + "\n";
  const auto tell_dropped = [&](size_t dropped, const char* kind) {
    if (dropped != 0) text += fmt::format("… and {} more {}{}\n", dropped, kind, dropped == 1 ? "" : "s");
  };
  tell_dropped(errors_ - kept_errors_, "error");
  tell_dropped(warnings_ - kept_warnings_, "warning");
  return text;
}

namespace {

// Octets of one text that are kept. A word of ten megabytes, cited in what is wrong with it, helps nobody.
constexpr size_t kLongest = 1000, kFirst = 300, kLast = 300;

void shorten(std::string& text) {
  if (text.size() > kLongest) text.replace(kFirst, text.size() - kFirst - kLast, " … ");
}

}  // namespace

void Problems::add(Problem problem) {
  (problem.kind == Problem::Kind::Error ? errors_ : warnings_)++;
  if (!has_room(problem.kind)) return;
  // Whatever an operator's file holds, what is told of it fits a terminal's line, and JSON.
  for (std::string* text : {&problem.place.file, &problem.key, &problem.what, &problem.expected}) {
    shorten(*text);
    *text = on_one_line(*text);
  }
  keep(std::move(problem));
}

void Problems::keep(Problem problem) {
  (problem.kind == Problem::Kind::Error ? kept_errors_ : kept_warnings_)++;
  list_.push_back(std::move(problem));
}

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Levenshtein distance with adjacent transpositions counted as one (optimal string alignment); case does not count.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]))});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  // A third of the word may be wrong, at most three letters: further away is another word, not a slip.
  size_t best_distance = std::min<size_t>(3, std::max<size_t>(1, word.size() / 3)) + 1;
  if (word.size() > 100) return best;
  for (std::string_view candidate : candidates) {
    const size_t d = distance(word, candidate);
    if (d < best_distance) best = candidate, best_distance = d;
  }
  return best;
}

std::string with_suggestion(std::string fault, std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view near = nearest(word, candidates);
  return near.empty() ? fault : fmt::format("{}; did you mean '{}'?", fault, near);
}

}  // namespace isochrone
