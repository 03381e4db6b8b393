#include "sim/link.h"

#include <algorithm>

namespace isochrone::sim {

void Link::start(Callbacks callbacks) {
  callbacks_ = std::move(callbacks);
  process_ = std::make_shared<bool>(true);
  wait_ = 100ms;
  open_ = reading_ = false;
  revision_ = 0;
  read();
}

void Link::read() {
  if (std::exchange(reading_, true)) return;
  const uint64_t stream = ++stream_;
  under_way_.clear();
  call<Etcd::All>([prefix = prefix_](Etcd& etcd) { return etcd.read(prefix); }, [this, stream](std::optional<Etcd::All> all) {
    reading_ = false;
    if (!all) return fall_back("no answer");
    wait_ = 100ms;
    const bool went_back = all->revision < revision_;
    revision_ = all->revision;
    callbacks_.all(all->keys, went_back ? cluster::KeysAre::Older : cluster::KeysAre::Latest);
    const auto missed = etcd_.since(revision_);
    if (!reaches() || !missed || stream != stream_) return fall_back("the watch was ended");
    open_ = true;
    for (const Etcd::Logged& one : *missed) send(one);
  });
}

void Link::fall_back(const std::string& why) {
  open_ = false;
  under_way_.clear();
  const uint64_t stream = ++stream_;
  callbacks_.lost(why);
  scheduler_.after(scheduler_.between(wait_ / 2, wait_), [this, stream, process = std::weak_ptr(process_)] {
    if (!process.expired() && stream == stream_) read();
  });
  wait_ = std::min<Duration>(wait_ * 2, 3s);
}

// A stream that is cut is noticed some time later, unless it was mended before.
void Link::break_soon() {
  if (!open_) return;
  scheduler_.after(scheduler_.between(100ms, 6s), [this, stream = stream_] {
    if (stream == stream_ && open_) fall_back("the stream has ended");
  });
}

void Link::begin_again() {
  fall_back("the watch is silent");
  set_silent(false);
}

void Link::set_cut(bool cut) {
  if (cut_ == cut) return;
  cut_ = cut;
  changed_ = scheduler_.now();
  if (cut) break_soon();
}

void Link::set_silent(bool silent) {
  if (silent_ == silent) return;
  silent_ = silent;
  changed_ = scheduler_.now();
  if (!silent) deliver();  // what was held back comes now
}

void Link::changed(const Etcd::Logged& one) {
  if (open_ && one.event.key.starts_with(prefix_)) send(one);
}

void Link::send(Etcd::Logged one) {
  if (!one.event.key.starts_with(prefix_)) return;
  Time at = scheduler_.now() + way();
  if (!under_way_.empty()) at = std::max(at, under_way_.back().first);
  under_way_.emplace_back(at, std::move(one));
  scheduler_.after(at - scheduler_.now(), [this] { deliver(); });
}

void Link::deliver() {
  while (!under_way_.empty() && under_way_.front().first <= scheduler_.now() && !cut_ && !silent_ && open_) {
    const Etcd::Logged one = std::move(under_way_.front().second);
    under_way_.pop_front();
    revision_ = std::max(revision_, one.revision);
    callbacks_.changed(one.event);
  }
}

}  // namespace isochrone::sim
