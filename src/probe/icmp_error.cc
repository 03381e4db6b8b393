#include "probe/icmp_error.h"

#include <fmt/format.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/errqueue.h>
#include <linux/icmp.h>

#include <cstring>

namespace isochrone::probe {

namespace {

struct Words {
  uint8_t type;
  int code;  // -1: any other
  const char* text;
};

constexpr Words kV4[]{
    {ICMP_DEST_UNREACH, ICMP_NET_UNREACH, "network unreachable"},
    {ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, "host unreachable"},
    {ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, "protocol unreachable"},
    {ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, "port unreachable"},
    {ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, nullptr},
    {ICMP_DEST_UNREACH, ICMP_NET_ANO, "network prohibited"},
    {ICMP_DEST_UNREACH, ICMP_HOST_ANO, "host prohibited"},
    {ICMP_DEST_UNREACH, ICMP_PKT_FILTERED, "prohibited by a filter"},
    {ICMP_DEST_UNREACH, -1, "destination unreachable"},
    {ICMP_TIME_EXCEEDED, -1, "the way is too long or a loop (time exceeded)"},
};
constexpr Words kV6[]{
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOROUTE, "no route"},
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN, "prohibited by a filter"},
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR, "address unreachable"},
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT, "port unreachable"},
    {ICMP6_DST_UNREACH, -1, "destination unreachable"},
    {ICMP6_TIME_EXCEEDED, -1, "the way is too long or a loop (hop limit exceeded)"},
};

// Null: nothing that makes the target unreachable.
const char* words_for(const sock_extended_err& error) {
  const std::span<const Words> table = error.ee_origin == SO_EE_ORIGIN_ICMP6 ? std::span<const Words>(kV6) : kV4;
  for (const Words& words : table)
    if (words.type == error.ee_type && (words.code == -1 || words.code == error.ee_code)) return words.text;
  return nullptr;
}

// The kernel puts the address of who said so behind the error.
std::optional<IpAddress> offender_of(const cmsghdr& message) {
  sockaddr_storage storage{};
  const size_t room = message.cmsg_len - CMSG_LEN(sizeof(sock_extended_err));
  std::memcpy(&storage, CMSG_DATA(&message) + sizeof(sock_extended_err), std::min(room, sizeof(sockaddr_in6)));
  return address_of(storage);
}

std::optional<std::string> said_in(const cmsghdr& message) {
  const bool ours = (message.cmsg_level == IPPROTO_IP && message.cmsg_type == IP_RECVERR) ||
                    (message.cmsg_level == IPPROTO_IPV6 && message.cmsg_type == IPV6_RECVERR);
  if (!ours || message.cmsg_len < CMSG_LEN(sizeof(sock_extended_err))) return std::nullopt;
  sock_extended_err error{};
  std::memcpy(&error, CMSG_DATA(&message), sizeof error);
  if (error.ee_origin != SO_EE_ORIGIN_ICMP && error.ee_origin != SO_EE_ORIGIN_ICMP6) return std::nullopt;
  const char* words = words_for(error);
  if (words == nullptr) return std::nullopt;
  const auto offender = offender_of(message);
  return offender ? fmt::format("{}, says {}", words, offender->to_text()) : std::string(words);
}

}  // namespace

std::optional<IpAddress> address_of(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    return IpAddress::v4(ntohl(in.sin_addr.s_addr));
  }
  if (storage.ss_family != AF_INET6) return std::nullopt;
  sockaddr_in6 in6{};
  std::memcpy(&in6, &storage, sizeof in6);
  return IpAddress::v6(in6.sin6_addr.s6_addr);
}

void want_errors(int fd, Family family) {
  const int on = 1;
  if (family == Family::V4) ::setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  else ::setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
}

std::optional<IcmpError> receive_error(int fd, std::span<uint8_t> buffer) {
  for (;;) {
    sockaddr_storage to{};
    iovec part{buffer.data(), buffer.size()};
    alignas(cmsghdr) char control[256];
    msghdr message{};
    message.msg_name = &to;
    message.msg_namelen = sizeof to;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = ::recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (size < 0) return std::nullopt;
    const auto sent_to = address_of(to);
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c && sent_to; c = CMSG_NXTHDR(&message, c))
      if (auto said = said_in(*c)) return IcmpError{*sent_to, buffer.first(static_cast<size_t>(size)), std::move(*said)};
  }
}

}  // namespace isochrone::probe
