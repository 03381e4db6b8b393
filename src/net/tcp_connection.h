#pragma once
// One TCP client: frames in, frames out (RFC 1035 §4.2.2, RFC 7766). All answers to what one read brought go out in
// one write, or a pipelining client waits for Nagle and delayed acknowledgements, 40 ms a turn.
//
// While the client does not read its answers we do not read its queries. A connection counts as busy only when a query
// is complete, so neither a byte a minute nor a client that never reads keeps it alive. Where clients that do not read
// together hold more than the gate allows, the one that holds most is closed.
// Belongs to a TcpWorker and its loop; one thread.

#include <uv.h>

#include <list>
#include <memory>
#include <span>
#include <vector>

#include "util/ip.h"

namespace isochrone::net {

class TcpWorker;

class TcpConnection {
 public:
  using List = std::list<std::unique_ptr<TcpConnection>>;

  enum class Closed : uint8_t { Done, Idle, Limit, Unread, Error };

  explicit TcpConnection(TcpWorker& worker);

  const IpAddress& client() const { return client_; }
  uint64_t busy_ms() const { return busy_ms_; }  // loop time of the last complete query
  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&handle_); }

  void start(const IpAddress& client);  // the handle is open
  void read_now();               // answers what has arrived already, without asking the loop
  void close(Closed why);        // at once; what was not sent is lost
  void close_when_sent();        // no more queries

 private:
  friend class TcpWorker;

  void on_read(std::span<const uint8_t> octets);
  size_t answer_frames(std::span<const uint8_t> octets);
  void send_answers();
  void on_written(int status);
  int64_t octets_held() const { return static_cast<int64_t>(unanswered_.capacity() + unsent_.capacity()); }
  void pause();
  void resume();

  TcpWorker& worker_;
  IpAddress client_;
  List::iterator self_;                // in the worker's list
  uint64_t busy_ms_ = 0;
  uv_tcp_t handle_;
  uv_write_t write_;
  std::vector<uint8_t> unanswered_;    // a frame that is not whole, or frames that wait for the client to read
  std::vector<uint8_t> unsent_;        // answers the socket had no room for; not empty: a write is under way
  int64_t held_ = 0;                   // octets of the two above that the gate knows of
  bool admitted_ = false;              // holds a place of the gate
  bool closing_ = false;
  bool last_answers_ = false;          // close when unsent_ is empty
};

}  // namespace isochrone::net
