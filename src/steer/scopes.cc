#include "steer/scopes.h"

#include <algorithm>

#include "steer/merge.h"
#include "steer/movable.h"
#include "steer/remerge.h"

namespace isochrone::steer {

namespace {

template <typename T>
void append(std::string& shape, const T& value) {
  static_assert(std::has_unique_object_representations_v<T>);
  shape.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Whether the names of pools, by which networks are drawn, can decide.
bool draws(const Pool& pool, const PoolFamily& side) {
  const bool by_latency = pool.spec.routing == Routing::Latency || pool.spec.routing == Routing::Priority;
  const bool in_order = by_latency && pool.spec.tolerance <= Duration::zero();
  return side.sheds || !(in_order || pool.spec.routing == Routing::Multivalue);
}

// Equal shapes: wherever one pool gives two clients the same, so does the other.
std::string shape_of(const Pool& pool, Family family) {
  const PoolFamily& side = pool.family(family);
  std::string shape;
  append(shape, family);
  append(shape, pool.spec.families_together);
  append(shape, pool.spec.routing);
  append(shape, pool.spec.count);
  if (draws(pool, side)) {
    append(shape, pool.hash_seed);
    for (const uint32_t weight : pool.weight_of) append(shape, weight);
    for (const uint16_t share : side.shed_of) append(shape, share);
    append(shape, side.shed_of.size());
    for (const Duration relief : side.relief_of) append(shape, relief.count());
  }
  for (const GatewayState& gateway : pool.gateways) {
    append(shape, gateway.region);
    if (gateway.nested) shape += shape_of(*gateway.nested, family);
  }
  for (const uint16_t view : side.view_of) append(shape, view);
  for (const View& view : side.views) {
    append(shape, view.outcome);
    append(shape, view.eligible);
    append(shape, view.next);
    append(shape, view.answer);
    for (const int16_t answer : view.answer_of) append(shape, answer);
    append(shape, int16_t{-2});  // end of the list
  }
  return shape;
}

bool is_worth_merging(const Steering& steering, const PoolFamily& side) {
  return side.client_matters && !steering.map->is_trivial();
}

}  // namespace

class ScopesBuilder {
 public:
  ScopesBuilder(const Steering& steering, const Scopes* before) : steering_(steering), out_(std::make_shared<Scopes>()) {
    out_->map_ = steering.map;
    out_->rows_v4_ = steering.rows_v4;
    out_->rows_v6_ = steering.rows_v6;
    out_->predicted_ = steering.predicted;
    if (steering.scopes) before = steering.scopes.get();
    if (!before || before->map_ != steering.map) return;
    before_ = before;
    out_->movable_ = before->movable_;
    if (!before->is_of(steering)) steering_before_ = before->before(steering);
  }

  std::shared_ptr<const Scopes> build() {
    out_->of_pool_.assign(steering_.pools.size(), {});
    for (zone::PoolId id = 0; id < steering_.pools.size(); ++id)
      for (const Family family : {Family::V4, Family::V6})
        if (is_worth_merging(steering_, steering_.pools[id]->family(family)))
          out_->of_pool_[id][family == Family::V6] = table_of(*steering_.pools[id], family);
    for (const size_t side : {0, 1}) {
      const auto common = std::max_element(pools_of_[side].begin(), pools_of_[side].end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
      if (common != pools_of_[side].end() && !common->first->same_for_all)
        out_->common_[side] = common->first->len_of.data();
    }
    return out_;
  }

 private:
  const MergedScopes* table_of(const Pool& pool, Family family) {
    std::string shape = shape_of(pool, family);
    auto known = out_->by_shape_.find(shape);
    if (known == out_->by_shape_.end()) {
      Scopes::Table table = used_again(shape, pool, family);
      if (!table && octets_ + steering_.map->blocks().places() > Scopes::kMostOctets) {
        ++out_->left_out_;
        return nullptr;
      }
      if (!table) {
        table = std::make_shared<const MergedScopes>(merge(steering_, pool, family));
        ++out_->merged_whole_;
      }
      octets_ += table->len_of.size();
      known = out_->by_shape_.emplace(std::move(shape), std::move(table)).first;
    }
    ++pools_of_[family == Family::V6][known->second.get()];
    return known->second.get();
  }
  Scopes::Table used_again(const std::string& shape, const Pool& pool, Family family) {
    if (!before_) return nullptr;
    const auto known = before_->by_shape_.find(shape);
    if (known == before_->by_shape_.end()) return nullptr;
    if (!steering_before_) return known->second;
    if (!out_->movable_) out_->movable_ = std::make_shared<const MovableSources>(*steering_.map);
    return remerge(*steering_before_, steering_, pool, family, known->second, *out_->movable_);
  }

  const Steering& steering_;
  std::shared_ptr<Scopes> out_;
  const Scopes* before_ = nullptr;            // of the same map
  std::optional<Steering> steering_before_;   // what they were worked out from, where that is another
  std::array<std::map<const MergedScopes*, size_t>, 2> pools_of_;  // v4, v6
  size_t octets_ = 0;
};

bool Scopes::is_of(const Steering& steering) const {
  return map_ == steering.map && rows_v4_ == steering.rows_v4 && rows_v6_ == steering.rows_v6 &&
         predicted_ == steering.predicted && of_pool_.size() == steering.pools.size();
}

Steering Scopes::before(const Steering& steering) const {
  Steering out = steering;
  out.rows_v4 = rows_v4_;
  out.rows_v6 = rows_v6_;
  out.predicted = predicted_;
  out.scopes = nullptr;
  return out;
}

size_t Scopes::memory() const {
  size_t octets = of_pool_.capacity() * sizeof of_pool_[0] + (movable_ ? movable_->memory() : 0);
  for (const auto& [shape, table] : by_shape_) octets += shape.capacity() + table->len_of.capacity();
  return octets;
}

std::shared_ptr<const Scopes> merge_scopes(const Steering& steering, const Scopes* before) { return ScopesBuilder(steering, before).build(); }

std::shared_ptr<const Scopes> still_true(const Steering& next, std::span<const zone::PoolId> changed) {
  if (!next.scopes || !next.scopes->is_of(next)) return nullptr;
  if (changed.empty()) return next.scopes;
  auto kept = std::make_shared<Scopes>(*next.scopes);
  for (const zone::PoolId id : changed) {
    for (const Family family : {Family::V4, Family::V6}) {
      const Pool& pool = *next.pools[id];
      const auto known = is_worth_merging(next, pool.family(family)) ? kept->by_shape_.find(shape_of(pool, family))
                                                                     : kept->by_shape_.end();
      kept->of_pool_[id][family == Family::V6] = known == kept->by_shape_.end() ? nullptr : known->second.get();
    }
  }
  return kept;
}

}  // namespace isochrone::steer
