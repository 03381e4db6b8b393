#include "probe/api_client.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <utility>

#include "loop/clock.h"
#include "probe/reason.h"

namespace isochrone::probe {

namespace {

constexpr long kConnectMs = 5'000;
constexpr long kWholeMs = 10'000;
constexpr size_t kReplyLimit = 4096;  // of a POST: an error's text

// The first word of the file, so that a final newline does no harm.
Result<std::string> read_token(const std::string& path) {
  std::ifstream in(path);
  std::string token;
  if (!(in >> token)) return fail(fmt::format("cannot read a token from {}", path));
  return token;
}

// "https://[2001:db8::1]:9353/x" → "2001:db8::1".
std::string host_in(const std::string& url) {
  size_t start = url.find("://");
  start = start == url.npos ? 0 : start + 3;
  if (start < url.size() && url[start] == '[') return url.substr(start + 1, url.find(']', start) - start - 1);
  return url.substr(start, url.find_first_of(":/", start) - start);
}

}  // namespace

ApiClient::ApiClient(CurlLoop& curl, TrustStores& trust, config::ReportTo node)
    : curl_(curl), trust_(trust), node_(std::move(node)), easy_(curl_easy_init()) {
  while (node_.node.ends_with('/')) node_.node.pop_back();
  trust_spec_.ca_file = node_.ca_file;
  certificate_.host = host_in(node_.node);
}

ApiClient::~ApiClient() {
  curl_.cancel(easy_.get());
}

void ApiClient::get(const std::string& path, const std::string& etag, size_t body_limit, Done done) {
  body_limit_ = body_limit;
  CurlList headers;
  if (!etag.empty()) append(headers, "If-None-Match: " + etag);
  start(path, std::move(headers), nullptr, std::move(done));
}

void ApiClient::post(const std::string& path, const std::string& json, Done done) {
  body_limit_ = kReplyLimit;
  CurlList headers;
  append(headers, "Content-Type: application/json");
  append(headers, "Expect:");
  start(path, std::move(headers), &json, std::move(done));
}

void ApiClient::start(const std::string& path, CurlList headers, const std::string* body, Done done) {
  done_ = std::move(done);
  answer_ = {};
  error_[0] = '\0';
  certificate_.fault.clear();
  const auto token = read_token(node_.token_file);
  if (!token) return end({0, token.error().text, {}, {}});
  append(headers, "Authorization: Bearer " + *token);
  headers_ = std::move(headers);

  CURL* easy = easy_.get();
  curl_easy_reset(easy);  // but for the connection
  const std::string url = node_.node + path;
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
  if (body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
    curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body->c_str());
  }
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "isochrone-probe");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, kWholeMs);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_.data());
  // As for probes: trust and names are CertificateCheck's, asked at every handshake.
  curl_easy_setopt(easy, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  curl_easy_setopt(easy, CURLOPT_CAINFO, static_cast<char*>(nullptr));
  curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(
      easy, CURLOPT_SSL_CTX_FUNCTION, +[](CURL*, void* context, void* user) -> CURLcode {
        return static_cast<ApiClient*>(user)->trust_now(static_cast<SSL_CTX*>(context));
      });
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
  curl_easy_setopt(
      easy, CURLOPT_WRITEFUNCTION, +[](char* data, size_t one, size_t size, void* user) -> size_t {
        return static_cast<ApiClient*>(user)->take_body({data, one * size}) ? one * size : 0;
      });
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(
      easy, CURLOPT_HEADERFUNCTION, +[](char* data, size_t one, size_t size, void* user) -> size_t {
        static_cast<ApiClient*>(user)->take_header({data, one * size});
        return one * size;
      });
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_.start(easy, [this](CURLcode code) { ended(code); });
}

CURLcode ApiClient::trust_now(SSL_CTX* context) {
  const auto store = trust_.find(trust_spec_, loop::now());
  if (!store) {
    certificate_.fault = store.error().text;
    return CURLE_SSL_CACERT_BADFILE;
  }
  watch_certificate(context, store->get(), certificate_);
  return CURLE_OK;
}

void ApiClient::ended(CURLcode code) {
  ApiAnswer answer = std::move(answer_);
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
  } else if (!certificate_.fault.empty()) {
    answer.error = certificate_.fault;
  } else if (long error = 0; code == CURLE_COULDNT_CONNECT &&
                             curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &error) == CURLE_OK && error != 0) {
    answer.error = fmt::format("cannot connect to {}: {}", node_.node, std::strerror(static_cast<int>(error)));
  } else if (code == CURLE_SSL_CONNECT_ERROR) {
    answer.error = fmt::format("TLS handshake with {} failed: {}", node_.node, handshake_reason(error_.data()));
  } else if (code == CURLE_WRITE_ERROR) {
    answer.error = fmt::format("more than {} octets", body_limit_);
  } else {
    answer.error = error_[0] ? printable(error_.data(), 160) : std::string(curl_easy_strerror(code));
  }
  end(std::move(answer));
}

void ApiClient::end(ApiAnswer answer) {
  const Done done = std::exchange(done_, nullptr);
  done(std::move(answer));
}

bool ApiClient::take_body(std::string_view part) {
  if (answer_.body.size() + part.size() > body_limit_) return false;
  answer_.body += part;
  return true;
}

void ApiClient::take_header(std::string_view line) {
  constexpr std::string_view kName = "etag:";
  if (line.size() < kName.size() || ::strncasecmp(line.data(), kName.data(), kName.size()) != 0) return;
  const std::string_view value = line.substr(kName.size());
  const size_t first = value.find_first_not_of(" \t"), last = value.find_last_not_of(" \t\r\n");
  if (first != value.npos) answer_.etag = printable(value.substr(first, last - first + 1), 128);
}

}  // namespace isochrone::probe
