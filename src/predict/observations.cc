#include "predict/observations.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

namespace isochrone::predict {

namespace {

// Rows that a bounded set is drawn from: more rows with fewer cells each tell more of the world than few whole ones.
constexpr size_t kMostRows = 48;

struct Cell {
  Pair pair;
  uint32_t row;
  double rtt_ms;
  auto operator<=>(const Cell&) const = default;
};

class PlaceIndex {
 public:
  explicit PlaceIndex(std::vector<Place>& places) : places_(places) {}
  uint32_t of(const Place& place) {
    const Place key = rounded(place);
    const auto [at, is_new] = index_.try_emplace({key.latitude, key.longitude}, static_cast<uint32_t>(places_.size()));
    if (is_new) places_.push_back(key);
    return at->second;
  }

 private:
  std::vector<Place>& places_;
  std::map<std::pair<double, double>, uint32_t> index_;
};

std::vector<Cell> bounded(std::vector<Cell> cells, const std::vector<Place>& places, size_t most) {
  std::vector<uint32_t> rows;
  for (const Cell& cell : cells) rows.push_back(cell.row);
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  const std::vector<uint32_t> chosen = farthest_first(places, rows, kMostRows);
  std::stable_sort(cells.begin(), cells.end(), [](const Cell& x, const Cell& y) { return x.row < y.row; });
  const size_t share = std::max<size_t>(1, most / chosen.size());
  std::vector<Cell> out;
  for (size_t i = 0; i < chosen.size(); ++i) {
    const auto [begin, end] = std::equal_range(cells.begin(), cells.end(), Cell{{}, chosen[i], 0},
                                               [](const Cell& x, const Cell& y) { return x.row < y.row; });
    const size_t count = static_cast<size_t>(end - begin), take = std::min({count, share, most - out.size()});
    // Rows begin at different columns, so that every column is met.
    for (size_t k = 0; k < take; ++k) out.push_back(begin[static_cast<std::ptrdiff_t>((k * count / take + i) % count)]);
  }
  return out;
}

}  // namespace

std::vector<uint32_t> farthest_first(const std::vector<Place>& places, const std::vector<uint32_t>& rows, size_t most) {
  std::vector<double> gap(rows.size(), std::numeric_limits<double>::infinity());
  std::vector<uint32_t> order;
  for (size_t next = 0; order.size() < std::min(most, rows.size());) {
    order.push_back(rows[next]);
    for (size_t i = 0; i < rows.size(); ++i) gap[i] = std::min(gap[i], chord_km(places[rows[i]], places[rows[next]]));
    gap[next] = -1;
    next = static_cast<size_t>(std::max_element(gap.begin(), gap.end()) - gap.begin());
  }
  return order;
}

Observations observe(std::span<const Place> regions, std::span<const Measured> measured, size_t most) {
  Observations out;
  PlaceIndex index(out.places);
  for (const Place& region : regions) out.region_place.push_back(index.of(region));

  std::vector<Measured> sorted(measured.begin(), measured.end());
  std::erase_if(sorted, [&](const Measured& m) { return !is_plausible(m.rtt_ms) || m.region >= regions.size(); });
  out.refused = static_cast<uint32_t>(measured.size() - sorted.size());
  std::sort(sorted.begin(), sorted.end(), [](const Measured& x, const Measured& y) {
    return std::tie(x.from, x.region, x.rtt_ms) < std::tie(y.from, y.region, y.rtt_ms);
  });
  std::vector<Cell> cells;
  std::vector<uint32_t> rows;
  for (const Measured& m : sorted) {
    const uint32_t from = index.of(m.from), to = out.region_place[m.region];
    const double chord = chord_km(out.places[from], out.places[to]);
    if (!is_possible(m.rtt_ms, along_surface_km(chord))) {
      ++out.refused;
      continue;
    }
    if (chord < kLeastKm) continue;
    cells.push_back({{std::min(from, to), std::max(from, to)}, from, m.rtt_ms});
    rows.push_back(from);
  }
  std::sort(rows.begin(), rows.end());
  out.rows = static_cast<uint32_t>(std::unique(rows.begin(), rows.end()) - rows.begin());
  std::sort(cells.begin(), cells.end());
  for (size_t i = 0; i < cells.size(); ++i) out.merged += i == 0 || cells[i].pair != cells[i - 1].pair;
  if (out.merged > most) {
    cells = bounded(std::move(cells), out.places, most);
    std::sort(cells.begin(), cells.end());
  }
  double logs = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i == 0 || cells[i].pair != cells[i - 1].pair) {
      out.list.push_back({cells[i].pair, 0, 0});
      logs = 0;
    }
    Observation& last = out.list.back();
    logs += std::log(cells[i].rtt_ms);
    last.rtt_ms = std::exp(logs / ++last.count);
  }
  return out;
}

}  // namespace isochrone::predict
