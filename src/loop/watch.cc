#include "loop/watch.h"

#include <utility>

namespace isochrone::loop {

struct Watch::Handle {
  uv_poll_t poll;
  Ready ready;
};

Watch::Watch(uv_loop_t* loop, int fd, int events, Ready ready) : handle_(new Handle{{}, std::move(ready)}) {
  if (uv_poll_init(loop, &handle_->poll, fd) != 0) {
    delete std::exchange(handle_, nullptr);  // an init that failed left nothing in the loop
    return;
  }
  handle_->poll.data = handle_;
  want(events);
}

Watch::~Watch() {
  if (!handle_) return;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll),
           [](uv_handle_t* closed) { delete static_cast<Handle*>(closed->data); });
}

void Watch::want(int events) {
  if (!handle_) return;
  uv_poll_start(&handle_->poll, events, [](uv_poll_t* poll, int status, int ready_for) {
    static_cast<Handle*>(poll->data)->ready(status < 0 ? UV_READABLE | UV_WRITABLE : ready_for);
  });
}

}  // namespace isochrone::loop
