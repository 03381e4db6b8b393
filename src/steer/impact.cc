#include "steer/impact.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "steer/band.h"
#include "steer/given_regions.h"
#include "steer/rank.h"

namespace isochrone::steer {

namespace {

bool is_known(const LatencyMap& map, const Prefix& block) {
  const Block found = map.find(block.address);
  if (found.use_resolver || found.source == kNoSource) return false;
  const Source& source = map.source(found.source);
  return source.prefix_len != 0 || source.is_live();  // an AS, a country or a place has no length
}

// Numbers of both sides → one.
struct Matched {
  std::vector<std::string> names;
  std::vector<size_t> before, after;         // by RegionId: into names
  std::vector<RegionId> in_before, in_after;  // by place in names: kNoRegion where it is not there

  Matched(const std::vector<Region>& b, const std::vector<Region>& a) {
    add(b, before, in_before);
    add(a, after, in_after);
    in_before.resize(names.size(), kNoRegion);
    in_after.resize(names.size(), kNoRegion);
  }

 private:
  void add(const std::vector<Region>& regions, std::vector<size_t>& to, std::vector<RegionId>& in) {
    for (size_t r = 0; r < regions.size(); ++r) {
      const auto known = std::ranges::find(names, regions[r].name);
      to.push_back(static_cast<size_t>(known - names.begin()));
      if (known == names.end()) names.push_back(regions[r].name);
      if (in.size() < names.size()) in.resize(names.size(), kNoRegion);
      in[to.back()] = static_cast<RegionId>(r);
    }
  }
};

// How many milliseconds more, in steps of 0.1 and of 0.1 % of the moved or less.
class SpreadMaker {
 public:
  void add(double ms, double weight) {
    if (moved_ == 0) worst_ = best_ = ms;
    worst_ = std::max(worst_, ms);
    best_ = std::min(best_, ms);
    moved_ += weight;
    sum_ += ms * weight;
    const auto step = std::clamp<int64_t>(std::llround(ms * 10) + kHalf, 0, 2 * kHalf);
    steps_[static_cast<size_t>(step)] += weight;
  }
  ImpactSpread make() const {
    ImpactSpread out;
    if (moved_ <= 0) return out;
    out.moved = moved_, out.mean = sum_ / moved_, out.worst = worst_, out.best = best_;
    double seen = 0;
    for (size_t i = 0; i < steps_.size(); ++i) {
      seen += steps_[i];
      if (seen < 0.95 * moved_) continue;
      out.p95 = std::clamp(static_cast<double>(static_cast<int64_t>(i) - kHalf) / 10, best_, worst_);
      break;
    }
    return out;
  }

 private:
  static constexpr int64_t kHalf = 50000;  // ± 5 s
  std::vector<double> steps_ = std::vector<double>(2 * kHalf + 1);
  double moved_ = 0, sum_ = 0, worst_ = 0, best_ = 0;
};

class Measuring {
 public:
  Measuring(const Steering& before, const Steering& after)
      : before_(before), after_(after), matched_(*before.regions, *after.regions), places_(matched_.names.size() + 2),
        moves_(places_ * places_) {
    out_.regions = matched_.names;
    out_.regions.insert(out_.regions.end(), {"(no answer)", "(no region)"});
    out_.load_before.resize(places_);
    out_.load_after.resize(places_);
  }

  Impact run(std::span<const PoolPair> pools, std::span<const WeightedClient> clients) {
    out_.pools.resize(pools.size());
    const bool one_map = before_.map == after_.map;
    for (const WeightedClient& client : clients) {
      const Client was = locate(before_, client.prefix, client.prefix.address);
      const Client is = one_map ? was : locate(after_, client.prefix, client.prefix.address);
      for (size_t p = 0; p < pools.size(); ++p) count(pools[p], was, is, client.weight, out_.pools[p]);
    }
    finish();
    return std::move(out_);
  }

 private:
  using Places = std::vector<size_t>;

  void count(const PoolPair& pair, const Client& was, const Client& is, double weight, ImpactTally& tally) {
    find_given(before_, pair.before, pair.family, was, was_given_);
    to_places(was_given_, matched_.before, from_);
    find_given(after_, pair.after, pair.family, is, is_given_);
    to_places(is_given_, matched_.after, to_);
    for (const size_t place : from_) out_.load_before[place] += weight / static_cast<double>(from_.size());
    for (const size_t place : to_) out_.load_after[place] += weight / static_cast<double>(to_.size());

    tally.clients += weight;
    const auto ms_before = judge(pair, was, is, from_);
    const bool moved = from_ != to_ || !are_same_gateways(pair.family);
    const auto ms_after = moved ? judge(pair, was, is, to_) : ms_before;
    const bool judged = ms_before && ms_after;
    if (judged) tally.judged += weight, tally.ms_before += *ms_before * weight, tally.ms_after += *ms_after * weight;
    const bool down = is_given_.all_down && !was_given_.all_down;
    if (down) tally.down += weight;
    if (moved || down) tally.affected += weight;
    if (!moved) return;
    tally.moved += weight;
    if (to_[0] == matched_.names.size()) tally.lost += weight;
    if (judged) spread_.add(*ms_after - *ms_before, weight);
    note_move(weight, judged ? std::optional(*ms_after - *ms_before) : std::nullopt);
  }

  // Of equal places.
  bool are_same_gateways(Family family) const {
    return std::ranges::all_of(from_, [&](size_t place) {
      return place >= matched_.names.size() ||
             is_one_gateway(*was_given_.pool, matched_.in_before[place], *is_given_.pool, matched_.in_after[place], family);
    });
  }

  // Of several gateways the first that the other side does not have stands for the move.
  void note_move(double weight, std::optional<double> ms) {
    const auto from = std::ranges::find_if(from_, [&](size_t p) { return std::ranges::find(to_, p) == to_.end(); });
    const auto to = std::ranges::find_if(to_, [&](size_t p) { return std::ranges::find(from_, p) == from_.end(); });
    ImpactMove& move = moves_[(from == from_.end() ? from_[0] : *from) * places_ + (to == to_.end() ? to_[0] : *to)];
    move.clients += weight;
    if (ms) move.judged += weight, move.ms += *ms * weight;
  }

  void to_places(const GivenRegions& given, const std::vector<size_t>& matched, Places& places) const {
    places.clear();
    for (const RegionId region : given.list()) places.push_back(matched[region]);
    if (places.empty()) places.push_back(matched_.names.size() + (given.answered ? 1 : 0));
    else std::sort(places.begin(), places.end());
  }

  // The mean over the gateways given; nullopt where that of one is not known.
  std::optional<double> judge(const PoolPair& pair, const Client& was, const Client& is, const Places& places) const {
    double sum = 0;
    for (const size_t place : places) {
      if (place >= matched_.names.size()) return std::nullopt;
      auto held = estimate(after_, pair.after, pair.family, is, matched_.in_after[place]);
      if (!held) held = estimate(before_, pair.before, pair.family, was, matched_.in_before[place]);
      if (!held) return std::nullopt;
      sum += to_milliseconds(held->value());
    }
    return sum / static_cast<double>(places.size());
  }

  static std::optional<Held> estimate(const Steering& steering, zone::PoolId pool, Family family, const Client& client, RegionId region) {
    if (region == kNoRegion) return std::nullopt;
    const LiveRows& live = steering.pools[pool]->spec.families_together ? steering.rows_v4 : steering.rows(family);
    const auto found = estimate_of({*steering.map, live, steering.predicted.get(), client.block.source, kNone, 0}, region);
    return found ? std::optional(found->held) : std::nullopt;
  }

  void finish() {
    for (const ImpactTally& pool : out_.pools) {
      out_.total.clients += pool.clients, out_.total.moved += pool.moved, out_.total.lost += pool.lost;
      out_.total.down += pool.down, out_.total.affected += pool.affected;
      out_.total.judged += pool.judged, out_.total.ms_before += pool.ms_before, out_.total.ms_after += pool.ms_after;
    }
    for (size_t i = 0; i < moves_.size(); ++i) {
      if (moves_[i].clients <= 0) continue;
      moves_[i].from = i / places_, moves_[i].to = i % places_;
      out_.moves.push_back(moves_[i]);
    }
    std::ranges::stable_sort(out_.moves, [](const ImpactMove& a, const ImpactMove& b) { return a.clients > b.clients; });
    out_.spread = spread_.make();
  }

  static constexpr RegionSet kNone{};
  const Steering& before_;
  const Steering& after_;
  Matched matched_;
  size_t places_;
  std::vector<ImpactMove> moves_;  // by from × places + to
  Impact out_;
  SpreadMaker spread_;
  GivenRegions was_given_, is_given_;  // as below, kept from one client to the next for their memory
  Places from_, to_;
};

}  // namespace

std::vector<WeightedClient> clients_of(const LatencyMap& before, const LatencyMap& after) {
  if (before.is_trivial() && after.is_trivial()) return {{{{Family::V4, {}}, 0}}, {{{Family::V6, {}}, 0}}};
  std::vector<WeightedClient> known, all;
  for (const Family family : {Family::V4, Family::V6}) {
    std::optional<IpAddress> at = IpAddress{family, {}};
    while (at) {
      // Both maps are divided wholly, so the shorter block around an address is the other's or holds it.
      const Prefix block = Prefix::make(*at, std::max(before.find(*at).len, after.find(*at).len));
      if (!folds(block.address)) {
        all.push_back({block});
        if (is_known(before, block) || is_known(after, block)) known.push_back({block});
      }
      at = address_behind(block);
    }
  }
  return known.empty() ? all : known;
}

std::vector<WeightedClient> divided(std::vector<WeightedClient> clients, size_t at_most) {
  if (clients.empty()) return clients;
  const int most_bits = std::bit_width(std::max<size_t>(at_most / clients.size(), 1)) - 1;
  std::vector<WeightedClient> out;
  for (const WeightedClient& client : clients) {
    const int bits = std::clamp(weight_cut(client.prefix.family()) - client.prefix.len, 0, most_bits);
    std::optional<IpAddress> at = client.prefix.address;
    for (size_t i = 0; i < size_t{1} << bits && at; ++i) {
      const Prefix part = Prefix::make(*at, client.prefix.len + bits);
      out.push_back({part, client.weight / static_cast<double>(size_t{1} << bits)});
      at = address_behind(part);
    }
  }
  return out;
}

Impact measure_impact(const Steering& before, const Steering& after, std::span<const PoolPair> pools,
                      std::span<const WeightedClient> clients) {
  return Measuring(before, after).run(pools, clients);
}

}  // namespace isochrone::steer
