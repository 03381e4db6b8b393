#include "net/tcp_connection.h"

#include <sys/socket.h>

#include "net/tcp_worker.h"

namespace isochrone::net {
namespace {

constexpr size_t kFrameHead = 2;  // octets of the length before each message
constexpr size_t kShortest = 12;  // a header; what announces less is no DNS
constexpr size_t kKept = 4096;    // a larger buffer is given back once it is empty

}  // namespace

TcpConnection::TcpConnection(TcpWorker& worker) : worker_(worker) {
  handle_.data = this;
  write_.data = this;
}

void TcpConnection::start(const IpAddress& client) {
  client_ = client;
  resume();
}

void TcpConnection::pause() { uv_read_stop(stream()); }

void TcpConnection::resume() {
  const auto room = [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
    const auto octets = static_cast<TcpConnection*>(handle->data)->worker_.read_buffer();
    *buffer = uv_buf_init(reinterpret_cast<char*>(octets.data()), static_cast<unsigned>(octets.size()));
  };
  uv_read_start(stream(), room, [](uv_stream_t* stream, ssize_t n, const uv_buf_t* buffer) {
    auto& self = *static_cast<TcpConnection*>(stream->data);
    if (n > 0) self.on_read({reinterpret_cast<const uint8_t*>(buffer->base), static_cast<size_t>(n)});
    else if (n == UV_EOF) self.close_when_sent();
    else if (n < 0) self.close(Closed::Error);
  });
}

void TcpConnection::read_now() {
  uv_os_fd_t fd;
  if (uv_fileno(reinterpret_cast<uv_handle_t*>(&handle_), &fd) != 0) return;
  while (!closing_ && unsent_.empty()) {
    const auto room = worker_.read_buffer();
    const ssize_t n = recv(fd, room.data(), room.size(), MSG_DONTWAIT);
    if (n <= 0) return;  // the loop will tell of an end or an error
    on_read(room.first(static_cast<size_t>(n)));
    if (static_cast<size_t>(n) < room.size()) return;
  }
}

void TcpConnection::on_read(std::span<const uint8_t> octets) {
  const uint64_t begin = worker_.begin_batch();
  if (unanswered_.empty()) {
    const size_t done = answer_frames(octets);
    if (!closing_) unanswered_.assign(octets.begin() + static_cast<ptrdiff_t>(done), octets.end());
  } else {
    unanswered_.insert(unanswered_.end(), octets.begin(), octets.end());
    const size_t done = answer_frames(unanswered_);
    unanswered_.erase(unanswered_.begin(), unanswered_.begin() + static_cast<ptrdiff_t>(done));
    if (unanswered_.empty() && unanswered_.capacity() > kKept) unanswered_ = {};
  }
  worker_.end_batch(*this, begin);
  worker_.account(*this);
}

// Answers whole frames until one is not whole or the client stops reading; returns the octets that are done with.
size_t TcpConnection::answer_frames(std::span<const uint8_t> octets) {
  size_t at = 0;
  while (!closing_ && unsent_.empty() && octets.size() - at >= kFrameHead) {
    const size_t length = size_t{octets[at]} << 8 | octets[at + 1];
    if (length < kShortest) {
      close(Closed::Error);
      break;
    }
    if (octets.size() - at - kFrameHead < length) break;
    worker_.answer(*this, octets.subspan(at + kFrameHead, length));
    at += kFrameHead + length;
    if (worker_.answers_full()) send_answers();
  }
  if (!closing_) send_answers();
  return at;
}

void TcpConnection::send_answers() {
  std::span<const uint8_t> octets = worker_.take_answers();
  if (octets.empty()) return;
  uv_buf_t buffer = uv_buf_init(reinterpret_cast<char*>(const_cast<uint8_t*>(octets.data())), unsigned(octets.size()));
  const int n = uv_try_write(stream(), &buffer, 1);
  if (n < 0 && n != UV_EAGAIN) return close(Closed::Error);
  if (n > 0) octets = octets.subspan(static_cast<size_t>(n));
  if (octets.empty()) return;

  unsent_.assign(octets.begin(), octets.end());
  buffer = uv_buf_init(reinterpret_cast<char*>(unsent_.data()), static_cast<unsigned>(unsent_.size()));
  pause();
  uv_write(&write_, stream(), &buffer, 1,
           [](uv_write_t* write, int status) { static_cast<TcpConnection*>(write->data)->on_written(status); });
}

void TcpConnection::on_written(int status) {
  if (closing_) return;
  if (status < 0) return close(Closed::Error);
  unsent_ = {};
  worker_.touch(*this);
  const std::vector<uint8_t> waiting = std::exchange(unanswered_, {});
  on_read(waiting);
  if (closing_ || !unsent_.empty()) return;
  if (last_answers_) close(Closed::Done);
  else resume();
}

void TcpConnection::close_when_sent() {
  last_answers_ = true;
  if (closing_) return;
  if (unsent_.empty()) close(Closed::Done);
  else pause();
}

void TcpConnection::close(Closed why) {
  if (closing_) return;
  closing_ = true;
  worker_.on_close(*this, why);
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_), [](uv_handle_t* handle) {
    auto& self = *static_cast<TcpConnection*>(handle->data);
    self.worker_.forget(self);
  });
}

}  // namespace isochrone::net
