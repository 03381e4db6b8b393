// kind: exec. A program of the operator's exits with 0.
//
// It is run without a shell, by its real path, which must be in one of the folders this machine's own file allows;
// with an environment of ours alone, nothing to read, and in a process group of its own that is killed at the time-out.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include "loop/clock.h"
#include "probe/attempt.h"
#include "probe/reason.h"

namespace isochrone::probe {

using health::Failure;
using health::Outcome;
using health::Phase;
using health::Target;

namespace {

constexpr size_t kOutputKept = 4096;

// The process and its output as libuv sees them. It outlives the attempt: a killed process must still be waited for.
struct Child {
  uv_process_t process{};
  uv_pipe_t output{};
  std::string text;
  std::array<char, 4096> buffer;
  int open_handles = 0;
  bool exited = false;
  std::function<void(int64_t status, int signal)> on_exit;  // empty once the attempt is gone

  void close_output() {
    auto* handle = reinterpret_cast<uv_handle_t*>(&output);
    if (!uv_is_closing(handle)) uv_close(handle, &Child::closed);
  }
  static void closed(uv_handle_t* handle) {
    auto* child = static_cast<Child*>(handle->data);
    if (--child->open_handles == 0) delete child;
  }
};

void take_output(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  auto* child = static_cast<Child*>(stream->data);
  if (size < 0) return child->close_output();
  const size_t room = kOutputKept - child->text.size();
  child->text.append(buffer->base, std::min(room, static_cast<size_t>(size)));  // the rest is read and dropped
}

void give_buffer(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
  auto* child = static_cast<Child*>(handle->data);
  *buffer = uv_buf_init(child->buffer.data(), static_cast<unsigned>(child->buffer.size()));
}

void process_exited(uv_process_t* process, int64_t status, int signal) {
  auto* child = static_cast<Child*>(process->data);
  child->exited = true;
  // What it wrote before it went is in the pipe; its children may hold that open for ever, so no more is waited for.
  if (!uv_is_closing(reinterpret_cast<uv_handle_t*>(&child->output))) {
    uv_read_stop(reinterpret_cast<uv_stream_t*>(&child->output));
    uv_os_fd_t fd;
    if (uv_fileno(reinterpret_cast<uv_handle_t*>(&child->output), &fd) == 0) {
      const size_t room = std::min(kOutputKept - child->text.size(), child->buffer.size());
      const ssize_t got = ::read(fd, child->buffer.data(), room);
      if (got > 0) child->text.append(child->buffer.data(), static_cast<size_t>(got));
    }
    child->close_output();
  }
  ::kill(-process->pid, SIGKILL);  // what it left running in its group
  uv_close(reinterpret_cast<uv_handle_t*>(process), &Child::closed);
  if (child->on_exit) child->on_exit(status, signal);
}

// The first line that says something: enough for a reason.
std::string first_line(std::string_view text) {
  const size_t start = text.find_first_not_of(" \r\n\t");
  if (start == text.npos) return {};
  text.remove_prefix(start);
  return printable(text.substr(0, text.find_first_of("\r\n")), 120);
}

class ExecAttempt final : public Attempt {
 public:
  ExecAttempt(const Target& target, Done done) : target_(target), done_(std::move(done)) {}

  ~ExecAttempt() override {
    if (!child_) return;
    child_->on_exit = nullptr;
    if (!child_->exited) ::kill(-child_->process.pid, SIGKILL);
  }

  // 0, or libuv's error.
  int start(uv_loop_t* loop, const std::string& program) {
    started_ = loop::now();
    auto* child = new Child;  // deletes itself when both handles are closed
    child->process.data = child->output.data = child;
    uv_pipe_init(loop, &child->output, 0);
    child->open_handles = 1;
    const int error = spawn(loop, program, child);
    // Even a spawn that failed leaves a handle to be closed.
    ++child->open_handles;
    if (error != 0) {
      child->close_output();
      uv_close(reinterpret_cast<uv_handle_t*>(&child->process), &Child::closed);
      return error;
    }
    uv_read_start(reinterpret_cast<uv_stream_t*>(&child->output), &give_buffer, &take_output);
    child->on_exit = [this](int64_t status, int signal) { exited(status, signal); };
    child_ = child;
    return 0;
  }

  Outcome expire() override {
    return timed(failed(Failure::Timeout, Phase::FirstByte,
                        fmt::format("{} was killed: not finished within {}", target_.spec.exec.front(),
                                    isochrone::to_text(target_.spec.timeout))));
  }

 private:
  int spawn(uv_loop_t* loop, const std::string& program, Child* child) const {
    std::vector<std::string> environment = {
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "ISOCHRONE_ADDRESS=" + target_.address.to_text(),
        "ISOCHRONE_HOST=" + target_.spec.host,
        fmt::format("ISOCHRONE_TIMEOUT_MS={}", target_.spec.timeout / 1ms),
    };
    std::vector<char*> env, args;
    for (std::string& variable : environment) env.push_back(variable.data());
    for (const std::string& argument : target_.spec.exec) args.push_back(const_cast<char*>(argument.c_str()));
    env.push_back(nullptr);
    args.push_back(nullptr);

    std::array<uv_stdio_container_t, 3> stdio{};
    stdio[0].flags = UV_IGNORE;
    stdio[1].flags = static_cast<uv_stdio_flags>(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
    stdio[1].data.stream = reinterpret_cast<uv_stream_t*>(&child->output);
    stdio[2].flags = UV_IGNORE;
    uv_process_options_t options{};
    options.file = program.c_str();
    options.args = args.data();
    options.env = env.data();
    options.cwd = "/";
    options.flags = UV_PROCESS_DETACHED;  // its own session, so its own process group
    options.stdio_count = static_cast<int>(stdio.size());
    options.stdio = stdio.data();
    options.exit_cb = &process_exited;
    return uv_spawn(loop, &child->process, &options);
  }

  void exited(int64_t status, int signal) {
    Outcome outcome = timed(judge(status, signal));
    if (signal == 0) outcome.code = static_cast<int>(status);
    child_ = nullptr;
    const Done done = std::move(done_);  // `done` destroys this
    done(std::move(outcome));
  }

  Outcome judge(int64_t status, int signal) const {
    const std::string& name = target_.spec.exec.front();
    if (signal != 0)
      return failed(Failure::Exit, Phase::FirstByte, fmt::format("{} was ended by signal {}", name, signal));
    if (status == 0) return {};
    const std::string said = first_line(child_->text);
    return failed(Failure::Exit, Phase::FirstByte,
                  fmt::format("{} exited with {}{}{}", name, status, said.empty() ? "" : ": ", said));
  }

  Outcome timed(Outcome outcome) const {
    outcome.phases[static_cast<size_t>(Phase::FirstByte)] = loop::now() - started_;
    outcome.evidence = health::evidence_of(child_->text);
    return outcome;
  }

  const Target& target_;
  Done done_;
  Time started_{};
  Child* child_ = nullptr;
};

bool is_inside(const std::string& path, const std::vector<std::string>& folders) {
  for (const std::string& folder : folders)
    if (path.size() > folder.size() + 1 && path.starts_with(folder) && path[folder.size()] == '/') return true;
  return false;
}

}  // namespace

Started start_exec(Workshop& workshop, const Target& target, Done done) {
  if (target.spec.exec.empty()) return failed_here("exec: no program given");
  const std::string& program = target.spec.exec.front();
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(program.c_str(), nullptr), std::free);
  if (!real) return failed_here(fmt::format("exec: {}: {}", program, std::strerror(errno)));
  if (!is_inside(real.get(), workshop.exec_dirs))
    return failed_here(fmt::format("exec: {} is in no folder that this machine's exec: allows", program));
  auto attempt = std::make_unique<ExecAttempt>(target, std::move(done));
  if (const int error = attempt->start(workshop.loop, real.get()); error != 0)
    return failed_here(fmt::format("exec: cannot run {}: {}", program, uv_strerror(error)));
  return attempt;
}

}  // namespace isochrone::probe
