#include "sync/etcd_mirror.h"

#include <algorithm>
#include <utility>

namespace isochrone::sync {

namespace {

constexpr Duration kFirstWait = 100ms;
constexpr Duration kLongestWait = 3s;  // etcd that is back is noticed so soon

}  // namespace

EtcdMirror::EtcdMirror(uv_loop_t* loop, Etcd& etcd, std::string prefix, MirrorCallbacks callbacks)
    : etcd_(etcd),
      prefix_(std::move(prefix)),
      callbacks_(std::move(callbacks)),
      random_(std::random_device()()),
      wait_(kFirstWait),
      again_(loop, [this] { read(); }) {
  again_.once(Duration::zero());
}

void EtcdMirror::begin_again(const std::string& why) {
  etcd_.end_stream();
  fall_back(why);
}

void EtcdMirror::read() {
  if (std::exchange(reading_, true)) return;
  etcd_.end_stream();
  etcd_.call("/v3/kv/range", list_request(prefix_), [this](Result<nlohmann::json> answer) {
    reading_ = false;
    const auto range = std::move(answer).and_then(parse_range);
    if (!range) return fall_back(range.error().text);
    current_ = true;
    wait_ = kFirstWait;
    went_back_ = range->revision < revision_;
    revision_ = range->revision;
    callbacks_.all(range->keys);
    watch(range->revision + 1);
  });
}

void EtcdMirror::watch(int64_t from) {
  etcd_.stream("/v3/watch", watch_request(prefix_, from), [this](const nlohmann::json& line) { take(line); },
               [this](const std::string& why) { fall_back(why); });
}

// Once something was amiss, what follows on this stream may have a gap before it.
void EtcdMirror::take(const nlohmann::json& line) {
  if (!current_) return;
  const auto told = parse_watch(line);
  if (!told) return fall_back(told.error().text);
  if (told->over) return fall_back("the watch was ended: " + told->reason);
  revision_ = std::max(revision_, told->revision);
  for (const WatchEvent& event : told->events) callbacks_.changed(event);
}

// Not at once, and not all nodes in step. Doubles from a tenth of a second.
void EtcdMirror::fall_back(const std::string& why) {
  current_ = false;
  callbacks_.lost(why);
  again_.once(std::chrono::duration_cast<Duration>(wait_ * std::uniform_real_distribution<double>(0.5, 1)(random_)));
  wait_ = std::min(wait_ * 2, kLongestWait);
}

}  // namespace isochrone::sync
