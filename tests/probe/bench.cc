// What a try costs: CPU of the prober's process, by kind, and its memory. The gateways are a process of their own.
//
//   probe_bench tcp 10000 5 10      kind, targets, interval and length in seconds

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "loop/timer.h"
#include "one_try.h"
#include "server.h"

using namespace isochrone;
using namespace isochrone::probe;
using namespace isochrone::probe::testing;

namespace {

// Serves until killed; writes its port to `out`.
[[noreturn]] void serve(health::Kind kind, const Identity& identity, int out) {
  const auto script = [kind](Connection& connection) {
    if (kind == health::Kind::Tcp) return;
    connection.read_until("\r\n\r\n");
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  };
  const Server server(script, kind == health::Kind::Https ? std::optional(identity) : std::nullopt);
  const uint16_t port = server.port();
  if (::write(out, &port, sizeof port) != sizeof port) std::abort();
  while (true) ::pause();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

std::string memory() {
  std::ifstream in("/proc/self/status");
  std::string line, all;
  while (std::getline(in, line))
    if (line.starts_with("VmHWM") || line.starts_with("VmRSS")) all += line + "  ";
  return all;
}

health::Kind kind_of(const std::string& name) {
  if (name == "https") return health::Kind::Https;
  if (name == "http") return health::Kind::Http;
  if (name == "icmp") return health::Kind::Icmp;
  return health::Kind::Tcp;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fputs("usage: probe_bench tcp|http|https|icmp TARGETS INTERVAL SECONDS\n", stderr), 2;
  const health::Kind kind = kind_of(argv[1]);
  const int count = std::atoi(argv[2]), seconds = std::atoi(argv[4]);
  const auto interval = std::chrono::seconds(std::atoi(argv[3]));
  const Identity ca = make_identity({.common_name = "Bench Root", .is_ca = true});
  const Identity identity = make_identity({.common_name = "gw", .names = {"DNS:gw.example"}}, &ca);
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) return 2;
  const pid_t child = ::fork();
  if (child == 0) serve(kind, identity, pipe_ends[1]);
  uint16_t port = 0;
  if (::read(pipe_ends[0], &port, sizeof port) != sizeof port) return 2;

  uv_loop_t loop;
  uv_loop_init(&loop);
  uint64_t good = 0, bad = 0;
  std::string reason;
  Prober prober(&loop, {},
                {[&](const health::Outcome& outcome) {
                   ++(outcome.ok() ? good : bad);
                   if (!outcome.ok()) reason = outcome.reason;
                 },
                 {}});
  std::vector<health::Target> targets;
  for (int i = 0; i < count; ++i) {
    health::Target target = target_on_loopback(kind, port);
    target.key = std::to_string(i);
    target.spec.host = "gw.example";
    target.spec.ca_pem = nullptr;
    target.spec.ca_file = write_file("bench-ca.pem", ca.pem());
    target.spec.interval = interval;
    targets.push_back(std::move(target));
  }
  prober.set_plan(plan_of(std::move(targets)));
  const double cpu_before = cpu_seconds();
  loop::Timer stop(&loop, [&] { uv_stop(&loop); });
  stop.once(std::chrono::seconds(seconds));
  uv_run(&loop, UV_RUN_DEFAULT);
  const double cpu = cpu_seconds() - cpu_before;
  fmt::print("{} tries, {} failed {}\n{:.1f} us CPU a try, {:.1f} % of a core, lag {}\n{}\n", good + bad, bad, reason,
             cpu / static_cast<double>(good + bad) * 1e6, cpu / seconds * 100, to_text(prober.stats().lag), memory());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  std::fflush(stdout);
  ::_exit(bad == 0 ? 0 : 1);
}
