#pragma once
// Published<T>: one writer hands an immutable T to many readers; nobody on the reading side counts references.
//
// Invariants. Values are numbered by generation, from 1. A reader announces the generation it is about to use before
// it uses it; the publisher frees a value only when every registered reader has announced a later one or is idle.
// Threads: publish() and collect() from one control thread only; readers register and leave from any thread.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace isochrone {

template <typename T>
class Published {
  struct Held {
    uint64_t generation = 0;
    std::unique_ptr<const T> value;
  };
  struct alignas(64) Slot {
    std::atomic<uint64_t> announced{kIdle};
    std::atomic<bool> taken{false};
  };
  static constexpr uint64_t kIdle = UINT64_MAX;

 public:
  explicit Published(std::unique_ptr<const T> first) {
    history_.push_back({1, std::move(first)});
    current_.store(&history_.back(), std::memory_order_release);
  }
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;

  // One per reading thread; used by that thread only and destroyed before the Published.
  class Reader {
   public:
    explicit Reader(Published& source) : source_(source), slot_(source.take_slot()) {}
    ~Reader() {
      let_go();
      slot_.taken.store(false, std::memory_order_release);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // The newest value. The reference is good until the next get() or let_go().
    const T& get() {
      const Held* latest = source_.current_.load(std::memory_order_acquire);
      if (latest != local_) take(latest);
      return *local_->value;
    }
    // Called before a long sleep: an idle reader holds nothing and delays nobody.
    void let_go() {
      local_ = nullptr;
      slot_.announced.store(kIdle, std::memory_order_release);
    }

   private:
    void take(const Held* latest) {
      // Announce, then look again: the publisher may have freed `latest` between the load and an announcement that
      // follows idleness. A publisher sets current_ before newest_, so what is seen after announcing newest_ is of that
      // generation or a later one; and a scan in collect() that missed the announcement came before our second look, so
      // what that look sees was current then, or later, and is not freed by it. Sequential consistency is what orders
      // this store and load against that scan. (That `latest` may by chance be a new value at a freed one's place is
      // harmless: it is not looked into before.)
      for (;;) {
        slot_.announced.store(source_.newest_.load(std::memory_order_seq_cst), std::memory_order_seq_cst);
        const Held* again = source_.current_.load(std::memory_order_seq_cst);
        if (again == latest) break;
        latest = again;
      }
      local_ = latest;
      slot_.announced.store(latest->generation, std::memory_order_seq_cst);
    }

    Published& source_;
    Slot& slot_;
    const Held* local_ = nullptr;
  };

  // Makes `value` what readers get from now on; the old one lives until collect() finds that all have moved.
  void publish(std::unique_ptr<const T> value) {
    const uint64_t generation = history_.back().generation + 1;
    history_.push_back({generation, std::move(value)});
    current_.store(&history_.back(), std::memory_order_seq_cst);
    newest_.store(generation, std::memory_order_seq_cst);
    collect();
  }

  // Frees what no reader can still hold. Cheap; call it from a timer too, or the last old value stays until the next
  // publish(). Returns how many old values are still held.
  size_t collect() {
    uint64_t oldest = UINT64_MAX;
    {
      const std::lock_guard lock(slots_mutex_);
      for (const auto& slot : slots_) oldest = std::min(oldest, slot->announced.load(std::memory_order_seq_cst));
    }
    while (history_.size() > 1 && history_.front().generation < oldest) history_.pop_front();
    return history_.size() - 1;
  }

  // For the control thread alone: the newest value, good until the next publish().
  const T& latest() const { return *history_.back().value; }
  uint64_t generation() const { return newest_.load(std::memory_order_relaxed); }

 private:
  Slot& take_slot() {
    const std::lock_guard lock(slots_mutex_);
    for (const auto& slot : slots_)
      if (!slot->taken.exchange(true, std::memory_order_acq_rel)) return *slot;
    slots_.push_back(std::make_unique<Slot>());
    slots_.back()->taken.store(true, std::memory_order_release);
    return *slots_.back();
  }

  std::atomic<const Held*> current_{nullptr};
  std::atomic<uint64_t> newest_{1};
  std::deque<Held> history_;  // a deque: push_back and pop_front leave the other elements where they are
  std::mutex slots_mutex_;    // guards slots_; never taken by get()
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace isochrone
