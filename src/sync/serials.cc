#include "sync/serials.h"

#include <nlohmann/json.hpp>

namespace isochrone::sync {

using nlohmann::json;

namespace {

// RFC 1982 §3.2: a comes after b.
bool newer(uint32_t a, uint32_t b) { return a != b && static_cast<int32_t>(a - b) > 0; }

}  // namespace

uint32_t Serials::serve(const std::string& zone, uint32_t in_file, uint64_t made_digest) {
  const auto [at, is_new] = zones_.try_emplace(zone, Entry{in_file, in_file, made_digest});
  Entry& entry = at->second;
  if (is_new) return entry.served;
  const bool file_moved = entry.in_file != in_file;
  const bool made_moved = entry.made_digest != made_digest;
  if (file_moved && newer(in_file, entry.served)) entry.served = in_file;
  else if (file_moved || made_moved) entry.served++;  // never back, or secondaries would not follow
  entry.in_file = in_file;
  entry.made_digest = made_digest;
  return entry.served;
}

std::string Serials::save() const {
  json out = json::object();
  for (const auto& [zone, e] : zones_) out[zone] = {{"in_file", e.in_file}, {"served", e.served}, {"made", e.made_digest}};
  return out.dump(2);
}

Result<Serials> Serials::restore(std::string_view text) {
  const json in = json::parse(text, nullptr, false);
  if (!in.is_object()) return fail("serials: not a JSON object");
  Serials serials;
  try {
    for (const auto& [zone, e] : in.items()) serials.zones_[zone] = {e.at("in_file"), e.at("served"), e.at("made")};
  } catch (const json::exception& error) {
    return fail(std::string("serials: ") + error.what());
  }
  return serials;
}

}  // namespace isochrone::sync
