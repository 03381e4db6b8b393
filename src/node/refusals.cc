#include "node/refusals.h"

namespace isochrone::node {

namespace {

constexpr Duration kRepeat = 1min;
constexpr size_t kMostSenders = 256;

}  // namespace

bool Refusals::worth_saying(const std::string& who, const std::string& why, Time now) {
  if (said_.size() >= kMostSenders && !said_.contains(who)) {
    std::erase_if(said_, [now](const auto& entry) { return now - entry.second.at >= kRepeat; });
    if (said_.size() >= kMostSenders) return false;
  }
  const auto [at, is_new] = said_.try_emplace(who, Said{why, now});
  Said& said = at->second;
  if (!is_new && said.why == why && now - said.at < kRepeat) return false;
  said = {why, now};
  return true;
}

}  // namespace isochrone::node
