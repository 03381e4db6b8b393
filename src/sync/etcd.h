#pragma once
// etcd's v3 API through its JSON gateway, on a libuv loop. Endpoints are tried in turn; everything has a deadline and
// nothing blocks or throws. Loop's thread only.
//
//   call()    one request, one answer: put, range, txn, lease
//   stream()  one request, a line of JSON an answer, until it ends: watch
//
// Callbacks come from the loop, or from the call itself where the password's file cannot be read; who goes away is not
// called any more.

#include <uv.h>

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/model.h"
#include "probe/curl_loop.h"
#include "util/duration.h"
#include "util/result.h"

namespace isochrone::sync {

// Of one try at one endpoint: a member without a leader lets requests hang for seven seconds.
inline constexpr Duration kEtcdTry = 3s;

class Etcd {
 public:
  using Done = std::function<void(Result<nlohmann::json>)>;
  using Line = std::function<void(const nlohmann::json&)>;
  using Ended = std::function<void(std::string why)>;

  Etcd(uv_loop_t* loop, config::EtcdAccess access);
  ~Etcd();
  Etcd(const Etcd&) = delete;

  // `path` as "/v3/kv/put". An Error: no endpoint answered, with the last one's reason, or etcd refused. What was asked
  // may have been done all the same.
  void call(const std::string& path, const nlohmann::json& body, Done done);
  // One at a time; `ended` is called once. An endpoint that cannot be reached ends it: ask again, and the next is tried.
  void stream(const std::string& path, const nlohmann::json& body, Line line, Ended ended);
  void end_stream();  // `ended` is not called; not from `line`

 private:
  class Transfer;

  struct Call {
    std::string path, body;
    Done done;
    size_t tries = 0;                              // endpoints tried
    bool renewed = false;                          // a token was refused and made anew
    std::unique_ptr<Transfer> transfer;
  };

  void start(Call& call);
  void start_with_token(Call& call);
  void answered(Call& call, Transfer& transfer);
  void end(Call& call, Result<nlohmann::json> result);
  void with_token(std::function<void(const std::string& fault)> then);
  void authenticate();
  void authenticated(Result<nlohmann::json> answer);
  void start_stream(const std::string& path, const nlohmann::json& body, Line line, Ended ended);

  config::EtcdAccess access_;
  probe::CurlLoop curl_;
  std::list<Call> calls_;
  std::unique_ptr<Transfer> stream_;
  size_t endpoint_ = 0;                            // the one that answered last, or is tried next
  std::string token_;
  std::vector<std::function<void(const std::string& fault)>> waiting_;  // for the token
};

}  // namespace isochrone::sync
