#include "wire/edns.h"

#include <algorithm>
#include <array>

#include "wire/reader.h"

namespace isochrone::wire {
namespace {

constexpr size_t kBareOpt = 11;        // an OPT RR without options: root owner, TYPE, CLASS, TTL, RDLENGTH
constexpr size_t kOptionHeader = 4;  // OPTION-CODE, OPTION-LENGTH
constexpr size_t kErrorCode = 2;     // INFO-CODE, RFC 8914 §2
constexpr uint16_t kDo = 0x8000;     // RFC 3225 §3

// False where the option breaks its RFC.
bool parse_option(Edns& edns, Option code, std::span<const uint8_t> data) {
  switch (code) {
    case Option::Nsid:
      edns.nsid = true;
      return true;
    case Option::Keepalive:
      // RFC 7828 §3.2.1: without TIMEOUT in a query. One that has it is ignored: over UDP it has to be in any case.
      edns.keepalive |= data.empty();
      return true;
    case Option::Padding:
      edns.padding = true;
      return true;
    case Option::Cookie:
      if (edns.cookie) return true;
      edns.cookie = parse_cookie(data);
      return edns.cookie.has_value();
    case Option::ClientSubnet:
      if (edns.subnet) return true;  // no RFC says which of several is meant; the first, as in BIND
      edns.subnet = parse_client_subnet(data);
      return edns.subnet.has_value();
    default:
      return true;  // RFC 6891 §6.1.2: what is not understood is ignored
  }
}

uint8_t high(size_t value) {
  return static_cast<uint8_t>(value >> 8);
}
uint8_t low(size_t value) {
  return static_cast<uint8_t>(value);
}

void begin_option(WireWriter& out, Option code, size_t size) {
  out.u16(static_cast<uint16_t>(code));
  out.u16(static_cast<uint16_t>(size));
}

size_t options_size(const Opt& opt) {
  size_t size = 0;
  if (!opt.nsid.empty()) size += kOptionHeader + opt.nsid.size();
  if (opt.subnet) size += client_subnet_size(*opt.subnet);
  if (opt.cookie) size += kCookieOptionSize;
  if (opt.keepalive) size += kOptionHeader + 2;
  return size;
}

// Text that would be cut is left out altogether, so that no character is cut in two (RFC 8914 §2).
std::string_view fitting_text(const Opt& opt, size_t room) {
  return kOptionHeader + kErrorCode + opt.error_text.size() <= room ? opt.error_text : std::string_view();
}

void append_error(WireWriter& out, ExtendedError error, std::string_view text) {
  begin_option(out, Option::Error, kErrorCode + text.size());
  out.u16(static_cast<uint16_t>(error));
  out.bytes({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

}  // namespace

void parse_edns(Edns& edns, uint16_t payload, uint32_t ttl, std::span<const uint8_t> options) {
  edns.present = true;
  edns.payload = std::max(payload, kMinUdpPayload);  // RFC 6891 §6.2.3
  edns.version = static_cast<uint8_t>(ttl >> 16);
  edns.dnssec_ok = ttl & kDo;
  if (edns.version != 0) return;

  WireReader in(options);
  while (in.remaining() > 0) {
    const auto code = static_cast<Option>(in.u16());
    const auto data = in.bytes(in.u16());
    if (in.failed() || !parse_option(edns, code, data)) {
      edns.malformed = true;
      return;
    }
  }
}

size_t opt_size(const Opt& opt) {
  return kBareOpt + options_size(opt);
}

void append_opt(WireWriter& out, const Opt& opt, uint8_t extended_rcode) {
  const size_t begin = out.size();
  // The root; TYPE; CLASS: payload; TTL: extended RCODE, VERSION 0 also in BADVERS, for it is the highest we speak
  // (RFC 6891 §6.1.3), and flags; RDLENGTH, below. In one piece, as every answer has them.
  out.bytes(std::array<uint8_t, kBareOpt>{0, 0, static_cast<uint8_t>(Type::OPT), high(opt.payload), low(opt.payload),
                                        extended_rcode, 0, high(opt.dnssec_ok ? kDo : 0), 0, 0, 0});

  if (!opt.nsid.empty()) {
    begin_option(out, Option::Nsid, opt.nsid.size());
    out.bytes(opt.nsid);
  }
  if (opt.subnet) append_client_subnet(out, *opt.subnet, opt.scope_prefix_len);
  if (opt.cookie) append_cookie(out, opt.cookie->client, opt.server_cookie);
  if (opt.keepalive) {
    begin_option(out, Option::Keepalive, 2);
    out.u16(*opt.keepalive);
  }
  if (opt.error && out.remaining() >= kOptionHeader + kErrorCode) append_error(out, *opt.error, fitting_text(opt, out.remaining()));
  if (!out.overflowed()) out.patch_u16(begin + kBareOpt - 2, static_cast<uint16_t>(out.size() - begin - kBareOpt));
}

}  // namespace isochrone::wire
