#include "net/tcp_worker.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "net/clock.h"
#include "net/listener.h"
#include "wire/response.h"

namespace isochrone::net {
namespace {

constexpr size_t kReadBuffer = 64 << 10;
constexpr size_t kAnswers = 2 * (2 + wire::kMaxMessage);  // octets; sent when another answer might not fit
constexpr uint64_t kTickMs = 250;           // how exact an idle limit is; how long an idle worker keeps a snapshot
constexpr uint64_t kLingerMs = 1000;        // after stop(), for clients that are slow to take their answers

IpAddress peer_of(const uv_tcp_t* handle) {
  sockaddr_storage address{};
  int length = sizeof address;
  uv_tcp_getpeername(handle, reinterpret_cast<sockaddr*>(&address), &length);
  return address_of(address);
}

std::string own_address(const Socket& socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &length);
  return endpoint_of(address).to_text();
}

}  // namespace

TcpWorker::TcpWorker(std::vector<Socket> sockets, TcpGate& gate, Published<answer::Snapshot>& snapshots,
                     answer::WorkerCounters& counters)
    : gate_(gate),
      counters_(counters),
      snapshots_(snapshots),
      sockets_(std::move(sockets)),
      read_buffer_(kReadBuffer),
      answers_(kAnswers) {
  uv_loop_init(&loop_);
  stop_.data = tick_.data = this;
  uv_async_init(&loop_, &stop_, [](uv_async_t* async) { static_cast<TcpWorker*>(async->data)->on_stop(); });
  uv_timer_init(&loop_, &tick_);
}

// Nothing is left to close but where it never ran.
TcpWorker::~TcpWorker() {
  uv_walk(&loop_, [](uv_handle_t* handle, void*) { if (!uv_is_closing(handle)) uv_close(handle, nullptr); }, nullptr);
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_loop_close(&loop_);
}

Status TcpWorker::listen() {
  for (Socket& socket : sockets_) {
    uv_tcp_t& listener = *listeners_.emplace_back(std::make_unique<uv_tcp_t>());
    uv_tcp_init(&loop_, &listener);
    listener.data = this;
    const std::string address = own_address(socket);
    if (const int error = uv_tcp_open(&listener, socket.fd()); error != 0) return fail(address + ": " + uv_strerror(error));
    socket.release();
    const int error = uv_listen(reinterpret_cast<uv_stream_t*>(&listener), kTcpBacklog, [](uv_stream_t* stream, int status) {
      if (status == 0) static_cast<TcpWorker*>(stream->data)->on_connection(stream);
    });
    if (error != 0) return fail(address + ": " + uv_strerror(error));
    uv_tcp_simultaneous_accepts(&listener, 1);  // else libuv sleeps after each accept
  }
  return {};
}

void TcpWorker::run() {
  reader_.emplace(snapshots_);
  uv_run(&loop_, UV_RUN_DEFAULT);
  reader_.reset();
}

void TcpWorker::stop() { uv_async_send(&stop_); }

void TcpWorker::on_connection(uv_stream_t* listener) {
  TcpConnection& newcomer = new_connection();
  if (uv_accept(listener, newcomer.stream()) != 0) return newcomer.close(TcpConnection::Closed::Error);
  let_in(newcomer);
}

TcpConnection& TcpWorker::new_connection() {
  TcpConnection& connection = *connections_.emplace_back(std::make_unique<TcpConnection>(*this));
  connection.self_ = std::prev(connections_.end());
  uv_tcp_init(&loop_, &connection.handle_);
  return connection;
}

void TcpWorker::let_in(TcpConnection& newcomer) {
  const IpAddress client = peer_of(&newcomer.handle_);
  if (!make_room(client)) return newcomer.close(TcpConnection::Closed::Limit);
  newcomer.admitted_ = true;
  counters_.tcp_accepted.add();
  touch(newcomer);
  newcomer.start(client);
  newcomer.read_now();  // TCP_DEFER_ACCEPT: its first query is there
  if (!uv_is_active(reinterpret_cast<uv_handle_t*>(&tick_)) && !stopping_)
    uv_timer_start(&tick_, [](uv_timer_t* timer) { static_cast<TcpWorker*>(timer->data)->on_tick(); }, kTickMs, kTickMs);
}

// A place at the gate, at the cost of an idler connection of this worker where there is none.
bool TcpWorker::make_room(const IpAddress& client) {
  for (;;) {
    const TcpGate::Entry entry = gate_.enter(client);
    if (entry == TcpGate::Entry::Admitted) return true;
    if (!close_idlest(entry == TcpGate::Entry::FullForClient ? &client : nullptr)) return false;
  }
}

// Of those whose limit `like` shares, or of all.
bool TcpWorker::close_idlest(const IpAddress* like) {
  const auto counts = [&](const std::unique_ptr<TcpConnection>& connection) {
    return connection->admitted_ && (!like || TcpGate::group_of(connection->client()) == TcpGate::group_of(*like));
  };
  const auto idlest = std::ranges::find_if(connections_, counts);
  if (idlest == connections_.end()) return false;
  (*idlest)->close(TcpConnection::Closed::Limit);
  return true;
}

uint64_t TcpWorker::begin_batch() {
  snapshot_ = &reader_->get();
  was_asked_ = true;
  batch_queries_ = 0;
  asker_.tcp = true;
  asker_.unix_seconds = unix_seconds();
  return monotonic_ns();
}

void TcpWorker::answer(const TcpConnection& connection, std::span<const uint8_t> query) {
  asker_.resolver = connection.client();
  const auto room = std::span(answers_).subspan(answers_size_ + 2);
  const size_t length = answer::handle(query, *snapshot_, asker_, room.first(wire::kMaxMessage), counters_);
  ++batch_queries_;
  if (length == 0) return;
  answers_[answers_size_] = static_cast<uint8_t>(length >> 8);
  answers_[answers_size_ + 1] = static_cast<uint8_t>(length);
  answers_size_ += 2 + length;
}

bool TcpWorker::answers_full() const { return answers_size_ + 2 + wire::kMaxMessage > answers_.size(); }

std::span<const uint8_t> TcpWorker::take_answers() {
  return std::span(answers_).first(std::exchange(answers_size_, 0));
}

void TcpWorker::end_batch(TcpConnection& connection, uint64_t begin) {
  answers_size_ = 0;  // of a connection that was closed meanwhile
  if (batch_queries_ == 0) return;
  counters_.count_latency(answer::Transport::Tcp, monotonic_ns() - begin, batch_queries_);
  touch(connection);
}

void TcpWorker::touch(TcpConnection& connection) {
  if (connection.closing_) return;
  connection.busy_ms_ = uv_now(&loop_);
  connections_.splice(connections_.end(), connections_, connection.self_);
}

// What it holds has changed.
void TcpWorker::account(TcpConnection& connection) {
  if (connection.closing_) return;
  const int64_t now = connection.octets_held();
  const int64_t more = now - std::exchange(connection.held_, now);
  if (more == 0) return;
  gate_.hold(more);
  if (more > 0 && gate_.holds_too_much()) close_greediest();
}

// Of this worker's; of equals the idlest.
void TcpWorker::close_greediest() {
  const auto most = std::ranges::max_element(connections_, {}, [](const auto& connection) { return connection->held_; });
  if (most != connections_.end()) (*most)->close(TcpConnection::Closed::Unread);
}

void TcpWorker::on_close(TcpConnection& connection, TcpConnection::Closed why) {
  if (connection.admitted_) gate_.leave(connection.client());
  gate_.hold(-std::exchange(connection.held_, 0));
  switch (why) {
    case TcpConnection::Closed::Done: break;
    case TcpConnection::Closed::Idle: counters_.tcp_closed_idle.add(); break;
    case TcpConnection::Closed::Limit: counters_.tcp_closed_limit.add(); break;
    case TcpConnection::Closed::Unread: gate_.count_unread(); break;
    case TcpConnection::Closed::Error: counters_.tcp_closed_error.add(); break;
  }
  closing_.splice(closing_.end(), connections_, connection.self_);
}

void TcpWorker::forget(TcpConnection& connection) {
  closing_.erase(connection.self_);
  close_loop_when_empty();
}

void TcpWorker::on_tick() {
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(gate_.idle_limit()).count();
  while (!connections_.empty() && connections_.front()->busy_ms() + static_cast<uint64_t>(limit) <= uv_now(&loop_))
    connections_.front()->close(TcpConnection::Closed::Idle);
  if (std::exchange(was_asked_, false)) return;
  reader_->let_go();
  if (connections_.empty()) uv_timer_stop(&tick_);
}

void TcpWorker::on_stop() {
  stopping_ = true;
  for (const auto& listener : listeners_) {
    accept_backlog(*listener);
    uv_close(reinterpret_cast<uv_handle_t*>(listener.get()), nullptr);
  }
  std::vector<TcpConnection*> open;
  for (const auto& connection : connections_) open.push_back(connection.get());
  for (TcpConnection* connection : open) {
    connection->read_now();
    connection->close_when_sent();
  }
  uv_close(reinterpret_cast<uv_handle_t*>(&stop_), nullptr);
  const auto give_up = [](uv_timer_t* timer) {
    auto& self = *static_cast<TcpWorker*>(timer->data);
    while (!self.connections_.empty()) self.connections_.front()->close(TcpConnection::Closed::Limit);
  };
  uv_timer_start(&tick_, give_up, kLingerMs, 0);
  close_loop_when_empty();
}

// Clients whose connection the kernel has accepted, and whose queries it has acknowledged, but whom we did not see yet.
void TcpWorker::accept_backlog(uv_tcp_t& listener) {
  uv_os_fd_t fd;
  if (uv_fileno(reinterpret_cast<uv_handle_t*>(&listener), &fd) != 0) return;
  for (int accepted; (accepted = accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    TcpConnection& connection = new_connection();
    uv_tcp_open(&connection.handle_, accepted);
    let_in(connection);
  }
}

void TcpWorker::close_loop_when_empty() {
  if (stopping_ && connections_.empty() && closing_.empty() && !uv_is_closing(reinterpret_cast<uv_handle_t*>(&tick_)))
    uv_close(reinterpret_cast<uv_handle_t*>(&tick_), nullptr);
}

}  // namespace isochrone::net
