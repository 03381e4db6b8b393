#include "probe/prober.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <random>
#include <unordered_set>
#include <utility>

#include "loop/clock.h"
#include "probe/certificate.h"
#include "probe/icmp.h"
#include "probe/reason.h"
#include "probe/resolver.h"
#include "probe/trust.h"
#include "util/log.h"

namespace isochrone::probe {

using health::Failure;
using health::Kind;
using health::Outcome;
using health::Target;
using health::TargetId;

namespace {

constexpr int kReserve = 256;  // descriptors left to everything else, before the rest is halved
constexpr int kMostRoom = 8192;
constexpr int kLeastRoom = 16;
constexpr int kStartsPerTick = 32;  // then the loop turns: a thousand overdue targets are no burst
constexpr Duration kLocalLogEvery = 1min, kLoadlessLogEvery = 1min;
constexpr Schedule::Slot kNoSlot = std::numeric_limits<Schedule::Slot>::max();  // of a target that is not tried

int room_by_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kLeastRoom;
  const auto soft = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
  return std::clamp((soft - kReserve) / 2, kLeastRoom, kMostRoom);
}

// An exec probe holds its pipe and, while it is being spawned, three descriptors more; ICMP shares one socket. Of a name
// as many as it may have addresses, but never more than there may be room for.
int room_of(const Target& target) {
  const int one = target.spec.kind == Kind::Exec ? 4 : 1;
  return target.name.empty() ? one : std::min(one * static_cast<int>(kMostAddresses), kLeastRoom);
}

Schedule::Rhythm rhythm_of(const Target& target) {
  return {target.spec.interval, target.spec.timeout, room_of(target)};
}

// Real paths, so that a link inside a folder cannot lead out of it.
std::vector<std::string> real_folders(const std::vector<std::string>& folders) {
  std::vector<std::string> real;
  for (const std::string& folder : folders) {
    const std::unique_ptr<char, void (*)(void*)> path(::realpath(folder.c_str(), nullptr), std::free);
    if (path)
      real.emplace_back(path.get());
    else
      log::warning("folder for exec probes is not there", {{"folder", folder}});
  }
  return real;
}

}  // namespace

Started start_probe(Workshop& workshop, const Target& target, Done done) {
  if (!target.name.empty()) return start_named(workshop, target, std::move(done));
  switch (target.spec.kind) {
    case Kind::Tcp:
      return start_tcp(workshop, target, std::move(done));
    case Kind::Http:
    case Kind::Https:
      return start_http(workshop, target, std::move(done));
    case Kind::Icmp:
      return start_icmp(workshop, target, std::move(done));
    case Kind::Dns:
      return start_dns(workshop, target, std::move(done));
    case Kind::Grpc:
      return start_grpc(workshop, target, std::move(done));
    case Kind::Exec:
      return start_exec(workshop, target, std::move(done));
    case Kind::None:
      break;
  }
  return failed_here("nothing to probe");
}

Prober::Prober(uv_loop_t* loop, ProberConfig config, ProberCallbacks callbacks)
    : callbacks_(std::move(callbacks)),
      room_(config.max_concurrent > 0 ? std::max(config.max_concurrent, kLeastRoom) : room_by_limit()),
      curl_(loop),
      trust_(std::make_unique<TrustStores>()),
      chains_(std::make_unique<Chains>()),
      pinger_(std::make_unique<Pinger>(loop)),
      resolver_(std::make_unique<Resolver>(loop, std::move(config.resolvers))),
      workshop_{loop, curl_, *trust_, *chains_, *pinger_, *resolver_, real_folders(config.exec_dirs)},
      schedule_(config.seed ? config.seed : std::random_device()(), room_),
      timer_(loop, [this] { tick(); }) {}

Prober::~Prober() {
  close();
}

void Prober::close() {
  closed_ = true;
  timer_.stop();
  for (const auto& [key, slot] : by_key_) drop(slot);
  by_key_.clear();
  resolver_->close();
  slot_of_.clear();
}

void Prober::set_plan(std::shared_ptr<const health::Plan> plan) {
  if (closed_) return;
  const Time at = loop::now();
  for (Entry& entry : entries_) entry.in_plan = false;
  slot_of_.assign(plan->targets.size(), kNoSlot);
  for (const Target& target : plan->targets) {
    if (target.spec.kind == Kind::None) continue;
    const auto found = by_key_.find(target.key);
    const bool known = found != by_key_.end();
    const Schedule::Slot slot = known ? found->second : take_slot();
    slot_of_[target.id] = slot;
    Entry& entry = entries_[slot];
    entry.target = {plan, &target};
    entry.in_plan = true;
    if (known) {
      schedule_.change(slot, at, rhythm_of(target));
    } else {
      by_key_.emplace(target.key, slot);
      schedule_.add(slot, at, rhythm_of(target));
    }
  }
  std::erase_if(by_key_, [this](const auto& item) {
    const Schedule::Slot slot = item.second;
    if (entries_[slot].in_plan) return false;
    drop(slot);
    return true;
  });
  std::unordered_set<std::string> names;
  for (const Target& target : plan->targets)
    if (!target.name.empty()) names.insert(target.name);
  resolver_->keep_only(names);
  arm();
}

void Prober::probe_now(TargetId target) {
  if (closed_ || target >= slot_of_.size() || slot_of_[target] == kNoSlot) return;
  schedule_.hurry(slot_of_[target], loop::now());
  arm();
}

ProberStats Prober::stats() const {
  ProberStats stats = stats_;
  stats.under_way = schedule_.under_way();
  stats.lag = schedule_.lag(loop::now());
  stats.unresolved = resolver_->in_trouble();
  return stats;
}

Schedule::Slot Prober::take_slot() {
  if (free_.empty()) {
    entries_.emplace_back();
    return static_cast<Schedule::Slot>(entries_.size() - 1);
  }
  const Schedule::Slot slot = free_.back();
  free_.pop_back();
  return slot;
}

void Prober::drop(Schedule::Slot slot) {
  schedule_.remove(slot);
  entries_[slot].attempt.reset();  // before the target it looks at
  entries_[slot] = Entry();
  free_.push_back(slot);
}

void Prober::tick() {
  const Time at = loop::now();
  while (const auto slot = schedule_.find_expired(at)) finish(*slot, entries_[*slot].attempt->expire());
  for (int i = 0; i < kStartsPerTick; ++i) {
    const auto slot = closed_ ? std::nullopt : schedule_.start_next(at);
    if (!slot) break;
    start(*slot);
  }
  arm();
}

void Prober::start(Schedule::Slot slot) {
  Entry& entry = entries_[slot];
  entry.tried = entry.target;
  Started started = start_probe(workshop_, *entry.tried, [this, slot](Outcome outcome) {
    finish(slot, std::move(outcome));
    arm();
  });
  if (auto* attempt = std::get_if<std::unique_ptr<Attempt>>(&started))
    entry.attempt = std::move(*attempt);
  else
    finish(slot, std::move(std::get<Outcome>(started)));
}

void Prober::finish(Schedule::Slot slot, Outcome outcome) {
  entries_[slot].attempt.reset();
  const std::shared_ptr<const Target> target = entries_[slot].target;
  outcome.target = target->id;
  ++stats_.tries;
  if (outcome.failure == Failure::Local)
    log_local(outcome);
  else if (!outcome.ok())
    ++stats_.failures;
  else if (target->spec.load && !outcome.load)
    log_loadless(*target);
  callbacks_.on_outcome(outcome);
  // The callback may have brought another plan, or closed: ask for this target's number and place anew.
  const auto still = by_key_.find(target->key);
  if (still == by_key_.end() || still->second != slot) return;
  const Target& current = *entries_[slot].target;
  schedule_.finish(slot, loop::now(), callbacks_.pace ? callbacks_.pace(current.id) : current.spec.interval);
}

void Prober::log_local(const Outcome& outcome) {
  ++stats_.local;
  ++local_unsaid_;
  const Time at = loop::now();
  if (local_logged_ != Time() && at < local_logged_ + kLocalLogEvery) return;
  log::warning("probe could not be run", {{"reason", outcome.reason}, {"times", std::to_string(local_unsaid_)}});
  local_logged_ = at;
  local_unsaid_ = 0;
}

// It answers well, but no load is known of it: its operator waits in vain for networks to be sent elsewhere.
void Prober::log_loadless(const Target& target) {
  ++loadless_unsaid_;
  const Time at = loop::now();
  if (loadless_logged_ != Time() && at < loadless_logged_ + kLoadlessLogEvery) return;
  const health::LoadSpec& load = *target.spec.load;
  log::warning("no load figure in a probe's answer", {{"target", target.key},
                                                      {"expected", load.header.empty() ? "a number at " + load.json + " of a JSON body"
                                                                                       : "a number in header " + load.header},
                                                      {"times", std::to_string(loadless_unsaid_)}});
  loadless_logged_ = at;
  loadless_unsaid_ = 0;
}

void Prober::arm() {
  const auto next = closed_ ? std::nullopt : schedule_.next_event();
  if (next)
    timer_.once(*next - loop::now());
  else
    timer_.stop();
}

}  // namespace isochrone::probe
