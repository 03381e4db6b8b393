// kinds: http, https. Status, headers and body are as expected.

#include <fmt/format.h>

#include <algorithm>

#include "probe/exchange.h"
#include "probe/load_figure.h"
#include "probe/reason.h"

namespace isochrone::probe {

using health::Failure;
using health::Outcome;
using health::Phase;
using health::ProbeSpec;
using health::Target;

namespace {

// Ours rather than the server's: what a stranger sends is not repeated without need.
std::string_view phrase(int status) {
  switch (status) {
    case 200:
      return " OK";
    case 204:
      return " No Content";
    case 301:
      return " Moved Permanently";
    case 302:
      return " Found";
    case 307:
      return " Temporary Redirect";
    case 308:
      return " Permanent Redirect";
    case 400:
      return " Bad Request";
    case 401:
      return " Unauthorized";
    case 403:
      return " Forbidden";
    case 404:
      return " Not Found";
    case 405:
      return " Method Not Allowed";
    case 421:
      return " Misdirected Request";
    case 429:
      return " Too Many Requests";
    case 500:
      return " Internal Server Error";
    case 501:
      return " Not Implemented";
    case 502:
      return " Bad Gateway";
    case 503:
      return " Service Unavailable";
    case 504:
      return " Gateway Timeout";
    default:
      return "";
  }
}

std::string listed(const std::vector<health::StatusRange>& ranges) {
  std::string text;
  for (const auto& [first, last] : ranges) {
    if (!text.empty()) text += ", ";
    text += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
  }
  return text;
}

void fail_with(Outcome& outcome, Failure failure, Phase phase, std::string reason) {
  outcome = failed(failure, phase, std::move(reason));
}

void judge(const ProbeSpec& spec, const Answer& answer, Outcome& outcome) {
  const bool status_fits = std::ranges::any_of(spec.expect_status, [&](const auto& range) {
    return answer.status >= range.first && answer.status <= range.last;
  });
  if (!status_fits) {
    const std::string_view location = answer.header("location");
    const std::string to = answer.status / 100 == 3 && !location.empty() ? " to " + printable(location) : "";
    return fail_with(
        outcome, Failure::Status, Phase::FirstByte,
        fmt::format("{}{}{}, expected {}", answer.status, phrase(answer.status), to, listed(spec.expect_status)));
  }
  for (const auto& [name, value] : spec.expect_headers) {
    const std::string_view sent = answer.header(name);
    if (!sent.empty() && sent.find(value) != sent.npos) continue;
    return fail_with(outcome, Failure::Header, Phase::FirstByte,
                     sent.empty()
                         ? fmt::format("no header {}, expected \"{}\" in it", name, value)
                         : fmt::format("header {} is \"{}\", expected \"{}\" in it", name, printable(sent), value));
  }
  if (answer.body.find(spec.expect_body) == answer.body.npos) {
    fail_with(outcome, Failure::Body, Phase::Body,
              fmt::format("no \"{}\" in the {}{} octets of the body", spec.expect_body, answer.body_cut ? "first " : "",
                          answer.body.size()));
  }
}

}  // namespace

Started start_http(Workshop& workshop, const Target& target, Done done) {
  const ProbeSpec& spec = target.spec;
  Request request;
  request.url = url_of(target, spec.kind == health::Kind::Https, spec.path);
  request.method = spec.method;
  request.http_version = spec.http_version;
  for (const auto& [name, value] : spec.headers) request.headers.push_back(name + ": " + value);
  return start_exchange(
      workshop, target, request,
      [&spec](const Answer& answer, Outcome& outcome) {
        judge(spec, answer, outcome);
        if (spec.load) outcome.load = load_in(answer, *spec.load);  // also of one that answers "503": it may well be loaded
      },
      std::move(done));
}

}  // namespace isochrone::probe
