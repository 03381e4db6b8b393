#include "node/decision_replay.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "answer/responder.h"
#include "config/files.h"
#include "loop/clock.h"
#include "node/asked.h"
#include "node/query_log_reader.h"
#include "steer/hash.h"
#include "wire/response.h"

namespace isochrone::node {

namespace {

constexpr size_t kBadLinesTold = 10;
constexpr size_t kMostPairs = 1 << 17;       // of regions, told apart: all there can be
constexpr size_t kMostNetworks = 1'000'000;  // told apart: some 70 MB

bool draws(const steer::Pool& pool) {
  if (pool.spec.routing == steer::Routing::Weighted && pool.spec.per_answer) return true;
  return std::ranges::any_of(pool.gateways, [](const steer::GatewayState& g) { return g.nested && draws(*g.nested); });
}

// A server of nobody: the answer path over a configuration's files, with a query log of its own.
class Answerer {
 public:
  explicit Answerer(const Standing& standing)
      : worker_(table_.add_worker()), room_(wire::kMaxMessage), now_(static_cast<uint32_t>(loop::unix_now())) {
    snapshot_.zones = std::shared_ptr<const zone::ZoneSet>(standing.world, &standing.world->zones);
    snapshot_.steering = standing.steering;
    snapshot_.slots = table_.assign(snapshot_.steering.pools, *snapshot_.steering.regions);
    for (const auto& pool : snapshot_.steering.pools)
      if (draws(*pool)) drawing_.push_back(pool->spec.name);
  }

  struct Given {
    std::string region;     // empty: none
    bool is_drawn = false;
  };
  // nullopt: the name is not steered here.
  std::optional<Given> ask(const LoggedChoice& query) {
    answer::handle(make_query(query.name, query.type, query.subnet), snapshot_, {query.resolver, true, now_}, room_, worker_);
    std::optional<answer::CounterTable::PoolRegion> name;
    table_.take_queries([&](const answer::LoggedQuery& logged) { name = table_.name_of(logged.decision.slot); });
    if (!name) return std::nullopt;
    return Given{std::move(name->region), std::ranges::find(drawing_, name->pool) != drawing_.end()};
  }

 private:
  answer::CounterTable table_{1};
  answer::WorkerCounters& worker_;
  answer::Snapshot snapshot_;
  std::vector<std::string> drawing_;  // names of pools
  std::vector<uint8_t> room_;
  uint32_t now_;
};

struct HashOfPrefix {
  size_t operator()(const Prefix& prefix) const {
    const auto& octets = prefix.address.octets;
    return steer::mix(steer::hash_of({reinterpret_cast<const char*>(octets.data()), octets.size()}) ^ prefix.len);
  }
};

// What the lines add up to.
class Adding {
 public:
  void compare(const LoggedChoice& was, const std::string& region) {
    const bool moved = was.region != region;
    ++(moved ? out_.moved : out_.same);
    if (!was.subnet) ++out_.by_resolver;
    if (const auto at = networks_.find(was.network()); at != networks_.end()) at->second |= moved;
    else if (networks_.size() < kMostNetworks) networks_.emplace(was.network(), moved);
    else out_.more_networks = true;
    Pair pair{shown(was.region), shown(region)};
    if (pairs_.size() >= kMostPairs && !pairs_.contains(pair)) pair = {out_.kOthers, out_.kOthers};
    ++pairs_[std::move(pair)];
  }

  void tell_bad(Place place, const std::string& what) {
    ++out_.bad;
    if (out_.bad_lines.size() < kBadLinesTold) out_.bad_lines.push_back({Problem::Kind::Error, std::move(place), "", what, ""});
  }

  DecisionReplay& out() { return out_; }

  DecisionReplay finish() {
    out_.networks = networks_.size();
    out_.moved_networks = static_cast<uint64_t>(std::ranges::count_if(networks_, [](const auto& network) { return network.second; }));
    std::map<std::string, DecisionReplay::Load> load;
    for (const auto& [pair, queries] : pairs_) {
      load[pair.first].before += queries;
      load[pair.second].after += queries;
      if (pair.first != pair.second || pair.first == out_.kOthers) out_.moves.push_back({pair.first, pair.second, queries});
    }
    for (auto& [region, both] : load) out_.load.push_back({region, both.before, both.after});
    std::ranges::stable_sort(out_.moves, std::greater(), &ReplayedMove::queries);
    return std::move(out_);
  }

 private:
  using Pair = std::pair<std::string, std::string>;
  static std::string shown(const std::string& region) { return region.empty() ? DecisionReplay::kNoneGiven : region; }

  DecisionReplay out_;
  std::map<Pair, uint64_t> pairs_;                           // queries, moved or not
  std::unordered_map<Prefix, bool, HashOfPrefix> networks_;  // whether one of its queries has moved
};

void add_line(std::string_view line, const std::string& path, uint32_t number, Answerer& answerer, Adding& adding) {
  DecisionReplay& out = adding.out();
  ++out.lines;
  const auto choice = parse_logged(line);
  if (!choice) return adding.tell_bad({path, number, 1}, choice.error().text);
  if (!*choice) return;
  ++out.steered;
  const auto given = answerer.ask(**choice);
  if (!given) ++out.gone;
  else if (given->is_drawn) ++out.drawn;
  else adding.compare(**choice, given->region);
}

Status add_log(const std::string& path, Answerer& answerer, Adding& adding) {
  config::Files files;
  Result<config::LineStream> lines = files.open(path);
  if (!lines) return fail(fmt::format("{}: {}", path, lines.error().text));
  while (const auto line = lines->next()) add_line(*line, path, lines->line(), answerer, adding);
  if (lines->failed()) return fail(fmt::format("{}:{}: cannot be read: input/output error", path, lines->line() + 1));
  if (lines->too_long())
    return fail(fmt::format("{}:{}: a line of more than {} octets: no query log", path, lines->line(), config::LineStream::kMaxLine));
  return {};
}

}  // namespace

Result<DecisionReplay> replay_decisions(const std::string& config, const std::vector<std::string>& logs, Problems& problems) {
  const auto standing = load_standing(config, problems);
  if (!standing) return tl::unexpected(standing.error());
  Answerer answerer(*standing);
  Adding adding;
  for (const std::string& path : logs)
    if (const Status read = add_log(path, answerer, adding); !read) return tl::unexpected(read.error());
  DecisionReplay out = adding.finish();
  out.notes = standing->notes;
  return out;
}

}  // namespace isochrone::node
