// What a node tells etcd and hears from it.

#include "sim/node.h"

#include <algorithm>

#include <fmt/format.h>

#include "probe/wire_json.h"
#include "sync/node_key.h"
#include "sync/revision.h"

namespace isochrone::sim {

std::string manifest_of(unsigned content, const std::string& refused_by, uint64_t unique) {
  return fmt::format("{}{}{:062x}", content, refused_by.empty() ? '0' : refused_by.back(), unique);
}

Node::Node(Scheduler& scheduler, Ground& ground, Etcd& etcd, std::string name)
    : scheduler_(scheduler), ground_(ground), name_(std::move(name)), link_(scheduler, etcd, kKeys.live()) {
  const auto listed = std::ranges::find(ground.vantages(), name_);
  if (listed != ground.vantages().end()) vantage_ = static_cast<size_t>(listed - ground.vantages().begin());
}

void Node::start() {
  changed_ = scheduler_.now();
  run_ = std::make_shared<Run>(scheduler_.pick(SIZE_MAX >> 1), name_, disk_.kept, scheduler_.now());
  if (auto kept = sync::Drains::restore(disk_.drains)) run_->drains = *kept;
  run_->drains.expire(scheduler_.unix_now());
  for (const sync::Drain& drain : run_->drains.list())
    if (drain.here) run_->view.owe(drain);
  run_->account.key = kKeys.node(name_);
  run_->report.key = kKeys.vantage(name_);
  use(disk_.kept ? static_cast<unsigned>(disk_.kept->head.manifest[0] - '0') : 0);
  run_->health.restore(disk_.health, scheduler_.now() - disk_.health_at, scheduler_.now());
  health_moved();
  link_.start({[this](const std::vector<sync::KeyValue>& keys, cluster::KeysAre state) { act(run_->view.all(keys, scheduler_.now(), state)); },
               [this](const sync::WatchEvent& event) { act(run_->view.changed(event, scheduler_.now())); },
               [this](const std::string& why) { run_->view.lost(why, scheduler_.now()); }});
  grant();
  later(cluster::kBeat, [this] { beat(); });
  later(1s, [this] { housekeep(); });
}

void Node::stop() {
  changed_ = scheduler_.now();
  link_.stop();
  run_.reset();
}

void Node::later(Duration delay, std::function<void()> what) {
  scheduler_.after(delay, [run = std::weak_ptr(run_), what = std::move(what)] {
    if (const auto running = run.lock()) what();
  });
}

void Node::act(const cluster::Todo& todo) {
  named_twice_ |= todo.named_twice.value_or(false);
  for (const sync::Drain& drain : todo.put_drains)
    put_drain(drain, [this, drain](bool written) {
      if (!written) run_->view.owe(drain);
    });
  if (todo.drains) take_drains(*todo.drains);
  if (todo.fetch_nothing) run_->wanted.reset();
  if (todo.fetch) run_->wanted = todo.fetch, fetch();
  for (const auto& [report, age] : todo.reports)
    if (!run_->health.knows(report)) (void)run_->health.report(report, age, scheduler_.now());
  if (!todo.reports.empty()) health_moved();
  if (todo.begin_again) link_.begin_again();
  if (!todo.lease_is_gone) return;
  run_->lease = 0;
  grant();
}

void Node::beat() {
  later(cluster::kBeat, [this] { beat(); });
  act(run_->view.beat(scheduler_.now()));
  if (run_->lease == 0) return grant();
  run_->account.due = run_->report.due = true;
  link_.call<bool>([lease = run_->lease](Etcd& etcd) { return etcd.keep_alive(lease); }, [this](std::optional<bool> kept) {
    if (kept.value_or(false)) return send(run_->account), send(run_->report);
    run_->lease = 0;
    grant();
  });
}

void Node::grant() {
  if (std::exchange(run_->granting, true)) return;
  link_.call<int64_t>([](Etcd& etcd) { return etcd.grant(); }, [this](std::optional<int64_t> lease) {
    run_->granting = false;
    if (lease.value_or(0) == 0) return;
    run_->lease = *lease;
    run_->account.due = run_->report.due = true;
    send(run_->account);
    send(run_->report);
  });
}

std::string Node::value_of(const Own& own) {
  if (&own == &run_->report) return vantage_ ? probe::encode_report(run_->health.make_report(true, scheduler_.now())) : "";
  sync::NodeKey key{.node = name_, .answers = digest()};
  run_->view.fill(key);
  return sync::encode(key);
}

void Node::send(Own& own) {
  if (own.busy || !own.due || run_->lease == 0) return;
  own.due = false;
  const std::string value = value_of(own);
  if (value.empty()) return;
  own.busy = true;
  enum class Put { Done, Full, No };
  link_.call<Put>(
      [key = own.key, value, lease = run_->lease](Etcd& etcd) {
        const bool full = etcd.is_full();
        return etcd.put(key, value, lease) ? Put::Done : full ? Put::Full : Put::No;
      },
      [this, &own](std::optional<Put> put) {
        own.busy = false;
        if (put == Put::Full) run_->view.write_refused(scheduler_.now());
        if (put == Put::Done) send(own);
      });
}

void Node::fetch() {
  if (run_->fetching || !run_->wanted) return;
  run_->fetching = true;
  later(scheduler_.between(10ms, 500ms), [this, head = *run_->wanted] {
    const std::string text = sync::encode(head);
    link_.call<bool>([key = kKeys.revision(head.number), text](Etcd& etcd) { return etcd.find(key) && *etcd.find(key) == text; },
                     [this, head](std::optional<bool> there) {
                       run_->fetching = false;
                       if (!run_->wanted || *run_->wanted != head) return fetch();
                       if (!there.value_or(false)) {
                         act(run_->view.fetch_failed(head, "it is not there"));
                         return later(1s, [this] { fetch(); });
                       }
                       run_->wanted.reset();
                       try_revision({head, {}, "folder"});
                     });
  });
}

// One at a time; of those that come meanwhile, the newest.
void Node::try_revision(const cluster::Revision& revision) {
  run_->next = revision;
  if (std::exchange(run_->loading, true)) return;
  run_->next.reset();
  later(scheduler_.between(20ms, 3s), [this, revision] { loaded(revision); });
}

void Node::loaded(const cluster::Revision& revision) {
  const std::string& manifest = revision.head.manifest;
  if (manifest[1] != name_.back()) {
    use(static_cast<unsigned>(manifest[0] - '0'));
    run_->view.adopted(revision);
    disk_.kept = revision;
  } else {
    run_->view.refused(revision, "this node cannot load it");
  }
  run_->account.due = true;
  send(run_->account);
  run_->loading = false;
  if (run_->next) try_revision(*std::exchange(run_->next, {}));
}

void Node::put_drain(const sync::Drain& drain, std::function<void(bool)> done) {
  sync::Drains one;
  one.add(drain);
  link_.call<bool>(
      [key = kKeys.drain(drain.target()), text = one.save(), revision = link_.revision()](Etcd& etcd) {
        return etcd.put_if_none_changed_since(kKeys.drains(), revision, key, text);
      },
      [done = std::move(done)](std::optional<bool> put) { done(put.value_or(false)); });
}

void Node::remove_drain(const sync::Drain& drain, std::function<void(bool)> done) {
  link_.call<bool>([key = kKeys.drain(drain.target())](Etcd& etcd) { return etcd.remove(key), true; },
                   [done = std::move(done)](std::optional<bool> removed) { done(removed.value_or(false)); });
}

void Node::drop_ended(const sync::Drain& drain) {
  const std::string key = kKeys.drain(drain.target());
  link_.call<bool>([key, revision = link_.revision()](Etcd& etcd) { return etcd.remove_if_none_changed_since(key, revision, key), true; },
                   [](std::optional<bool>) {});
}

void Node::drain(const std::string& region, std::optional<int64_t> until, std::function<void(Ordered)> done) {
  sync::Drain drain{"", region, "because", "ops", scheduler_.unix_now(), until};
  if (run_->view.is_watched())
    return put_drain(drain, [done = std::move(done)](bool written) { done(written ? Ordered::Done : Ordered::No); });
  run_->view.owe(drain);
  drain.here = true;
  run_->drains.add(drain);
  drains_changed();
  done(Ordered::Here);
}

void Node::undrain(const std::string& region, std::function<void(Ordered)> done) {
  remove_drain({"", region, "", "", 0, {}}, [done = std::move(done)](bool removed) { done(removed ? Ordered::Done : Ordered::No); });
}

}  // namespace isochrone::sim
