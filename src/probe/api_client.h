#pragma once
// One request at a time to one node's /api/v1, on the loop, with its token, over TLS judged like a probe's. Never
// throws, never blocks, ends within ten seconds. Loop's thread only. Through the proxy that HTTPS_PROXY names, unlike
// probes: it sees TLS, and no token.

#include <array>
#include <functional>
#include <string>

#include "config/model.h"
#include "probe/certificate.h"
#include "probe/curl_loop.h"
#include "probe/trust.h"

namespace isochrone::probe {

struct ApiAnswer {
  int status = 0;  // 0: none came, and `error` says why
  std::string error;
  std::string body;  // at most the limit given; more is an error
  std::string etag;
};

class ApiClient {
 public:
  using Done = std::function<void(ApiAnswer)>;

  ApiClient(CurlLoop& curl, TrustStores& trust, config::ReportTo node);
  ~ApiClient();  // cancels

  // `done` is called once, from the loop, or from here where the token file cannot be read. It may ask again.
  void get(const std::string& path, const std::string& etag, size_t body_limit, Done done);
  void post(const std::string& path, const std::string& json, Done done);

  bool busy() const { return static_cast<bool>(done_); }
  const config::ReportTo& node() const { return node_; }

 private:
  void start(const std::string& path, CurlList headers, const std::string* body, Done done);
  CURLcode trust_now(SSL_CTX* context);
  void ended(CURLcode code);
  void end(ApiAnswer answer);
  bool take_body(std::string_view part);
  void take_header(std::string_view line);

  CurlLoop& curl_;
  TrustStores& trust_;
  config::ReportTo node_;
  health::ProbeSpec trust_spec_;  // whose ca_file says whom to trust
  CertificateCheck certificate_;
  Done done_;
  ApiAnswer answer_;
  size_t body_limit_ = 0;
  std::array<char, CURL_ERROR_SIZE> error_{};
  CurlList headers_;
  CurlHandle easy_;  // kept, and with it the connection
};

}  // namespace isochrone::probe
