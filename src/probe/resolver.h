#pragma once
// The addresses of gateways that are names, asked for by ourselves: getaddrinfo() blocks and tells no TTL.
//
//   find(name) ─► what is known ◄── Lookup: A and AAAA to the system's resolver, or those of the configuration
//                    ▲                 │
//                    └── kept ◄────────┘ until its TTL is over; asked again by the first find() after that
//
// A question that brings nothing (no resolver there, SERVFAIL) leaves the addresses as they were. That a name does not exist,
// or has no address, is an answer: clients who are sent to it learn the same. Loop's thread only.

#include <uv.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "util/duration.h"
#include "util/ip.h"

namespace isochrone::probe {

inline constexpr size_t kMostAddressesOfFamily = 4;  // of a name that are probed, each time in a row
inline constexpr size_t kMostAddresses = 2 * kMostAddressesOfFamily;

// What is known of a name.
struct Resolved {
  std::vector<IpAddress> addresses;  // those last known; IPv4 before IPv6
  std::string trouble;               // why the last question brought none, for a person; empty: it did
  bool is_gone = false;              // the trouble is an answer: there is no such name, or no address at it
  Time ask_again{};                  // when the TTL is over
};

class Resolver {
 public:
  // `servers`: none: those of /etc/resolv.conf, which is read for every question.
  Resolver(uv_loop_t* loop, std::vector<Endpoint> servers);
  ~Resolver();  // close()s; the loop must then run once more
  Resolver(const Resolver&) = delete;

  // Null: nothing yet; it is being asked. Good until the loop turns.
  const Resolved* find(const std::string& name);
  // Calls `ready` once, from the loop, when find() has something to say. `who` may withdraw().
  void wait(const std::string& name, const void* who, std::function<void()> ready);
  void withdraw(const void* who);
  // Forgets all other names.
  void keep_only(const std::unordered_set<std::string>& names);
  // No answer comes any more.
  void close();

  // Names whose last question brought no address.
  size_t in_trouble() const;

 private:
  class Lookup;
  struct Entry {
    Resolved known;
    bool is_known = false;
    std::unique_ptr<Lookup> lookup;  // null: not being asked
  };

  void ask(const std::string& name, Entry& entry);
  void take(const std::string& name, Resolved found);

  uv_loop_t* loop_;
  const std::vector<Endpoint> servers_;
  std::unordered_map<std::string, Entry> entries_;
  std::map<const void*, std::pair<std::string, std::function<void()>>> waiting_;
};

// The name servers in the text of a resolv.conf, at most three (resolv.conf(5)); where it names none, this machine.
std::vector<Endpoint> servers_in(const std::string& resolv_conf);

}  // namespace isochrone::probe
