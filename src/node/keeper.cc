#include "node/keeper.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "loop/clock.h"
#include "sync/health_json.h"
#include "sync/observations_text.h"
#include "sync/state_file.h"
#include "util/log.h"

namespace isochrone::node {

namespace {

// The first line of a file: when it was saved, so that ages can be added up after a restart.
std::string dated(const std::string& text, int64_t at) { return fmt::format("{}\n{}", at, text); }
std::string dated(const health::SavedState& state, int64_t at) { return dated(sync::encode_health(state), at); }

template <typename Kept, typename Decode>
Result<Kept> undated(const std::string& text, Decode decode) {
  const size_t line = text.find('\n');
  const int64_t saved_at = std::atoll(text.c_str());
  auto state = decode(line == text.npos ? std::string_view() : std::string_view(text).substr(line + 1));
  if (!state) return tl::unexpected(state.error());
  // A clock set back must not make the past young.
  return Kept{std::move(*state), std::chrono::seconds(std::max<int64_t>(0, loop::unix_now() - saved_at))};
}

template <typename Kept, typename Decode>
std::optional<Kept> peek(const std::string& path, const char* kind, Decode decode) {
  const auto text = sync::peek_state(path, kind);
  auto kept = text ? undated<Kept>(*text, decode) : Result<Kept>(fail("none"));
  return kept ? std::optional(std::move(*kept)) : std::nullopt;
}

template <typename Kept, typename Decode>
std::optional<Kept> read(const std::optional<std::string>& text, const char* kind, Decode decode) {
  if (!text) return std::nullopt;
  auto kept = undated<Kept>(*text, decode);
  if (!kept) log::error(fmt::format("saved {} cannot be read; starting without", kind), {{"fault", kept.error().text}});
  return kept ? std::optional(std::move(*kept)) : std::nullopt;
}

}  // namespace

std::optional<KeptHealth> peek_health(const std::string& state_dir) {
  return peek<KeptHealth>(state_dir + "/health", "health", sync::decode_health);
}

std::optional<KeptObservations> peek_observations(const std::string& state_dir) {
  return peek<KeptObservations>(state_dir + "/observations", "observations", sync::decode_observations);
}

sync::Drains peek_drains(const std::string& state_dir) {
  const auto text = sync::peek_state(state_dir + "/drains", "drains");
  auto drains = text ? sync::Drains::restore(*text) : sync::Drains{};
  if (!drains) return {};
  drains->expire(loop::unix_now());
  return std::move(*drains);
}

Keeper::Keeper(uv_loop_t* loop, std::string state_dir, std::function<void()> failed)
    : state_dir_(std::move(state_dir)),
      failed_(std::move(failed)),
      work_(loop, [](Work& work) { work.written = sync::save_state(work.path, "health", dated(work.state, work.at)); },
            [this](Work& work) { note("health", work.written); }),
      observations_work_(loop,
                         [](ObservationsWork& work) {
                           work.written = sync::save_state(work.path, "observations", dated(sync::encode_observations(work.cells), work.at));
                         },
                         [this](ObservationsWork& work) { note("observations", work.written); }) {}

Status Keeper::prepare() {
  if (mkdir(state_dir_.c_str(), 0750) != 0 && errno != EEXIST)
    return fail(fmt::format("state: {}: cannot be made: {}", state_dir_, std::strerror(errno)));
  struct stat info {};
  if (stat(state_dir_.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return fail(fmt::format("state: {}: not a folder", state_dir_));
  save("writable", "");
  return {};
}

void Keeper::set_aside(const std::string& path, const std::string& fault) {
  const std::string aside = path + ".corrupt";
  const bool moved = rename(path.c_str(), aside.c_str()) == 0;
  log::warning("state set aside", {{"file", moved ? aside : path}, {"fault", fault}});
  set_aside_.push_back("corrupt state was set aside: " + aside + " (" + fault + ")");
}

std::optional<std::string> Keeper::load(const char* name) {
  sync::Loaded loaded = sync::load_state(path(name), name);
  if (!loaded.set_aside.empty()) {
    log::warning("state set aside", {{"file", loaded.set_aside}});
    set_aside_.push_back("corrupt state was set aside: " + loaded.set_aside);
  }
  return std::move(loaded.octets);
}

sync::Drains Keeper::load_drains() {
  const auto text = load("drains");
  auto drains = text ? sync::Drains::restore(*text) : sync::Drains{};
  if (!drains) log::error("drains cannot be read; starting without", {{"fault", drains.error().text}});
  return drains.value_or(sync::Drains{});
}

sync::Serials Keeper::load_serials() {
  const auto text = load("serials");
  auto serials = text ? sync::Serials::restore(*text) : sync::Serials{};
  if (!serials) log::error("serials cannot be read; starting without", {{"fault", serials.error().text}});
  return serials.value_or(sync::Serials{});
}

std::optional<KeptHealth> Keeper::load_health() {
  return read<KeptHealth>(load("health"), "health", sync::decode_health);
}

std::optional<KeptObservations> Keeper::load_observations() {
  return read<KeptObservations>(load("observations"), "observations", sync::decode_observations);
}

void Keeper::save_drains(const sync::Drains& drains) { save("drains", drains.save()); }
void Keeper::save_serials(const sync::Serials& serials) { save("serials", serials.save()); }
void Keeper::save_health_now(const health::SavedState& state) { note("health", sync::save_state(path("health"), "health", dated(state, loop::unix_now()))); }

void Keeper::save_health_soon(health::SavedState state) {
  if (!work_.busy()) work_.start({path("health"), std::move(state), loop::unix_now(), {}});
}

void Keeper::save_observations_soon(std::vector<health::SavedCell> cells) {
  if (!observations_work_.busy()) observations_work_.start({path("observations"), std::move(cells), loop::unix_now(), {}});
}

void Keeper::save_observations_now(const std::vector<health::SavedCell>& cells) {
  note("observations", sync::save_state(path("observations"), "observations", dated(sync::encode_observations(cells), loop::unix_now())));
}

std::vector<std::string> Keeper::notices() const {
  std::vector<std::string> out = set_aside_;
  for (const auto& [what, fault] : faults_) out.push_back("state cannot be written: " + fault);
  return out;
}

void Keeper::save(const std::string& name, const std::string& octets) {
  const Status written = sync::save_state(path(name), name, octets);
  if (written) unsaved_.erase(name);
  else unsaved_[name] = octets;
  note(name, written);
}

void Keeper::retry() {
  for (const auto& [name, octets] : std::map(unsaved_)) save(name, octets);
}

// One line when the trouble begins and one when it is over: a full disk fails every file, every few seconds.
void Keeper::note(const std::string& what, const Status& written) {
  const bool was_well = is_well();
  if (written) {
    if (faults_.erase(what) != 0 && is_well()) log::info("state can be written again");
    return;
  }
  faults_[what] = written.error().text;
  if (was_well) log::error("state cannot be written", {{"fault", written.error().text}});
  failed_();
}

}  // namespace isochrone::node
