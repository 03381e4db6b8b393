#include "node/watcher.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "node/last_written.h"

namespace isochrone::node {

namespace {

constexpr Duration kSettle = 150ms;  // an editor writes, renames and touches within a few ms; a copy of many files more
constexpr Duration kPoll = 5s;

std::string directory_of(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return path;
  const size_t slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
}

// Appends what tells a change of `path`; returns when it may have been written to last.
std::chrono::system_clock::time_point describe(const std::string& path, std::string& out) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    out += path + " gone\n";
    return {};
  }
  out += fmt::format("{} {} {} {}.{}\n", path, info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
  return last_written(info);
}

}  // namespace

Watcher::Watcher(uv_loop_t* loop, std::function<void()> changed)
    : loop_(loop),
      settle_(loop,
              [this, changed = std::move(changed)] {
                // Many events are not changes of content: our own reading, another file in the directory.
                std::string now = look().text;
                if (now == seen_) return;
                seen_ = std::move(now);
                changed();
              }),
      poll_(loop, [this] {
        if (!settle_.running() && look().text != seen_) settle_.once(kSettle);
      }) {
  poll_.every(kPoll);
}

Watcher::~Watcher() {
  for (uv_fs_event_t* event : events_)
    uv_close(reinterpret_cast<uv_handle_t*>(event), [](uv_handle_t* h) { delete reinterpret_cast<uv_fs_event_t*>(h); });
}

void Watcher::watch(const std::vector<std::string>& paths, std::chrono::system_clock::time_point read_since) {
  for (uv_fs_event_t* event : events_)
    uv_close(reinterpret_cast<uv_handle_t*>(event), [](uv_handle_t* h) { delete reinterpret_cast<uv_fs_event_t*>(h); });
  events_.clear();
  paths_ = paths;
  std::set<std::string> directories;
  for (const std::string& path : paths) directories.insert(directory_of(path));
  for (const std::string& directory : directories) {
    auto* event = new uv_fs_event_t;
    uv_fs_event_init(loop_, event);
    event->data = this;
    events_.push_back(event);
    // Where the kernel has no watch left, the poll still finds the change.
    uv_fs_event_start(event, [](uv_fs_event_t* e, const char*, int, int) { static_cast<Watcher*>(e->data)->touched(); },
                      directory.c_str(), 0);
  }
  Look now = look();
  seen_ = std::move(now.text);
  if (now.newest >= read_since) {
    seen_.clear();
    touched();
  }
}

void Watcher::touched() { settle_.once(kSettle); }

Watcher::Look Watcher::look() const {
  Look out;
  const auto see = [&out](const std::string& path) { out.newest = std::max(out.newest, describe(path, out.text)); };
  for (const std::string& path : paths_) {
    see(path);
    DIR* directory = opendir(path.c_str());
    if (!directory) continue;
    std::set<std::string> names;
    while (const dirent* entry = readdir(directory)) names.insert(entry->d_name);
    closedir(directory);
    for (const std::string& name : names)
      if (name.ends_with(".yaml")) see(path + "/" + name);
  }
  return out;
}

}  // namespace isochrone::node
