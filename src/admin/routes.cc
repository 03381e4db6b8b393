#include "admin/routes.h"

#include <httplib.h>
#include <nlohmann/json.hpp>

#include "admin/json.h"
#include "admin/metrics.h"
#include "admin/pages.h"
#include "admin/request_json.h"
#include "config/names.h"
#include "probe/reason.h"
#include "probe/wire_json.h"
#include "util/log.h"

namespace isochrone::admin {

using httplib::Request;
using httplib::Response;
using nlohmann::json;

namespace {

void reply(Response& response, int status, const json& body) {
  response.status = status;
  // `replace`: a name with odd octets must not make the whole answer fail.
  response.set_content(body.dump(2, ' ', false, json::error_handler_t::replace) + "\n", "application/json");
}

void refuse(Response& response, int status, const std::string& why) { reply(response, status, {{"error", why}}); }

// Whether the Host header is an address, localhost or nothing. Pages of others make a browser ask here by a name of theirs.
bool is_asked_by_address(std::string host) {
  const size_t bracket = host.rfind(']'), colon = host.rfind(':');
  if (colon != host.npos && (bracket == host.npos || colon > bracket)) host.resize(colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return host.empty() || host == "localhost" || IpAddress::parse(host);
}

class Routes {
 public:
  Routes(Backend& backend, const Auth& auth, Door door) : backend_(backend), auth_(auth), door_(door) {}

  void status(const Request&, Response& response) const { send(response, backend_.status()); }

  void metrics(const Request&, Response& response) const {
    const auto status = backend_.status();
    const auto sample = backend_.metrics();
    if (!status) return refuse(response, 503, status.error().text);
    if (!sample) return refuse(response, 503, sample.error().text);
    response.set_content(exposition(*status, *sample), "text/plain; version=0.0.4; charset=utf-8");
  }

  void explain(const Request& request, Response& response) const {
    const auto asked = decode_explain(request.params);
    if (!asked) return refuse(response, 400, asked.error().text);
    const auto explained = backend_.explain(*asked);
    if (!explained) return refuse(response, 503, explained.error().text);
    reply(response, 200, to_json(*explained));
  }

  void drain(const Request& request, Response& response, bool set) const {
    auto asked = decode_drain(request.body, set);
    if (!asked) return refuse(response, 400, asked.error().text);
    // Over admin.sock its sender is believed; a token speaks for itself.
    if (!door_.local_socket) asked->by = "token " + auth_.name(request.get_header_value("Authorization"));
    else if (asked->by.empty()) asked->by = "admin.sock";
    send(response, set ? backend_.drain(*asked) : backend_.undrain(*asked));
  }

  void reload(const Request& request, Response& response) const {
    if (const Status asked = decode_nothing(request.body); !asked) return refuse(response, 400, asked.error().text);
    const auto result = backend_.reload();
    if (!result) return refuse(response, 503, result.error().text);
    reply(response, result->ok ? 200 : 422, to_json(*result));
  }

  void receipts(const Request& request, Response& response) const {
    const auto target = decode_receipts(request.params);
    if (!target) return refuse(response, 400, target.error().text);
    send(response, backend_.receipts(*target));
  }

  void probe_now(const Request& request, Response& response) const {
    const auto target = decode_probe(request.body);
    if (!target) return refuse(response, 400, target.error().text);
    send(response, backend_.probe_now(*target));
  }

  void plan(const Request& request, Response& response) const {
    const auto wanted = decode_plan(request.params);
    const auto vantage = writer(kVantage, request, wanted.value_or(""));
    if (!vantage) return turn_away(response, vantage.error());
    if (!wanted) return refuse(response, 400, wanted.error().text);
    const auto plan = backend_.plan(*vantage);
    if (!plan) return refuse(response, 404, plan.error().text);
    const std::string text = probe::encode_plan(*plan);
    const std::string tag = "\"" + std::to_string(std::hash<std::string>{}(text)) + "\"";
    response.set_header("ETag", tag);
    if (request.get_header_value("If-None-Match") == tag) response.status = 304;
    else response.set_content(text, "application/json");
  }

  void report(const Request& request, Response& response) const {
    take(kVantage, request, response, probe::decode_report, &health::VantageReport::vantage, &Backend::report);
  }

  void observations(const Request& request, Response& response) const {
    take(kRegion, request, response, probe::decode_observations, &health::ObservationReport::region, &Backend::observe);
  }

  // Before anything of a body is read: false, answered, where it would not be listened to.
  bool admits(const Request& request, Response& response) const {
    if (request.method == "GET" || request.method == "HEAD") return true;
    if (request.has_header("Transfer-Encoding") && config::lowered(request.get_header_value("Transfer-Encoding")) != "chunked")
      return refuse(response, 501, "expected a body with its length, or in chunks"), false;
    if (request.has_header("Content-Encoding")) return refuse(response, 415, "expected a body that is not compressed"), false;
    if (door_.local_socket || auth_.knows(request.get_header_value("Authorization"))) return true;
    if (request.path == "/api/v1/report") report(request, response);
    else if (request.path == "/api/v1/observations") observations(request, response);
    else may(Right::Change, request, response);
    return false;
  }

  bool may(Right right, const Request& request, Response& response) const {
    const std::string token = request.get_header_value("Authorization");
    const bool for_free = door_.loopback && is_asked_by_address(request.get_header_value("Host"));
    if (door_.local_socket || auth_.allows(right, token, for_free)) return true;
    if (right == Right::Read && door_.loopback && !auth_.knows(token)) {
      refuse(response, 403, "reading needs no token here for those who ask by address or as localhost, not by another name");
      return false;
    }
    const std::string what = right == Right::Read ? "read" : "change";
    const Refusal refusal =
        auth_.knows(token) ? lacking(token, what, what) : Refusal{401, "a token with the right to " + what + " is needed"};
    if (right == Right::Change) backend_.refused_order(sender(request), probe::printable(request.path), refusal.why);
    turn_away(response, refusal);
    return false;
  }

 private:
  template <typename T>
  static void send(Response& response, const Result<T>& result) {
    if (!result) return refuse(response, 422, result.error().text);
    reply(response, 200, to_json(*result));
  }

  // What a token lets its bearer speak for: a vantage, a region's gateways.
  struct Kind {
    const char* what;
    const char* act;  // as in admin.tokens, before its ':'
    const char* whose;
    std::optional<std::string> (Auth::*of)(std::string_view) const;
    void (Backend::*refused)(const std::string& own, const std::string& why);
  };
  static constexpr Kind kVantage{"vantage", "probe", "VANTAGE", &Auth::vantage, &Backend::refused_report},
      kRegion{"region", "observe", "REGION", &Auth::region, &Backend::refused_observations};

  struct Refusal {
    int status;
    std::string why;
  };
  // Of a known token: what it would do, and the right of admin.tokens that it lacks.
  Refusal lacking(const std::string& token, const std::string& act, const std::string& right) const {
    return {403, "the token " + auth_.name(token) + " may not " + act + "; it needs the right " + right};
  }
  // For the log: "token ops at 192.0.2.1".
  std::string sender(const Request& request) const {
    const std::string name = auth_.name(request.get_header_value("Authorization"));
    return (name.empty() ? "somebody" : "token " + name) + " at " + request.remote_addr;
  }
  static void turn_away(Response& response, const Refusal& refusal) {
    if (refusal.status == 401) response.set_header("WWW-Authenticate", "Bearer");
    refuse(response, refusal.status, refusal.why);
  }
  void refuse_report(Response& response, const std::string& who, const Refusal& refusal) const {
    backend_.refused_report(who, refusal.why);
    turn_away(response, refusal);
  }
  // Of one whose token says for whom it speaks; over admin.sock that is nobody.
  void refuse_report(const Kind& kind, Response& response, const std::string& own, const Refusal& refusal) const {
    if (own.empty()) return refuse_report(response, "admin.sock", refusal);
    (backend_.*kind.refused)(own, refusal.why);
    turn_away(response, refusal);
  }

  // Whom the sender may speak for, if that is `wanted`; "" wants any.
  tl::expected<std::string, Refusal> writer(const Kind& kind, const Request& request, const std::string& wanted) const {
    if (door_.local_socket) return wanted;
    const std::string token = request.get_header_value("Authorization");
    const auto own = (auth_.*kind.of)(token);
    if (!auth_.knows(token)) return tl::unexpected(Refusal{401, "the token is unknown"});
    if (!own) return tl::unexpected(lacking(token, kind.act, kind.act + (":" + (wanted.empty() ? kind.whose : wanted))));
    if (!wanted.empty() && *own != wanted)
      return tl::unexpected(Refusal{403, std::string("the token is of ") + kind.what + " " + *own + ", not of " + wanted});
    return *own;
  }

  template <typename Report>
  void take(const Kind& kind, const Request& request, Response& response, Result<Report> (*decode)(std::string_view),
            std::string Report::*claims, Status (Backend::*hand_over)(const Report&)) const {
    // Who asks comes first: a stranger's octets are not even parsed.
    const auto own = writer(kind, request, "");
    if (!own) return refuse_report(response, sender(request), own.error());
    const auto report = decode(request.body);
    if (!report) return refuse_report(kind, response, *own, {400, report.error().text});
    const auto claimed = writer(kind, request, (*report).*claims);
    if (!claimed) return refuse_report(kind, response, *own, claimed.error());
    const Status taken = (backend_.*hand_over)(*report);
    if (!taken) return refuse(response, 409, taken.error().text);
    response.status = 204;
  }

  Backend& backend_;
  const Auth& auth_;
  Door door_;
};

}  // namespace

void add_routes(httplib::Server& server, Backend& backend, const Auth& auth, Door door) {
  const auto routes = std::make_shared<Routes>(backend, auth, door);
  const auto guarded = [routes](Right right, void (Routes::*act)(const Request&, Response&) const) {
    return [=](const Request& request, Response& response) {
      if (routes->may(right, request, response)) ((*routes).*act)(request, response);
    };
  };

  server.set_pre_routing_handler([routes](const Request& request, Response& response) {
    using Answer = httplib::Server::HandlerResponse;
    return routes->admits(request, response) ? Answer::Unhandled : Answer::Handled;
  });
  server.Get("/healthz", [](const Request&, Response& response) { response.set_content("ok\n", "text/plain"); });
  server.Get("/readyz", [&backend](const Request&, Response& response) {
    response.status = backend.ready() ? 200 : 503;
    response.set_content(response.status == 200 ? "ready\n" : "not ready\n", "text/plain");
  });
  server.Get("/metrics", guarded(Right::Read, &Routes::metrics));
  server.Get("/api/v1/status", guarded(Right::Read, &Routes::status));
  server.Get("/api/v1/explain", guarded(Right::Read, &Routes::explain));
  server.Get("/api/v1/receipts", guarded(Right::Read, &Routes::receipts));
  server.Post("/api/v1/probe", guarded(Right::Change, &Routes::probe_now));
  server.Post("/api/v1/reload", guarded(Right::Change, &Routes::reload));
  server.Post("/api/v1/drain", [routes](const Request& request, Response& response) {
    if (routes->may(Right::Change, request, response)) routes->drain(request, response, true);
  });
  server.Post("/api/v1/undrain", [routes](const Request& request, Response& response) {
    if (routes->may(Right::Change, request, response)) routes->drain(request, response, false);
  });
  // Their own tokens: a probe worker may read its plan and write its own vantage, a gateway's observer may write its
  // region's column, and nothing else.
  server.Get("/api/v1/plan", [routes](const Request& request, Response& response) { routes->plan(request, response); });
  server.Post("/api/v1/report", [routes](const Request& request, Response& response) { routes->report(request, response); });
  server.Post("/api/v1/observations", [routes](const Request& request, Response& response) { routes->observations(request, response); });
  server.Get("/api/v1/openapi.json", [](const Request&, Response& response) {
    response.set_content(std::string(openapi()), "application/json");
  });
  server.Get("/", [routes](const Request& request, Response& response) {
    if (routes->may(Right::Read, request, response)) response.set_content(std::string(status_page()), "text/html; charset=utf-8");
  });
}

}  // namespace isochrone::admin
