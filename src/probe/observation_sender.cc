#include "probe/observation_sender.h"

#include <algorithm>
#include <map>
#include <utility>

#include "loop/clock.h"
#include "loop/timer.h"
#include "probe/api_client.h"
#include "probe/client_sketches.h"
#include "probe/link.h"
#include "probe/wire_json.h"
#include "util/random_run.h"

namespace isochrone::probe {

using health::Observation;

namespace {

// A gateway without clients says so as often, or it could not be told from one that has gone.
constexpr Duration kSignOfLife = 60s;

// Two windows of one network; the medians by what they stand for.
void merge(Observation& into, const Observation& other) {
  const double share = static_cast<double>(other.samples) / (static_cast<double>(into.samples) + other.samples);
  const auto mean = [&](Duration a, Duration b) { return a + std::chrono::duration_cast<Duration>((b - a) * share); };
  into.rtt = mean(into.rtt, other.rtt);
  into.spread = mean(into.spread, other.spread);
  into.least = std::min(into.least, other.least);
  into.age = std::min(into.age, other.age);
  into.samples = static_cast<uint32_t>(std::min<uint64_t>(UINT32_MAX, uint64_t{into.samples} + other.samples));
}

// What a node has not been told; ages as of `at`.
class Untold {
 public:
  void add(std::span<const Observation> networks, Time as_of) {
    age_to(as_of);
    for (const Observation& seen : networks)
      if (const auto [known, is_new] = list_.try_emplace(seen.network, seen); !is_new) merge(known->second, seen);
    if (list_.size() > ClientSketches::kMostNetworks) forget(list_.size() - ClientSketches::kMostNetworks);
  }
  std::vector<Observation> take(Time as_of) {
    age_to(as_of);
    std::vector<Observation> out;
    for (const auto& [network, seen] : list_) out.push_back(seen);
    list_.clear();
    return out;
  }
  bool empty() const { return list_.empty(); }
  uint64_t forgotten() const { return forgotten_; }

 private:
  void age_to(Time as_of) {
    for (auto& [network, seen] : list_) seen.age += as_of - at_;
    at_ = as_of;
  }
  void forget(size_t count) {
    std::vector<std::pair<uint32_t, Prefix>> all;
    for (const auto& [network, seen] : list_) all.emplace_back(seen.samples, network);
    std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end());
    for (size_t i = 0; i < count; ++i) list_.erase(all[i].second);
    forgotten_ += count;
  }
  std::map<Prefix, Observation> list_;
  Time at_{};
  uint64_t forgotten_ = 0;
};

}  // namespace

class ObservationSender::Link {
 public:
  Link(ObservationSender& sender, uv_loop_t* loop, const config::ReportTo& node)
      : sender_(sender),
        client_(sender.curl_, sender.trust_, node),
        trouble_("reporting", node.node),
        back_off_(sender.random_, sender.config_.longest_wait),
        timer_(loop, [this] { send(); }) {}

  void add(const health::ObservationReport& window, Time as_of) {
    untold_.add(window.networks, as_of);
    newest_ = window.sequence;
    forgotten_ = window.forgotten;
    const bool away = !trouble_.text().empty();  // then the back-off decides when
    if (!away) send();
  }

 private:
  void send() {
    if (client_.busy() || (untold_.empty() && loop::now() < quiet_until_)) return;
    sent_at_ = loop::now();
    sent_ = untold_.take(sent_at_);
    health::ObservationReport report{sender_.config_.region, sender_.run_, newest_, forgotten_ + untold_.forgotten(), sent_};
    health::drop_too_old(report.networks);
    client_.post("/api/v1/observations", encode_observations(report), [this](const ApiAnswer& answer) { take(answer); });
  }

  void take(const ApiAnswer& answer) {
    if (answer.status / 100 == 2) {
      trouble_.clear();
      back_off_.reset();
      sent_.clear();
      quiet_until_ = loop::now() + kSignOfLife;
      return;
    }
    const Time at = loop::now();
    for (Observation& seen : sent_) seen.age += at - sent_at_;
    untold_.add(std::exchange(sent_, {}), at);
    trouble_.set(explain(answer, "observe", "region", sender_.config_.region));
    timer_.once(back_off_.take());
  }

  ObservationSender& sender_;
  ApiClient client_;
  Trouble trouble_;
  BackOff back_off_;
  Untold untold_;
  uint64_t newest_ = 0, forgotten_ = 0;  // of the newest window
  std::vector<Observation> sent_;  // and not taken yet
  Time sent_at_{}, quiet_until_{};
  loop::Timer timer_;
};

ObservationSender::ObservationSender(uv_loop_t* loop, SenderConfig config)
    : config_(std::move(config)),
      curl_(loop),
      random_(std::random_device()()),
      run_(random_run()) {
  for (const auto& node : config_.nodes) links_.push_back(std::make_unique<Link>(*this, loop, node));
}

ObservationSender::~ObservationSender() { links_.clear(); }

health::ObservationReport ObservationSender::number(std::vector<Observation> networks, uint64_t forgotten) {
  return {config_.region, run_, ++sequence_, forgotten, std::move(networks)};
}

void ObservationSender::send(const health::ObservationReport& window, Time now) {
  for (const auto& link : links_) link->add(window, now);
}

}  // namespace isochrone::probe
