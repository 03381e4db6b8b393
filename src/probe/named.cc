// A target that is a name: every address it resolves to is tried, all at once, by the kind of the probe. One that answers is
// enough: clients are given the name, and go on to the next address where one does not answer.

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <optional>
#include <tuple>
#include <utility>

#include "loop/clock.h"
#include "probe/attempt.h"
#include "probe/reason.h"
#include "probe/resolver.h"

namespace isochrone::probe {

using health::Failure;
using health::Outcome;
using health::Phase;
using health::Target;

namespace {

class NamedAttempt final : public Attempt {
 public:
  NamedAttempt(Workshop& workshop, const Target& target, Done done) : workshop_(workshop), target_(target), done_(std::move(done)) {}
  ~NamedAttempt() override { workshop_.resolver.withdraw(this); }

  // What is known at once; nullopt: done will tell.
  std::optional<Outcome> start() {
    if (const Resolved* known = workshop_.resolver.find(target_.name)) return try_all(*known);
    workshop_.resolver.wait(target_.name, this, [this] { resolved(); });
    return std::nullopt;
  }

  Outcome expire() override {
    if (children_.empty()) return failed_here(fmt::format("{} is not resolved within {}", target_.name, isochrone::to_text(target_.spec.timeout)));
    for (Child& child : children_)
      if (child.attempt) child.outcome = child.attempt->expire(), child.attempt.reset();
    return combined();
  }

 private:
  struct Child {
    Target target;  // with the address
    std::unique_ptr<Attempt> attempt;
    Outcome outcome;
  };

  void resolved() {
    resolving_ = loop::now() - started_;
    if (auto outcome = try_all(*workshop_.resolver.find(target_.name))) finish(std::move(*outcome));
  }

  std::optional<Outcome> try_all(const Resolved& known) {
    // Clients are told the same: nobody reaches it.
    if (known.is_gone) return failed(Failure::Unreachable, Phase::Resolve, known.trouble);
    if (known.addresses.empty()) return failed_here(known.trouble);
    for (const IpAddress& address : known.addresses) {
      Child& child = children_.emplace_back(Child{target_, nullptr, {}});
      child.target.name.clear();
      child.target.address = address;
    }
    for (Child& child : children_) {
      Started started = start_probe(workshop_, child.target, [this, &child](Outcome outcome) { ended(child, std::move(outcome)); });
      if (auto* attempt = std::get_if<std::unique_ptr<Attempt>>(&started)) child.attempt = std::move(*attempt);
      else child.outcome = std::move(std::get<Outcome>(started));
    }
    return is_over() ? std::optional(combined()) : std::nullopt;
  }

  void ended(Child& child, Outcome outcome) {
    child.attempt.reset();
    child.outcome = std::move(outcome);
    if (is_over()) finish(combined());
  }

  bool is_over() const { return std::ranges::none_of(children_, [](const Child& child) { return child.attempt != nullptr; }); }

  // The fastest of those that answered, of IPv4 where there is one, for that is whose latency it is told as; else a failure of
  // the target's rather than one of ours. With the earliest expiry and the load of the most loaded of them.
  Outcome combined() const {
    const auto worth = [](const Child& child) {
      const Outcome& o = child.outcome;
      return std::tuple(!o.ok(), o.failure == Failure::Local, child.target.address.family != Family::V4, !o.rtt, o.rtt.value_or(Duration::zero()));
    };
    const Child& best = *std::ranges::min_element(children_, {}, worth);
    Outcome outcome = best.outcome;
    outcome.phases[static_cast<size_t>(Phase::Resolve)] = resolving_;
    for (const Child& child : children_)
      if (child.outcome.certificate_expiry && outcome.certificate_expiry)
        outcome.certificate_expiry = std::min(*outcome.certificate_expiry, *child.outcome.certificate_expiry);
    for (const Child& child : children_)
      if (child.outcome.load) outcome.load = std::max(outcome.load.value_or(0), *child.outcome.load);
    if (!outcome.ok() && children_.size() > 1)
      outcome.reason += fmt::format("; none of the {} addresses of {} answers as expected", children_.size(), target_.name);
    return outcome;
  }

  void finish(Outcome outcome) {
    const Done done = std::move(done_);  // `done` destroys this
    done(std::move(outcome));
  }

  Workshop& workshop_;
  const Target& target_;
  Done done_;
  std::list<Child> children_;  // attempts look at their targets: nothing is moved
  Time started_ = loop::now();
  Duration resolving_{};
};

}  // namespace

Started start_named(Workshop& workshop, const Target& target, Done done) {
  auto attempt = std::make_unique<NamedAttempt>(workshop, target, std::move(done));
  if (auto known = attempt->start()) return std::move(*known);
  return attempt;
}

}  // namespace isochrone::probe
