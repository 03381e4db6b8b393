#include "answer/alias.h"

#include <algorithm>
#include <memory>

#include "answer/rdata.h"

namespace isochrone::answer {
namespace {

bool was_there(const Answering& a, const wire::QName& name) {
  const auto same = [&](const wire::QName& other) { return std::ranges::equal(other.suffix(0), name.suffix(0)); };
  if (same(a.query.qname)) return true;
  const auto chain = std::span(a.chain).first(static_cast<size_t>(a.chain_length));
  return std::ranges::any_of(chain, [&](const ChainedName& link) { return same(link.name); });
}

}  // namespace

Step follow(Answering& a, wire::NameView target) {
  if (a.chain_length == kMaxChain) return Step::Hit;
  ChainedName& next = *std::construct_at(&a.chain[static_cast<size_t>(a.chain_length)]);
  if (!next.name.assign(target) || was_there(a, next.name)) return Step::Hit;
  std::ranges::copy(target, next.spelled.begin());
  a.name = &next.name;
  ++a.chain_length;
  return Step::Follow;
}

Step follow_cname(Answering& a, const zone::RRset& cname) {
  if (!a.response.append(wire::Section::Answer, a.owner(), cname.type, cname.count, cname.wire)) return Step::Truncated;
  return follow(a, first_rdata(cname));
}

Step follow_dname(Answering& a, const zone::Found& found) {
  const auto dname = found.dname.find(wire::Type::DNAME);
  const wire::Owner owner = a.owner(found.dname_suffix);
  if (!a.response.append(wire::Section::Answer, owner, dname->type, dname->count, dname->wire)) return Step::Truncated;

  const wire::NameView name = a.spelled();
  const wire::NameView kept = name.first(name.size() - a.name->suffix(found.dname_suffix).size());
  const wire::NameView target = first_rdata(*dname);
  if (kept.size() + target.size() > wire::kMaxName) return Step::YxDomain;  // RFC 6672 §2.2
  std::array<uint8_t, wire::kMaxName> made;
  std::ranges::copy(target, std::ranges::copy(kept, made.begin()).out);
  const wire::NameView cname = std::span(made).first(kept.size() + target.size());

  // RFC 6672 §3.1: the CNAME has the TTL of the DNAME.
  if (!a.response.append_rr(wire::Section::Answer, a.owner(), wire::Type::CNAME, dname->ttl, cname)) return Step::Truncated;
  if (a.query.qtype == wire::Type::CNAME || a.query.qtype == wire::Type::ANY) return Step::Hit;
  return follow(a, cname);
}

}  // namespace isochrone::answer
