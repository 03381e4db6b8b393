// What of YAML is understood, and every refusal word for word.

#include "config/yaml.h"

#include <gtest/gtest.h>

namespace isochrone::config {
namespace {

struct Refused {
  const char* name;
  std::string text;
  const char* message;  // the first problem
};

std::string first_problem(const std::string& text) {
  Problems problems;
  const auto file = parse_yaml("f.yaml", text, problems);
  EXPECT_TRUE(file != nullptr || !problems.ok());
  return problems.list().empty() ? "" : problems.list()[0].to_text();
}

TEST(Yaml, WhatItLetsPassIsRefused) {
  const std::vector<Refused> table = {
      {"nothing at all", "", "f.yaml:1:1: empty; expected a map"},
      {"comments only", "# a: b\n", "f.yaml:1:1: empty; expected a map"},
      {"a list", "- a\n", "f.yaml:1:1: is a list; expected a map"},
      {"a text", "hello\n", "f.yaml:1:1: is 'hello'; expected a map"},
      {"second document", "a: 1\n---\nb: 2\n",
       "f.yaml:2:1: a second document; expected one document a file: no line of three hyphens after the first"},
      {"anchor", "a: &x 1\n", "f.yaml:1:4: an anchor (&); anchors are not understood: quote the text if it is meant"},
      {"tag", "a: !!str 1\n", "f.yaml:1:4: a tag (!); tags are not understood: quote the text if it is meant"},
      {"own tag", "a: !x 1\n", "f.yaml:1:4: a tag (!); tags are not understood: quote the text if it is meant"},
      {"lone tag", "a: ! 1\n", "f.yaml:1:4: a tag (!); tags are not understood: quote the text if it is meant"},
      {"merge key", "a: {<<: {b: 1}}\n",
       "f.yaml:1:5: a: a merge key (<<); merge keys are not understood: write the values again"},
      {"null key", "~: 1\n",
       "f.yaml:1:1: a key that is nothing; expected text before the colon; quote it if it is meant"},
      {"map as key", "{a: 1}: 2\n",
       "f.yaml:1:1: a key that is not text; expected text before the colon; quote it: \"{…}\""},
      {"no YAML", "a: [1\n", "f.yaml:2:1: not YAML: end of sequence flow not found; expected a ] for every ["},
      {"an unquoted *", "a:\n  *: 1\n",
       "f.yaml:2:3: not YAML: the referenced anchor is not defined; a * begins an alias, which is not understood: quote the text, as in \"*\""},
      {"an alias of nothing", "a: *b\n",
       "f.yaml:1:4: not YAML: the referenced anchor is not defined; a * begins an alias, which is not understood: quote the text, as in "
       "\"*\""},
      {"an unquoted @", "a:\n  @: 1\n", "f.yaml:2:3: not YAML: unknown token; a text cannot begin like this: quote it, as in \"@\""},
      {"no blank behind the colon", "a:1\nb: 2\n",
       "f.yaml:2:2: not YAML: illegal map value; expected key: value, with a blank behind the colon; quote a text with a colon in it"},
      {"a tab", "a:\n  b: 1\n\tc: 2\n", "f.yaml:3:1: not YAML: a tab in the indentation; expected blanks"},
      {"a tab below a key", "a:\n\tb: 1\n", "f.yaml:2:1: not YAML: a tab in the indentation; expected blanks"},
      {"a tab behind blanks", "a:\n  \tb: 1\n", "f.yaml:2:3: not YAML: a tab in the indentation; expected blanks"},
      {"a tab in a list", "a:\n- b\n\t- c\n", "f.yaml:3:1: not YAML: a tab in the indentation; expected blanks"},
      {"a tab in a map that does not end", "a: {b: 1,\n\tc: [1\n", "f.yaml:3:1: not YAML: end of sequence flow not found; expected a ] for every ["},
      {"a key out of line", "a:\n  b: 1\n c: 2\n",
       "f.yaml:3:2: not YAML: end of map not found; expected the next key below the one before it"},
      {"octets", std::string("a: 1\nb: c\0", 10), "f.yaml:2:5: not a text file: it holds a zero octet; expected YAML in UTF-8"},
      {"ISO 8859-1", "a: 1\nb: caf\xe9\n", "f.yaml:2:7: not a text file: it holds octets that are no UTF-8; expected YAML in UTF-8"},
      {"a zero octet in other words", "a: 1\nb: \"c\\0\"\n", "f.yaml:2:4: a zero octet; no text has one"},
  };
  for (const Refused& row : table) EXPECT_EQ(first_problem(row.text), row.message) << row.name;
}

TEST(Yaml, OfDuplicateKeysTheFirstIsReadAndTheRestOfTheFileToo) {
  Problems problems;
  const auto file = parse_yaml("f.yaml", "a: 1\nb: {y: 2, y: 3}\na: 4\nc: 5\na: 6\n", problems);
  ASSERT_TRUE(file);
  EXPECT_EQ(problems.to_text(),
            "f.yaml:2:11: b.y: duplicate key; it is already in line 2\n"
            "f.yaml:3:1: a: duplicate key; it is already in line 1\n"
            "f.yaml:5:1: a: duplicate key; it is already in line 1\n");
  std::string keys;
  for (const Node* child : file->root().children()) keys += child->key();
  EXPECT_EQ(keys, "abc") << "as written";
  EXPECT_EQ(file->root().find("a")->integer(0, 9), 1);
}

TEST(Yaml, AnEmptyListIsToldWhereSomethingIsWanted) {
  Problems problems;
  const auto file = parse_yaml("f.yaml", "a: []\nb: x\n", problems);
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->root().find("a")->list_or_one().empty());
  EXPECT_TRUE(problems.ok());
  EXPECT_TRUE(file->root().find("a")->list_or_one("expected an x").empty());
  EXPECT_EQ(file->root().find("b")->list_or_one("expected an x").size(), 1u);
  EXPECT_EQ(problems.to_text(), "f.yaml:1:4: a: is an empty list; expected an x\n");
}

TEST(Yaml, DeepAndHugeFilesEndEarly) {
  EXPECT_NE(first_problem("a: " + std::string(40, '[') + std::string(40, ']')).find("nested deeper than 32"),
            std::string::npos);
  EXPECT_NE(first_problem("a: " + std::string(100000, '[')), "");
  EXPECT_NE(first_problem(std::string(100000, '{')), "");
  EXPECT_EQ(first_problem(std::string(kMaxYaml + 1, ' ')),
            "f.yaml: larger than 8 MiB; large lists belong in CSV files");
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'j'; ++c)
    bomb += std::string() + c + ": &" + c + " [*" + char(c - 1) + ",*" + char(c - 1) + "]\n";
  EXPECT_NE(first_problem(bomb).find("anchors are not understood"), std::string::npos);
}

struct Scalar {
  const char* name;
  const char* text;
  void (*read)(const Node&);
  const char* message;  // "": it is understood
};

TEST(Yaml, ScalarsAreWhatTheyAreReadAs) {
  auto integer = [](const Node& n) { n.integer(1, 100); };
  auto boolean = [](const Node& n) { n.boolean(); };
  auto duration = [](const Node& n) { n.duration(); };
  auto number = [](const Node& n) { n.number(-90, 90); };
  auto text = [](const Node& n) { n.text("a host name"); };
  auto prefix = [](const Node& n) { n.prefix(); };
  auto endpoint = [](const Node& n) { n.endpoint(); };
  auto word = [](const Node& n) { n.one_of({"majority", "any", "all"}); };
  const Scalar table[] = {
      {"a number", "10", integer, ""},
      {"quoted is the same", "\"10\"", integer, ""},
      {"not octal", "010", integer, ""},
      {"hexadecimal", "0x10", integer, "is '0x10'; expected a whole number from 1 to 100"},
      {"too large", "101", integer, "is '101'; expected a whole number from 1 to 100"},
      {"a fraction", "1.5", integer, "is '1.5'; expected a whole number from 1 to 100"},
      {"beyond 64 bits", "99999999999999999999", integer,
       "is '99999999999999999999'; expected a whole number from 1 to 100"},
      {"on", "on", boolean, ""},
      {"no", "no", boolean, ""},
      {"not every yes", "Y", boolean, "is 'Y'; expected true or false"},
      {"a duration", "1.5s", duration, ""},
      {"no unit", "2", duration, "is '2'; expected a duration: one number and ms, s, m, h or d, as in \"2s\""},
      {"two numbers", "1h30m", duration,
       "is '1h30m'; expected a duration: one number and ms, s, m, h or d, as in \"2s\""},
      {"a coordinate", "-33.86", number, ""},
      {"not finite", "nan", number, "is 'nan'; expected a number from -90 to 90"},
      {"infinite", ".inf", number, "is '.inf'; expected a number from -90 to 90"},
      {"forgotten quotes", "{region}", text, "is a map; expected a host name; quote it where it has braces or a colon"},
      {"nothing", "", text, "is nothing; expected a host name"},
      {"a prefix", "192.0.2.0/24", prefix, ""},
      {"host bits", "192.0.2.1/24", prefix,
       "'192.0.2.1/24' has bits set beyond the prefix length; did you mean 192.0.2.0/24?"},
      {"port 0", "127.0.0.1:0", endpoint,
       "is '127.0.0.1:0'; expected an address and a port, as in \"192.0.2.1:53\" or \"[2001:db8::1]:53\""},
      {"a slip", "majorty", word, "is 'majorty'; did you mean 'majority'?"},
      {"another word", "nonsense", word, "is 'nonsense'; expected majority, any, all"},
  };
  for (const Scalar& row : table) {
    Problems problems;
    const auto file = parse_yaml("f.yaml", std::string("k: ") + row.text + "\n", problems);
    ASSERT_TRUE(file) << row.name;
    row.read(*file->root().find("k"));
    const std::string message = problems.list().empty() ? "" : problems.list()[0].to_text();
    const std::string place = *row.text == '\0' ? "f.yaml:1:1: k: " : "f.yaml:1:4: k: ";
    EXPECT_EQ(message, *row.message == '\0' ? "" : place + row.message) << row.name;
  }
}

TEST(Yaml, UnknownKeysAreSuggestedTo) {
  Problems problems;
  const auto file = parse_yaml("f.yaml", "probes:\n  web:\n    intervall: 2s\n    colour: red\n", problems);
  ASSERT_TRUE(file);
  {
    Map map(file->root().find("probes")->find("web"));
    EXPECT_EQ(map.duration("interval", 5s, 1s, 1min), 5s);
    map.not_built("sleep", "sleeping");
  }
  EXPECT_EQ(problems.to_text(),
            "f.yaml:3:5: probes.web.intervall: unknown key; did you mean 'interval'?\n"
            "f.yaml:4:5: probes.web.colour: unknown key; expected one of interval\n");
}

}  // namespace
}  // namespace isochrone::config
