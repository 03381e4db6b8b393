#pragma once
// libcurl's multi interface on a libuv loop: transfers started here end in a call from the loop. Loop's thread only.

#include <curl/curl.h>
#include <uv.h>

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "loop/timer.h"
#include "loop/watch.h"

namespace isochrone::probe {

struct CurlDelete {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using CurlHandle = std::unique_ptr<CURL, CurlDelete>;

struct CurlListDelete {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, CurlListDelete>;
void append(CurlList& list, const std::string& line);

class CurlLoop {
 public:
  using Ended = std::function<void(CURLcode)>;

  explicit CurlLoop(uv_loop_t* loop);  // from here on the process ignores SIGPIPE
  ~CurlLoop();                         // every transfer has ended or been cancelled
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  // The handle stays the caller's. `ended` is called once, from the loop, never from here, also where curl does not take the
  // handle; it may free the handle.
  void start(CURL* easy, Ended ended);
  // Takes a transfer back; `ended` will not be called. No effect on one that has ended.
  void cancel(CURL* easy);

 private:
  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* watch);
  static int on_timer(CURLM* multi, long milliseconds, void* self);
  void act(curl_socket_t fd, int events);
  void collect();
  void tell_refused();

  uv_loop_t* loop_;
  CURLM* multi_;
  loop::Timer timer_, refusal_;
  std::unordered_map<curl_socket_t, std::unique_ptr<loop::Watch>> watches_;
  std::unordered_map<CURL*, Ended> running_;
  std::vector<CURL*> refused_;  // among those that run, and about to be told
};

}  // namespace isochrone::probe
