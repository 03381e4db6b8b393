// Networks that gateways measure, woven into a map that is built already.

#include <algorithm>
#include <map>
#include <tuple>

#include "steer/observed.h"

namespace isochrone::steer {

// Walks the base's stored prefixes and the observed ones together, in address order. What lies inside an observed prefix
// keeps its own finer sources; the observed source comes behind them and before all that is as wide or wider.
class ObservedWeaver {
 public:
  ObservedWeaver(const LatencyMap& base, std::vector<ObservedPrefix> prefixes)
      : base_(*base.stored_), prefixes_(std::move(prefixes)), map_(new LatencyMap(base.regions_)) {
    std::ranges::sort(prefixes_);
    map_->sources_.reserve(base.sources_.size() + prefixes_.size());
    map_->sources_ = base.sources_;
    map_->rows_ = base.rows_;
    map_->everybody_v4_ = base.everybody_v4_;
    map_->everybody_v6_ = base.everybody_v6_;
    map_->questions_ = base.questions_;
    map_->placed_rows_ = base.placed_rows_;
    ObservedId most = 0;
    for (const ObservedPrefix& prefix : prefixes_) most = std::max(most, prefix.id + 1);
    map_->observed_.assign(most, kNoSource);
  }

  std::shared_ptr<const LatencyMap> weave() {
    PrefixList stored;
    for (const ObservedPrefix& prefix : prefixes_) {
      while (at_ != base_.size() && base_[at_].first < prefix.prefix) pass(stored);
      add(prefix, stored);
    }
    while (at_ != base_.size()) pass(stored);
    map_->blocks_ = PrefixMap(stored);
    return std::move(map_);
  }

 private:
  // The stored prefix at hand, which is left as it is.
  void pass(PrefixList& stored) {
    const auto [prefix, value] = base_[at_++];
    leave(prefix);
    around_.emplace_back(prefix, value);
    stored.append(prefix, value);
  }
  void leave(const Prefix& prefix) {
    while (!around_.empty() && !around_.back().first.contains(prefix)) around_.pop_back();
  }

  void add(const ObservedPrefix& observed, PrefixList& stored) {
    const Prefix& prefix = observed.prefix;
    leave(prefix);
    uint32_t own = around_.empty() ? LatencyMap::kNothing : around_.back().second;
    size_t inner = at_;
    if (inner != base_.size() && base_[inner].first == prefix) own = base_[inner++].second;
    const auto says_who = [](uint32_t value) { return value <= LatencyMap::kNothing; };
    bool all_say = true;
    size_t end = inner;
    for (; end != base_.size() && prefix.contains(base_[end].first); ++end) all_say &= says_who(base_[end].second);
    const bool fits = map_->sources_.size() + 2 * kLongestChain * (end - inner + 1) < LatencyMapBuilder::kMaxSources;
    if (!says_who(own) || !all_say || !fits) return;

    copies_.clear();
    stored.append(prefix, with(own, observed));
    map_->observed_[observed.id] = copies_.begin()->second;  // the only one yet: nothing finer is in front of it
    for (size_t i = inner; i != end; ++i) stored.append(base_[i].first, with(base_[i].second, observed));
    at_ = end;
  }

  // The chain of a stored value with the observed source in it.
  SourceId with(uint32_t value, const ObservedPrefix& observed) {
    const bool v4 = observed.prefix.family() == Family::V4;
    SourceId rest = value < LatencyMap::kNothing ? value : v4 ? map_->everybody_v4_ : map_->everybody_v6_;
    std::vector<SourceId> finer;
    for (; rest != kNoSource && map_->sources_[rest].prefix_len > observed.prefix.len; rest = map_->sources_[rest].coarser)
      finer.push_back(rest);
    SourceId finest = copy(kNoSource, rest, observed);
    for (; !finer.empty(); finer.pop_back()) finest = copy(finer.back(), finest, observed);
    return finest;
  }

  // `source` with another one behind it; of kNoSource the observed one itself.
  SourceId copy(SourceId source, SourceId coarser, const ObservedPrefix& observed) {
    const auto [known, is_new] = copies_.try_emplace({source == kNoSource, source, coarser}, static_cast<SourceId>(map_->sources_.size()));
    if (!is_new) return known->second;
    Source out;
    if (source != kNoSource) {
      out = map_->sources_[source];
    } else {
      // Its clients are where they were, and follow whom they followed.
      if (coarser != kNoSource) out.locality = map_->sources_[coarser].locality, out.vantage = map_->sources_[coarser].vantage;
      out.row = Source::kLive | Source::kObserved | observed.id;
      out.prefix_len = observed.prefix.len;
    }
    out.coarser = coarser;
    map_->sources_.push_back(out);
    return known->second;
  }

  static constexpr size_t kLongestChain = 128;  // explicit prefixes around an address, generously

  const PrefixList& base_;
  std::vector<ObservedPrefix> prefixes_;
  std::unique_ptr<LatencyMap> map_;
  size_t at_ = 0;                                     // in base_
  std::vector<std::pair<Prefix, uint32_t>> around_;   // stored prefixes around the one at hand, widest first
  std::map<std::tuple<bool, SourceId, SourceId>, SourceId> copies_;  // of the observed prefix at hand
};

std::shared_ptr<const LatencyMap> with_observed(const LatencyMap& base, std::vector<ObservedPrefix> prefixes) {
  return ObservedWeaver(base, std::move(prefixes)).weave();
}

}  // namespace isochrone::steer
