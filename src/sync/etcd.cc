#include "sync/etcd.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "config/secrets.h"
#include "probe/reason.h"

namespace isochrone::sync {

using nlohmann::json;

namespace {

constexpr long kEtcdConnectMs = 1'000;
constexpr long kTrustSeconds = 60;         // authorities are read again after; the system's are 32 ms of CPU
constexpr size_t kAnswerLimit = 64 << 20;  // of a call; a range over 500 vantages has a tenth of it
constexpr size_t kLineLimit = 16 << 20;    // of a stream
constexpr const char* kAuthenticate = "/v3/auth/authenticate";
constexpr int kUnauthenticated = 16;       // of gRPC
constexpr int kUnavailable = 14, kDeadlineExceeded = 4;

std::string json_text(const json& body) { return body.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

// One HTTP request. Its body is kept whole, or handed on line by line.
class Etcd::Transfer {
 public:
  Transfer(Etcd& etcd, const std::string& path, std::string body, Line line, std::function<void(Transfer&)> ended)
      : etcd_(etcd), body_(std::move(body)), line_(std::move(line)), ended_(std::move(ended)), easy_(curl_easy_init()) {
    endpoint = etcd.access_.endpoints[etcd.endpoint_];
    probe::append(headers_, "Content-Type: application/json");
    probe::append(headers_, "Expect:");
    if (!etcd.token_.empty()) probe::append(headers_, "Authorization: " + etcd.token_);
    CURL* easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_URL, (endpoint + path).c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body_.c_str());
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "isochrone");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kEtcdConnectMs);
    if (!line_) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(kEtcdTry / 1ms));
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_.data());
    set_trust(easy);
    curl_easy_setopt(
        easy, CURLOPT_WRITEFUNCTION, +[](char* data, size_t one, size_t size, void* user) -> size_t {
          return static_cast<Transfer*>(user)->take({data, one * size}) ? one * size : 0;
        });
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    etcd.curl_.start(easy, [this](CURLcode code) {
      code_ = code;
      const auto ended = std::move(ended_);  // it may destroy this
      ended(*this);
    });
  }
  ~Transfer() { etcd_.curl_.cancel(easy_.get()); }
  Transfer(const Transfer&) = delete;

  long status() const {
    long status = 0;
    if (code_ == CURLE_OK) curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }
  const std::string& text() const { return text_; }
  // Why no answer came.
  std::string fault() const {
    if (!fault_.empty()) return fault_;
    if (code_ == CURLE_SSL_CONNECT_ERROR) return "TLS handshake failed: " + probe::handshake_reason(error_.data());
    return error_[0] ? probe::printable(error_.data(), 160) : std::string(curl_easy_strerror(code_));
  }

  std::string endpoint;

 private:
  void set_trust(CURL* easy) const {
    const config::EtcdAccess& access = etcd_.access_;
    curl_easy_setopt(easy, CURLOPT_CAPATH, static_cast<char*>(nullptr));
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, kTrustSeconds);  // curl's own is a day
    if (!access.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, access.ca_file.c_str());
    if (!access.cert_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLCERT, access.cert_file.c_str());
    if (!access.key_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLKEY, access.key_file.c_str());
  }

  bool take(std::string_view part) {
    size_t from = text_.size();  // what was there has no end of a line
    text_ += part;
    if (!line_) return text_.size() <= kAnswerLimit || (fault_ = "the answer has no end", false);
    size_t begin = 0;
    for (size_t end; (end = text_.find('\n', from)) != text_.npos; begin = from = end + 1) {
      const json line = json::parse(text_.begin() + static_cast<ptrdiff_t>(begin), text_.begin() + static_cast<ptrdiff_t>(end), nullptr, false);
      if (!line.is_object()) return fault_ = "an answer that is no JSON object", false;
      line_(line);
    }
    text_.erase(0, begin);
    return text_.size() <= kLineLimit || (fault_ = "a line without end", false);
  }

  Etcd& etcd_;
  std::string body_, text_, fault_;
  Line line_;
  std::function<void(Transfer&)> ended_;
  CURLcode code_ = CURLE_OK;
  std::array<char, CURL_ERROR_SIZE> error_{};
  probe::CurlList headers_;
  probe::CurlHandle easy_;
};

Etcd::Etcd(uv_loop_t* loop, config::EtcdAccess access) : access_(std::move(access)), curl_(loop) {
  for (std::string& endpoint : access_.endpoints)
    while (endpoint.ends_with('/')) endpoint.pop_back();
}

Etcd::~Etcd() = default;

void Etcd::call(const std::string& path, const json& body, Done done) {
  calls_.push_back({path, json_text(body), std::move(done), 0, false, nullptr});
  start_with_token(calls_.back());
}

// What asks for a token needs none.
void Etcd::start_with_token(Call& call) {
  if (call.path == kAuthenticate) return start(call);
  with_token([this, &call](const std::string& fault) { fault.empty() ? start(call) : end(call, fail(fault)); });
}

void Etcd::start(Call& call) {
  call.transfer = std::make_unique<Transfer>(*this, call.path, call.body, Line(), [this, &call](Transfer& t) { answered(call, t); });
}

void Etcd::answered(Call& call, Transfer& transfer) {
  std::string fault = transfer.fault();
  bool try_next = true;
  if (const long status = transfer.status(); status != 0) {
    json answer = json::parse(transfer.text(), nullptr, false);
    if (status == 200 && answer.is_object()) return end(call, std::move(answer));
    const int code = answer.is_object() && answer.contains("code") && answer["code"].is_number_integer() ? answer["code"].get<int>() : 0;
    const bool told = answer.is_object() && answer.contains("error") && answer["error"].is_string();
    fault = told ? probe::printable(answer["error"].get<std::string>(), 160) : fmt::format("HTTP {}, and no JSON: {}", status, probe::printable(transfer.text(), 100));
    if (code == kUnauthenticated && !access_.user.empty() && !call.renewed) {
      call.renewed = true;
      token_.clear();
      return start_with_token(call);
    }
    try_next = !told || code == kUnavailable || code == kDeadlineExceeded;
  } else {
    // A token names an index of etcd's log. A member that a backup was restored to waits for that index, longer than we do,
    // before it says that it does not know the token.
    token_.clear();
  }
  const std::string reason = fmt::format("etcd at {}: {}", transfer.endpoint, fault);
  // Others may have moved on meanwhile.
  if (try_next && access_.endpoints[endpoint_] == transfer.endpoint) endpoint_ = (endpoint_ + 1) % access_.endpoints.size();
  if (!try_next || ++call.tries >= access_.endpoints.size()) return end(call, fail(reason));
  start_with_token(call);
}

// The transfer that is calling goes last: what is called may ask again.
void Etcd::end(Call& call, Result<json> result) {
  const auto at = std::find_if(calls_.begin(), calls_.end(), [&](const Call& c) { return &c == &call; });
  std::list<Call> ended;
  ended.splice(ended.begin(), calls_, at);
  ended.front().done(std::move(result));
}

// At once where no user is named or a token is there.
void Etcd::with_token(std::function<void(const std::string& fault)> then) {
  if (access_.user.empty() || !token_.empty()) return then("");
  waiting_.push_back(std::move(then));
  if (waiting_.size() == 1) authenticate();
}

void Etcd::authenticate() {
  const auto password = config::read_password(access_.password_file);
  if (!password) return authenticated(tl::unexpected(password.error()));
  call(kAuthenticate, {{"name", access_.user}, {"password", *password}}, [this](Result<json> answer) { authenticated(std::move(answer)); });
}

void Etcd::authenticated(Result<json> answer) {
  std::string fault;
  if (!answer) fault = answer.error().text;
  else if (answer->contains("token") && (*answer)["token"].is_string()) token_ = (*answer)["token"];
  else fault = "etcd gave no token";
  for (const auto& then : std::exchange(waiting_, {})) then(fault);
}

void Etcd::stream(const std::string& path, const json& body, Line line, Ended ended) {
  with_token([this, path, body, line = std::move(line), ended = std::move(ended)](const std::string& fault) {
    fault.empty() ? start_stream(path, body, line, ended) : ended(fault);
  });
}

void Etcd::start_stream(const std::string& path, const json& body, Line line, Ended ended) {
  stream_ = std::make_unique<Transfer>(*this, path, json_text(body), std::move(line), [this, ended = std::move(ended)](Transfer& transfer) {
    const auto own = std::move(stream_);  // `ended` may start the next
    const std::string endpoint = transfer.endpoint;
    const long status = transfer.status();
    if (access_.endpoints[endpoint_] == endpoint) endpoint_ = (endpoint_ + 1) % access_.endpoints.size();
    if (status == 401) token_.clear();
    ended(fmt::format("etcd at {}: {}", endpoint, status == 0 ? transfer.fault() : fmt::format("the stream ended with HTTP {}", status)));
  });
}

void Etcd::end_stream() { stream_.reset(); }

}  // namespace isochrone::sync
