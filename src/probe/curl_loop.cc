#include "probe/curl_loop.h"

#include <csignal>
#include <string>
#include <utility>

namespace isochrone::probe {

void append(CurlList& list, const std::string& line) {
  if (curl_slist* longer = curl_slist_append(list.get(), line.c_str())) {
    (void)list.release();
    list.reset(longer);
  }
}

CurlLoop::CurlLoop(uv_loop_t* loop)
    : loop_(loop),
      multi_((curl_global_init(CURL_GLOBAL_DEFAULT), curl_multi_init())),
      timer_(loop, [this] { act(CURL_SOCKET_TIMEOUT, 0); }),
      refusal_(loop, [this] { tell_refused(); }) {
  // OpenSSL writes without MSG_NOSIGNAL, and CURLOPT_NOSIGNAL keeps curl from shielding us: a peer that closes at the
  // wrong moment would end the process. Spawned programs get the default back from libuv.
  std::signal(SIGPIPE, SIG_IGN);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

CurlLoop::~CurlLoop() {
  curl_multi_cleanup(multi_);  // calls on_socket for what it still holds
}

void CurlLoop::start(CURL* easy, Ended ended) {
  running_.emplace(easy, std::move(ended));
  // Arms the timer: the transfer begins with the loop's next turn.
  if (curl_multi_add_handle(multi_, easy) == CURLM_OK) return;
  refused_.push_back(easy);
  refusal_.once(Duration::zero());
}

void CurlLoop::tell_refused() {
  for (CURL* easy : std::exchange(refused_, {}))
    if (auto node = running_.extract(easy)) node.mapped()(CURLE_FAILED_INIT);
}

void CurlLoop::cancel(CURL* easy) {
  std::erase(refused_, easy);
  if (running_.erase(easy) != 0) curl_multi_remove_handle(multi_, easy);
}

int CurlLoop::on_socket(CURL*, curl_socket_t fd, int what, void* user, void*) {
  auto& self = *static_cast<CurlLoop*>(user);
  if (what == CURL_POLL_REMOVE) {
    self.watches_.erase(fd);
    return 0;
  }
  const int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
  if (const auto found = self.watches_.find(fd); found != self.watches_.end()) {
    found->second->want(events);
  } else {
    self.watches_.emplace(
        fd, std::make_unique<loop::Watch>(self.loop_, fd, events, [&self, fd](int ready) {
          self.act(fd, (ready & UV_READABLE ? CURL_CSELECT_IN : 0) | (ready & UV_WRITABLE ? CURL_CSELECT_OUT : 0));
        }));
  }
  return 0;
}

int CurlLoop::on_timer(CURLM*, long milliseconds, void* user) {
  auto& self = *static_cast<CurlLoop*>(user);
  if (milliseconds < 0)
    self.timer_.stop();
  else
    self.timer_.once(std::chrono::milliseconds(milliseconds));
  return 0;
}

void CurlLoop::act(curl_socket_t fd, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, events, &running);
  collect();
}

void CurlLoop::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    const CURLcode code = message->data.result;
    auto node = running_.extract(easy);
    curl_multi_remove_handle(multi_, easy);  // from here on `message` is gone
    if (node) node.mapped()(code);
  }
}

}  // namespace isochrone::probe
