#include "loop/signal.h"

#include <utility>

namespace isochrone::loop {

struct Signal::Handle {
  uv_signal_t signal;
  std::function<void()> fired;
};

Signal::Signal(uv_loop_t* loop, int number, std::function<void()> fired) : handle_(new Handle{{}, std::move(fired)}) {
  uv_signal_init(loop, &handle_->signal);
  handle_->signal.data = handle_;
  uv_signal_start(&handle_->signal, [](uv_signal_t* signal, int) { static_cast<Handle*>(signal->data)->fired(); }, number);
}

Signal::~Signal() {
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->signal),
           [](uv_handle_t* closed) { delete static_cast<Handle*>(closed->data); });
}

}  // namespace isochrone::loop
