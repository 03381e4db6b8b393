#include "probe/exchange.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "loop/clock.h"
#include "probe/certificate.h"
#include "probe/curl_loop.h"
#include "probe/progress.h"
#include "probe/reason.h"
#include "probe/socket.h"
#include "probe/trust.h"

namespace isochrone::probe {

using health::Failure;
using health::Outcome;
using health::Phase;
using health::Target;

namespace {

constexpr size_t kOctetsTold = 40;  // told of an answer that is no HTTP

class ExchangeAttempt final : public Attempt {
 public:
  ExchangeAttempt(Workshop& workshop, const Target& target, Judge judge, Done done)
      : workshop_(workshop), target_(target), judge_(std::move(judge)), done_(std::move(done)) {}

  ~ExchangeAttempt() override {
    if (easy_) workshop_.curl.cancel(easy_.get());
  }

  void start(const Request& request, TrustStore store) {
    store_ = std::move(store);
    certificate_.host = host_of(target_);
    certificate_.verify = target_.spec.verify;
    certificate_.chains = &workshop_.chains;
    tls_ = request.url.starts_with("https:");
    easy_.reset(curl_easy_init());
    set_request(request);
    set_limits();
    set_hooks();
    progress_ = Progress();
    workshop_.curl.start(easy_.get(), [this](CURLcode code) { ended(code); });
  }

  Outcome expire() override {
    workshop_.curl.cancel(easy_.get());
    return complete(timed_out(target_, progress_.phase()));
  }

 private:
  template <typename T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(easy_.get(), option, value);
  }

  void set_request(const Request& request) {
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PATH_AS_IS, 1L);
    append(connect_to_, "::" +
                            (target_.address.family == Family::V6 ? "[" + target_.address.to_text() + "]"
                                                                  : target_.address.to_text()) +
                            ":");
    set(CURLOPT_CONNECT_TO, connect_to_.get());
    for (const std::string& line : request.headers) append(headers_, line);
    if (!request.body.empty()) {
      append(headers_, "Expect:");
      set(CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
      set(CURLOPT_COPYPOSTFIELDS, request.body.c_str());
    }
    if (headers_) set(CURLOPT_HTTPHEADER, headers_.get());
    if (request.method == "HEAD")
      set(CURLOPT_NOBODY, 1L);
    else if (request.method != "GET" && request.body.empty())
      set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    set(CURLOPT_USERAGENT, "isochrone-probe");
    set(CURLOPT_HTTP_VERSION, request.http_version == 1   ? long{CURL_HTTP_VERSION_1_1}
                              : request.http_version == 2 ? long{CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE}
                                                          : long{CURL_HTTP_VERSION_2TLS});
  }

  void set_limits() {
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOPROXY, "*");
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_BUFFERSIZE, 4096L);
    set(CURLOPT_DNS_CACHE_TIMEOUT, 0L);  // addresses only: nothing worth remembering
    set(CURLOPT_HTTP09_ALLOWED, 1L);  // what is no HTTP comes as a body without headers, and is told
    // Trust comes from our shared store. With a CApath set, which Debian's curl has built in, curl would read the
    // system's bundle for every handshake; with none it would keep the first store it meets, and use that for all.
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    set(CURLOPT_CAINFO, static_cast<char*>(nullptr));
    set(CURLOPT_CA_CACHE_TIMEOUT, 0L);
    set(CURLOPT_SSL_VERIFYPEER, target_.spec.verify ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);  // CertificateCheck compares the name, so that the reason can say both
    set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    set(CURLOPT_ERRORBUFFER, error_.data());
  }

  void set_hooks() {
    set(
        CURLOPT_OPENSOCKETFUNCTION, +[](void* self, curlsocktype, curl_sockaddr*) -> curl_socket_t {
          return static_cast<ExchangeAttempt*>(self)->open();
        });
    set(CURLOPT_OPENSOCKETDATA, this);
    set(
        CURLOPT_SSL_CTX_FUNCTION, +[](CURL*, void* context, void* self) -> CURLcode {
          static_cast<ExchangeAttempt*>(self)->handshake_begins(static_cast<SSL_CTX*>(context));
          return CURLE_OK;
        });
    set(CURLOPT_SSL_CTX_DATA, this);
    set(
        CURLOPT_PREREQFUNCTION, +[](void* self, char*, char*, int, int) -> int {
          static_cast<ExchangeAttempt*>(self)->request_begins();
          return CURL_PREREQFUNC_OK;
        });
    set(CURLOPT_PREREQDATA, this);
    set(
        CURLOPT_HEADERFUNCTION, +[](char* data, size_t one, size_t size, void* self) -> size_t {
          return static_cast<ExchangeAttempt*>(self)->take_header({data, one * size}) ? one * size : 0;
        });
    set(CURLOPT_HEADERDATA, this);
    set(
        CURLOPT_WRITEFUNCTION, +[](char* data, size_t one, size_t size, void* self) -> size_t {
          return static_cast<ExchangeAttempt*>(self)->take_body({data, one * size}) ? one * size : 0;
        });
    set(CURLOPT_WRITEDATA, this);
  }

  curl_socket_t open() {
    Fd fd = open_socket(target_, SOCK_STREAM);
    open_error_ = fd ? 0 : errno;
    opened_ = uv_now(workshop_.loop);
    return socket_ = fd.release();  // curl closes it
  }

  void handshake_begins(SSL_CTX* context) {
    progress_.measure(socket_);
    progress_.enter(Phase::Tls);
    watch_certificate(context, store_.get(), certificate_);
  }

  void request_begins() {
    if (!tls_) progress_.measure(socket_);
    progress_.enter(Phase::FirstByte);
  }

  bool take_header(std::string_view line) {
    if (progress_.phase() == Phase::FirstByte) progress_.enter(Phase::Body);
    header_octets_ += line.size();
    if (header_octets_ > kHeaderLimit) return false;
    if (line.starts_with("HTTP/")) answer_.headers.clear();  // an answer before it was a 1xx
    answer_.headers += line;
    return true;
  }

  bool take_body(std::string_view part) {
    if (answer_.headers.empty()) return answer_.body = part.substr(0, target_.spec.body_limit), false;  // no HTTP: enough was seen
    const size_t room = target_.spec.body_limit - answer_.body.size();
    answer_.body += part.substr(0, room);
    answer_.body_cut = part.size() > room;
    return !answer_.body_cut;
  }

  void ended(CURLcode code) {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    progress_.outcome().status = answer_.status = static_cast<int>(status);
    Outcome verdict;
    if (code == CURLE_OK || answer_.body_cut)
      judge_(answer_, verdict);
    else
      verdict = fault(code);
    const Done done = std::move(done_);  // `done` destroys this
    done(complete(std::move(verdict)));
  }

  Outcome complete(Outcome verdict) {
    progress_.outcome().certificate_expiry = certificate_.expiry;
    progress_.show(answer_.body, certificate_.chain);
    return progress_.end(std::move(verdict));
  }

  Outcome fault(CURLcode code) const {
    if (!certificate_.fault.empty()) return failed(Failure::Certificate, Phase::Tls, certificate_.fault);
    if (code == CURLE_FAILED_INIT) return failed_here("libcurl did not take the request");
    if (progress_.phase() == Phase::Connect) return connect_fault(code);
    if (progress_.phase() == Phase::Tls) return handshake_fault();
    if (header_octets_ > kHeaderLimit || code == CURLE_OUT_OF_MEMORY)
      return failed(Failure::Protocol, progress_.phase(),
                    fmt::format("{} sent more than {} KiB of headers", who(), kHeaderLimit / 1024));
    switch (code) {
      case CURLE_GOT_NOTHING:
        return failed(Failure::Reset, progress_.phase(), fmt::format("{} closed the connection without an answer", who()));
      case CURLE_RECV_ERROR:
      case CURLE_SEND_ERROR:
        return failed_with_errno(target_, ECONNRESET, progress_.phase());
      case CURLE_PARTIAL_FILE:
        return failed(Failure::Body, progress_.phase(), fmt::format("{} closed the connection within the body", who()));
      case CURLE_WRITE_ERROR:  // take_body() saw no headers
        return failed(Failure::Protocol, progress_.phase(),
                      fmt::format("no HTTP answer from {}: it begins \"{}\"", who(), escaped(answer_.body.substr(0, kOctetsTold))));
      default:
        return failed(Failure::Protocol, progress_.phase(), fmt::format("no HTTP answer from {}: {}", who(), curl_text(code)));
    }
  }

  Outcome connect_fault(CURLcode code) const {
    if (open_error_ != 0) return failed_with_errno(target_, open_error_, progress_.phase(), true);
    long error = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &error);
    // Failed in the turn of the loop that opened the socket: connect() itself refused.
    const bool at_once = opened_ == uv_now(workshop_.loop);
    if (error != 0) return failed_with_errno(target_, static_cast<int>(error), progress_.phase(), at_once);
    return failed(Failure::Unreachable, progress_.phase(), fmt::format("cannot connect to {}: {}", who(), curl_text(code)));
  }

  Outcome handshake_fault() const {
    const std::string_view text = error_.data();
    if (text.find("reset by peer") != text.npos) return failed_with_errno(target_, ECONNRESET, progress_.phase());
    if (text.find("SSL_ERROR_SYSCALL") != text.npos || text.find("unexpected eof") != text.npos)
      return failed(Failure::Reset, progress_.phase(), fmt::format("{} closed the connection (TLS)", who()));
    return failed(Failure::Tls, progress_.phase(), fmt::format("TLS handshake with {} failed: {}", who(), handshake_reason(text)));
  }

  std::string who() const { return name_of(target_); }
  std::string curl_text(CURLcode code) const {
    return error_[0] ? printable(error_.data(), 120) : std::string(curl_easy_strerror(code));
  }

  Workshop& workshop_;
  const Target& target_;
  Judge judge_;
  Done done_;
  TrustStore store_;  // empty: nothing is verified
  CertificateCheck certificate_;
  Progress progress_;
  Answer answer_;
  bool tls_ = false;
  int socket_ = -1;
  int open_error_ = 0;
  uint64_t opened_ = 0;
  size_t header_octets_ = 0;
  std::array<char, CURL_ERROR_SIZE> error_{};
  CurlList connect_to_, headers_;
  CurlHandle easy_;  // last: it looks at all of the above
};

}  // namespace

Started start_exchange(Workshop& workshop, const Target& target, const Request& request, Judge judge, Done done) {
  TrustStore store;
  if (request.url.starts_with("https:") && target.spec.verify) {
    auto found = workshop.trust.find(target.spec, loop::now());
    if (!found) return failed_here(found.error().text);
    store = std::move(*found);
  }
  auto attempt = std::make_unique<ExchangeAttempt>(workshop, target, std::move(judge), std::move(done));
  attempt->start(request, std::move(store));
  return attempt;
}

}  // namespace isochrone::probe
