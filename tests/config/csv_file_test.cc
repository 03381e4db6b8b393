#include "config/csv_file.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

namespace isochrone::config {
namespace {

// What a reader of `text` gets: the lines, each told as wrong where it says "wrong".
struct Reading {
  std::vector<std::string> lines;
  Problems problems;

  explicit Reading(std::string text) {
    Digest digest;
    LineStream stream(fmemopen(text.data(), text.size(), "r"), digest);
    const std::string path = "list.csv";
    CsvFile file(path, stream, problems);
    while (const auto line = file.next()) {
      lines.emplace_back(*line);
      CsvLine fields(*line);
      while (const auto field = fields.next())
        if (*field == "wrong") file.wrong(fields, "is wrong");
    }
    if (lines.empty()) file.empty("expected lines");
  }
};

using Lines = std::vector<std::string>;

TEST(CsvFile, GivesLinesOfData) {
  EXPECT_EQ(Reading("a,b\n# comment\n\nc\r\nd").lines, (Lines{"a,b", "c", "d"}));
}

TEST(CsvFile, PassesOverWhatSpreadsheetsPutIn) {
  EXPECT_EQ(Reading("\xef\xbb\xbf" "a,b\r\n  \t\r\n  # comment\r\nc\r\n").lines, (Lines{"a,b", "c"}));
  EXPECT_EQ(Reading("\xef\xbb").lines, (Lines{"\xef\xbb"})) << "a part of a mark is none";
}

TEST(CsvFile, SaysWhatSeparatesFields) {
  const auto told = [](std::string_view line) {
    Problems problems;
    const std::string path = "list.csv";
    std::string text(line);
    Digest digest;
    LineStream stream(fmemopen(text.data(), text.size(), "r"), digest);
    CsvFile file(path, stream, problems);
    file.no_header(CsvLine(*file.next()), "expected name,pool");
    return problems.to_text();
  };
  EXPECT_EQ(told("name;pool"), "list.csv:1:1: the first line is no header; expected name,pool: commas between fields\n");
  EXPECT_EQ(told("nmae,pool"), "list.csv:1:1: the first line is no header; expected name,pool\n");
}

TEST(CsvFile, TellsThePlaceOfAField) {
  const Reading reading("\na, wrong\n");
  EXPECT_NE(reading.problems.to_text().find("list.csv:2:4: is wrong"), std::string::npos) << reading.problems.to_text();
}

TEST(CsvFile, SaysThatThereWasNothing) {
  const Reading reading("# comment\n");
  EXPECT_EQ(reading.problems.errors(), 1u);
  EXPECT_NE(reading.problems.to_text().find("list.csv: empty; expected lines"), std::string::npos) << reading.problems.to_text();
}

TEST(CsvFile, SaysThatALineIsTooLongAndThenNotThatItIsEmpty) {
  const Reading reading(std::string(LineStream::kMaxLine + 2, 'x'));
  EXPECT_EQ(reading.problems.errors(), 1u);
  EXPECT_NE(reading.problems.to_text().find("is this a CSV file?"), std::string::npos) << reading.problems.to_text();
}

TEST(CsvFile, TellsAHundredProblemsAndThatThereAreMore) {
  std::string one_line = "wrong", many_lines;
  for (int i = 0; i < 3000; ++i) one_line += ",wrong", many_lines += "wrong\n";
  for (const std::string& text : {one_line + "\nnot read\n", many_lines}) {
    const Reading reading(text);
    EXPECT_EQ(reading.problems.errors(), CsvFile::kMaxProblems + 1);
    EXPECT_NE(reading.problems.to_text().find("100 problems: the rest is not read"), std::string::npos);
    EXPECT_LE(reading.lines.size(), CsvFile::kMaxProblems);
  }
}

}  // namespace
}  // namespace isochrone::config
