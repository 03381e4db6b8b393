#include "loop.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <ctime>

#include "command.h"

namespace isochrone::lab {
namespace {

constexpr size_t kMaxPacket = 65536;

Time now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

timespec to_timespec(Time time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {seconds.count(), (time - seconds).count()};
}

}  // namespace

Loop::Loop(Network& network, const std::vector<PlaceNamespace>& places)
    : network_(network),
      places_(places),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&ends, signal);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  signals_ = signalfd(-1, &ends, SFD_CLOEXEC);

  for (size_t i = 0; i < places.size(); ++i) {
    place_of_[places[i].tun()] = i;
    watch(places[i].tun());
  }
  watch(timer_);
  watch(signals_);
  talkers_[STDIN_FILENO] = {STDOUT_FILENO, {}};
  watch(STDIN_FILENO);
}

Loop::~Loop() {
  for (const auto& [fd, talker] : talkers_)
    if (fd != STDIN_FILENO) close(fd);
  for (const int fd : {epoll_, timer_, signals_, listener_})
    if (fd >= 0) close(fd);
  if (!socket_path_.empty()) unlink(socket_path_.c_str());
}

Status Loop::listen(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) return fail("the socket's path is too long: " + socket_path);
  std::strncpy(address.sun_path, socket_path.c_str(), sizeof address.sun_path - 1);
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  unlink(socket_path.c_str());
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(listener_, 8) != 0)
    return fail(fmt::format("{}: {}", socket_path, std::strerror(errno)));
  socket_path_ = socket_path;
  watch(listener_);
  return {};
}

Status Loop::run() {
  std::array<epoll_event, 64> events;
  while (!stopping_) {
    const int ready = epoll_wait(epoll_, events.data(), events.size(), -1);
    if (ready < 0 && errno != EINTR) return fail(fmt::format("epoll_wait: {}", std::strerror(errno)));
    for (int i = 0; i < ready && !stopping_; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (const auto place = place_of_.find(fd); place != place_of_.end())
        take_packets(place->second);
      else if (fd == signals_)
        stopping_ = true;
      else if (fd == listener_)
        accept_talker();
      else if (fd != timer_)
        hear(fd);
    }
    release_due();
    set_timer();
  }
  return {};
}

void Loop::watch(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
}

void Loop::take_packets(size_t place) {
  static std::array<uint8_t, kMaxPacket> buffer;
  ssize_t length = 0;
  while ((length = read(places_[place].tun(), buffer.data(), buffer.size())) > 0)
    network_.send(place, {buffer.data(), static_cast<size_t>(length)}, now());
}

void Loop::release_due() {
  network_.take_due(now(), [this](const Packet& packet) {
    // A full device drops, as a full router does.
    [[maybe_unused]] const auto written = write(places_[packet.to].tun(), packet.octets.data(), packet.octets.size());
  });
}

void Loop::set_timer() {
  const Time due = network_.next_due().value_or(Time::zero());  // zero disarms
  if (due == timer_set_for_) return;
  timer_set_for_ = due;
  itimerspec when{};
  when.it_value = to_timespec(due);
  timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);  // also forgets that it has fired
}

void Loop::accept_talker() {
  const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return;
  talkers_[fd] = {fd, {}};
  watch(fd);
}

void Loop::hear(int fd) {
  Talker& talker = talkers_.at(fd);
  std::array<char, 4096> buffer;
  const ssize_t length = read(fd, buffer.data(), buffer.size());
  if (length > 0) talker.unfinished.append(buffer.data(), static_cast<size_t>(length));
  if (length > 0 && answer_lines(talker)) return;
  if (fd == STDIN_FILENO) {
    stopping_ = true;
    return;
  }
  close(fd);
  talkers_.erase(fd);
}

// False where the talker has gone.
bool Loop::answer_lines(Talker& talker) {
  size_t end = 0;
  while ((end = talker.unfinished.find('\n')) != std::string::npos) {
    const std::string answer = run_command(network_, std::string_view(talker.unfinished).substr(0, end)) + "\n";
    talker.unfinished.erase(0, end + 1);
    if (write(talker.out, answer.data(), answer.size()) != static_cast<ssize_t>(answer.size())) return false;
  }
  return true;
}

}  // namespace isochrone::lab
