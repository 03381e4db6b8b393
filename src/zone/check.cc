#include "zone/check.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "wire/rr.h"
#include "zone/staged_names.h"

namespace isochrone::zone {

namespace {

using wire::Type;

// An answer holds the question's name once and one RRset; 65535 octets is the longest message.
constexpr size_t kMaxRRset = 65535 - 12 - (wire::kMaxName + 4) - 11;

// Octets of RDATA in front of the name that a record points to.
std::optional<size_t> target_at(Type type) {
  switch (type) {
    case Type::NS:
    case Type::CNAME:
    case Type::PTR: return 0;
    case Type::MX: return 2;
    case Type::SRV: return 6;
    default: return std::nullopt;
  }
}

// The proofs of a signed zone stand beside everything (RFC 4034 §3, §4.1).
bool is_proof(Type type) { return type == Type::RRSIG || type == Type::NSEC; }

// RFC 2181 §10.1, RFC 4035 §2.5: what secures an alias, or its updates, stands beside it.
bool may_be_beside_cname(Type type) { return is_proof(type) || type == Type::SIG || type == Type::NXT || type == Type::KEY; }

class Checker {
 public:
  Checker(Staging& staging, const wire::Name& apex, Problems& problems)
      : staging_(staging), apex_(apex), names_(staging, apex), problems_(problems) {}

  ZonePlan check(const Where& zone_where, Unread unread) {
    check_apex(zone_where, unread);
    look_for_cuts();
    staging_.for_each_head([&](StagedRef head) { check_name(head); });
    return plan_;
  }

 private:
  void check_apex(const Where& zone_where, Unread unread) {
    arrange(staging_, staging_.find({}), name_);
    size_t soas = 0;
    for (const StagedRef ref : name_.records) {
      const Type type = staging_.record(ref).type();
      if (type == Type::DS)
        error(ref, fmt::format("DS at the apex of '{}'", apex_.to_text()), "it belongs to the parent zone (RFC 4035 §2.4)");
      if (type != Type::SOA || soas++ == 0) continue;
      error(ref, fmt::format("second SOA in zone '{}'", apex_.to_text()), "expected one SOA (RFC 1035 §5.2)");
    }
    if (soas == 0 && !unread.soa)
      problems_.error(zone_where.place(), {}, fmt::format("zone '{}' has no SOA", apex_.to_text()),
                      "expected '@ SOA <primary> <mailbox> <serial> <refresh> <retry> <expire> <minimum>'");
    const bool has_ns = staging_.flags(staging_.find({})) & NameFlags::kNs;
    plan_.has_apex = soas != 0 && has_ns;
    if (!has_ns && !unread.ns)
      problems_.error(zone_where.place(), {}, fmt::format("zone '{}' has no NS at its apex", apex_.to_text()),
                      "expected at least one '@ NS <name server>'");
  }

  void look_for_cuts() {
    staging_.for_each_head([&](StagedRef head) {
      const uint8_t flags = staging_.flags(head);
      if (flags & NameFlags::kNs) flag_targets(head);
      if (flags & NameFlags::kNs && staging_.record(head).header.depth > 0) plan_.has_cuts = true;
      if (flags & NameFlags::kDname) has_dnames_ = true;
    });
  }

  void flag_targets(StagedRef head) {
    staging_.collect(head, name_.records);
    for (const StagedRef ref : name_.records) {
      const StagedRecord record = staging_.record(ref);
      if (record.type() != Type::NS) continue;
      const auto target = names_.relative(record.rdata);
      if (!target) continue;
      if (const StagedRef found = staging_.find(*target); found != 0) staging_.add_flag(found, NameFlags::kTarget);
    }
  }

  void check_name(StagedRef head) {
    arrange(staging_, head, name_);
    const StagedRecord first = staging_.record(head);
    ++plan_.nodes;
    plan_.arena += planned_size(staging_, name_, first.header.owner_size);
    plan_.records += name_.records.size();
    plan_.max_depth = std::max<int>(plan_.max_depth, first.header.depth);

    for (const StagedRef ref : name_.duplicates) {
      warn(ref, "this record is a repetition and dropped", {});
    }
    const uint8_t flags = staging_.flags(head);
    if (!name_.records.empty() && names_.repeats_apex(first.owner)) warn_of_repeated_apex(name_.records[0], first.owner);
    for (size_t begin = 0; begin < name_.records.size();) {
      const auto rrset = rrset_from(staging_, name_, begin);
      if (rrset.size() > 1) check_rrset(rrset);
      for (const StagedRef ref : rrset) check_record(ref, first);
      begin += rrset.size();
    }
    if (flags & NameFlags::kCname) check_alone(Type::CNAME, first);
    if (flags & NameFlags::kDname) check_dname(first, flags);
    if (flags & NameFlags::kAlias) check_alias(head, first);
    else if (flags & NameFlags::kService) check_service(head, first);
    if ((plan_.has_cuts || has_dnames_) && first.header.depth > 0) check_hidden(head, first);
  }

  void check_rrset(std::span<const StagedRef> rrset) {
    const StagedRecord first = staging_.record(rrset[0]);
    size_t size = 0;
    bool ttl_said = false;
    for (const StagedRef ref : rrset) {
      const StagedRecord record = staging_.record(ref);
      size += wire::kRrHeader + record.rdata.size();
      if (record.header.ttl == first.header.ttl || ttl_said) continue;
      ttl_said = true;
      warn(ref, fmt::format("TTL {} differs from TTL {} of line {} for the same name and type", record.header.ttl,
                            first.header.ttl, first.header.line),
           "the lowest is served (RFC 2181 §5.2)");
    }
    const Type type = first.type();
    if (type == Type::CNAME || type == Type::DNAME)
      error(rrset[1], fmt::format("second {} at '{}'", to_text(type), names_.to_text(first.owner)), "expected one");
    if (size > kMaxRRset)
      error(rrset.back(), fmt::format("all {} records of '{}' together take {} octets", to_text(type), names_.to_text(first.owner), size),
            fmt::format("at most {} fit into one answer", kMaxRRset));
  }

  void check_record(StagedRef ref, const StagedRecord& first) {
    const StagedRecord record = staging_.record(ref);
    const Type type = record.type();
    if (type == Type::SOA && first.header.depth > 0)
      error(ref, fmt::format("SOA at '{}', below the apex", names_.to_text(first.owner)),
            fmt::format("expected it at '{}' only", apex_.to_text()));
    if ((type == Type::NS || type == Type::DNAME) && is_wildcard(first.owner))
      warn(ref, fmt::format("{} at the wildcard '{}'", to_text(type), names_.to_text(first.owner)),
           "what resolvers make of it is not defined (RFC 4592 §4.2, §4.4)");
    if (target_at(type)) check_target(ref, record);
  }

  void check_target(StagedRef ref, const StagedRecord& record) {
    const auto target = names_.relative(record.rdata.subspan(*target_at(record.type())));
    if (!target) return;
    const StagedRef found = staging_.find(*target);
    const uint8_t flags = found == 0 ? uint8_t{0} : staging_.flags(found);
    if (found == 0 && names_.repeats_apex(*target)) return warn_of_repeated_apex(ref, *target);
    if (flags & (NameFlags::kCname | NameFlags::kAlias) && record.type() != Type::CNAME && record.type() != Type::PTR)
      return warn(ref, fmt::format("{} points to '{}', which is a CNAME", to_text(record.type()), names_.to_text(*target)),
                  "expected a name with addresses (RFC 2181 §10.3)");
    if (record.type() != Type::NS || (flags & (NameFlags::kAddress | NameFlags::kService))) return;
    // A server below another cut has its addresses there; one at or below this cut cannot be found without glue.
    const auto cut = names_.topmost(*target, NameFlags::kNs);
    const bool elsewhere = cut && !std::ranges::equal(*cut, record.owner);
    if (elsewhere || names_.has_wildcard_above(*target)) return;
    // Once of a server, however many zones it serves; the cut that `why` makes has the apex's.
    if (unaddressed_.emplace(target->begin(), target->end()).second)
      warn(ref, fmt::format("name server '{}' has no address in this zone", names_.to_text(*target)), "expected A or AAAA (glue)");
  }

  void warn_of_repeated_apex(StagedRef ref, std::span<const uint8_t> name) {
    const std::string meant = names_.to_text(name.first(name.size() - (apex_.size() - 1)));
    warn(ref, fmt::format("'{}' ends with the zone's name twice", names_.to_text(name)), fmt::format("did you mean '{}', with a dot at its end?", meant));
  }

  void check_alone(Type type, const StagedRecord& first) {
    const StagedRef* alone = find_type(type);
    for (const StagedRef& ref : name_.records) {
      const Type other = staging_.record(ref).type();
      if (other == type || may_be_beside_cname(other)) continue;
      return error(*alone, fmt::format("{} beside {} at '{}'", to_text(type), to_text(other), names_.to_text(first.owner)),
                   "a CNAME is alone at its name (RFC 1034 §3.6.2)");
    }
  }

  void check_dname(const StagedRecord& first, uint8_t flags) {
    if (flags & NameFlags::kNs && first.header.depth > 0)
      error(*find_type(Type::DNAME), fmt::format("DNAME at the zone cut '{}'", names_.to_text(first.owner)),
            "one of NS and DNAME, not both (RFC 6672 §2.4)");
  }

  // Its answer is a CNAME, which stands alone.
  void check_alias(StagedRef head, const StagedRecord& first) {
    const std::string name = names_.to_text(first.owner);
    if (first.header.depth == 0)
      return error(mark_of(head), fmt::format("service '{}' is the apex, and its gateways are names", name),
                   "expected addresses: a CNAME cannot stand beside SOA and NS (RFC 1034 §3.6.2, RFC 2181 §10.1)");
    for (const StagedRef ref : name_.records)
      if (const Type type = staging_.record(ref).type(); !is_proof(type))
        error(ref, fmt::format("{} at '{}', which is a service whose gateways are names", to_text(type), name),
              "its answer is a CNAME, and that is alone at its name (RFC 1034 §3.6.2)");
  }

  void check_service(StagedRef head, const StagedRecord& first) {
    for (const Type type : {Type::A, Type::AAAA, Type::CNAME}) {
      if (const StagedRef* ref = find_type(type))
        error(*ref, fmt::format("{} at '{}', which is a service", to_text(type), names_.to_text(first.owner)),
              "its addresses come from its gateways; remove one of the two");
    }
    for (const Type type : {Type::NS, Type::DNAME}) {
      if (find_type(type) && first.header.depth + (type == Type::DNAME) > 0)
        error(mark_of(head), fmt::format("service '{}' is at {}", names_.to_text(first.owner), type == Type::NS ? "a zone cut" : "a DNAME"),
              "expected a name that this zone answers for");
    }
  }

  // Names below a zone cut or a DNAME are answered for by somebody else, or not at all.
  void check_hidden(StagedRef head, const StagedRecord& first) {
    const bool service = staging_.flags(head) & NameFlags::kService;
    if (const auto dname = names_.above(first.owner, NameFlags::kDname)) {
      if (service) error(mark_of(head), below("service", first, "DNAME", *dname), "expected a name that this zone answers for");
      for (const StagedRef ref : name_.records)
        error(ref, below(to_text(staging_.record(ref).type()), first, "DNAME", *dname), "nothing may be there (RFC 6672 §2.4)");
      return;
    }
    const auto cut = names_.topmost(first.owner, NameFlags::kNs);
    if (!cut) return;
    const bool at_cut = cut->size() == first.owner.size();
    if (service && !at_cut)
      error(mark_of(head), below("service", first, "zone cut", *cut), "expected a name that this zone answers for");
    for (const StagedRef ref : name_.records) {
      const Type type = staging_.record(ref).type();
      const bool glue = (type == Type::A || type == Type::AAAA) && staging_.flags(head) & NameFlags::kTarget;
      const bool parents = at_cut && (type == Type::NS || type == Type::DS);
      const bool refused = at_cut && type == Type::DNAME;  // said already
      if (glue || parents || refused || is_proof(type)) continue;
      warn(ref, at_cut ? fmt::format("{} at the zone cut '{}' is never answered", to_text(type), names_.to_text(first.owner))
                       : below(to_text(type), first, "zone cut", *cut) + " and never answered",
           "it belongs to the delegated zone");
    }
  }

  std::string below(const std::string& what, const StagedRecord& first, const char* boundary, std::span<const uint8_t> of) {
    return fmt::format("{} at '{}' is below the {} '{}'", what, names_.to_text(first.owner), boundary, names_.to_text(of));
  }

  const StagedRef* find_type(Type type) const {
    const auto found = std::ranges::find(name_.records, type, [&](StagedRef ref) { return staging_.record(ref).type(); });
    return found == name_.records.end() ? nullptr : &*found;
  }

  // Where the service was written.
  StagedRef mark_of(StagedRef head) {
    staging_.collect(head, marks_);
    const auto is_pool = [&](StagedRef ref) { return staging_.record(ref).type() == kMark && !staging_.record(ref).rdata.empty(); };
    return *std::ranges::find_if(marks_, is_pool);
  }

  void error(StagedRef ref, std::string what, std::string expected) {
    problems_.error(staging_.where(ref).place(), {}, std::move(what), std::move(expected));
  }
  void warn(StagedRef ref, std::string what, std::string expected) {
    problems_.warn(staging_.where(ref).place(), {}, std::move(what), std::move(expected));
  }

  Staging& staging_;
  const wire::Name& apex_;
  StagedNames names_;
  Problems& problems_;
  ZonePlan plan_;
  bool has_dnames_ = false;
  Arranged name_;  // the name being checked
  std::vector<StagedRef> marks_;
  std::set<std::vector<uint8_t>> unaddressed_;  // name servers told of
};

}  // namespace

ZonePlan check_zone(Staging& staging, const wire::Name& apex, const Where& zone_where, Unread unread, Problems& problems) {
  return Checker(staging, apex, problems).check(zone_where, unread);
}

}  // namespace isochrone::zone
