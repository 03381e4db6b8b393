#include "zone/write_tree.h"

#include <algorithm>

#include "wire/rr.h"
#include "zone/arrange.h"

namespace isochrone::zone {

namespace {

uint8_t* put_rr(uint8_t* to, const StagedRecord& record, wire::Ttl ttl) {
  to = wire::put_rr_header(to, static_cast<wire::Type>(record.header.type), ttl, record.header.rdata_size);
  return std::copy(record.rdata.begin(), record.rdata.end(), to);
}

class Writer {
 public:
  Writer(Staging& staging, const ZonePlan& plan) : staging_(staging), plan_(plan), tree_(plan.nodes, plan.arena, staging.seed()) {}

  Tree write() {
    const StagedRef apex = staging_.find({});
    staging_.drop_index();
    write_node(apex);
    staging_.for_each_head([&](StagedRef head) {
      if (head != apex) write_node(head);
    });
    for (NodeRef node = tree_.apex(); node != tree_.end(); node += static_cast<NodeRef>(node_size(tree_.at(node)) / 4))
      link(node);
    return std::move(tree_);
  }

 private:
  void write_node(StagedRef head) {
    arrange(staging_, head, arranged_);
    const StagedRecord first = staging_.record(head);
    NodeHeader header;
    header.pool = arranged_.pool;
    header.name_size = first.header.owner_size;
    header.depth = first.header.depth;

    const NodeRef ref = tree_.allocate(planned_size(staging_, arranged_, first.header.owner_size));
    uint8_t* node = tree_.at(ref);
    for (size_t begin = 0; begin < arranged_.records.size(); ++header.rrset_count)
      begin += rrset_from(staging_, arranged_, begin).size();
    uint8_t* name = node + sizeof header + header.rrset_count * sizeof(RRsetEntry);
    uint8_t* to = std::copy(first.owner.begin(), first.owner.end(), name);
    uint8_t* entry = node + sizeof header;
    for (size_t begin = 0; begin < arranged_.records.size(); entry += sizeof(RRsetEntry)) {
      const auto rrset = rrset_from(staging_, arranged_, begin);
      to = write_rrset(to, rrset);
      store_as(entry, RRsetEntry{staging_.record(rrset[0]).header.type, static_cast<uint16_t>(rrset.size()),
                                 static_cast<uint32_t>(to - node)});
      begin += rrset.size();
    }
    store_as(node, header);
    tree_.insert(ref, first.header.hash);
    release_all(head);
  }

  uint8_t* write_rrset(uint8_t* to, std::span<const StagedRef> rrset) {
    wire::Ttl ttl = staging_.record(rrset[0]).header.ttl;
    for (const StagedRef ref : rrset) ttl = std::min(ttl, staging_.record(ref).header.ttl);  // RFC 2181 §5.2
    for (const StagedRef ref : rrset) to = put_rr(to, staging_.record(ref), ttl);
    return to;
  }

  void release_all(StagedRef head) {
    staging_.collect(head, all_);
    for (const StagedRef ref : all_) staging_.release(ref);
  }

  // What a name must know of others, once all are there.
  void link(NodeRef ref) {
    uint8_t* node = tree_.at(ref);
    auto header = load_as<NodeHeader>(node);
    if (header.depth == 0) return;
    const uint8_t* name = node_name(node, header);
    if (plan_.has_cuts) {
      header.cut = topmost_cut(name, header);
      store_as(node, header);
    }
    if (header.name_size >= 2 && name[0] == 1 && name[1] == '*') {
      uint8_t* parent = tree_.at(tree_.find(name + 2, header.name_size - size_t{2}));
      auto above = load_as<NodeHeader>(parent);
      above.wildcard = ref;
      store_as(parent, above);
    }
  }

  NodeRef topmost_cut(const uint8_t* name, const NodeHeader& header) const {
    NodeRef topmost = 0;
    for (size_t at = 0; at < header.name_size; at += name[at] + size_t{1}) {
      const NodeRef ref = tree_.find(name + at, header.name_size - at);
      if (has_ns(tree_.at(ref))) topmost = ref;
    }
    return topmost;
  }

  static bool has_ns(const uint8_t* node) {
    const auto header = load_as<NodeHeader>(node);
    for (size_t i = 0; i < header.rrset_count; ++i)
      if (load_as<RRsetEntry>(node + sizeof header + i * sizeof(RRsetEntry)).type == static_cast<uint16_t>(wire::Type::NS))
        return true;
    return false;
  }

  Staging& staging_;
  const ZonePlan& plan_;
  Tree tree_;
  Arranged arranged_;
  std::vector<StagedRef> all_;
};

}  // namespace

size_t planned_size(const Staging& staging, const Arranged& arranged, size_t name_size) {
  size_t size = sizeof(NodeHeader) + name_size;
  uint16_t type = 0;
  for (const StagedRef ref : arranged.records) {
    const StagedHeader header = staging.record(ref).header;
    if (header.type != type) size += sizeof(RRsetEntry);
    type = header.type;
    size += wire::kRrHeader + header.rdata_size;
  }
  return rounded_to_four(size);
}

Tree write_tree(Staging& staging, const ZonePlan& plan) { return Writer(staging, plan).write(); }

}  // namespace isochrone::zone
