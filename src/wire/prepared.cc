#include "wire/prepared.h"

#include "wire/reader.h"
#include "wire/response.h"

namespace isochrone::wire {
namespace {

constexpr size_t kAfterOwner = 10;  // TYPE, CLASS, TTL, RDLENGTH

// Passes over a name and notes the pointer it ends in, if any.
void take_name(WireReader& in, std::vector<PreparedRr::Pointer>& pointers) {
  while (const uint8_t len = in.u8()) {
    const auto at = static_cast<uint16_t>(in.position() - 1);
    if (len >= 0xc0) return pointers.push_back({at, static_cast<uint16_t>(len << 8 | in.u8())});
    in.bytes(len);
  }
}

}  // namespace

PreparedRr prepare_rr(const Name& owner, Type type, Ttl ttl, std::span<const uint8_t> rdata) {
  const Name lowered = owner.lowered();
  std::vector<uint8_t> question(lowered.wire().begin(), lowered.wire().end());
  question.resize(question.size() + 4);  // QTYPE and QCLASS, which nothing points at
  Query query;
  query.question = question;
  query.qname.assign(lowered.wire());

  std::vector<uint8_t> room(kMinUdpPayload + lowered.size() + kAfterOwner + rdata.size());  // a question, and the RR uncompressed
  Response response(query, room, room.size(), 0);
  const size_t begin = response.size();
  response.append_rr(Section::Authority, Owner::qname(), type, ttl, rdata);

  PreparedRr rr;
  rr.owner_size = lowered.size();
  rr.octets.assign(room.begin() + static_cast<ptrdiff_t>(begin), room.begin() + static_cast<ptrdiff_t>(response.size()));
  WireReader in(rr.octets);
  take_name(in, rr.pointers);
  in.bytes(kAfterOwner);
  const CompressibleRdata shape = compressible_rdata(type);
  in.bytes(shape.before);
  for (int i = 0; i < shape.names; ++i) take_name(in, rr.pointers);
  return rr;
}

}  // namespace isochrone::wire
