#pragma once
// The counters of all workers, and the answers counted per pool and region, by name, over every reload.
//
//   load:   table.assign(pools, regions) ─► AnswerSlots, put into the snapshot before it is published
//   query:  worker.answers(slots.region(pool, region)).add()
//   scrape: table.totals(), table.answers()
//
// A slot belongs to a (pool name, region name) for good: a reload that renumbers pools or regions finds it again.

#include <atomic>
#include <compare>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "answer/counters.h"
#include "answer/query_log.h"
#include "steer/steer.h"

namespace isochrone::answer {

// Where one load's pools are counted. Immutable, shared by the snapshots of the load.
class AnswerSlots {
 public:
  // Of Choice::region; kNoRegion stands for answers of no one gateway.
  uint32_t region(zone::PoolId pool, steer::RegionId region) const {
    return slots_[first_[pool] + 1u + (region == steer::kNoRegion ? 0u : 1u + region)];
  }
  uint32_t all_down(zone::PoolId pool) const { return slots_[first_[pool]]; }

 private:
  friend class CounterTable;
  std::vector<uint32_t> first_;  // by PoolId
  std::vector<uint32_t> slots_;  // of a pool: all down, no region, then by RegionId up to its highest
};

// One worker's cells, and its query log where there is one. Chunks are added by the control thread before a snapshot that needs them is published, and
// never move: a worker that has the snapshot sees them.
class WorkerCounters : public Counters {
 public:
  QueryLog* log = nullptr;  // set before the worker starts
  Counter& answers(uint32_t slot) {
    return chunks_[slot / kChunk].load(std::memory_order_relaxed)[slot % kChunk];
  }

 private:
  friend class CounterTable;
  static constexpr uint32_t kChunk = 1024;
  static constexpr uint32_t kChunks = 1024;
  std::array<std::atomic<Counter*>, kChunks> chunks_{};
  std::vector<std::unique_ptr<Counter[]>> owned_;
};

// Every function may be called from any thread.
class CounterTable {
 public:
  // `log_sample`: one query in this many is noted in a worker's query log; 0: there is none.
  explicit CounterTable(uint32_t log_sample = 0);

  // A worker's own counters; good while the table lives.
  WorkerCounters& add_worker();
  // Pools by PoolId, regions by RegionId.
  std::shared_ptr<const AnswerSlots> assign(const std::vector<std::shared_ptr<const steer::Pool>>& pools,
                                            const std::vector<steer::Region>& regions);

  Totals totals() const;
  // Hands f every query noted since the last call. One thread, the control thread.
  template <typename F>
  void take_queries(F f) {
    logs_.take(f);
  }
  uint64_t queries_not_logged() const { return logs_.dropped(); }  // for lack of room
  struct PoolRegion {
    std::string pool;
    std::string region;  // empty: no one gateway's
  };
  // What a slot stands for, whatever was loaded since; nullopt: slot 0.
  std::optional<PoolRegion> name_of(uint32_t slot) const;

  struct PoolAnswers {
    std::string pool;
    std::string region;  // of several gateways at once the first one's; empty: all-down's, of no one gateway
    uint64_t answers = 0;
    bool all_down = false;  // answers given while nothing was healthy; region is empty
  };
  // In order of pool and region; pools that are gone are still told, as counters must not go back.
  std::vector<PoolAnswers> answers() const;

 private:
  struct Key {
    std::string pool;
    std::string region;
    bool all_down = false;
    auto operator<=>(const Key&) const = default;
  };
  uint32_t slot_of(Key key);
  void grow(WorkerCounters& worker) const;

  mutable std::mutex mutex_;  // guards all below; never taken by a worker that answers
  std::map<Key, uint32_t> slots_;
  std::vector<const Key*> keys_{nullptr};  // by slot; 0 takes what found no room: a million (pool, region) pairs have been seen
  std::vector<std::unique_ptr<WorkerCounters>> workers_;
  QueryLogs logs_;
};

}  // namespace isochrone::answer
