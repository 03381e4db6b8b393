#include "node/predictor.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "loop/clock.h"

namespace isochrone::node {

namespace {

using predict::Known;
using predict::Measured;

double milliseconds_of(steer::Held held) { return std::chrono::duration<double, std::milli>(held.value()).count(); }

// Regions that stand somewhere: others can neither be predicted nor teach anything.
struct Located {
  std::vector<steer::RegionId> regions;
  std::vector<predict::Place> places;
  std::vector<uint32_t> index;  // by RegionId: into the two above, or kNone
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit Located(const std::vector<steer::Region>& all) : index(all.size(), kNone) {
    for (size_t r = 0; r < all.size(); ++r) {
      if (!all[r].located) continue;
      index[r] = static_cast<uint32_t>(regions.size());
      regions.push_back(static_cast<steer::RegionId>(r));
      places.push_back({all[r].latitude, all[r].longitude});
    }
  }

  std::vector<Known> cells(const steer::RowView& row) const {
    std::vector<Known> out;
    for (size_t i = 0; i < row.order.size(); ++i)
      if (index[row.order[i]] != kNone) out.push_back({index[row.order[i]], milliseconds_of(row.held[i])});
    return out;
  }
};

// Region numbers of rows and lessons → ours.
std::vector<uint32_t> region_numbers(const PredictionInput& input, const Located& located) {
  const config::World& world = *input.world;
  std::vector<uint32_t> region_of(input.regions->size(), Located::kNone);
  for (size_t r = 0; r < region_of.size(); ++r)
    for (size_t ours = 0; ours < world.regions.size(); ++ours)
      if (world.regions[ours].name == (*input.regions)[r].name) region_of[r] = located.index[ours];
  return region_of;
}

std::vector<Measured> measured_in(const PredictionInput& input, const Located& located, const std::vector<uint32_t>& region_of) {
  std::vector<Measured> out;
  const config::World& world = *input.world;
  for (const config::Vantage& vantage : world.vantages) {
    const auto named = std::find(input.vantages->begin(), input.vantages->end(), vantage.name);
    if (!vantage.at || named == input.vantages->end()) continue;
    const auto v = static_cast<size_t>(named - input.vantages->begin());
    for (const steer::LiveRows* rows : {&input.v4, &input.v6}) {
      if (v >= rows->by_vantage.size() || !rows->by_vantage[v] || rows->by_vantage[v]->order.empty()) continue;
      const steer::RowView row = rows->by_vantage[v]->view();
      for (size_t i = 0; i < row.order.size(); ++i)
        if (const uint32_t region = region_of[row.order[i]]; region != Located::kNone)
          out.push_back({{vantage.at->first, vantage.at->second}, region, milliseconds_of(row.held[i])});
      break;
    }
  }
  for (const auto& [place, row] : world.map->placed_rows())
    for (const Known& cell : located.cells(world.map->rows().row(row)))
      out.push_back({world.places[place], cell.region, cell.rtt_ms});
  return out;
}

// Where all clients of a network are, as far as places go.
std::optional<predict::Place> place_of(const config::World& world, const Prefix& network) {
  const steer::LatencyMap& map = *world.map;
  const steer::Block block = map.find(network.address);
  if (block.len > network.len) return std::nullopt;
  for (steer::SourceId id = block.source; id != steer::kNoSource; id = map.source(id).coarser)
    if (map.source(id).is_predicted()) return world.places[map.questions()[map.source(id).prediction()].place];
  return std::nullopt;
}

std::vector<predict::ClientNetwork> networks_in(const PredictionInput& input, const std::vector<uint32_t>& region_of) {
  std::vector<predict::ClientNetwork> out;
  if (input.world->steering.correction == Duration::zero()) return out;
  for (size_t first = 0, end; first < input.lessons.size(); first = end) {
    const Prefix& network = input.lessons[first].network;
    for (end = first + 1; end < input.lessons.size() && input.lessons[end].network == network;) ++end;
    const auto place = place_of(*input.world, network);
    if (!place) continue;
    predict::ClientNetwork& added = out.emplace_back();
    added.from = *place;
    for (size_t i = first; i < end; ++i)
      if (const uint32_t region = region_of[input.lessons[i].region]; region != Located::kNone)
        added.cells.push_back({region, to_milliseconds(input.lessons[i].rtt)});
  }
  return out;
}

// The rows of all questions, answered place by place: those of one place share most of the work.
class Answering {
 public:
  Answering(const config::World& world, const Located& located, const predict::Model& model)
      : world_(world), located_(located), model_(model) {}

  std::shared_ptr<const steer::Predicted> answer() {
    const auto& questions = world_.map->questions();
    std::vector<steer::PredictionId> order(questions.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<steer::PredictionId>(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return questions[a].place < questions[b].place; });
    out_->row_of.resize(questions.size());
    out_->spread_ms.resize(questions.size());
    out_->taught_ms.resize(questions.size());
    predict::Row row;
    for (size_t i = 0; i < order.size(); ++i) {
      const steer::PredictionQuestion& question = questions[order[i]];
      if (i == 0 || question.place != questions[order[i - 1]].place) row = model_.at(world_.places[question.place]);
      std::vector<Known> cells;
      if (question.known != steer::PredictionQuestion::kNothingKnown) cells = located_.cells(world_.map->rows().row(question.known));
      // Whose own cells say that it is elsewhere has no place to be predicted from.
      add(order[i], row.can_have(cells) ? row.estimates(cells) : std::vector<predict::Estimate>{});
    }
    const predict::Report& report = model_.report();
    out_->observations = report.observations + (report.teaching == predict::Teaching::Taken ? report.network_pairs : 0);
    out_->geography = model_.report().fallback != predict::Fallback::None;
    return out_;
  }
  uint32_t clipped() const { return clipped_; }

 private:
  void add(steer::PredictionId id, const std::vector<predict::Estimate>& estimates) {
    std::vector<std::pair<steer::RegionId, Duration>> cells;
    std::vector<double> spreads;
    for (size_t r = 0; r < estimates.size(); ++r) {
      cells.emplace_back(located_.regions[r], std::chrono::microseconds(std::llround(estimates[r].rtt_ms * 1000)));
      if (estimates[r].sd_ms > 0) spreads.push_back(estimates[r].sd_ms);
      out_->taught_ms[id] = std::max(out_->taught_ms[id], static_cast<float>(std::abs(estimates[r].moved_ms)));
      clipped_ += estimates[r].is_clipped;
    }
    out_->row_of[id] = out_->rows.add(cells);
    if (spreads.empty()) return;
    std::nth_element(spreads.begin(), spreads.begin() + static_cast<std::ptrdiff_t>(spreads.size() / 2), spreads.end());
    out_->spread_ms[id] = static_cast<float>(spreads[spreads.size() / 2]);
  }

  const config::World& world_;
  const Located& located_;
  const predict::Model& model_;
  uint32_t clipped_ = 0;
  std::shared_ptr<steer::Predicted> out_ = std::make_shared<steer::Predicted>();
};

}  // namespace

Prediction predict_rows(const PredictionInput& input) {
  Prediction out;
  out.world = input.world;
  out.lessons_number = input.lessons_number;
  if (input.world->map->questions().empty()) return out;
  const Time start = loop::now();
  const Located located(input.world->regions);
  const std::vector<uint32_t> region_of = region_numbers(input, located);
  const predict::Model model = predict::Model::fit(located.places, measured_in(input, located, region_of), networks_in(input, region_of),
                                                   {.most_moved_ms = to_milliseconds(input.world->steering.correction) / 2});
  out.report = model.report();
  Answering answering(*input.world, located, model);
  out.rows = answering.answer();
  out.clipped = answering.clipped();
  out.took = loop::now() - start;
  return out;
}

Predictor::Predictor(uv_loop_t* loop, std::function<PredictionInput()> input, std::function<void(Prediction)> done)
    : input_(std::move(input)),
      done_(std::move(done)),
      work_(loop, [](Work& work) { work.result = predict_rows(work.input); }, [this](Work& work) { ended(std::move(work.result)); }),
      timer_(loop, [this] {
        if (!work_.busy()) run();
      }) {}

void Predictor::moved() {
  moved_ = true;
  fit_after(9);
}

void Predictor::lessons_moved() {
  lessons_moved_ = true;
  fit_after(99);
}

// `rests`: as many times as long as the last fit took.
void Predictor::fit_after(int rests) {
  const Time due = loop::now() + std::max(kPace, rests * last_took_);
  if (work_.busy() || (timer_.running() && due_ <= due)) return;
  due_ = due;
  timer_.once(due - loop::now());
}

void Predictor::run() {
  moved_ = lessons_moved_ = false;
  work_.start({input_(), {}});
}

void Predictor::ended(Prediction prediction) {
  last_took_ = prediction.took;
  done_(std::move(prediction));
  if (moved_) moved();
  else if (lessons_moved_) lessons_moved();
}

}  // namespace isochrone::node
