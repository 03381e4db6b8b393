#include "sync/drains.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace isochrone::sync {

using nlohmann::json;

std::string Drain::target() const {
  if (pool.empty()) return region;
  const size_t slash = pool.find('/');
  const std::string name = pool.substr(slash + 1) + "." + pool.substr(0, slash);
  return region.empty() ? name : name + "/" + region;
}

uint16_t Drain::gone(uint16_t rate, int64_t unix_now) const {
  if (rate == 0) return kAllGone;
  const int64_t passed = std::clamp<int64_t>(unix_now - since, 0, 86400);
  return static_cast<uint16_t>(std::min<int64_t>(kAllGone, passed * rate / 60));
}

void Drains::add(Drain drain) {
  remove(drain.pool, drain.region);
  list_.push_back(std::move(drain));
}

uint16_t Drains::gone(std::string_view pool, std::string_view region, uint16_t rate, int64_t unix_now) const {
  uint16_t most = 0;
  for (const Drain& drain : list_)
    if (drain.covers(pool, region)) most = std::max(most, drain.gone(rate, unix_now));
  return most;
}

bool Drains::remove(const std::string& pool, const std::string& region) {
  return std::erase_if(list_, [&](const Drain& d) { return d.pool == pool && d.region == region; }) != 0;
}

std::vector<Drain> Drains::expire(int64_t now) {
  const auto alive = [now](const Drain& d) { return !d.until || *d.until > now; };
  const auto ended = std::stable_partition(list_.begin(), list_.end(), alive);
  std::vector<Drain> out(ended, list_.end());
  list_.erase(ended, list_.end());
  return out;
}

const Drain* Drains::of_target(const std::string& pool, const std::string& region) const {
  const auto same = std::ranges::find_if(list_, [&](const Drain& d) { return d.pool == pool && d.region == region; });
  return same == list_.end() ? nullptr : &*same;
}

const Drain* Drains::find(std::string_view pool, std::string_view region) const {
  for (const Drain& drain : list_)
    if (drain.covers(pool, region)) return &drain;
  return nullptr;
}

std::string Drains::save() const {
  json out = json::array();
  for (const Drain& d : list_) {
    out.push_back({{"pool", d.pool}, {"region", d.region}, {"reason", d.reason}, {"by", d.by}, {"since", d.since}});
    if (d.until) out.back()["until"] = *d.until;
    if (d.here) out.back()["here"] = true;
  }
  return out.dump(2, ' ', false, json::error_handler_t::replace);
}

Result<Drains> Drains::restore(std::string_view text) {
  const json in = json::parse(text, nullptr, false);
  if (!in.is_array()) return fail("drains: not a JSON array");
  Drains drains;
  try {
    for (const json& d : in) {
      Drain drain{d.at("pool"), d.at("region"), d.at("reason"), d.at("by"), d.at("since"), std::nullopt, d.value("here", false)};
      if (d.contains("until")) drain.until = d.at("until").get<int64_t>();
      drains.add(std::move(drain));
    }
  } catch (const json::exception& error) {
    return fail(std::string("drains: ") + error.what());
  }
  return drains;
}

}  // namespace isochrone::sync
