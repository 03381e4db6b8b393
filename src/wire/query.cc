#include "wire/query.h"

#include "wire/reader.h"

namespace isochrone::wire {
namespace {

constexpr uint16_t kResponse = 0x8000;  // QR
constexpr size_t kCountsAt = 4;          // QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT

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

// RFC 8945 §4.2; §5.2: what cannot be understood as one is FORMERR.
bool is_tsig(const Record& record) {
  WireReader in(record.rdata);
  skip_name(in);       // Algorithm Name
  in.bytes(8);         // Time Signed, Fudge
  in.bytes(in.u16());  // MAC
  in.bytes(4);         // Original ID, Error
  in.bytes(in.u16());  // Other Data
  return !in.failed() && in.remaining() == 0 && record.rclass == static_cast<uint16_t>(Class::ANY) && record.ttl == 0;
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

// Answer and authority. Records that no QUERY but IXFR has a use for do no harm: passed over, as in BIND.
bool skip_records(WireReader& in, uint32_t count) {
  for (; count > 0; --count) {
    const Record record = read_record(in);
    // RFC 6891 §6.1.1, RFC 8945 §5.1: these stand in the additional section.
    if (in.failed() || record.type == Type::OPT || record.type == Type::TSIG) return false;
  }
  return true;
}

bool read_additional(std::span<const uint8_t> datagram, WireReader& in, uint16_t count, Query& query) {
  for (; count > 0; --count) {
    const size_t at = in.position();
    const Record record = read_record(in);
    if (in.failed()) return false;
    if (record.type == Type::OPT) {
      // RFC 6891 §6.1.1, §6.1.2: one at most, and of the root.
      if (query.edns.present || !record.root_owner) return false;
      parse_edns(query.edns, record.rclass, record.ttl, record.rdata);
    } else if (record.type == Type::TSIG) {
      if (count != 1 || !is_tsig(record)) return false;  // RFC 8945 §5.1: the last one
      query.has_tsig = true;
      query.tsig_at = at;
      query.signed_message = datagram;
    }
  }
  return true;
}

// All that follows the header; false where it is not what the counts say.
bool read_sections(std::span<const uint8_t> datagram, WireReader& in, Query& query) {
  WireReader counts(datagram.subspan(kCountsAt));
  const uint16_t questions = counts.u16();
  const uint32_t answers = counts.u16(), authority = counts.u16();
  if (questions > 1) return false;  // RFC 9619 §4
  if (questions == 1 && !read_question(datagram, in, query)) return false;
  return skip_records(in, answers + authority) && read_additional(datagram, in, counts.u16(), query) && in.remaining() == 0;
}

// RFC 8906 §3.1.4: what follows the header of an opcode we do not know may be anything. Where it reads as a message with
// an OPT, the answer has one as well (RFC 6891 §6.1.1).
Parsed of_other_opcode(bool sound, Query& query) {
  query.question = {};
  if (!sound) query.edns.clear();
  return Parsed::NotImp;
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
  in.bytes(kHeaderSize - kCountsAt);

  query.has_tsig = false;
  query.qtype = {};
  query.qclass = {};
  query.question = {};
  query.edns.clear();

  // AA, TC, RA, Z, AD and RCODE of a query mean nothing and are not looked at (RFC 1035 §4.1.1, RFC 8906 §3.1.3).
  if (query.flags & kResponse) return Parsed::Drop;
  const bool sound = read_sections(datagram, in, query);
  if (query.opcode() != Opcode::Query) return of_other_opcode(sound, query);
  if (!sound) return Parsed::FormErr;

  if (query.edns.version != 0) return Parsed::BadVers;
  if (query.edns.malformed) return Parsed::FormErr;
  if (query.question.empty()) return query.edns.cookie ? Parsed::CookieOnly : Parsed::FormErr;
  return Parsed::Ok;
}

}  // namespace isochrone::wire
