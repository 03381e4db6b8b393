#include "probe/client_sketches.h"

#include <algorithm>

#include "steer/observed.h"

namespace isochrone::probe {

namespace {

constexpr uint32_t kLongestUs = 60'000'000;

// Nobody comes from there: this machine, a neighbour without an address.
bool is_nobody(const IpAddress& client) {
  static const Prefix kLinkLocal4 = *Prefix::parse("169.254.0.0/16"), kLinkLocal6 = *Prefix::parse("fe80::/10");
  return is_loopback(client) || kLinkLocal4.contains(client) || kLinkLocal6.contains(client);
}

uint64_t key_of(const Prefix& network) {
  uint64_t bits = network.family() == Family::V6;
  for (size_t i = 0; i < 6; ++i) bits = bits << 8 | network.address.octets[i];
  return bits;
}

}  // namespace

void ClientSketches::begin() { ++look_; }

void ClientSketches::note(const SeenConnection& connection, Time now) {
  if (connection.is_own || connection.rtt_us == 0 || connection.rtt_us > kLongestUs) return;
  const auto at = known_.find(connection.cookie);
  if (at != known_.end()) {
    at->second.look = look_;
    if (std::exchange(at->second.news, connection.news) == connection.news) return;
  } else if (known_.size() == kMostConnections) {
    ++not_looked_at_;
    return;
  } else {
    known_.emplace(connection.cookie, Known{connection.news, look_});
  }
  const IpAddress client = fold(connection.client).address;
  if (!is_nobody(client)) add(Prefix::make(client, steer::observed_len(client.family)), connection.rtt_us, now);
}

// Connections that are over are forgotten.
void ClientSketches::end() {
  std::erase_if(known_, [this](const auto& entry) { return entry.second.look != look_; });
}

void ClientSketches::add(const Prefix& network, uint32_t rtt_us, Time now) {
  const uint64_t key = key_of(network);
  auto at = sketches_.find(key);
  if (at == sketches_.end()) {
    if (sketches_.size() == kMostNetworks) make_room();
    at = sketches_.emplace(key, Sketch{network}).first;
  }
  Sketch& sketch = at->second;
  // A reservoir: each sample has the same chance to be among those kept (Vitter's algorithm R).
  const uint64_t place = sketch.count < kKept ? sketch.count : draw() % (uint64_t{sketch.count} + 1);
  if (place < kKept) sketch.kept_us[place] = rtt_us;
  sketch.least_us = sketch.count == 0 ? rtt_us : std::min(sketch.least_us, rtt_us);
  if (sketch.count != UINT32_MAX) ++sketch.count;
  sketch.at = now;
}

// A twentieth goes at once.
void ClientSketches::make_room() {
  struct Candidate {
    uint32_t count;
    Time at;
    uint64_t key;
    auto operator<=>(const Candidate&) const = default;
  };
  std::vector<Candidate> all;
  all.reserve(sketches_.size());
  for (const auto& [key, sketch] : sketches_) all.push_back({sketch.count, sketch.at, key});
  const size_t going = all.size() / 20;
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(going), all.end());
  for (size_t i = 0; i < going; ++i) sketches_.erase(all[i].key);
  forgotten_ += going;
}

std::vector<health::Observation> ClientSketches::take(Time now) {
  std::vector<health::Observation> out;
  out.reserve(sketches_.size());
  for (auto& [key, sketch] : sketches_) {
    const size_t size = std::min<size_t>(sketch.count, kKept);
    const auto begin = sketch.kept_us.begin();
    std::sort(begin, begin + static_cast<std::ptrdiff_t>(size));
    const auto quartile = [&](size_t quarters) { return std::chrono::microseconds(sketch.kept_us[(size - 1) * quarters / 4]); };
    out.push_back({sketch.network, sketch.count, quartile(2), (quartile(3) - quartile(1)) / 2, std::chrono::microseconds(sketch.least_us), now - sketch.at});
  }
  sketches_.clear();
  return out;
}

uint64_t ClientSketches::draw() {  // xorshift64
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  return random_ ^= random_ << 17;
}

}  // namespace isochrone::probe
