#include "answer/counter_table.h"

#include <algorithm>

namespace isochrone::answer {

CounterTable::CounterTable(uint32_t log_sample) : logs_(log_sample) {}

WorkerCounters& CounterTable::add_worker() {
  const std::lock_guard lock(mutex_);
  workers_.push_back(std::make_unique<WorkerCounters>());
  workers_.back()->log = logs_.add_worker();
  grow(*workers_.back());
  return *workers_.back();
}

void CounterTable::grow(WorkerCounters& worker) const {
  while (worker.owned_.size() * WorkerCounters::kChunk < keys_.size()) {
    worker.owned_.push_back(std::make_unique<Counter[]>(WorkerCounters::kChunk));
    worker.chunks_[worker.owned_.size() - 1].store(worker.owned_.back().get(), std::memory_order_release);
  }
}

uint32_t CounterTable::slot_of(Key key) {
  constexpr uint32_t kMost = WorkerCounters::kChunk * WorkerCounters::kChunks;
  const auto [at, added] = slots_.try_emplace(std::move(key), 0);
  if (added && keys_.size() < kMost) {
    at->second = static_cast<uint32_t>(keys_.size());
    keys_.push_back(&at->first);
  }
  return at->second;
}

std::optional<CounterTable::PoolRegion> CounterTable::name_of(uint32_t slot) const {
  const std::lock_guard lock(mutex_);
  if (slot == 0 || slot >= keys_.size()) return std::nullopt;
  return PoolRegion{keys_[slot]->pool, keys_[slot]->region};
}

std::shared_ptr<const AnswerSlots> CounterTable::assign(const std::vector<std::shared_ptr<const steer::Pool>>& pools,
                                                        const std::vector<steer::Region>& regions) {
  const std::lock_guard lock(mutex_);
  auto slots = std::make_shared<AnswerSlots>();
  for (const auto& pool : pools) {
    const std::string& name = pool->spec.name;
    slots->first_.push_back(static_cast<uint32_t>(slots->slots_.size()));
    slots->slots_.push_back(slot_of({name, {}, true}));
    slots->slots_.push_back(slot_of({name, {}, false}));
    int highest = -1;
    const steer::RegionSet given = steer::regions_of(*pool);
    given.for_each([&](steer::RegionId region) { highest = std::max<int>(highest, region); });
    slots->slots_.resize(slots->slots_.size() + static_cast<size_t>(highest + 1));  // 0: regions it has no gateway in
    uint32_t* by_region = slots->slots_.data() + slots->first_.back() + 2;
    given.for_each([&](steer::RegionId region) { by_region[region] = slot_of({name, regions[region].name, false}); });
  }
  for (const auto& worker : workers_) grow(*worker);
  return slots;
}

Totals CounterTable::totals() const {
  const std::lock_guard lock(mutex_);
  Totals totals;
  for (const auto& worker : workers_) add_to(totals, *worker);
  return totals;
}

std::vector<CounterTable::PoolAnswers> CounterTable::answers() const {
  const std::lock_guard lock(mutex_);
  std::vector<PoolAnswers> list;
  for (const auto& [key, slot] : slots_) {
    if (slot == 0) continue;
    uint64_t sum = 0;
    for (const auto& worker : workers_) sum += worker->answers(slot).value();
    list.push_back({key.pool, key.region, sum, key.all_down});
  }
  return list;
}

}  // namespace isochrone::answer
