// kind: grpc. grpc.health.v1.Health/Check answers SERVING. The message is so small that it is written by hand:
// https://github.com/grpc/grpc/blob/master/doc/health-checking.md, framing by gRPC over HTTP/2.

#include <fmt/format.h>

#include <charconv>

#include "probe/exchange.h"
#include "probe/reason.h"

namespace isochrone::probe {

using health::Failure;
using health::Outcome;
using health::Phase;
using health::Target;

namespace {

constexpr size_t kLongestService = 127;  // its length fits one octet of varint
constexpr size_t kFrameHead = 5;         // compressed flag, length of four octets

// HealthCheckRequest{string service = 1}, framed.
std::string check_request(std::string_view service) {
  std::string message;
  if (!service.empty()) message = fmt::format("\x0a{}{}", static_cast<char>(service.size()), service);
  return std::string(4, '\0') + static_cast<char>(message.size()) + message;
}

// HealthCheckResponse{ServingStatus status = 1}: 0 unknown, 1 serving, 2 not serving, 3 service unknown. -1: not one.
int serving_status(std::string_view body) {
  if (body.size() < kFrameHead || body[0] != 0) return -1;
  const std::string_view message = body.substr(kFrameHead);
  if (message.empty()) return 0;  // the default of a field is not sent
  return message.size() == 2 && message[0] == 0x08 ? message[1] : -1;
}

std::string_view name_of_code(std::string_view code) {
  if (code == "5") return " (NOT_FOUND: no such service)";
  if (code == "12") return " (UNIMPLEMENTED: no health service)";
  if (code == "14") return " (UNAVAILABLE)";
  if (code == "16") return " (UNAUTHENTICATED)";
  return "";
}

std::optional<int> code_of(const Answer& answer) {
  const std::string_view text = answer.header("grpc-status");
  int code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(code) : std::nullopt;
}

void judge(const Answer& answer, Outcome& outcome) {
  if (answer.status != 200) {
    outcome = failed(Failure::Status, Phase::FirstByte, fmt::format("HTTP status {}, expected 200", answer.status));
    return;
  }
  const std::string_view code = answer.header("grpc-status");
  if (!code.empty() && code != "0") {
    const std::string_view message = answer.header("grpc-message");
    outcome = failed(Failure::Status, Phase::Body,
                     fmt::format("grpc-status {}{}{}{}", printable(code, 8), name_of_code(code),
                                 message.empty() ? "" : ": ", printable(message)));
    return;
  }
  static constexpr const char* kNames[] = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};
  const int status = serving_status(answer.body);
  if (status == 1) return;
  outcome = status >= 0 && status <= 3
                ? failed(Failure::Status, Phase::Body, fmt::format("health is {}, expected SERVING", kNames[status]))
                : failed(Failure::Protocol, Phase::Body, "the answer is not a grpc.health.v1.HealthCheckResponse");
}

}  // namespace

Started start_grpc(Workshop& workshop, const Target& target, Done done) {
  const std::string& service = target.spec.grpc_service;
  if (service.size() > kLongestService) return failed_here("grpc service name of more than 127 octets");
  Request request;
  request.url = url_of(target, target.spec.tls, "/grpc.health.v1.Health/Check");
  request.method = "POST";
  request.headers = {"content-type: application/grpc", "te: trailers"};
  request.body = check_request(service);
  request.http_version = target.spec.tls ? 0 : 2;
  const auto judge_and_note = [](const Answer& answer, Outcome& outcome) {
    judge(answer, outcome);
    outcome.code = code_of(answer);
  };
  return start_exchange(workshop, target, request, judge_and_note, std::move(done));
}

}  // namespace isochrone::probe
