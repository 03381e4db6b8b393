#pragma once
// One thread, one libuv loop: its own listening socket on every address, and the TCP clients the kernel gave it.
//
// Connections are kept in the order in which they were last busy, so the idlest is always the first: it is the one
// that is closed when its time is up or a newcomer needs its place.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "answer/responder.h"
#include "net/socket.h"
#include "net/tcp_connection.h"
#include "net/tcp_gate.h"
#include "util/published.h"
#include "util/result.h"

namespace isochrone::net {

class TcpWorker {
 public:
  // `sockets` are of open_listener().
  TcpWorker(std::vector<Socket> sockets, TcpGate& gate, Published<answer::Snapshot>& snapshots,
            answer::WorkerCounters& counters);
  ~TcpWorker();

  // Before run(), by who made it: an Error names the address that is not listened on.
  Status listen();
  // The body of the thread. Comes back after stop(), when every query that had arrived has been answered and the
  // answers are sent, or after a second.
  void run();
  // From any thread.
  void stop();

 private:
  friend class TcpConnection;

  // What connections ask of their worker. A batch is what one read brought.
  std::span<uint8_t> read_buffer() { return read_buffer_; }
  uint64_t begin_batch();
  void answer(const TcpConnection& connection, std::span<const uint8_t> query);
  bool answers_full() const;
  std::span<const uint8_t> take_answers();  // good until the next answer()
  void end_batch(TcpConnection& connection, uint64_t begin);
  void touch(TcpConnection& connection);
  void account(TcpConnection& connection);  // may close it, or another
  void on_close(TcpConnection& connection, TcpConnection::Closed why);
  void forget(TcpConnection& connection);

  void on_connection(uv_stream_t* listener);
  TcpConnection& new_connection();
  void let_in(TcpConnection& newcomer);
  bool make_room(const IpAddress& client);
  bool close_idlest(const IpAddress* like);
  void close_greediest();
  void on_tick();
  void on_stop();
  void accept_backlog(uv_tcp_t& listener);
  void close_loop_when_empty();

  TcpGate& gate_;
  answer::WorkerCounters& counters_;
  Published<answer::Snapshot>& snapshots_;
  std::optional<Published<answer::Snapshot>::Reader> reader_;  // made in run(), by the thread that uses it
  std::vector<Socket> sockets_;
  uv_loop_t loop_;
  uv_async_t stop_;
  uv_timer_t tick_;
  std::vector<std::unique_ptr<uv_tcp_t>> listeners_;
  TcpConnection::List connections_;  // the idlest first
  TcpConnection::List closing_;
  bool stopping_ = false;
  bool was_asked_ = false;           // since the last tick

  const answer::Snapshot* snapshot_ = nullptr;  // of the batch under way
  answer::Asker asker_;
  uint64_t batch_queries_ = 0;
  std::vector<uint8_t> read_buffer_;
  std::vector<uint8_t> answers_;     // frames of the batch, not sent yet
  size_t answers_size_ = 0;
};

}  // namespace isochrone::net
