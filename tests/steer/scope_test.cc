// Scopes proved by enumeration: random maps, pools and verdicts; every block of the map is visited, the choice compared
// with one made the slow way, and no scope may overlap another or cover an address that is answered otherwise.

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "scope_checker.h"
#include "steer/scopes.h"
#include "steer/steer.h"
#include "steer/verdicts.h"
#include "world.h"

namespace isochrone::steer {
namespace {

const std::string kResolver = "203.0.113.53";

struct RandomWorld {
  struct Row {
    Prefix prefix;
    int order;  // -1 - vantage… : vantages before tables
    VantageId vantage = kNoVantage;
    std::map<RegionId, Held> cells;
  };

  std::mt19937 random;
  World world{"abcdef"};
  std::vector<Row> rows;
  std::map<RegionId, Held> median;
  bool weighted;
  Routing routing;
  bool sheds;
  bool nests;

  // Every third world has a tolerance; then come those of the other methods.
  explicit RandomWorld(unsigned seed)
      : random(seed), weighted(seed % 3 == 2), routing(seed < 24 ? Routing::Latency : static_cast<Routing>(seed % 7)), sheds(seed >= 24 && seed % 2), nests(seed >= 66) {
    for (int i = 0, n = 1 + static_cast<int>(random() % 12); i < n; ++i) add_row(static_cast<int>(random() % 3));
    for (VantageId vantage = 0; vantage < 3; ++vantage) add_vantage(vantage);
    const Cells cells = random_cells();
    world.median(cells);
    for (const auto& [letter, rtt] : cells) median[world.id(letter)] = Held::from(rtt);
    add_pool();
    if (seed % 4 == 1) observe();
  }

  Prefix random_prefix() {
    // Few leading octets, so that prefixes nest; private, folding and plain ones among them.
    static constexpr const char* kCorners[] = {"198.51.100.0", "198.51.100.0", "10.1.0.0", "203.0.113.0", "0.0.0.0",
                                               "2001:db8::", "fd00::", "2002:c633:6400::", "::ffff:198.51.100.0", "::"};
    IpAddress address = *IpAddress::parse(kCorners[random() % std::size(kCorners)]);
    const int max = max_prefix_len(address.family);
    const int len = random() % 8 == 0 ? 0 : static_cast<int>(random() % static_cast<unsigned>(max + 1));
    for (int bits = 0; bits < 3; ++bits) {
      const auto at = random() % static_cast<unsigned>(max);
      address.octets[at / 8] ^= static_cast<uint8_t>(0x80 >> at % 8);
    }
    return Prefix::make(address, len);
  }

  // Increasing estimates in a random order of regions, some absent.
  Cells random_cells() {
    std::string letters = world.letters;
    std::shuffle(letters.begin(), letters.end(), random);
    letters.resize(1 + random() % letters.size());
    Cells cells;
    Duration rtt{};
    for (const char letter : letters) cells.emplace_back(letter, rtt += std::chrono::microseconds(10 + random() % 40'000));
    return cells;
  }

  static bool taken(const std::vector<Row>& rows, const Prefix& prefix, int order) {
    return std::any_of(rows.begin(), rows.end(), [&](const Row& r) { return r.prefix == prefix && r.order == order; });
  }

  void add_row(int table) {
    const Prefix prefix = random_prefix();
    const Prefix folded = fold(prefix).prefix;
    if (taken(rows, folded, table)) return;
    const Cells cells = random_cells();
    world.row(prefix.to_text(), cells, table);
    Row row{folded, table};
    for (const auto& [letter, rtt] : cells) row.cells[world.id(letter)] = Held::from(rtt);
    rows.push_back(row);
  }

  void add_vantage(VantageId vantage) {
    const Cells cells = random_cells();
    world.measured(vantage, cells);
    for (int i = 0; i < 2; ++i) {
      const Prefix prefix = random_prefix();
      world.cover(prefix.to_text(), vantage);
      Row row{fold(prefix).prefix, -10 + vantage, vantage};
      for (const auto& [letter, rtt] : cells) row.cells[world.id(letter)] = Held::from(rtt);
      rows.push_back(row);
    }
  }

  // What gateways measured of a few networks: finer than all else of the same prefix.
  void observe() {
    std::vector<ObservedPrefix> prefixes;
    std::vector<ObservedRow> observed;
    for (ObservedId id = 0; id < 6; ++id) {
      const IpAddress address = fold(random_prefix()).prefix.address;
      const Prefix prefix = Prefix::make(address, observed_len(address.family));
      if (std::ranges::any_of(prefixes, [&](const ObservedPrefix& p) { return p.prefix == prefix; })) continue;
      prefixes.push_back({prefix, id});
      ObservedRow row{.id = id};
      for (const auto& [letter, rtt] : random_cells()) {
        ObservedCell cell{.region = world.id(letter), .is_moved = random() % 4 != 0};
        cell.estimate = Held::from(rtt);
        row.cells.push_back(cell);
      }
      observed.push_back(row);
    }
    world.steering.map = with_observed(*world.steering.map, prefixes);
    world.steering.rows_v4.observed = world.steering.rows_v6.observed = Observed::with(nullptr, observed);
    for (const ObservedPrefix& p : prefixes) {
      if (world.steering.map->observed(p.id) == kNoSource) continue;
      Row& row = rows.emplace_back(Row{p.prefix, -20});
      for (const ObservedRow& made : observed)
        for (const ObservedCell& cell : made.cells)
          if (made.id == p.id && cell.is_moved) row.cells[cell.region] = cell.estimate;
    }
  }

  // Some are measured anew: vantages, all together, and by gateways.
  void move_rows() {
    for (VantageId vantage = 0; vantage < 3; ++vantage)
      if (random() % 3 == 0) world.measured(vantage, random_cells());
    if (random() % 3 == 0) world.median(random_cells());
    const auto observed = world.steering.rows_v4.observed;
    if (!observed || random() % 3) return;
    ObservedRow row{.id = static_cast<ObservedId>(random() % 6)};
    for (const auto& [letter, rtt] : random_cells()) row.cells.push_back({.region = world.id(letter), .is_moved = true, .estimate = Held::from(rtt)});
    world.steering.rows_v4.observed = world.steering.rows_v6.observed = Observed::with(observed.get(), {row});
  }

  // Three countries, each in an area of its own; one of the areas holds them all.
  void place_clients(PoolSpec& spec) {
    std::vector<Prefix> placed;
    std::vector<std::vector<uint16_t>> around;
    for (unsigned i = 0; i < 5; ++i) {
      const Prefix prefix = fold(random_prefix()).prefix;
      if (std::find(placed.begin(), placed.end(), prefix) != placed.end()) continue;
      placed.push_back(prefix);
      std::vector<std::pair<char, double>> km;
      for (const char letter : world.letters)
        if (random() % 5) km.emplace_back(letter, random() % 20000);
      world.in(prefix.to_text(), "AA", km);
      around.push_back({static_cast<uint16_t>(random() % 3), 3});
    }
    std::vector<Geography::Area> areas(4, {"area", {}});
    RegionSet rest;
    for (const char letter : world.letters) {
      for (auto& area : areas)
        if (random() % 3 == 0) area.regions.add(world.id(letter));
      if (random() % 2) rest.add(world.id(letter));
    }
    spec.geography = std::make_shared<const Geography>(areas, around, rest);
    spec.stay_in_area = random() % 2;
  }

  // A pool of three: one with the first half of the gateways, a gateway, and a pool with the others, in a pool alone.
  void nest(const PoolSpec& inner, const std::vector<GatewayState>& gateways) {
    const auto half = gateways.begin() + static_cast<std::ptrdiff_t>(gateways.size() / 2);
    PoolSpec spec;
    spec.name = "outer";
    spec.routing = std::array{Routing::Latency, Routing::Priority, Routing::Weighted}[random() % 3];
    spec.tolerance = random() % 2 ? Duration(20ms) : Duration{};
    PoolSpec ranked = inner;
    ranked.all_down = AllDown::ServeNearest;
    PoolSpec latency;
    latency.name = "latency";
    std::vector<GatewayState> list{world.nest(0, "one", ranked, {gateways.begin(), half}, static_cast<uint16_t>(1 + random() % 2))};
    if (half != gateways.end()) list.push_back(*half);
    if (half != gateways.end())
      list.push_back(world.nest(1, "two", latency, {world.nest(0, "three", ranked, {half + 1, gateways.end()})}));
    for (GatewayState& gateway : list) gateway.priority = static_cast<uint16_t>(1 + random() % 2);
    world.pool(spec, list);
  }

  void add_pool() {
    PoolSpec spec;
    spec.tolerance = weighted ? Duration(20ms) : Duration{};
    spec.routing = routing;
    spec.count = static_cast<uint8_t>(1 + random() % 4);
    spec.all_down = random() % 2 ? AllDown::ServeNearest : AllDown::NoData;
    std::vector<GatewayState> gateways;
    std::vector<std::pair<Prefix, RegionId>> served;
    RegionSet rest;
    for (const char letter : world.letters) {
      if (random() % 4 == 0) continue;
      for (unsigned i = random() % 4; i > 0; --i) served.emplace_back(random_prefix(), world.id(letter));
      if (random() % 2) rest.add(world.id(letter));
      GatewayState gateway = world.gateway(letter, random() % 4 ? Verdict::Up : Verdict::Down);
      gateway.weight = 1 + random() % 3;
      if (sheds && random() % 2) gateway.shed_v4 = static_cast<uint16_t>(random() % 1001);
      if (sheds && random() % 2) gateway.relief = std::chrono::milliseconds(random() % 60);
      gateway.bias = static_cast<int8_t>(static_cast<int>(random() % 199) - 99);
      gateway.priority = static_cast<uint16_t>(1 + random() % 3);
      for (auto& address : gateway.addresses)
        for (VantageId vantage = 0; vantage < 3; ++vantage)
          if (random() % 6 == 0) address.dissent.emplace_back(vantage, address.quorum == Verdict::Up ? Verdict::Down : Verdict::Up);
      gateways.push_back(gateway);
    }
    if (routing == Routing::Geographic || routing == Routing::Proximity) place_clients(spec);
    if (routing == Routing::Subnet) {
      for (const auto& [prefix, region] : served) world.builder.add_divider(prefix);
      spec.serves = std::make_shared<const Serves>(served, rest);
      spec.stay_in_area = random() % 2;
    }
    nests ? nest(spec, gateways) : void(world.pool(spec, gateways));
  }

  // The choice without map, chains, views or merges; for pools without a tolerance.
  RegionId slow_choice(IpAddress address) const {
    address = fold(address).address;
    const auto is_ours = [&](const Row& row) { return row.prefix.len > 0 && row.prefix.contains(address); };
    if (is_private(address) && std::none_of(rows.begin(), rows.end(), is_ours)) address = *IpAddress::parse(kResolver);
    std::vector<const Row*> around;
    for (const Row& row : rows)
      if (row.prefix.contains(address)) around.push_back(&row);
    std::stable_sort(around.begin(), around.end(), [](const Row* a, const Row* b) {
      return a->prefix.len != b->prefix.len ? a->prefix.len > b->prefix.len : a->order < b->order;
    });
    VantageId vantage = kNoVantage;
    for (const Row* row : around)
      if (vantage == kNoVantage) vantage = row->vantage;

    const Pool& pool = *world.steering.pools[0];
    const auto up = [&](VantageId by) {
      std::set<RegionId> result;
      for (const auto& gateway : pool.gateways)
        if (verdict_of(gateway, Family::V4, by) == Verdict::Up) result.insert(gateway.region);
      return result;
    };
    const std::set<RegionId> quorum = up(kNoVantage);
    std::set<RegionId> eligible = up(vantage);
    if (quorum.empty() && pool.spec.all_down == AllDown::NoData) return kNoRegion;
    if (eligible.empty()) eligible = quorum;
    if (eligible.empty())
      for (const auto& gateway : pool.gateways) eligible.insert(gateway.region);

    RegionId best = kNoRegion;
    Held best_held{};
    for (const RegionId region : eligible) {
      const Held* held = nullptr;
      for (const Row* row : around)
        if (!held && row->cells.contains(region)) held = &row->cells.at(region);
      if (!held && median.contains(region)) held = &median.at(region);
      if (held && (best == kNoRegion || *held < best_held)) best = region, best_held = *held;
    }
    if (best != kNoRegion || eligible.empty()) return best;
    return *eligible.begin();  // gateways were written in this order
  }
};

IpAddress random_inside(std::mt19937& random, const Prefix& prefix) {
  IpAddress address = prefix.address;
  for (int i = prefix.len; i < max_prefix_len(prefix.family()); ++i)
    if (random() % 2) address.octets[static_cast<size_t>(i) / 8] ^= static_cast<uint8_t>(0x80 >> i % 8);
  return address;
}

IpAddress last_of(const Prefix& prefix) {
  IpAddress address = prefix.address;
  for (int i = prefix.len; i < max_prefix_len(prefix.family()); ++i)
    address.octets[static_cast<size_t>(i) / 8] |= static_cast<uint8_t>(0x80 >> i % 8);
  return address;
}

// As a client may send an IPv4 address: plainly, v4-mapped, through NAT64, from 6to4.
std::vector<IpAddress> guises(const IpAddress& address) {
  if (address.family == Family::V6) return {address};
  std::vector<IpAddress> result{address};
  for (const Prefix& block : folding_blocks()) {
    IpAddress guise = block.address;
    std::copy_n(address.octets.begin(), 4, guise.octets.begin() + block.len / 8);
    result.push_back(guise);
  }
  return result;
}

struct Given {
  std::vector<const Answer*> answers;
  int scope;
  bool operator==(const Given&) const = default;
};

// Those that clients can be in.
std::vector<Prefix> blocks_of(const LatencyMap& map) {
  std::vector<Prefix> out;
  map.blocks().for_each_block([&](const Prefix& block, const PrefixMap::Match& match) {
    if (match.value != LatencyMap::kNotAsked) out.push_back(block);
  });
  return out;
}

class ScopesOf : public testing::TestWithParam<unsigned> {};

// Merged ones every second time.
TEST_P(ScopesOf, HoldForEveryAddressTheyCover) {
  RandomWorld made(GetParam() / 2);
  if (GetParam() % 2) made.world.steering.scopes = merge_scopes(made.world.steering);
  const Steering& steering = made.world.steering;
  const auto ask = [&](const IpAddress& address, int len) {
    const Choice choice = steer(steering, 0, Family::V4, locate(steering, Prefix::make(address, len), *IpAddress::parse(kResolver)));
    Given given{{choice.answer}, choice.scope_prefix_len};
    given.answers.insert(given.answers.end(), choice.further.begin(), choice.further.end());
    return given;
  };
  const auto ask_whole = [&](const IpAddress& address) { return ask(address, max_prefix_len(address.family)); };

  std::map<Prefix, std::vector<const Answer*>> scopes;
  for (const Prefix& block : blocks_of(*steering.map)) {
    for (const IpAddress& inside : {block.address, last_of(block), random_inside(made.random, block)}) {
      if (!made.weighted && !made.sheds && !made.nests && made.routing == Routing::Latency) {
        const Choice choice = made.world.choose(inside.to_text(), Family::V4, kResolver);
        ASSERT_EQ(made.world.letter(choice.region), made.world.letter(made.slow_choice(inside))) << inside.to_text();
      }
      for (const IpAddress& guise : guises(inside)) {
        if (fold(guise).address != inside) continue;
        const Given given = ask_whole(guise);
        const Prefix scope = Prefix::make(guise, given.scope);
        std::vector<IpAddress> others{random_inside(made.random, scope)};
        const auto [known, is_new] = scopes.emplace(scope, given.answers);
        ASSERT_EQ(known->second, given.answers) << scope.to_text() << " of " << guise.to_text();
        if (is_new) others.insert(others.end(), {scope.address, last_of(scope)});
        for (const IpAddress& other : others)
          ASSERT_EQ(ask_whole(other), given) << scope.to_text() << " of " << guise.to_text() << " covers " << other.to_text();
      }
    }
    const int len = 1 + static_cast<int>(made.random() % static_cast<unsigned>(max_prefix_len(block.family())));
    EXPECT_EQ(ask(block.address, len), ask_whole(block.address.masked(len))) << "a short SOURCE is its first address";
  }
  // RFC 7871 §7.2.1: sorted, a prefix that overlapped would come right after the one that holds it.
  for (auto scope = scopes.begin(), next = std::next(scope); next != scopes.end(); scope = next++)
    ASSERT_FALSE(scope->first.contains(next->first)) << scope->first.to_text() << " holds " << next->first.to_text();
  if (scopes.begin()->first.len == 0) {
    for (const auto& [scope, answer] : scopes) EXPECT_EQ(answer, scopes.begin()->second) << "scope 0 is of everybody";
  }
}

TEST_P(ScopesOf, AreTheWidestThatAreTrue) {
  RandomWorld made(GetParam());
  Steering& steering = made.world.steering;
  steering.scopes = merge_scopes(steering);
  const ScopeFaults faults = ScopeChecker(steering, 0, Family::V4).check();
  EXPECT_EQ(faults.untrue, 0u);
  EXPECT_EQ(faults.overlapping, 0u);
  EXPECT_EQ(faults.not_widest, 0u) << faults.scopes << " scopes of " << faults.blocks << " blocks";
}

// Rows move a few times, some of them; each time the scopes made of those before are those made anew.
TEST_P(ScopesOf, AreAsIfMergedAnewAfterRowsHaveMoved) {
  RandomWorld made(GetParam());
  Steering& steering = made.world.steering;
  std::shared_ptr<const Scopes> last = merge_scopes(steering);
  for (int turn = 0; turn < 6; ++turn) {
    SCOPED_TRACE(turn);
    made.move_rows();
    steering.scopes = merge_scopes(steering, last.get());
    last = std::exchange(steering.scopes, nullptr);
    const auto anew = merge_scopes(steering);
    for (const Family family : {Family::V4, Family::V6}) {
      const MergedScopes *found = last->find(0, family), *wanted = anew->find(0, family);
      ASSERT_EQ(found == nullptr, wanted == nullptr);
      if (!found) continue;
      EXPECT_EQ(found->same_for_all, wanted->same_for_all);
      EXPECT_TRUE(found->len_of == wanted->len_of);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(RandomWorlds, ScopesOf, testing::Range(0u, 174u));

// 10.0.0.0/24 … 10.0.255.0/24, near to `letters` in turn, each for `run` of them.
World striped(std::string_view letters, int run) {
  World world("abc");
  for (int i = 0; i < 256; ++i) {
    const char nearest = letters[static_cast<size_t>(i / run) % letters.size()];
    Cells cells;
    for (const char letter : world.letters) cells.emplace_back(letter, letter == nearest ? 10ms : 50ms);
    world.row("100.0." + std::to_string(i) + ".0/24", cells);
  }
  return world;
}

TEST(MergedScopes, AreOfNeighboursThatAreGivenTheSame) {
  World world = striped("ab", 64);
  world.row("0.0.0.0/0", {{'c', 1ms}}).row("::/0", {{'c', 1ms}});
  world.pool({}, {world.up('a'), world.up('b'), world.up('c')});
  EXPECT_EQ(world.scope("100.0.1.0/24"), 24) << "not merged yet";
  world.steering.scopes = merge_scopes(world.steering);
  EXPECT_EQ(world.scope("100.0.1.0/24"), 18);
  EXPECT_EQ(world.scope("100.0.64.0/24"), 18);
  EXPECT_EQ(world.scope("::ffff:100.0.64.0/120"), 96 + 18) << "as it was sent";
  EXPECT_EQ(world.scope("192.0.2.0/24"), 9) << "192.168.0.0/16 is private";
}

TEST(MergedScopes, OfAPoolThatGivesEverybodyTheSameAreNone) {
  World world = striped("aa", 1);
  world.row("0.0.0.0/0", {{'a', 1ms}}).row("::/0", {{'a', 1ms}});
  world.pool({}, {world.up('a'), world.up('b')});
  world.steering.scopes = merge_scopes(world.steering);
  EXPECT_EQ(world.scope("100.0.1.0/24"), 0);
  EXPECT_EQ(world.scope("2001:db8::/48"), 0);
}

TEST(MergedScopes, AreGoneWhereARowHasMoved) {
  World world = striped("ab", 64);
  world.cover("198.51.100.0/24", 0).measured(0, {{'a', 1ms}});
  world.pool({}, {world.up('a'), world.up('b')});
  world.steering.scopes = merge_scopes(world.steering);
  EXPECT_NE(still_true(world.steering, {}), nullptr);
  world.measured(0, {{'b', 1ms}});
  EXPECT_EQ(still_true(world.steering, {}), nullptr);
}

TEST(MergedScopes, AreMadeOfThoseBeforeWhereFewBlocksAreTouched) {
  World world = striped("ab", 64);
  world.cover("198.51.100.0/24", 0).cover("100.0.72.0/24", 1).measured(0, {{'a', 1ms}, {'b', 2ms}}).measured(1, {{'a', 1ms}, {'b', 2ms}});
  world.pool({}, {world.up('a'), world.up('b')});
  const auto first = merge_scopes(world.steering);
  EXPECT_EQ(first->tables_merged_whole(), 2u);
  // Who is first stays so: the tables are the same ones.
  world.measured(0, {{'a', 1ms}, {'b', 3ms}});
  const auto second = merge_scopes(world.steering, first.get());
  EXPECT_EQ(second->tables_merged_whole(), 0u);
  EXPECT_EQ(second->find(0, Family::V4), first->find(0, Family::V4));
  // 100.0.72.0/24 is given what is around it, and all of that is joined; then something else again.
  world.measured(1, {{'b', 1ms}, {'a', 2ms}});
  const auto third = merge_scopes(world.steering, second.get());
  world.steering.scopes = third;
  EXPECT_EQ(third->tables_merged_whole(), 0u);
  EXPECT_EQ(world.scope("100.0.72.0/24"), 18);
  EXPECT_EQ(world.scope("100.0.127.0/24"), 18);
  world.measured(1, {{'a', 1ms}, {'b', 2ms}});
  const auto fourth = merge_scopes(world.steering, third.get());
  world.steering.scopes = fourth;
  EXPECT_EQ(fourth->tables_merged_whole(), 0u);
  EXPECT_EQ(world.scope("100.0.72.0/24"), 24);
  EXPECT_EQ(world.scope("100.0.73.0/24"), 24);
  EXPECT_EQ(world.scope("100.0.127.0/24"), 19);
  // Of another map nothing is used.
  World other = striped("ab", 64);
  other.pool({}, {other.up('a'), other.up('b')});
  EXPECT_EQ(merge_scopes(other.steering, fourth.get())->tables_merged_whole(), 2u);
}

TEST(MergedScopes, OfAPoolThatFlipsAreBlocksUntilTheyAreMergedAgain) {
  World world = striped("ab", 64);
  const zone::PoolId first[] = {0};
  world.pool({}, {world.up('a'), world.up('b'), world.up('c')});
  world.steering.pools.push_back(world.steering.pools[0]);
  world.steering.scopes = merge_scopes(world.steering);
  EXPECT_EQ(world.steering.scopes->tables(), 2u) << "one for A and one for AAAA: both pools choose alike";
  const auto before = world.steering.pools[0];
  world.steering.pools[0] = make_pool({}, {world.up('a'), world.down('b'), world.up('c')});
  world.steering.scopes = still_true(world.steering, first);
  EXPECT_EQ(world.steering.scopes->find(0, Family::V4), nullptr);
  EXPECT_NE(world.steering.scopes->find(1, Family::V4), nullptr) << "another pool's stay";
  EXPECT_EQ(world.scope("100.0.1.0/24"), 24);
  world.steering.pools[0] = before;
  world.steering.scopes = still_true(world.steering, first);
  EXPECT_EQ(world.scope("100.0.1.0/24"), 18) << "what was merged for it is still there";
}

}  // namespace
}  // namespace isochrone::steer
