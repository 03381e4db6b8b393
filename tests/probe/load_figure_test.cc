// The load that a gateway tells of itself: a stranger writes it, so anything may come.

#include "probe/load_figure.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "one_try.h"
#include "server.h"

namespace isochrone::probe::testing {
namespace {

TEST(LoadFigure, IsANumberOrNone) {
  const struct {
    const char* name;
    health::LoadSpec spec;
    Answer answer;
    std::optional<double> load;
  } cases[] = {
      {"a header", {"x-load", "", 1}, {.headers = "X-Load:  0.73 \r\n"}, 0.73},
      {"no header", {"x-load", "", 1}, {.headers = "X-Loaded: 1\r\n"}, {}},
      {"an empty one", {"x-load", "", 1}, {.headers = "X-Load:\r\n"}, {}},
      {"a unit", {"x-load", "", 1}, {.headers = "X-Load: 73%\r\n"}, {}},
      {"negative", {"x-load", "", 1}, {.headers = "X-Load: -1\r\n"}, {}},
      {"not a number", {"x-load", "", 1}, {.headers = "X-Load: nan\r\n"}, {}},
      {"endless", {"x-load", "", 1}, {.headers = "X-Load: inf\r\n"}, {}},
      {"absurd", {"x-load", "", 1}, {.headers = "X-Load: 1e300\r\n"}, {}},
      {"idle", {"x-load", "", 1}, {.headers = "X-Load: 0\r\n"}, 0},
      {"in the body", {"", "/load/now", 1}, {.body = R"({"load": {"now": 12, "then": 3}})"}, 12},
      {"an element", {"", "/1", 1}, {.body = "[0.1, 0.2]"}, 0.2},
      {"the whole body", {"", "", 1}, {.body = " 0.5\n"}, 0.5},
      {"an escaped key", {"", "/a~1b", 1}, {.body = R"({"a/b": 7})"}, 7},
      {"nothing there", {"", "/load/now", 1}, {.body = R"({"load": 1})"}, {}},
      {"an index of no list", {"", "/list/x", 1}, {.body = R"({"list": [1]})"}, {}},
      {"text", {"", "/load", 1}, {.body = R"({"load": "0.5"})"}, {}},
      {"below nothing", {"", "/load", 1}, {.body = R"({"load": -0.5})"}, {}},
      {"no JSON", {"", "/load", 1}, {.body = "{\"load\": 0.5"}, {}},
      {"no body", {"", "/load", 1}, {}, {}},
      {"a body that was cut", {"", "", 1}, {.body = "0.5", .body_cut = true}, {}},
      {"deep in a status page", {"", "/a/b/c/d/e/f/g/h/i/j", 1}, {.body = R"({"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":{"j":0.4}}}}}}}}}})"}, 0.4},
      {"as deep as may be", {"", "/0", 1}, {.body = "[1," + std::string(63, '[') + std::string(63, ']') + "]"}, 1},
      {"too deep", {"", "/0", 1}, {.body = "[1," + std::string(64, '[') + std::string(64, ']') + "]"}, {}},
      {"without end", {"", "/0", 1}, {.body = std::string(100'000, '[')}, {}},
  };
  for (const auto& c : cases) EXPECT_EQ(load_in(c.answer, c.spec), c.load) << c.name;
}

TEST(LoadFigure, IsReadOfEveryAnswer) {
  for (const char* status : {"200 OK", "503 Service Unavailable"}) {
    const Server server(answer_with(fmt::format("HTTP/1.1 {}\r\nX-Load: 1.5\r\nContent-Length: 0\r\n\r\n", status)));
    health::Target target = target_on_loopback(health::Kind::Http, server.port());
    EXPECT_EQ(one_try(target).load, std::nullopt) << "not asked for";
    target.spec.load = {"X-Load", "", 1};
    EXPECT_EQ(one_try(target).load, 1.5) << status;
  }
}

}  // namespace
}  // namespace isochrone::probe::testing
