#pragma once
// One try of one target, under way on the control thread's loop. Every kind of probe is a function that starts one.
//
//   start_tcp(workshop, target, done) ─► an Outcome already known (no route, no descriptor), or an Attempt
//   Attempt ─► done(outcome)   once, from the loop; the owner destroys the Attempt inside that call
//           ─► expire()        the owner's clock says the time-out has passed: the Outcome that this means
//           ─► ~Attempt()      cancelled: everything it holds is freed, nobody is called

#include <uv.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "health/probe.h"

namespace isochrone::probe {

class Attempt {
 public:
  virtual ~Attempt() = default;
  // What was being waited for when the time-out passed. The attempt is destroyed next and does not call done.
  virtual health::Outcome expire() = 0;
};

// Outcome::target is left for the prober to fill: it may change from load to load while a try is under way.
using Done = std::function<void(health::Outcome)>;
using Started = std::variant<health::Outcome, std::unique_ptr<Attempt>>;

class CurlLoop;
class TrustStores;
class Chains;
class Pinger;
class Resolver;

// What attempts share: made by the prober, outlives them all.
struct Workshop {
  uv_loop_t* loop;
  CurlLoop& curl;
  TrustStores& trust;
  Chains& chains;
  Pinger& pinger;
  Resolver& resolver;
  std::vector<std::string> exec_dirs;  // real paths, without a final slash
};

// The target is only looked at, and must live as long as the attempt does.
Started start_tcp(Workshop& workshop, const health::Target& target, Done done);
Started start_http(Workshop& workshop, const health::Target& target, Done done);  // Http and Https
Started start_grpc(Workshop& workshop, const health::Target& target, Done done);
Started start_icmp(Workshop& workshop, const health::Target& target, Done done);
Started start_dns(Workshop& workshop, const health::Target& target, Done done);
Started start_exec(Workshop& workshop, const health::Target& target, Done done);

// By its kind; of a name all of its addresses at once.
Started start_probe(Workshop& workshop, const health::Target& target, Done done);
Started start_named(Workshop& workshop, const health::Target& target, Done done);

// As start_dns(); with `take`, recursion is asked for, and the message that answers is handed over before `done`.
using TakeMessage = std::function<void(std::span<const uint8_t> message)>;
Started ask_dns(uv_loop_t* loop, const health::Target& target, TakeMessage take, Done done);

}  // namespace isochrone::probe
