// What looking at a gateway's connections costs: build/rel/tests/probe/observe_bench [CONNECTIONS].
//
// Every round connects that many clients anew (5,000 by default: a second's worth of a gateway that takes 5,000 a second),
// looks at them as `isochrone observe` does once a second, each from one of 20,000 networks, and closes them. What counts is
// the CPU time of this thread in the look, the kernel's part included.

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "loop/clock.h"
#include "probe/client_sketches.h"
#include "probe/tcp_diag.h"
#include "probe/wire_json.h"

using namespace isochrone;

namespace {

constexpr int kRounds = 30;
constexpr int kReportEvery = 10;  // looks

double cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto ms = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3; };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

// A listener on loopback, and pairs of sockets that are connected through it.
class Gateway {
 public:
  Gateway() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {}};
    socklen_t size = sizeof at;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 || listen(listener_, 128) != 0) std::abort();
    getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    at_ = at;
  }
  uint16_t port() const { return ntohs(at_.sin_port); }
  void connect_all(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const int client = socket(AF_INET, SOCK_STREAM, 0);
      if (connect(client, reinterpret_cast<const sockaddr*>(&at_), sizeof at_) != 0) std::perror("connect"), std::exit(2);
      open_.push_back(client);
      open_.push_back(accept(listener_, nullptr, nullptr));
    }
  }
  void close_all() {
    const linger at_once{1, 0};  // no TIME_WAIT: the next round wants the ports
    for (const int fd : open_) setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), close(fd);
    open_.clear();
  }

 private:
  int listener_;
  sockaddr_in at_{};
  std::vector<int> open_;
};

}  // namespace

int main(int argc, char** argv) {
  const size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 5000;
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < 2 * count + 100) return std::printf("too few open files are allowed: %lu\n", static_cast<unsigned long>(files.rlim_cur)), 2;

  auto diag = probe::TcpDiag::open();
  if (!diag) return std::printf("%s\n", diag.error().text.c_str()), 2;
  probe::ClientSketches sketches;
  Gateway gateway;
  const std::vector<uint16_t> ports{gateway.port()};
  std::vector<double> looks, reports;
  size_t seen = 0, octets = 0;
  uint32_t network = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Time now = loop::now();
    gateway.connect_all(count);
    double began = cpu_ms();
    seen = 0;
    sketches.begin();
    const Status looked = diag->look(ports, [&](probe::SeenConnection connection) {
      connection.client = IpAddress::v4((20u << 24) + network++ % 20000 * 256);
      sketches.note(connection, now);
      ++seen;
    });
    sketches.end();
    looks.push_back(cpu_ms() - began);
    if (!looked) return std::printf("%s\n", looked.error().text.c_str()), 2;
    gateway.close_all();
    if (round % kReportEvery != kReportEvery - 1) continue;
    began = cpu_ms();
    octets = probe::encode_observations({"region", 1, 1, 0, sketches.take(now)}).size();
    reports.push_back(cpu_ms() - began);
  }
  const auto median = [](std::vector<double>& list) { return std::nth_element(list.begin(), list.begin() + static_cast<long>(list.size() / 2), list.end()), list[list.size() / 2]; };
  const double look = median(looks), report = median(reports);
  std::printf("%zu connections: a look %.2f ms (%.2f µs each); a report of %.2f MB %.1f ms\n", seen, look, look * 1e3 / static_cast<double>(seen), static_cast<double>(octets) / 1e6, report);
  std::printf("a look a second and a report every %d: %.2f %% of a core\n", kReportEvery, (look + report / kReportEvery) / 10);
}
