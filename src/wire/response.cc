#include "wire/response.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "wire/reader.h"

namespace isochrone::wire {
namespace {

constexpr uint16_t kQr = 0x8000, kOpcode = 0x7800, kRd = 0x0100;
constexpr uint16_t kPointer = 0xc000;
constexpr size_t kQuestionAt = kHeaderSize;  // where the qname lies in every message
constexpr size_t kStoredOwner = 2;           // C0 0C
constexpr size_t kTypeClass = 4, kTypeClassTtl = 8;

// The part of `room` that RRs may fill. Header and question go before the OPT's claim.
std::span<uint8_t> body(std::span<uint8_t> room, size_t begin, size_t opt_room) {
  assert(room.size() >= kMinUdpPayload);
  return room.first(std::max(begin, room.size() - std::min(room.size(), opt_room)));
}

}  // namespace

Response::Response(const Query& query, std::span<uint8_t> room, size_t limit, size_t opt_room)
    : query_(query),
      room_(room.first(std::min(room.size(), limit))),
      out_(body(room_, kHeaderSize + query.question.size(), opt_room)),
      begin_(kHeaderSize + query.question.size()),
      // RFC 1035 §4.1.1: opcode and RD are the client's. RA and AD are never ours to set, and CD is cleared (RFC 4035 §3.1.6).
      flags_(static_cast<uint16_t>(kQr | (query.flags & (kOpcode | kRd)))) {
  out_.skip(kHeaderSize);
  out_.bytes(query.question);
}

bool Response::append(Section section, const Owner& owner, Type type, uint16_t count, std::span<const uint8_t> rrs) {
  const CompressibleRdata shape = compressible_rdata(type);
  if (owner.label_ != 0 || shape.names != 0) return append_each(section, owner, shape, count, rrs);
  if (rrs.size() > out_.remaining()) return false;
  out_.bytes(rrs);  // as they are stored: nearly every answer
  counts_[static_cast<size_t>(section)] += count;
  return true;
}

bool Response::append_for(Section section, const Owner& owner, Type type, Ttl ttl, uint16_t count, std::span<const uint8_t> rrs) {
  const Mark before = mark();
  WireReader in(rrs);
  while (in.remaining() > 0) {
    in.bytes(kStoredOwner);
    append_owner(owner);
    out_.bytes(in.bytes(kTypeClass));
    in.u32();
    out_.u32(ttl);
    append_rdata(compressible_rdata(type), in.bytes(in.u16()));
  }
  assert(!in.failed());
  return commit(before, section, count);
}

bool Response::append_prepared(Section section, const PreparedRr& rr) {
  if (out_.size() != begin_ || rr.octets.size() > out_.remaining()) return false;
  const size_t before_owner = query_.qname.size - rr.owner_size;
  if (std::memcmp(query_.question.data() + before_owner, query_.qname.octets.data() + before_owner, rr.owner_size) != 0) return false;
  out_.bytes(rr.octets);
  for (const auto& [at, to] : rr.pointers) out_.patch_u16(begin_ + at, static_cast<uint16_t>(to + before_owner));
  ++counts_[static_cast<size_t>(section)];
  return true;
}

bool Response::append_rr(Section section, const Owner& owner, Type type, Ttl ttl, std::span<const uint8_t> rdata) {
  const Mark before = mark();
  append_owner(owner);
  out_.u16(static_cast<uint16_t>(type));
  out_.u16(static_cast<uint16_t>(Class::IN));
  out_.u32(ttl);
  append_rdata(compressible_rdata(type), rdata);
  return commit(before, section, 1);
}

void Response::roll_back(const Mark& mark) {
  out_.rewind(mark.size);
  std::copy(std::begin(mark.counts), std::end(mark.counts), counts_);
  names_.forget_after(mark.names);
}

std::span<const uint8_t> Response::finish(const Opt* opt, std::span<const uint8_t> tsig) {
  WireWriter tail(room_.subspan(out_.size()));
  Rcode rcode = rcode_;
  if (opt) {
    append_opt(tail, *opt, static_cast<uint8_t>(static_cast<uint16_t>(rcode) >> 4));
    assert(!tail.overflowed());
  } else if (static_cast<uint16_t>(rcode) > 15) {
    rcode = Rcode::FormErr;
  }
  uint16_t additional = static_cast<uint16_t>(count(Section::Additional) + (opt ? 1 : 0));
  if (!tsig.empty()) {
    const size_t before = tail.size();
    tail.bytes(tsig);
    if (tail.overflowed()) {
      tail.rewind(before);
      set_truncated();
    } else {
      ++additional;
    }
  }
  write_header(rcode, additional);
  return room_.first(out_.size() + tail.size());
}

bool Response::append_each(Section section, const Owner& owner, CompressibleRdata shape, uint16_t count, std::span<const uint8_t> rrs) {
  const Mark before = mark();
  WireReader in(rrs);
  while (in.remaining() > 0) {
    in.bytes(kStoredOwner);
    append_owner(owner);
    out_.bytes(in.bytes(kTypeClassTtl));
    append_rdata(shape, in.bytes(in.u16()));
  }
  assert(!in.failed());
  return commit(before, section, count);
}

void Response::append_owner(const Owner& owner) {
  if (owner.label_ < 0) return append_name(owner.name_);
  if (owner.label_ == query_.qname.labels) return out_.u8(0);  // the root is shorter than a pointer to it
  const uint8_t offset = query_.qname.label_at[static_cast<size_t>(owner.label_)];
  out_.u16(static_cast<uint16_t>(kPointer | (kQuestionAt + offset)));
}

// The question is learnt only when the first name asks for it: most answers have none.
void Response::append_name(NameView name) {
  if (names_.size() == 0 && !query_.question.empty()) names_.learn_question(query_.qname, kQuestionAt);
  names_.append(out_, name);
}

void Response::append_rdata(CompressibleRdata shape, std::span<const uint8_t> rdata) {
  out_.u16(static_cast<uint16_t>(rdata.size()));
  if (shape.names == 0) return out_.bytes(rdata);

  const size_t begin = out_.size();
  WireReader in(rdata);
  out_.bytes(in.bytes(shape.before));
  for (int i = 0; i < shape.names; ++i) {
    const NameView name = leading_name(rdata.subspan(in.position()));
    assert(!name.empty());
    append_name(in.bytes(name.size()));
  }
  out_.bytes(in.rest());
  if (!out_.overflowed()) out_.patch_u16(begin - 2, static_cast<uint16_t>(out_.size() - begin));
}

bool Response::commit(const Mark& before, Section section, uint16_t count) {
  if (out_.overflowed()) {
    roll_back(before);
    return false;
  }
  counts_[static_cast<size_t>(section)] += count;
  return true;
}

void Response::write_header(Rcode rcode, uint16_t additional) {
  WireWriter header(room_.first(kHeaderSize));
  header.u16(query_.id);
  header.u16(static_cast<uint16_t>(flags_ | (static_cast<uint16_t>(rcode) & 15)));
  header.u16(query_.question.empty() ? 0 : 1);
  header.u16(count(Section::Answer));
  header.u16(count(Section::Authority));
  header.u16(additional);
}

}  // namespace isochrone::wire
