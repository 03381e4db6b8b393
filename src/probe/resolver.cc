#include "probe/resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "health/probe.h"
#include "loop/clock.h"
#include "loop/timer.h"
#include "probe/attempt.h"
#include "probe/dns_answer.h"
#include "util/log.h"
#include "wire/types.h"

namespace isochrone::probe {

using health::Outcome;

namespace {

constexpr Duration kOneTry = 1s;
constexpr size_t kLeastTries = 2, kMostTries = 4;  // of one question, over all servers
// A TTL of 0 must not mean a question for every recheck, nor one of a week that a gateway that moved is not found again.
constexpr Duration kLeastTtl = 1s, kMostTtl = 5min;
constexpr Duration kAfterTrouble = 2s;
constexpr uint16_t kNoError = 0, kNxDomain = 3;

std::vector<Endpoint> system_servers() {
  std::ifstream in("/etc/resolv.conf");
  return servers_in({std::istreambuf_iterator<char>(in), {}});
}

std::string listed_addresses(const std::vector<IpAddress>& addresses) {
  std::string text;
  for (const IpAddress& address : addresses) text += (text.empty() ? "" : " ") + address.to_text();
  return text;
}

}  // namespace

std::vector<Endpoint> servers_in(const std::string& resolv_conf) {
  std::vector<Endpoint> servers;
  std::istringstream lines(resolv_conf);
  for (std::string line; std::getline(lines, line) && servers.size() < 3;) {
    std::istringstream words(line);
    std::string keyword, value;
    if (!(words >> keyword >> value) || keyword != "nameserver") continue;
    if (const auto address = IpAddress::parse(value)) servers.push_back({*address, 53});
  }
  if (servers.empty()) servers.push_back({IpAddress::v4(0x7f000001), 53});
  return servers;
}

// Both questions about one name, under way.
class Resolver::Lookup {
 public:
  using Ended = std::function<void(Resolved)>;  // destroys this

  Lookup(uv_loop_t* loop, std::string name, std::vector<Endpoint> servers, Resolved before, Ended ended)
      : loop_(loop),
        name_(std::move(name)),
        servers_(std::move(servers)),
        most_tries_(std::clamp(servers_.size(), kLeastTries, kMostTries)),
        before_(std::move(before)),
        ended_(std::move(ended)),
        timer_(loop, [this] { turn(); }) {
    for (Side& side : sides_) {
      side.family = &side == &sides_[0] ? Family::V4 : Family::V6;
      side.target.spec.kind = health::Kind::Dns;
      side.target.spec.dns_name = name_;
      side.target.spec.dns_type = static_cast<uint16_t>(side.family == Family::V4 ? wire::Type::A : wire::Type::AAAA);
      side.target.spec.expect_rcodes = {kNoError, kNxDomain};
      side.target.spec.timeout = kOneTry;
    }
    timer_.once(Duration::zero());
  }

 private:
  struct Side {
    Family family = Family::V4;
    health::Target target;  // the server that is asked
    size_t tries = 0;
    std::unique_ptr<Attempt> attempt;
    Time deadline{};
    bool over = false, answered = false, is_cut = false;
    uint16_t rcode = kNoError;
    AddressesInAnswer found;
    std::string trouble;
  };

  // Begins what is to be begun, ends what took too long, and arms the timer for the next of it.
  void turn() {
    const Time now = loop::now();
    Duration next = kOneTry;
    for (Side& side : sides_) {
      if (side.attempt && now >= side.deadline) fail(side, side.attempt->expire());
      while (!side.over && !side.attempt) begin(side, now);
      if (side.attempt) next = std::min(next, side.deadline - now);
    }
    if (sides_[0].over && sides_[1].over) return finish(now);
    timer_.once(next);
  }

  void begin(Side& side, Time now) {
    const Endpoint& server = servers_[side.tries++ % servers_.size()];
    side.target.address = server.address;
    side.target.spec.port = server.port;
    side.deadline = now + kOneTry;
    Started started = ask_dns(
        loop_, side.target, [&side](std::span<const uint8_t> message) { take(side, message); },
        [this, &side](Outcome outcome) { ended(side, std::move(outcome)); });
    if (auto* attempt = std::get_if<std::unique_ptr<Attempt>>(&started)) side.attempt = std::move(*attempt);
    else fail(side, std::get<Outcome>(started));
  }

  static void take(Side& side, std::span<const uint8_t> message) {
    side.rcode = message[3] & 15;
    side.is_cut = (message[2] & 2) != 0;
    side.found = addresses_in(message, side.target.spec.dns_type);
  }

  void ended(Side& side, Outcome outcome) {
    if (!outcome.ok()) {
      fail(side, outcome);
    } else if (side.is_cut && !side.target.spec.dns_tcp) {
      side.attempt.reset();
      side.target.spec.dns_tcp = true;
      --side.tries;  // the same server
    } else {
      side.attempt.reset();
      side.over = side.answered = true;
    }
    timer_.once(Duration::zero());
  }

  void fail(Side& side, const Outcome& outcome) {
    side.attempt.reset();
    side.trouble = outcome.reason;
    side.over = side.tries >= most_tries_;
  }

  void finish(Time now) {
    Resolved result;
    Duration ttl = kMostTtl;
    for (const Side& side : sides_) {
      size_t count = 0;
      const auto& addresses = side.answered ? side.found.addresses : before_.addresses;
      for (const IpAddress& address : addresses)
        if (address.family == side.family && !is_unusable(address) && count++ < kMostAddressesOfFamily) result.addresses.push_back(address);
      if (side.answered && !side.found.addresses.empty()) ttl = std::min<Duration>(ttl, std::chrono::seconds(side.found.ttl));
    }
    const bool found = std::ranges::any_of(sides_, [](const Side& s) { return s.answered && !s.found.addresses.empty(); });
    result.is_gone = sides_[0].answered && sides_[1].answered && result.addresses.empty();
    if (result.is_gone) {
      const bool exists = sides_[0].rcode == kNoError && sides_[1].rcode == kNoError;
      result.trouble = fmt::format("{} ({})", exists ? name_ + " has no address" : name_ + " does not exist",
                                   exists ? "NODATA for A and AAAA" : "NXDOMAIN");
    } else if (!found) {
      result.trouble = fmt::format("{} is not resolved: {}", name_, sides_[0].answered ? sides_[1].trouble : sides_[0].trouble);
    }
    // The addresses stay for whom they are of use: nobody probes them while the name is gone.
    if (result.is_gone) result.addresses = before_.addresses;
    result.ask_again = now + (result.trouble.empty() ? std::max(ttl, kLeastTtl) : kAfterTrouble);
    const Ended ended = std::move(ended_);
    ended(std::move(result));
  }

  uv_loop_t* loop_;
  const std::string name_;
  const std::vector<Endpoint> servers_;
  const size_t most_tries_;
  const Resolved before_;
  Ended ended_;
  std::array<Side, 2> sides_;
  loop::Timer timer_;
};

Resolver::Resolver(uv_loop_t* loop, std::vector<Endpoint> servers) : loop_(loop), servers_(std::move(servers)) {}

Resolver::~Resolver() {
  close();
}

void Resolver::close() {
  waiting_.clear();
  entries_.clear();
}

const Resolved* Resolver::find(const std::string& name) {
  Entry& entry = entries_[name];
  if (!entry.lookup && (!entry.is_known || loop::now() >= entry.known.ask_again)) ask(name, entry);
  return entry.is_known ? &entry.known : nullptr;
}

void Resolver::wait(const std::string& name, const void* who, std::function<void()> ready) {
  waiting_[who] = {name, std::move(ready)};
}

void Resolver::withdraw(const void* who) {
  waiting_.erase(who);
}

void Resolver::keep_only(const std::unordered_set<std::string>& names) {
  std::erase_if(entries_, [&names](const auto& entry) { return !names.contains(entry.first); });
}

size_t Resolver::in_trouble() const {
  return static_cast<size_t>(std::ranges::count_if(entries_, [](const auto& e) { return !e.second.known.trouble.empty(); }));
}

void Resolver::ask(const std::string& name, Entry& entry) {
  entry.lookup = std::make_unique<Lookup>(loop_, name, servers_.empty() ? system_servers() : servers_, entry.known,
                                          [this, name](Resolved found) { take(name, std::move(found)); });
}

void Resolver::take(const std::string& name, Resolved found) {
  Entry& entry = entries_[name];
  if (found.trouble.empty() && (found.addresses != entry.known.addresses || !entry.known.trouble.empty()))
    log::info("name resolved", {{"name", name}, {"addresses", listed_addresses(found.addresses)}});
  if (!found.trouble.empty() && found.trouble != entry.known.trouble)
    log::warning("name not resolved", {{"name", name}, {"reason", found.trouble}, {"kept", listed_addresses(found.addresses)}});
  entry.known = std::move(found);
  entry.is_known = true;
  entry.lookup.reset();  // it is what calls this, and is done
  // One at a time: what one does may withdraw another.
  const auto is_of_name = [&name](const auto& item) { return item.second.first == name; };
  for (auto at = waiting_.begin(); (at = std::ranges::find_if(waiting_, is_of_name)) != waiting_.end();) {
    const auto ready = std::move(at->second.second);
    waiting_.erase(at);
    ready();
  }
}

}  // namespace isochrone::probe
