// kind: dns. A question is answered as expected, over UDP or TCP: by its RCODE and, where asked for, an address.

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <vector>

#include "loop/watch.h"
#include "probe/attempt.h"
#include "probe/dns_answer.h"
#include "probe/icmp_error.h"
#include "probe/progress.h"
#include "probe/reason.h"
#include "probe/socket.h"
#include "wire/name.h"
#include "wire/query.h"
#include "wire/types.h"

namespace isochrone::probe {

using health::Failure;
using health::Outcome;
using health::Phase;
using health::Target;

namespace {

using Octets = std::vector<uint8_t>;

void append_u16(Octets& to, unsigned value) {
  to.push_back(static_cast<uint8_t>(value >> 8));
  to.push_back(static_cast<uint8_t>(value));
}

unsigned u16(const uint8_t* octets) {
  return unsigned{octets[0]} << 8 | octets[1];
}

// RFC 1035 §4.1: one question.
Octets make_query(const wire::Name& qname, uint16_t qtype, uint16_t id, bool recursion_desired) {
  Octets query;
  for (const unsigned field : {unsigned{id}, recursion_desired ? 0x0100u : 0u, 1u, 0u, 0u, 0u}) append_u16(query, field);
  query.insert(query.end(), qname.wire().begin(), qname.wire().end());
  append_u16(query, qtype);
  append_u16(query, static_cast<unsigned>(wire::Class::IN));
  return query;
}

class DnsAttempt final : public Attempt {
 public:
  DnsAttempt(uv_loop_t* loop, const Target& target, Octets query, Fd fd, TakeMessage take, Done done)
      : target_(target),
        query_(std::move(query)),
        fd_(std::move(fd)),
        take_(std::move(take)),
        done_(std::move(done)),
        watch_(loop, fd_.get(), over_tcp() ? UV_WRITABLE : UV_READABLE, [this](int) { ready(); }) {
    if (!over_tcp()) progress_.enter(Phase::FirstByte);
  }

  bool works() const { return watch_.works(); }

  // 0, or errno. Over UDP the query; over TCP it goes once connected.
  int send() {
    sent_ = real_time();
    return ::send(fd_.get(), query_.data(), query_.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(query_.size()) ? 0
                                                                                                                : errno;
  }

  Outcome expire() override { return progress_.end(timed_out(target_, progress_.phase())); }

 private:
  bool over_tcp() const { return target_.spec.dns_tcp; }

  void ready() {
    if (!over_tcp()) return take_datagram();
    if (progress_.phase() == Phase::Connect) return connected();
    take_stream();
  }

  void take_datagram() {
    std::array<uint8_t, 4096> buffer;
    const Datagram datagram = receive(fd_.get(), buffer.data(), buffer.size());
    if (datagram.size < 0) return errno == EAGAIN ? void() : fail_with(errno);
    const Octets answer(buffer.data(), buffer.data() + datagram.size);
    if (!is_ours(answer)) return;  // RFC 5452 §9: not the answer to our question; the right one may still come
    progress_.outcome().rtt = between(sent_, datagram.received.value_or(real_time()));
    judge(answer);
  }

  void connected() {
    if (const int error = connect_error(fd_.get()); error != 0) return fail_with(error);
    progress_.measure(fd_.get());
    progress_.enter(Phase::FirstByte);
    if (const int failed_send = send(); failed_send != 0) return fail_with(failed_send);
    watch_.want(UV_READABLE);
  }

  void take_stream() {
    std::array<uint8_t, 4096> buffer;
    const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) return errno == EAGAIN ? void() : fail_with(errno);
    if (got == 0)
      return finish(
          failed(Failure::Reset, progress_.phase(), fmt::format("{} closed the connection without an answer", name_of(target_))));
    if (progress_.phase() == Phase::FirstByte) progress_.enter(Phase::Body);
    received_.insert(received_.end(), buffer.data(), buffer.data() + got);
    if (received_.size() < 2) return;
    const size_t length = u16(received_.data());
    if (received_.size() < length + 2) return;
    const Octets answer(received_.begin() + 2, received_.begin() + 2 + static_cast<ptrdiff_t>(length));
    if (is_ours(answer)) return judge(answer);
    finish(
        failed(Failure::Protocol, progress_.phase(), fmt::format("what {} sent does not answer the question", name_of(target_))));
  }

  // Same id, QR set, same question.
  bool is_ours(const Octets& answer) const {
    const Octets query(query_.begin() + (over_tcp() ? 2 : 0), query_.end());
    if (answer.size() < query.size()) return false;
    const bool same_id = answer[0] == query[0] && answer[1] == query[1];
    const bool is_answer = (answer[2] & 0xf8) == 0x80;  // QR, opcode QUERY
    return same_id && is_answer && std::memcmp(answer.data() + 4, query.data() + 4, 2) == 0 &&
           std::memcmp(answer.data() + wire::kHeaderSize, query.data() + wire::kHeaderSize, query.size() - wire::kHeaderSize) == 0;
  }

  void judge(const Octets& answer) {
    progress_.show({reinterpret_cast<const char*>(answer.data()), answer.size()});
    if (take_) take_(answer);
    std::string fault = find_dns_fault(answer, target_.spec);
    Outcome verdict = fault.empty() ? Outcome{} : failed(Failure::Status, progress_.phase(), std::move(fault));
    verdict.code = answer[3] & 0x0f;  // is_ours: there is a header
    finish(std::move(verdict));
  }

  void fail_with(int error) { finish(failed_with_errno(target_, error, progress_.phase())); }

  void finish(Outcome verdict) {
    const Done done = std::move(done_);  // `done` destroys this
    done(progress_.end(std::move(verdict)));
  }

  const Target& target_;
  Octets query_;  // over TCP with its length in front (RFC 1035 §4.2.2)
  Fd fd_;
  TakeMessage take_;
  Done done_;
  Progress progress_;
  timespec sent_{};
  Octets received_;
  loop::Watch watch_;
};

}  // namespace

Started ask_dns(uv_loop_t* loop, const Target& target, TakeMessage take, Done done) {
  const auto qname = wire::Name::parse(target.spec.dns_name);
  if (!qname) return failed_here(fmt::format("dns: {}", qname.error().text));
  const bool tcp = target.spec.dns_tcp;
  Octets query = make_query(*qname, target.spec.dns_type, static_cast<uint16_t>(std::random_device()()), take != nullptr);
  if (tcp) query.insert(query.begin(), {static_cast<uint8_t>(query.size() >> 8), static_cast<uint8_t>(query.size())});
  Fd fd = open_socket(target, tcp ? SOCK_STREAM : SOCK_DGRAM);
  if (!fd) return failed_with_errno(target, errno, Phase::Connect, true);
  if (!tcp) {
    want_receive_times(fd.get());
    want_errors(fd.get(), target.address.family);  // a host that is unreachable, not a closed port only
  }
  const SocketAddress to = to_socket_address(endpoint_of(target));
  if (::connect(fd.get(), to.get(), to.size) != 0 && errno != EINPROGRESS)
    return failed_with_errno(target, errno, Phase::Connect, true);
  auto attempt = std::make_unique<DnsAttempt>(loop, target, std::move(query), std::move(fd), std::move(take), std::move(done));
  if (!attempt->works()) return failed_here("cannot watch another descriptor");
  if (!tcp) {
    if (const int error = attempt->send(); error != 0) return failed_with_errno(target, error, Phase::Connect, true);
  }
  return attempt;
}

Started start_dns(Workshop& workshop, const Target& target, Done done) {
  return ask_dns(workshop.loop, target, nullptr, std::move(done));
}

}  // namespace isochrone::probe
