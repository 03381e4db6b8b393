// kind: icmp. An echo request is answered.
//
// A ping socket (SOCK_DGRAM) needs the process's group in net.ipv4.ping_group_range, a raw one CAP_NET_RAW; whichever
// is to be had is used. All probes of a family share one, because a raw socket sees every reply that arrives: a socket
// a probe would read each reply as often as there are probes under way.

#include "loop/watch.h"
#include "probe/icmp.h"

#include <fmt/format.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <span>
#include <utility>

#include "probe/icmp_error.h"
#include "probe/reason.h"
#include "probe/socket.h"

namespace isochrone::probe {

using health::Failure;
using health::Outcome;
using health::Phase;
using health::Target;

namespace {

constexpr uint8_t kEchoV4 = ICMP_ECHO, kEchoReplyV4 = ICMP_ECHOREPLY;
constexpr size_t kHead = 8;      // type, code, checksum, identifier, sequence
constexpr size_t kPayload = 56;  // as ping sends: what filters on the way are used to
constexpr size_t kPacket = kHead + kPayload;

// RFC 1071.
uint16_t checksum(const uint8_t* octets, size_t size) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < size; i += 2) sum += uint32_t{octets[i]} << 8 | octets[i + 1];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

// The number travels in the payload: a ping socket's identifier is the kernel's, and 16 bits would be guessed.
std::array<uint8_t, kPacket> echo_request(Family family, uint64_t number) {
  std::array<uint8_t, kPacket> packet{};
  packet[0] = family == Family::V4 ? kEchoV4 : uint8_t{ICMP6_ECHO_REQUEST};
  std::memcpy(packet.data() + 4, &number, 4);
  std::memcpy(packet.data() + kHead, &number, sizeof number);
  if (family == Family::V4) {  // of ICMPv6 the kernel fills it in
    const uint16_t sum = checksum(packet.data(), packet.size());
    packet[2] = static_cast<uint8_t>(sum >> 8);
    packet[3] = static_cast<uint8_t>(sum);
  }
  return packet;
}

void want_replies_only(int fd, Family family) {
  if (family == Family::V4) {
    const icmp_filter filter{~(1u << kEchoReplyV4)};
    ::setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof filter);
  } else {
    icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    ::setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
  }
}

}  // namespace

struct Pinger::Waiting {
  IpAddress address;
  timespec sent{};
  Reply reply;
};

class Pinger::Line {
 public:
  Line(Pinger& pinger, Family family, bool raw, Fd fd)
      : pinger_(pinger),
        family_(family),
        raw_(raw),
        fd_(std::move(fd)),
        watch_(pinger.loop_, fd_.get(), UV_READABLE, [this](int events) { ready(events); }) {
    want_receive_times(fd_.get());
    want_errors(fd_.get(), family_);
    if (raw_) want_replies_only(fd_.get(), family_);
  }

  bool works() const { return watch_.works(); }

  // 0, or errno.
  int send(const IpAddress& to, uint64_t number) const {
    const auto packet = echo_request(family_, number);
    const SocketAddress address = to_socket_address({to, 0});
    for (int tries = 0;; ++tries) {
      if (::sendto(fd_.get(), packet.data(), packet.size(), 0, address.get(), address.size) >= 0) return 0;
      // What came back for another target is told once to whoever uses the socket next; it waits in the error queue too.
      if (tries == kSendTries) return errno;
    }
  }

 private:
  static constexpr int kSendTries = 2;
  static constexpr int kAtOnce = 64;  // then the loop turns: a flood of replies holds up nothing else

  void ready(int events) {
    drain_errors();
    drain();
    if (events & UV_WRITABLE) watch_.want(UV_READABLE);  // an error has stopped the watch
  }

  void drain() {
    std::array<uint8_t, 1500> buffer;
    for (int i = 0; i < kAtOnce; ++i) {
      const Datagram datagram = receive(fd_.get(), buffer.data(), buffer.size());
      if (datagram.size < 0 && errno == EAGAIN) return;
      if (datagram.size >= 0) take(std::span(buffer.data(), static_cast<size_t>(datagram.size)), datagram);
    }
  }

  void drain_errors() {
    for (int i = 0; i < kAtOnce; ++i) {
      std::array<uint8_t, 128> quoted;
      const auto error = receive_error(fd_.get(), quoted);
      if (!error) return;
      // Only what quotes our number is about a probe of ours: RFC 1812 §4.3.2.3 has routers quote enough for that.
      if (error->quoted.size() < kHead + sizeof(uint64_t)) continue;
      uint64_t number = 0;
      std::memcpy(&number, error->quoted.data() + kHead, sizeof number);
      pinger_.take_error(error->to, number, error->said);
    }
  }

  void take(std::span<const uint8_t> packet, const Datagram& datagram) {
    if (raw_ && family_ == Family::V4) {  // with its IP header
      const size_t header = packet.empty() ? 0 : size_t{4} * (packet[0] & 15);
      if (header > packet.size()) return;
      packet = packet.subspan(header);
    }
    const uint8_t reply = family_ == Family::V4 ? kEchoReplyV4 : uint8_t{ICMP6_ECHO_REPLY};
    if (packet.size() < kHead + sizeof(uint64_t) || packet[0] != reply) return;
    uint64_t number = 0;
    std::memcpy(&number, packet.data() + kHead, sizeof number);
    const auto from = address_of(datagram.from.storage);
    if (from) pinger_.take(*from, number, datagram.received.value_or(real_time()));
  }

  Pinger& pinger_;
  Family family_;
  bool raw_;
  Fd fd_;
  loop::Watch watch_;
};

Pinger::Pinger(uv_loop_t* loop) : loop_(loop), next_(std::random_device()()) {
  next_ = next_ << 32 | std::random_device()();
}
Pinger::~Pinger() = default;

tl::expected<uint64_t, Outcome> Pinger::ping(const Target& target, Reply reply) {
  const auto line = find_line(target);
  if (!line) return tl::unexpected(line.error());
  const uint64_t number = next_;
  next_ += 0x9e3779b97f4a7c15;  // all 64 bits move, and none comes back soon
  Waiting& waiting = waiting_[number] = {target.address, {}, std::move(reply)};
  waiting.sent = real_time();
  if (const int error = (*line)->send(target.address, number); error != 0) {
    waiting_.erase(number);
    return tl::unexpected(failed_with_errno(target, error, Phase::Connect, true));
  }
  return number;
}

void Pinger::forget(uint64_t number) {
  waiting_.erase(number);
}

tl::expected<Pinger::Line*, Outcome> Pinger::find_line(const Target& target) {
  const Family family = target.address.family;
  const auto& source = family == Family::V4 ? target.spec.source_v4 : target.spec.source_v6;
  auto& line = lines_[{family, source}];
  if (line) return line.get();
  const int protocol = family == Family::V4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  bool raw = false;
  Fd fd = open_socket(target, SOCK_DGRAM, protocol);
  if (!fd && (errno == EACCES || errno == EPERM)) {
    raw = true;
    fd = open_socket(target, SOCK_RAW, protocol);
  }
  if (!fd && (errno == EACCES || errno == EPERM))
    return tl::unexpected(failed_here("icmp unavailable: needs CAP_NET_RAW or net.ipv4.ping_group_range"));
  if (!fd) return tl::unexpected(failed_with_errno(target, errno, Phase::Connect, true));
  auto made = std::make_unique<Line>(*this, family, raw, std::move(fd));
  if (!made->works()) return tl::unexpected(failed_here("cannot watch another descriptor"));
  line = std::move(made);
  return line.get();
}

void Pinger::take(const IpAddress& from, uint64_t number, const timespec& received) {
  if (const auto waiting = find(from, number)) waiting->reply(between(waiting->sent, received));
}

void Pinger::take_error(const IpAddress& to, uint64_t number, std::string said) {
  if (const auto waiting = find(to, number)) waiting->reply(tl::unexpected(std::move(said)));
}

// Takes it from those that wait.
std::optional<Pinger::Waiting> Pinger::find(const IpAddress& peer, uint64_t number) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end() || found->second.address != peer) return std::nullopt;
  Waiting waiting = std::move(found->second);
  waiting_.erase(found);
  return waiting;
}

namespace {

class IcmpAttempt final : public Attempt {
 public:
  IcmpAttempt(Pinger& pinger, const Target& target, Done done)
      : pinger_(pinger), target_(target), done_(std::move(done)) {}
  ~IcmpAttempt() override { pinger_.forget(number_); }

  std::optional<Outcome> start() {
    auto sent = pinger_.ping(target_, [this](const Pinger::RoundTrip& round_trip) { replied(round_trip); });
    if (!sent) return std::move(sent.error());
    number_ = *sent;
    return {};
  }

  Outcome expire() override {
    return failed(
        Failure::Timeout, Phase::FirstByte,
        fmt::format("no echo reply from {} within {}", name_of(target_), isochrone::to_text(target_.spec.timeout)));
  }

 private:
  void replied(const Pinger::RoundTrip& round_trip) {
    Outcome outcome;
    if (round_trip) {
      outcome.rtt = *round_trip;
      outcome.phases[static_cast<size_t>(Phase::FirstByte)] = *round_trip;
    } else {
      outcome = failed(Failure::Unreachable, Phase::FirstByte,
                       fmt::format("{} is unreachable: {}", name_of(target_), round_trip.error()));
    }
    const Done done = std::move(done_);  // `done` destroys this
    done(std::move(outcome));
  }

  Pinger& pinger_;
  const Target& target_;
  Done done_;
  uint64_t number_ = 0;
};

}  // namespace

Started start_icmp(Workshop& workshop, const Target& target, Done done) {
  auto attempt = std::make_unique<IcmpAttempt>(workshop.pinger, target, std::move(done));
  if (auto known = attempt->start()) return std::move(*known);
  return attempt;
}

}  // namespace isochrone::probe
