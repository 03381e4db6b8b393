#pragma once
// The life of a program that is one loop: made, run until it is told to stop, and taken down.

#include <uv.h>

#include <csignal>

#include "loop/signal.h"
#include "node/notify.h"

namespace isochrone::node {

// `make(loop)` makes what runs, which says so in the log; it lives until SIGTERM or SIGINT. The service manager is told of
// both ends.
template <typename Make>
void run_until_stopped(Make make) {
  uv_loop_t loop;
  uv_loop_init(&loop);
  {
    const loop::Signal on_term(&loop, SIGTERM, [&] { uv_stop(&loop); });
    const loop::Signal on_int(&loop, SIGINT, [&] { uv_stop(&loop); });
    const auto running = make(&loop);
    notify("READY=1");
    uv_run(&loop, UV_RUN_DEFAULT);
    notify("STOPPING=1");
  }
  uv_run(&loop, UV_RUN_DEFAULT);  // the close callbacks
  uv_loop_close(&loop);
}

}  // namespace isochrone::node
