#pragma once
// The encoder of answers: header, question, RRs in the order of their sections, OPT, and a TSIG last.
//
//   Response out(query, room, limit, opt_size(opt));
//   out.set_authoritative();
//   if (!out.append(Section::Answer, Owner::qname(), rrset.type, rrset.count, rrset.wire)) out.set_truncated();
//   send(out.finish(&opt));

#include <cstdint>
#include <span>

#include "wire/compress.h"
#include "wire/edns.h"
#include "wire/prepared.h"
#include "wire/query.h"
#include "wire/types.h"

namespace isochrone::wire {

inline constexpr size_t kMaxMessage = 65535;  // octets over TCP, RFC 7766 §8

enum class Section : uint8_t { Answer, Authority, Additional };

// Whose RRs they are.
class Owner {
 public:
  // The name asked for, in the case it was asked in.
  static Owner qname() { return Owner(0, {}); }
  // The suffix of the qname that begins at its label `i`, as in QName::suffix.
  static Owner suffix(int i) { return Owner(i, {}); }
  // Any name, uncompressed; the view is to live through the append.
  static Owner name(NameView name) { return Owner(-1, name); }

 private:
  friend class Response;
  Owner(int label, NameView name) : label_(label), name_(name) {}
  int label_;
  NameView name_;
};

// One answer in the making, in a caller's buffer. One thread; the query must outlive it. Nothing here allocates.
//
// Names are compressed in owners and in RDATA of RFC 1035's own types only (RFC 3597 §4), and only against octets of
// the same case: what a zone says in capitals is not to come back as the client happened to spell its question.
class Response {
 public:
  // Writes header and question: QR; opcode and RD as in the query. `room`: at least 512 octets; no more than
  // `limit` of them are used. `opt_room`: kept free of RRs, for finish().
  Response(const Query& query, std::span<uint8_t> room, size_t limit, size_t opt_room);

  void set_rcode(Rcode rcode) { rcode_ = rcode; }
  void set_authoritative() { flags_ |= 0x0400; }
  void set_truncated() { flags_ |= 0x0200; }
  Rcode rcode() const { return rcode_; }
  bool truncated() const { return flags_ & 0x0200; }

  // A whole RRset or nothing (RFC 2181 §9): false where it did not fit. `rrs`: `count` RRs of `type`, each C0 0C TYPE
  // CLASS TTL RDLENGTH RDATA with uncompressed names, as zone::RRset keeps them. Sections come in order.
  bool append(Section section, const Owner& owner, Type type, uint16_t count, std::span<const uint8_t> rrs);
  // The same with another TTL in all of them.
  bool append_for(Section section, const Owner& owner, Type type, Ttl ttl, uint16_t count, std::span<const uint8_t> rrs);
  // The first RR of the message, whose owner is at or above the qname; its names are not known to those that follow. False too
  // where it is not the first, or the question has the owner's name in other than lower case: append_rr() it then.
  bool append_prepared(Section section, const PreparedRr& rr);
  // One RR of class IN that is in no zone, or with another TTL: a synthesized CNAME, the SOA of a negative answer.
  bool append_rr(Section section, const Owner& owner, Type type, Ttl ttl, std::span<const uint8_t> rdata);

  // What has been written so far, to come back to. Flags and RCODE stay as they are.
  struct Mark {
    size_t size;
    uint16_t counts[3];
    uint16_t names;
  };
  Mark mark() const { return {out_.size(), {counts_[0], counts_[1], counts_[2]}, names_.size()}; }
  void roll_back(const Mark& mark);
  // Header and question only.
  void clear() { roll_back({begin_, {0, 0, 0}, 0}); }

  uint16_t count(Section section) const { return counts_[static_cast<size_t>(section)]; }
  size_t size() const { return out_.size(); }

  // Completes header and OPT (null: none, as for a query without EDNS; then an RCODE above 15 is sent as FORMERR).
  // `tsig`: an RR, or empty; where it finds no room it is left out, and TC is set.
  // The octets to send lie in `room`. Nothing may be appended after it.
  std::span<const uint8_t> finish(const Opt* opt, std::span<const uint8_t> tsig = {});

 private:
  bool append_each(Section section, const Owner& owner, CompressibleRdata shape, uint16_t count, std::span<const uint8_t> rrs);
  void append_owner(const Owner& owner);
  void append_name(NameView name);
  void append_rdata(CompressibleRdata shape, std::span<const uint8_t> rdata);
  bool commit(const Mark& before, Section section, uint16_t count);
  void write_header(Rcode rcode, uint16_t additional);

  const Query& query_;
  std::span<uint8_t> room_;  // all that may be used, OPT included
  WireWriter out_;           // over room_ without the OPT's part
  size_t begin_;             // header and question end here
  uint16_t flags_;
  Rcode rcode_ = Rcode::NoError;
  uint16_t counts_[3] = {0, 0, 0};
  WrittenNames names_;
};

}  // namespace isochrone::wire
