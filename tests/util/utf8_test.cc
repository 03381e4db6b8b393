#include "util/utf8.h"

#include <gtest/gtest.h>

namespace isochrone {
namespace {

using namespace std::string_view_literals;

// RFC 3629 §4, by the edges of its table.
TEST(Utf8, IsWhatTheTableOfRfc3629Has) {
  struct Case {
    std::string_view text;
    size_t valid;
  };
  for (const Case& c : {
           Case{""sv, 0},
           {"plain\0text\n"sv, 11},
           {"\xc2\x80\xdf\xbf"sv, 4},
           {"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"sv, 12},
           {"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"sv, 8},
           {"caf\xe9"sv, 3},               // ISO 8859-1
           {"a\x80"sv, 1},                 // a continuation alone
           {"\xc1\xbf"sv, 0},              // overlong
           {"\xe0\x9f\xbf"sv, 0},          // overlong
           {"\xf0\x8f\xbf\xbf"sv, 0},      // overlong
           {"\xed\xa0\x80"sv, 0},          // a surrogate
           {"\xf4\x90\x80\x80"sv, 0},      // above U+10FFFF
           {"\xf5\x80\x80\x80"sv, 0},
           {"a\xe2\x82"sv, 1},             // cut
           {"\xc3\xc3"sv, 0},
       })
    EXPECT_EQ(valid_utf8(c.text), c.valid) << c.text;
}

TEST(Utf8, IsShownOnOneLine) {
  EXPECT_EQ(on_one_line("é – plain"), "é – plain");
  EXPECT_EQ(on_one_line("a\r\nb\tc\0d\x1b[31m\x7f"sv), "a??b?c?d?[31m?");
  EXPECT_EQ(on_one_line("\xc2\x9b" "31m"), "?" "31m") << "CSI in one character";
  EXPECT_EQ(on_one_line("caf\xe9, \xe2\x82"), "caf?, ??");
}

TEST(Utf8, IsCutBetweenCharacters) {
  EXPECT_EQ(cut_utf8("aé", 4), "aé");
  EXPECT_EQ(cut_utf8("aéb", 3), "aé");
  EXPECT_EQ(cut_utf8("aéb", 2), "a");
  EXPECT_EQ(cut_utf8("é", 1), "");
}

}  // namespace
}  // namespace isochrone
