#include "util/problem.h"

#include <gtest/gtest.h>

#include "util/result.h"

namespace isochrone {
namespace {

TEST(Problem, IsOneLineThatSaysWhereAndWhat) {
  struct Case {
    Problem problem;
    const char* text;
  };
  for (const Case& c : {
           Case{{Problem::Kind::Error, {"p.yaml", 14, 3}, "probe.interval", "no unit in '2'", "expected e.g. \"2s\""},
                "p.yaml:14:3: probe.interval: no unit in '2'; expected e.g. \"2s\""},
           {{Problem::Kind::Warning, {"z.yaml", 2, 1}, "services.a", "weight has no effect", ""},
            "z.yaml:2:1: warning: services.a: weight has no effect"},
           {{Problem::Kind::Error, {"t.csv", 0, 0}, "", "cannot be read", ""}, "t.csv: cannot be read"},
           {{Problem::Kind::Error, {}, "", "nothing to serve", ""}, "nothing to serve"},
       })
    EXPECT_EQ(c.problem.to_text(), c.text);
}

TEST(Problems, WarningsAloneAreFine) {
  Problems problems;
  problems.warn({"a", 1, 1}, "k", "odd");
  EXPECT_TRUE(problems.ok());
  problems.error({"a", 2, 1}, "k", "wrong");
  EXPECT_FALSE(problems.ok());
  EXPECT_EQ(problems.to_text(), "a:1:1: warning: k: odd\na:2:1: k: wrong\n");
}

TEST(Problems, AreFitForATerminalAndForJson) {
  Problems problems;
  problems.error({"f\n", 1, 1}, "k\xe9", "there is no region 'a\r\nb\x1b[31m'", "expected é");
  EXPECT_EQ(problems.to_text(), "f?:1:1: k?: there is no region 'a??b?[31m'; expected é\n");
}

TEST(Problems, CountMoreThanTheyKeep) {
  Problems problems;
  for (uint32_t i = 0; i < Problems::kKept + 5; ++i) problems.error({"f", i + 1, 1}, "", "wrong");
  EXPECT_EQ(problems.errors(), Problems::kKept + 5);
  EXPECT_EQ(problems.list().size(), Problems::kKept);
  EXPECT_TRUE(problems.to_text().ends_with("f:1000:1: wrong\n… and 5 more errors\n"));

  Problems all;
  all.error({"g", 1, 1}, "", "wrong");
  all.append(problems);
  EXPECT_EQ(all.list().size(), Problems::kKept);
  EXPECT_EQ(all.errors(), Problems::kKept + 6);
  EXPECT_TRUE(all.to_text().ends_with("f:999:1: wrong\n… and 6 more errors\n"));
}

TEST(Problems, NoKindHidesTheOther) {
  Problems warned;
  for (uint32_t i = 0; i < Problems::kKept + 1; ++i) warned.warn({"f", i + 1, 1}, "", "odd");
  warned.error({"f", 2000, 1}, "", "wrong");
  EXPECT_TRUE(warned.to_text().ends_with("f:1000:1: warning: odd\nf:2000:1: wrong\n… and 1 more warning\n"));
  for (uint32_t i = 0; i < Problems::kKept; ++i) warned.error({"f", 3000 + i, 1}, "", "wrong");
  EXPECT_TRUE(warned.to_text().ends_with("f:3998:1: wrong\n… and 1 more error\n… and 1 more warning\n"));

  Problems all;
  for (uint32_t i = 0; i < Problems::kKept; ++i) all.warn({"e", i + 1, 1}, "", "odd");
  all.append(warned);
  EXPECT_EQ(all.list().size(), 2 * Problems::kKept);
  EXPECT_EQ(all.errors(), Problems::kKept + 1);
  EXPECT_EQ(all.warnings(), 2 * Problems::kKept + 1);
  EXPECT_TRUE(all.to_text().ends_with("f:3998:1: wrong\n… and 1 more error\n… and 1001 more warnings\n"));
}

TEST(Problems, ShortenWhatCitesTooMuch) {
  Problems problems;
  problems.error({"f", 1, 1}, "", "'" + std::string(10 << 20, 'x') + "' is not an address", "expected e.g. '192.0.2.1'");
  const std::string text = problems.to_text();
  EXPECT_LT(text.size(), 700u);
  EXPECT_TRUE(text.starts_with("f:1:1: 'xxx")) << text;
  EXPECT_TRUE(text.ends_with("xxx' is not an address; expected e.g. '192.0.2.1'\n")) << text;
}

TEST(Nearest, GuessesSlipsAndNothingElse) {
  const std::vector<std::string_view> keys = {"interval", "timeout", "fall", "rise", "recheck", "port", "path"};
  struct Case {
    const char* word;
    const char* nearest;
  };
  for (const Case& c : {
           Case{"intervall", "interval"},
           {"itnerval", "interval"},
           {"timeot", "timeout"},
           {"time-out", "timeout"},
           {"fal", "fall"},
           {"prot", "port"},     // two letters swapped are one slip
           {"INTERVAL", "interval"},  // case is no distance
           {"TimeOut", "timeout"},
           {"colour", ""},
           {"xy", ""},
           {"", ""},
       })
    EXPECT_EQ(nearest(c.word, keys), c.nearest) << c.word;
  EXPECT_EQ(nearest(std::string(10'000, 'a'), keys), "") << "a megabyte of a word is not compared";
  const std::string key(keys.front());
  EXPECT_EQ(with_suggestion("no such key", key + "x", keys), "no such key; did you mean '" + key + "'?");
  EXPECT_EQ(with_suggestion("no such key", "zzzzzzzzzzzz", keys), "no such key");
}

TEST(Result, IsAValueOrAText) {
  const auto half = [](int n) -> Result<int> {
    if (n % 2) return fail("odd");
    return n / 2;
  };
  EXPECT_EQ(half(8).value(), 4);
  ASSERT_FALSE(half(7));
  EXPECT_EQ(half(7).error().text, "odd");
}

}  // namespace
}  // namespace isochrone
