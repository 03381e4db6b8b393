#include "net/udp_worker.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "net/clock.h"

namespace isochrone::net {
namespace {

constexpr size_t kBatch = 64;          // beyond 32 the gain is in the noise; gdnsd has 16
constexpr size_t kMaxQuery = 2048;     // octets; what is cut is malformed
// What a full receive buffer can hold: 4 MiB that the kernel doubles, and no datagram takes less than 512 octets of it.
// A stop under a flood answers no more.
constexpr int kMostQueued = 16384;

// Room for one packet-info message of either family.
constexpr size_t kControl = CMSG_SPACE(sizeof(in6_pktinfo));

// A slot's octets are no multiple of 4 KiB apart, or the heads of all slots would share a few cache sets.
template <size_t N>
struct Buffer {
  alignas(64) std::array<uint8_t, N> octets;
  std::array<uint8_t, 64> apart;
};

// Lets an answer leave from the address the query came to, whatever interface leads back.
void answer_from_asked_address(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      auto& info = *reinterpret_cast<in_pktinfo*>(CMSG_DATA(c));
      info.ipi_spec_dst = info.ipi_addr;
      info.ipi_ifindex = 0;
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      auto& info = *reinterpret_cast<in6_pktinfo*>(CMSG_DATA(c));
      if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) info.ipi6_ifindex = 0;
    }
  }
}

bool has_port(const sockaddr_storage& from) {  // the port lies at the same place in both families
  return reinterpret_cast<const sockaddr_in&>(from).sin_port != 0;
}

}  // namespace

struct UdpWorker::Batch {
  struct Waiting {
    wire::Query query;
    wire::Parsed parsed{};
    answer::Asker asker;
    answer::Ahead ahead;
  };

  std::array<mmsghdr, kBatch> received{};
  std::array<mmsghdr, kBatch> answers{};
  std::array<iovec, kBatch> in_vectors;
  std::array<iovec, kBatch> out_vectors;
  std::array<sockaddr_storage, kBatch> from;
  std::array<std::array<uint8_t, kControl>, kBatch> control;
  std::array<Waiting, kBatch> waiting;
  std::array<Buffer<kMaxQuery>, kBatch> in;
  std::array<Buffer<answer::kMaxUdpAnswer>, kBatch> out;

  Batch() {
    for (size_t i = 0; i < kBatch; ++i) {
      in_vectors[i] = {in[i].octets.data(), in[i].octets.size()};
      received[i].msg_hdr.msg_name = &from[i];
      received[i].msg_hdr.msg_iov = &in_vectors[i];
      received[i].msg_hdr.msg_iovlen = 1;
    }
  }
};

UdpWorker::UdpWorker(Socket socket, const IpAddress& local, Published<answer::Snapshot>& snapshots,
                     answer::WorkerCounters& counters)
    : socket_(std::move(socket)),
      is_wildcard_(is_wildcard(local)),
      snapshots_(snapshots),
      counters_(counters),
      batch_(std::make_unique<Batch>()),
      dirty_(kBatch) {}

UdpWorker::~UdpWorker() = default;

void UdpWorker::run() {
  Published<answer::Snapshot>::Reader reader(snapshots_);
  while (!stopping_.load(std::memory_order_relaxed)) {
    const int count = receive(MSG_WAITFORONE);
    if (count > 0) answer(count, reader.get());
    else reader.let_go();  // nothing came within the receive time-out
  }
  drain(reader);
}

void UdpWorker::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  shutdown(socket_.fd(), SHUT_RD);  // wakes the thread (and fails with ENOTCONN); what is queued can still be read
}

void UdpWorker::drain(Published<answer::Snapshot>::Reader& reader) {
  for (int count, left = kMostQueued; left > 0 && (count = receive(MSG_DONTWAIT)) > 0; left -= count) answer(count, reader.get());
}

int UdpWorker::receive(int flags) {
  // Only what the last call wrote over: a lone query must not pay for 64.
  for (size_t i = 0; i < dirty_; ++i) {
    msghdr& message = batch_->received[i].msg_hdr;
    message.msg_namelen = sizeof(sockaddr_storage);
    if (!is_wildcard_) continue;
    message.msg_control = batch_->control[i].data();
    message.msg_controllen = kControl;
  }
  const int count = recvmmsg(socket_.fd(), batch_->received.data(), kBatch, flags, nullptr);
  dirty_ = static_cast<size_t>(std::max(count, 1));
  // shutdown() makes recvmmsg() return one message of 0 octets without a source. An empty datagram has a source, and must not end drain().
  const mmsghdr& first = batch_->received[0];
  const bool woken_by_stop = count == 1 && first.msg_len == 0 && first.msg_hdr.msg_namelen == 0;
  return woken_by_stop ? 0 : count;
}

// In passes, so that the memory each query waits for is on its way while the others are looked at.
void UdpWorker::answer(int count, const answer::Snapshot& snapshot) {
  Batch& b = *batch_;
  const uint64_t begin = monotonic_ns();
  const uint32_t now = unix_seconds();

  const auto received = static_cast<size_t>(count);
  for (size_t i = 0; i < received; ++i) {
    Batch::Waiting& w = b.waiting[i];
    read_address(b.from[i], w.asker.resolver);
    w.asker.unix_seconds = now;
    w.parsed = wire::parse_query({b.in[i].octets.data(), b.received[i].msg_len}, w.query);
  }
  for (size_t i = 0; i < received; ++i) b.waiting[i].ahead.begin(b.waiting[i].query, b.waiting[i].parsed, snapshot);
  for (size_t i = 0; i < received; ++i) b.waiting[i].ahead.ask_for_block(snapshot);
  for (size_t i = 0; i < received; ++i) b.waiting[i].ahead.ask_for_source(b.waiting[i].query, snapshot, b.waiting[i].asker);
  for (size_t i = 0; i < received; ++i) b.waiting[i].ahead.ask_for_row(snapshot);

  unsigned answers = 0;
  for (size_t i = 0; i < received; ++i) {
    if (!has_port(b.from[i])) {  // nobody listens at port 0: forged
      counters_.dropped_source.add();
      continue;
    }
    const Batch::Waiting& w = b.waiting[i];
    const size_t length =
        answer::respond(w.query, w.parsed, snapshot, w.asker, b.out[answers].octets, counters_, w.ahead.client());
    if (length == 0) continue;
    b.out_vectors[answers] = {b.out[answers].octets.data(), length};
    msghdr& message = b.answers[answers].msg_hdr;
    message = b.received[i].msg_hdr;  // to whom it came from
    message.msg_iov = &b.out_vectors[answers];
    message.msg_flags = 0;
    if (is_wildcard_) answer_from_asked_address(message);
    ++answers;
  }
  send(answers);
  counters_.count_latency(answer::Transport::Udp, monotonic_ns() - begin, received);
}

void UdpWorker::send(unsigned count) {
  for (unsigned sent = 0; sent < count;) {
    const int n = sendmmsg(socket_.fd(), batch_->answers.data() + sent, count - sent, MSG_DONTWAIT);
    if (n > 0) {
      sent += static_cast<unsigned>(n);
    } else if (errno != EINTR) {  // the first of them cannot be sent: no room, no route, a firewall's refusal
      counters_.dropped_send.add();
      ++sent;
    }
  }
}

}  // namespace isochrone::net
