#include "zone/tokenizer.h"

#include <gtest/gtest.h>

namespace isochrone::zone {
namespace {

// An entry a line: "~" where it starts blank, then each token as line:column:text, quoted ones in quotes.
std::string told(std::string_view text, Problems& problems) {
  Tokenizer tokenizer(text, "zone", problems);
  std::string told;
  Entry entry;
  while (tokenizer.next(entry)) {
    if (entry.broken) continue;
    if (!told.empty()) told += " | ";
    if (entry.starts_blank) told += "~";
    for (const Token& token : entry.tokens) {
      if (&token != &entry.tokens[0]) told += " ";
      told += std::to_string(token.line) + ":" + std::to_string(token.column) + ":";
      told += token.quoted ? "\"" + std::string(token.text) + "\"" : std::string(token.text);
    }
  }
  return told;
}

struct Text {
  const char* name;
  std::string_view text;
  const char* tokens;
  const char* problems = "";
};

using namespace std::string_view_literals;

const Text kTexts[] = {
    {"nothing", "", ""},
    {"blank lines and comments", "\n  \n; all comment\n \t; too\n", ""},
    {"one line", "a IN A 1\n", "1:1:a 1:3:IN 1:6:A 1:8:1"},
    {"no final newline", "a b", "1:1:a 1:3:b"},
    {"two lines", "a b\nc\n", "1:1:a 1:3:b | 2:1:c"},
    {"blank start", " a\n\tb\n", "~1:2:a | ~2:2:b"},
    {"CRLF", "a b\r\nc d\r\n", "1:1:a 1:3:b | 2:1:c 2:3:d"},
    {"comment behind, and its octets do not matter", "a b;c \"( x\nd", "1:1:a 1:3:b | 2:1:d"},
    {"parentheses over lines", "a ( b\n c ; x )\n) d\ne", "1:1:a 1:5:b 2:2:c 3:3:d | 4:1:e"},
    {"parentheses touch words", "a(b)c", "1:1:a 1:3:b 1:5:c"},
    {"nested parentheses", "a ((b\n) c\n) d", "1:1:a 1:5:b 2:3:c 3:3:d"},
    {"parenthesis alone starts blank", " (\na\n)\n", "~2:1:a"},
    {"quoted", "a \"b c\" d", "1:1:a 1:3:\"b c\" 1:9:d"},
    {"quoted: special octets mean nothing", "a \";(\"", "1:1:a 1:3:\";(\""},
    {"quoted: escaped quote", R"(a "b\"c" d)", R"(1:1:a 1:3:"b\"c" 1:10:d)"},
    {"quoted: escaped backslash at its end", R"(a "b\\" d)", R"(1:1:a 1:3:"b\\" 1:9:d)"},
    {"quoted: empty", "a \"\"", "1:1:a 1:3:\"\""},
    {"quotes touch words", "a\"b\"c", "1:1:a 1:2:\"b\" 1:5:c"},
    {"escapes in words", R"(a\ b \; \"x \(y)", R"(1:1:a\ b 1:6:\; 1:9:\"x 1:13:\(y)"},
    {"backslash before the newline", "a\\\nb", "1:1:a\\ | 2:1:b"},
    {"backslash at the very end", "a\\", "1:1:a\\"},
    {"NUL and high octets are octets", "a\0b \xff\n"sv, "1:1:a\0b 1:5:\xff"},
    {"byte order mark", "\xef\xbb\xbfhi\n", "1:4:hi"},
    {"quote without end", "a \"b\nc d\n", "2:1:c 2:3:d", "zone:1:3: quoted string does not end on its line; expected '\"'\n"},
    {"quote ends with the file", "a \"b\\\"", "", "zone:1:3: quoted string does not end on its line; expected '\"'\n"},
    {"quote ends on the next line", "a \"b\nc\" d\ne\n", "3:1:e", "zone:1:3: quoted string does not end on its line; expected '\"'\n"},
    {"quote ends lines later", "a \"b\nc d\n( ; \\\"x\nf\" \"g\" ; h\ni\n", "5:1:i", "zone:1:3: quoted string does not end on its line; expected '\"'\n"},
    {"quote ends with the file, later", "a \"b\nc\"", "", "zone:1:3: quoted string does not end on its line; expected '\"'\n"},
    {"quote in parentheses ends on the next line", "a ( \"b\nc\"\n) d\ne\n", "4:1:e", "zone:1:5: quoted string does not end on its line; expected '\"'\n"},
    {"quote in parentheses without end", "a ( \"b\n\"c\" )\nd\n", "3:1:d", "zone:1:5: quoted string does not end on its line; expected '\"'\n"},
    {"quote over the closing parenthesis", "a ( \"b )\nc \"d\"\n", "2:1:c 2:3:\"d\"", "zone:1:5: quoted string does not end on its line; expected '\"'\n"},
    {"quote without end, then strings", "a \"b\nc \"d\" \"\"\n", "2:1:c 2:3:\"d\" 2:7:\"\"", "zone:1:3: quoted string does not end on its line; expected '\"'\n"},
    {"two quotes without end", "a \"b\nc\nd \"e\nf\n", "2:1:c | 4:1:f", "zone:1:3: quoted string does not end on its line; expected '\"'\nzone:3:3: quoted string does not end on its line; expected '\"'\n"},
    {"places behind a late end", "a \"b\nc\"\nd )\n", "", "zone:1:3: quoted string does not end on its line; expected '\"'\nzone:3:3: ')' without '('; expected '(' before it\n"},
    {"closed twice", "a (b))\nc\n", "2:1:c", "zone:1:6: ')' without '('; expected '(' before it\n"},
    {"never closed", "a\nb ( c\nd\n", "1:1:a", "zone:2:3: '(' is never closed; expected ')' before the end of the file\n"},
};

TEST(Tokenizer, Table) {
  for (const Text& test : kTexts) {
    Problems problems;
    std::string expected = test.tokens;
    if (test.name == std::string_view("NUL and high octets are octets")) expected = "1:1:a\0b 1:5:\xff"sv;
    EXPECT_EQ(told(test.text, problems), expected) << test.name;
    EXPECT_EQ(problems.to_text(), test.problems) << test.name;
  }
}

}  // namespace
}  // namespace isochrone::zone
