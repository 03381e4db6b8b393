#pragma once
// The query log: one query in N is noted in a ring of its worker's, and written to a file by the control thread. Off by
// default. Noting costs a copy of some 300 octets and never waits: what finds the ring full is dropped, and counted.
//
//   worker: if (log.wants()) log.note(...)        control thread: log.take(f), some times a second
//
// One writer, the worker; one reader, the control thread; no lock.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "answer/counters.h"
#include "util/ip.h"
#include "wire/query.h"

namespace isochrone::answer {

// What a steered answer gave, as a copy that outlives the snapshot.
struct LoggedDecision {
  uint32_t slot = 0;                      // AnswerSlots' of its pool and region; 0: nothing was steered
  uint8_t scope_prefix_len = 0;           // told where the query had a subnet
};

struct LoggedQuery {
  Transport transport{};
  IpAddress resolver;
  uint32_t unix_seconds = 0;
  wire::Type qtype{};
  wire::Rcode rcode{};
  uint16_t answer_octets = 0;
  bool has_subnet = false;
  Prefix subnet;                          // as sent
  LoggedDecision decision;
  uint8_t name_size = 0;                  // 0: there was no sound question
  std::array<uint8_t, wire::kMaxName> name;
};

class QueryLog {
 public:
  explicit QueryLog(uint32_t sample) : sample_(sample), until_(sample) {}

  // Worker. True for one query in `sample`.
  bool wants() {
    if (--until_ != 0) return false;
    until_ = sample_;
    return true;
  }
  void note(const wire::Query& query, const IpAddress& resolver, Transport transport, uint32_t unix_seconds,
            wire::Rcode rcode, size_t answer_octets, const LoggedDecision& decision = {});

  // Control thread: every query noted since the last call, oldest first.
  template <typename F>
  void take(F f) {
    const uint32_t end = written_.load(std::memory_order_acquire);
    for (uint32_t at = taken_.load(std::memory_order_relaxed); at != end; ++at) {
      f(ring_[at % kRing]);
      taken_.store(at + 1, std::memory_order_release);
    }
  }
  uint64_t dropped() const { return dropped_; }

 private:
  static constexpr uint32_t kRing = 1024;
  const uint32_t sample_;
  uint32_t until_;
  Counter dropped_;
  alignas(64) std::atomic<uint32_t> written_{0};
  alignas(64) std::atomic<uint32_t> taken_{0};
  std::array<LoggedQuery, kRing> ring_;
};

// The logs of all workers. Any thread may add one; the control thread takes.
class QueryLogs {
 public:
  // sample 0: off, and add_worker() gives null.
  explicit QueryLogs(uint32_t sample) : sample_(sample) {}
  QueryLog* add_worker() {
    if (sample_ == 0) return nullptr;
    const std::lock_guard lock(mutex_);
    return logs_.emplace_back(std::make_unique<QueryLog>(sample_)).get();
  }
  template <typename F>
  void take(F f) {
    const std::lock_guard lock(mutex_);
    for (const auto& log : logs_) log->take(f);
  }
  uint64_t dropped() const {
    const std::lock_guard lock(mutex_);
    uint64_t sum = 0;
    for (const auto& log : logs_) sum += log->dropped();
    return sum;
  }

 private:
  const uint32_t sample_;
  mutable std::mutex mutex_;              // guards logs_; not taken by a worker that answers
  std::vector<std::unique_ptr<QueryLog>> logs_;
};

}  // namespace isochrone::answer
