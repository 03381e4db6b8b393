// kind: tcp. The port accepts a connection; nothing is sent on it.

#include <cerrno>

#include "loop/clock.h"
#include "loop/watch.h"
#include "probe/attempt.h"
#include "probe/progress.h"
#include "probe/reason.h"
#include "probe/socket.h"

namespace isochrone::probe {

using health::Outcome;
using health::Phase;
using health::Target;

namespace {

class TcpAttempt final : public Attempt {
 public:
  TcpAttempt(uv_loop_t* loop, const Target& target, Fd fd, Time started, Done done)
      : target_(target),
        fd_(std::move(fd)),
        progress_(started),
        done_(std::move(done)),
        watch_(loop, fd_.get(), UV_WRITABLE, [this](int) { connected(); }) {}

  ~TcpAttempt() override { close_abruptly(fd_); }

  bool works() const { return watch_.works(); }

  Outcome expire() override { return progress_.end(timed_out(target_, Phase::Connect)); }

 private:
  void connected() {
    const Done done = std::move(done_);  // `done` destroys this
    done(progress_.end(judge()));
  }

  Outcome judge() {
    if (const int error = connect_error(fd_.get()); error != 0) return failed_with_errno(target_, error, Phase::Connect);
    progress_.measure(fd_.get());
    return {};
  }

  const Target& target_;
  Fd fd_;
  Progress progress_;
  Done done_;
  loop::Watch watch_;  // after fd_: stopped before it is closed
};

}  // namespace

Started start_tcp(Workshop& workshop, const Target& target, Done done) {
  const Time started = loop::now();
  Fd fd = open_socket(target, SOCK_STREAM);
  if (!fd) return failed_with_errno(target, errno, Phase::Connect, true);
  const SocketAddress to = to_socket_address(endpoint_of(target));
  // On loopback and on a bound source both success and refusal can come at once; the watch reports either.
  if (::connect(fd.get(), to.get(), to.size) != 0 && errno != EINPROGRESS)
    return failed_with_errno(target, errno, Phase::Connect, true);
  auto attempt = std::make_unique<TcpAttempt>(workshop.loop, target, std::move(fd), started, std::move(done));
  if (!attempt->works()) return failed_here("cannot watch another descriptor");
  return attempt;
}

}  // namespace isochrone::probe
