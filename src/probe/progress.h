#pragma once
// How far a try has come: the phase it is in, how long those before took, what was measured on the way.

#include <memory>
#include <string_view>

#include "health/probe.h"
#include "loop/clock.h"

namespace isochrone::probe {

class Progress {
 public:
  // In Phase::Connect, since `started`.
  explicit Progress(Time started = loop::now()) : entered_(started) {}

  health::Phase phase() const { return phase_; }
  void enter(health::Phase next);
  // The RTT and retransmissions that the kernel saw of a TCP connection; nothing where it cannot say.
  void measure(int fd);

  // To be filled with what else is found out: status, certificate, an RTT taken otherwise.
  health::Outcome& outcome() { return outcome_; }
  // How the answer began, and who gave it: for the receipt. Nothing where both are empty.
  void show(std::string_view answer, std::shared_ptr<const health::Chain> chain = nullptr);
  // The try is over: `verdict`'s failure, phase, reason and code beside all that was measured. Once.
  health::Outcome end(health::Outcome verdict);

 private:
  health::Outcome outcome_;
  health::Phase phase_ = health::Phase::Connect;
  Time entered_;
};

}  // namespace isochrone::probe
