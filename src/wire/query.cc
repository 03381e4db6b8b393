#include "wire/query.h"

#include "wire/reader.h"

namespace isochrone::wire {
namespace {

constexpr uint16_t kResponse = 0x8000;  // QR

// A record that is no question: all but its owner, which nothing here needs beyond whether it is the root.
struct Record {
  bool root_owner;
  Type type;
  uint16_t rclass;
  uint32_t ttl;
  std::span<const uint8_t> rdata;
};

Record read_record(WireReader& in) {
  Record record;
  record.root_owner = skip_name(in);
  record.type = static_cast<Type>(in.u16());
  record.rclass = in.u16();
  record.ttl = in.u32();
  record.rdata = in.bytes(in.u16());
  return record;
}

bool read_question(std::span<const uint8_t> datagram, WireReader& in, Query& query) {
  // A pointer here could only lead forward or into the header: read() refuses it.
  const size_t name = query.qname.read(datagram.subspan(in.position()));
  const auto question = in.bytes(name + 4);
  if (name == 0 || in.failed()) return false;
  WireReader fixed(question.subspan(name));
  query.qtype = static_cast<Type>(fixed.u16());
  query.qclass = static_cast<Class>(fixed.u16());
  query.question = question;
  return true;
}

bool read_additional(WireReader& in, uint16_t count, Query& query) {
  for (; count > 0; --count) {
    const Record record = read_record(in);
    if (in.failed()) return false;
    if (record.type == Type::OPT) {
      // RFC 6891 §6.1.1, §6.1.2: one at most, and of the root.
      if (query.edns.present || !record.root_owner) return false;
      parse_edns(query.edns, record.rclass, record.ttl, record.rdata);
    } else if (record.type == Type::TSIG) {
      if (count != 1) return false;  // RFC 8945 §5.1: the last one
      query.has_tsig = true;
    }
  }
  return true;
}

}  // namespace

Parsed parse_query(std::span<const uint8_t> datagram, Query& query) {
  if (datagram.size() < kHeaderSize) {
    query.flags = 0;  // those that are there are the last datagram's
    return Parsed::Drop;
  }
  WireReader in(datagram);
  query.id = in.u16();
  query.flags = in.u16();
  const uint16_t questions = in.u16();
  uint32_t ignored = in.u16();  // answer and authority
  ignored += in.u16();
  const uint16_t additional = in.u16();

  query.has_tsig = false;
  query.qtype = {};
  query.qclass = {};
  query.question = {};
  query.edns.clear();

  if (query.flags & kResponse) return Parsed::Drop;
  // RFC 8906 §3.1.4: what follows the header of an opcode we do not know may be anything, and is not looked at.
  if (query.opcode() != Opcode::Query) return Parsed::NotImp;
  if (questions > 1) return Parsed::FormErr;  // RFC 9619 §4
  if (questions == 1 && !read_question(datagram, in, query)) return Parsed::FormErr;

  // Records that no QUERY but IXFR has a use for do no harm: passed over, as in BIND. AA, TC, RA, Z, AD and RCODE of a
  // query mean nothing and are not looked at (RFC 1035 §4.1.1, RFC 8906 §3.1.3).
  for (; ignored > 0 && !in.failed(); --ignored) read_record(in);
  if (!read_additional(in, additional, query)) return Parsed::FormErr;
  if (in.failed() || in.remaining() != 0) return Parsed::FormErr;

  if (query.edns.version != 0) return Parsed::BadVers;
  if (query.edns.malformed) return Parsed::FormErr;
  if (questions == 0) return query.edns.cookie ? Parsed::CookieOnly : Parsed::FormErr;
  return Parsed::Ok;
}

}  // namespace isochrone::wire
