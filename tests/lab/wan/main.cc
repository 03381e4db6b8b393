// isochrone-wan PLACES.csv MATRIX.csv [SOCKET]
//
// A WAN in network namespaces: one TUN device a place, one process that holds every packet for as long as the matrix
// says. Prints "ready <pid>" when all places stand; a place's namespace is isowan-<pid>-<place>. Then takes commands
// (command.h) until its input ends or it is told to stop, and takes the namespaces away.

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>

#include "loop.h"

namespace {

using namespace isochrone;

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail(path + ": cannot be read");
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<lab::Plan> read_plan(const std::string& places_path, const std::string& matrix_path) {
  const auto places = read_file(places_path), matrix = read_file(matrix_path);
  if (!places) return fail(places.error().text);
  if (!matrix) return fail(matrix.error().text);
  return lab::parse_plan(*places, *matrix);
}

// Releases come 50–100 µs late with real-time priority, several milliseconds late at times without.
void ask_for_real_time() {
  sched_param parameter{};
  parameter.sched_priority = 10;
  if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameter) != 0)
    fmt::print(stderr, "isochrone-wan: no real-time priority: times will be less exact\n");
}

Status serve(lab::Plan plan, const std::string& socket_path) {
  lab::remove_leftover_namespaces();
  std::vector<lab::PlaceNamespace> places;
  for (const lab::Place& place : plan.places) {
    auto made = lab::PlaceNamespace::create(place);
    if (!made) return fail(place.name + ": " + made.error().text);
    places.push_back(std::move(*made));
  }
  lab::Network network(std::move(plan), std::random_device{}());
  lab::Loop loop(network, places);
  if (!socket_path.empty())
    if (const auto listening = loop.listen(socket_path); !listening) return listening;
  ask_for_real_time();
  fmt::print("ready {}\n", getpid());
  std::fflush(stdout);
  return loop.run();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    fmt::print(stderr, "usage: isochrone-wan PLACES.csv MATRIX.csv [SOCKET]\n");
    return 2;
  }
  auto plan = read_plan(argv[1], argv[2]);
  const auto status = plan ? serve(std::move(*plan), argc == 4 ? argv[3] : "") : Status(fail(plan.error().text));
  if (status) return 0;
  fmt::print(stderr, "isochrone-wan: {}\n", status.error().text);
  return 2;
}
