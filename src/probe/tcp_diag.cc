#include "probe/tcp_diag.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace isochrone::probe {

namespace {

constexpr size_t kBuffer = 128 << 10;      // what the kernel fills at a time is 32 KiB at most
constexpr uint32_t kEstablished = 1 << 1;  // TCP_ESTABLISHED
// Octets into struct tcp_info (linux/tcp.h, which does not go with netinet/tcp.h, and that one lacks the last two).
constexpr size_t kRtt = 68, kSegmentsIn = 140, kDelivered = 192;

// A program for the kernel: true where the local port is one of these. Each port takes "at least", "at most" and a jump
// to the end, which is true; a jump to 4 octets behind it is false.
std::vector<inet_diag_bc_op> port_filter(std::span<const uint16_t> ports) {
  std::vector<inet_diag_bc_op> ops;
  const auto put = [&](uint8_t code, uint8_t yes, uint16_t no) { ops.push_back({code, yes, no}); };
  for (size_t i = 0; i < ports.size(); ++i) {
    const size_t left = ports.size() - i - 1;
    put(INET_DIAG_BC_S_GE, 8, 20);
    put(INET_DIAG_BC_NOP, 0, ports[i]);
    put(INET_DIAG_BC_S_LE, 8, 12);
    put(INET_DIAG_BC_NOP, 0, ports[i]);
    if (left != 0) put(INET_DIAG_BC_JMP, 4, static_cast<uint16_t>(4 + left * 20 - 4));
  }
  return ops;
}

// The kernel's struct may be shorter than ours, being older, or longer.
uint32_t field(std::span<const uint8_t> info, size_t at) {
  uint32_t value = 0;
  if (info.size() >= at + sizeof value) std::memcpy(&value, info.data() + at, sizeof value);
  return value;
}

SeenConnection parse(const inet_diag_msg& message, std::span<const uint8_t> info) {
  SeenConnection out;
  out.cookie = uint64_t{message.id.idiag_cookie[1]} << 32 | message.id.idiag_cookie[0];
  out.client.family = message.idiag_family == AF_INET ? Family::V4 : Family::V6;
  std::memcpy(out.client.octets.data(), message.id.idiag_dst, static_cast<size_t>(out.client.size()));
  out.is_own = std::memcmp(message.id.idiag_src, message.id.idiag_dst, static_cast<size_t>(out.client.size())) == 0;
  out.rtt_us = field(info, kRtt);
  out.news = field(info, info.size() >= kDelivered + sizeof out.news ? kDelivered : kSegmentsIn);
  return out;
}

std::span<const uint8_t> find_info(const nlmsghdr& header) {
  const auto* begin = reinterpret_cast<const uint8_t*>(&header) + NLMSG_LENGTH(sizeof(inet_diag_msg));
  size_t left = header.nlmsg_len - NLMSG_LENGTH(sizeof(inet_diag_msg));
  while (left >= sizeof(rtattr)) {
    rtattr attribute;
    std::memcpy(&attribute, begin, sizeof attribute);
    if (attribute.rta_len < sizeof attribute || attribute.rta_len > left) break;
    if (attribute.rta_type == INET_DIAG_INFO) return {begin + sizeof attribute, attribute.rta_len - sizeof attribute};
    const size_t step = std::min<size_t>(left, RTA_ALIGN(attribute.rta_len));
    begin += step, left -= step;
  }
  return {};
}

}  // namespace

Result<TcpDiag> TcpDiag::open() {
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd < 0) return fail(fmt::format("sock_diag: {}", std::strerror(errno)));
  const int octets = 1 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
  const timeval patience{5, 0};  // a kernel that does not answer must not hang us
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return TcpDiag(fd);
}

TcpDiag::TcpDiag(TcpDiag&& o) noexcept : fd_(std::exchange(o.fd_, -1)), sequence_(o.sequence_), buffer_(std::move(o.buffer_)) {}

TcpDiag::~TcpDiag() {
  if (fd_ >= 0) close(fd_);
}

Status TcpDiag::look(std::span<const uint16_t> ports, const std::function<void(const SeenConnection&)>& use) {
  for (const uint8_t family : {AF_INET, AF_INET6})
    if (Status seen = look(family, ports, use); !seen) return seen;
  return {};
}

Status TcpDiag::ask(uint8_t family, std::span<const uint16_t> ports) {
  const std::vector<inet_diag_bc_op> filter = port_filter(ports);
  const size_t filter_size = filter.size() * sizeof filter[0];
  inet_diag_req_v2 request{};
  request.sdiag_family = family;
  request.sdiag_protocol = IPPROTO_TCP;
  request.idiag_ext = 1 << (INET_DIAG_INFO - 1);
  request.idiag_states = kEstablished;
  nlmsghdr header{};
  header.nlmsg_len = static_cast<uint32_t>(NLMSG_LENGTH(sizeof request) + RTA_LENGTH(filter_size));
  header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  header.nlmsg_seq = ++sequence_;
  rtattr attribute{static_cast<unsigned short>(RTA_LENGTH(filter_size)), INET_DIAG_REQ_BYTECODE};

  std::vector<uint8_t> message(header.nlmsg_len);
  std::memcpy(message.data(), &header, sizeof header);
  std::memcpy(message.data() + NLMSG_LENGTH(0), &request, sizeof request);
  std::memcpy(message.data() + NLMSG_LENGTH(sizeof request), &attribute, sizeof attribute);
  std::memcpy(message.data() + NLMSG_LENGTH(sizeof request) + RTA_LENGTH(0), filter.data(), filter_size);
  const ssize_t sent = send(fd_, message.data(), message.size(), 0);
  if (sent != static_cast<ssize_t>(message.size())) return fail(fmt::format("sock_diag: {}", std::strerror(errno)));
  return {};
}

Status TcpDiag::look(uint8_t family, std::span<const uint16_t> ports, const std::function<void(const SeenConnection&)>& use) {
  if (Status asked = ask(family, ports); !asked) return asked;
  buffer_.resize(kBuffer);
  for (;;) {
    const ssize_t size = recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return fail(fmt::format("sock_diag: {}", size == 0 ? "closed" : std::strerror(errno)));
    for (size_t at = 0; at + sizeof(nlmsghdr) <= static_cast<size_t>(size);) {
      const auto& header = *reinterpret_cast<const nlmsghdr*>(buffer_.data() + at);
      if (header.nlmsg_len < sizeof header || header.nlmsg_len > static_cast<size_t>(size) - at) return fail("sock_diag: a message was cut");
      at += NLMSG_ALIGN(header.nlmsg_len);
      if (header.nlmsg_seq != sequence_) continue;  // of a look that was given up
      if (header.nlmsg_type == NLMSG_DONE) return {};
      if (header.nlmsg_type == NLMSG_ERROR) {
        nlmsgerr error{};
        std::memcpy(&error, NLMSG_DATA(&header), std::min<size_t>(sizeof error, header.nlmsg_len - NLMSG_LENGTH(0)));
        return fail(fmt::format("sock_diag: {}", std::strerror(-error.error)));
      }
      if (header.nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) continue;
      inet_diag_msg message;
      std::memcpy(&message, NLMSG_DATA(&header), sizeof message);
      if (std::ranges::find(ports, ntohs(message.id.idiag_sport)) != ports.end()) use(parse(message, find_info(header)));
    }
  }
}

}  // namespace isochrone::probe
