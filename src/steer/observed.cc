#include "steer/observed.h"

#include <algorithm>

#include "steer/rank.h"
#include "steer/steer.h"

namespace isochrone::steer {

std::span<const ObservedCell> Observed::cells(ObservedId id) const {
  const Chunk* chunk = chunk_of(id);
  if (!chunk) return {};
  const Place& place = chunk->places[id % kChunk];
  return std::span(chunk->cells).subspan(place.cells, place.cells_size);
}

Held Observed::spread(ObservedId id) const {
  const Chunk* chunk = chunk_of(id);
  return chunk ? chunk->places[id % kChunk].spread : Held{};
}

int32_t Observed::offset_us(ObservedId id) const {
  const Chunk* chunk = chunk_of(id);
  return chunk ? chunk->places[id % kChunk].offset_us : 0;
}

void Observed::append(Chunk& chunk, Place& place, std::vector<ObservedCell> cells) {
  // Equal estimates: by number, so that all nodes agree.
  std::ranges::sort(cells, {}, [](const ObservedCell& c) { return std::pair(c.estimate, c.region); });
  place.row = static_cast<uint32_t>(chunk.order.size());
  place.cells = static_cast<uint32_t>(chunk.cells.size());
  place.cells_size = static_cast<uint8_t>(cells.size());
  for (const ObservedCell& cell : cells) {
    chunk.cells.push_back(cell);
    if (!cell.is_moved) continue;
    chunk.order.push_back(cell.region);
    chunk.held.push_back(cell.estimate);
  }
  place.row_size = static_cast<uint8_t>(chunk.order.size() - place.row);
}

bool Observed::same_places(const Chunk& a, const Chunk& b) {
  return std::ranges::equal(a.places, b.places, [](const Place& x, const Place& y) { return x.row == y.row && x.row_size == y.row_size; });
}

std::shared_ptr<const Observed> Observed::with(const Observed* before, std::vector<ObservedRow> rows, const Observed* beside) {
  auto out = before ? std::make_shared<Observed>(*before) : std::make_shared<Observed>();
  std::ranges::sort(rows, {}, &ObservedRow::id);
  for (size_t first = 0, end; first < rows.size(); first = end) {
    const uint32_t number = rows[first].id / kChunk;
    if (out->chunks_.size() <= number) out->chunks_.resize(number + 1);
    const std::shared_ptr<const Chunk> old = out->chunks_[number];
    auto chunk = std::make_shared<Chunk>();
    end = first;
    for (uint32_t i = 0; i < kChunk; ++i) {
      const ObservedId id = number * kChunk + i;
      Place& place = chunk->places[i];
      if (end < rows.size() && rows[end].id == id) {
        place.spread = rows[end].spread;
        place.offset_us = rows[end].offset_us;
        append(*chunk, place, std::move(rows[end++].cells));
      } else if (old) {
        place = old->places[i];
        const auto kept = before->cells(id);
        append(*chunk, place, {kept.begin(), kept.end()});
      }
    }
    const bool same = old ? chunk->order == old->order && chunk->held == old->held && same_places(*chunk, *old) : chunk->order.empty();
    if (!same) out->ranking_ = std::make_shared<const char>();
    const std::shared_ptr<const Chunk> there = beside && number < beside->chunks_.size() ? beside->chunks_[number] : nullptr;
    if (there && *there == *chunk) out->chunks_[number] = there;
    else out->chunks_[number] = std::move(chunk);
  }
  return out;
}

std::optional<Coarser> coarser_estimate(const Steering& steering, ObservedId id, Family family, RegionId region) {
  const SourceId source = steering.map->observed(id);
  if (source == kNoSource) return std::nullopt;
  const auto found = estimate_of({*steering.map, steering.rows(family), steering.predicted.get(), steering.map->source(source).coarser, {}, 0}, region);
  if (!found) return std::nullopt;
  const bool is_predicted = found->source != kNoSource && steering.map->source(found->source).is_predicted();
  return Coarser{found->held, is_predicted ? steering.predicted->taught_ms[steering.map->source(found->source).prediction()] : 0};
}

}  // namespace isochrone::steer
