#include "zone/zone.h"

#include "zone/inside.h"

namespace isochrone::zone {

namespace {

RRset rrset_at(const uint8_t* node, const NodeHeader& header, int i) {
  const uint8_t* entry_at = node + sizeof(NodeHeader) + static_cast<size_t>(i) * sizeof(RRsetEntry);
  const auto entry = load_as<RRsetEntry>(entry_at);
  const size_t begin = i > 0 ? load_as<RRsetEntry>(entry_at - sizeof(RRsetEntry)).end
                             : static_cast<size_t>(node_name(node, header) - node) + header.name_size;
  const uint8_t* rr = node + begin;
  const wire::Ttl ttl = wire::Ttl{rr[6]} << 24 | wire::Ttl{rr[7]} << 16 | wire::Ttl{rr[8]} << 8 | rr[9];
  return {wire::Type(entry.type), entry.count, ttl, {rr, entry.end - begin}};
}

}  // namespace

std::optional<RRset> Node::find(wire::Type type) const {
  const auto header = load_as<NodeHeader>(at_);
  for (int i = 0; i < header.rrset_count; ++i) {
    const auto entry = load_as<RRsetEntry>(at_ + sizeof(NodeHeader) + static_cast<size_t>(i) * sizeof(RRsetEntry));
    if (entry.type == static_cast<uint16_t>(type)) return rrset_at(at_, header, i);
    if (entry.type > static_cast<uint16_t>(type)) break;
  }
  return std::nullopt;
}

int Node::rrset_count() const { return load_as<NodeHeader>(at_).rrset_count; }

RRset Node::rrset(int i) const { return rrset_at(at_, load_as<NodeHeader>(at_), i); }

PoolId Node::pool() const { return load_as<NodeHeader>(at_).pool; }

bool Node::is_cut() const { return load_as<NodeHeader>(at_).depth != 0 && find(wire::Type::NS).has_value(); }

bool Node::has_dname() const { return find(wire::Type::DNAME).has_value(); }

Zone::Zone() : inside_(std::make_unique<Inside>()) {}
Zone::~Zone() = default;

const wire::Name& Zone::apex() const { return inside_->apex; }
Node Zone::apex_node() const { return Node(inside_->tree.at(inside_->tree.apex())); }
RRset Zone::soa() const { return inside_->soa; }
wire::Ttl Zone::negative_ttl() const { return inside_->negative_ttl; }
const wire::PreparedRr& Zone::negative_soa() const { return inside_->negative_soa; }
uint32_t Zone::serial() const { return inside_->serial; }
uint32_t Zone::record_count() const { return inside_->record_count; }
size_t Zone::memory() const { return sizeof(Zone) + sizeof(Inside) + inside_->apex.size() + inside_->tree.memory(); }

namespace {

// The names of a question at and below the apex of one zone, as the tree knows them.
class Suffixes {
 public:
  Suffixes(const Tree& tree, const wire::QName& qname, int apex_suffix)
      : tree_(tree), qname_(qname), apex_suffix_(apex_suffix),
        apex_at_(apex_suffix == qname.labels ? qname.size - size_t{1}
                                             : qname.label_at[static_cast<size_t>(apex_suffix)]) {}

  NodeRef find(int suffix) const {
    if (suffix == apex_suffix_) return tree_.apex();
    const size_t at = qname_.label_at[static_cast<size_t>(suffix)];
    return tree_.find(qname_.octets.data() + at, apex_at_ - at);
  }

  struct Encloser {
    NodeRef node;
    int suffix;
  };
  // The name that exists and has most labels. Empty non-terminals are nodes, so whatever is above an existing name
  // exists too, and we may halve: a name of 127 labels costs seven look-ups. `first`: the longest that may exist.
  Encloser closest(int first) const {
    Encloser found{tree_.apex(), apex_suffix_};
    for (int low = first, high = apex_suffix_; low < high;) {
      const int middle = (low + high) / 2;
      if (const NodeRef node = find(middle); node != 0) {
        found = {node, middle};
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return found;
  }

 private:
  const Tree& tree_;
  const wire::QName& qname_;
  int apex_suffix_;
  size_t apex_at_;
};

}  // namespace

Found Zone::find(const wire::QName& qname, int apex_suffix) const {
  const Tree& tree = inside_->tree;
  const Suffixes suffixes(tree, qname, apex_suffix);
  Found found;
  NodeRef ref = apex_suffix <= inside_->max_depth ? suffixes.find(0) : 0;
  found.exact = ref != 0;
  if (!found.exact) {
    const auto encloser = suffixes.closest(std::max(1, apex_suffix - inside_->max_depth));
    ref = encloser.node;
    found.node_suffix = encloser.suffix;
  }
  const uint8_t* at = tree.at(ref);
  const auto header = load_as<NodeHeader>(at);
  found.node = Node(at);
  if (header.cut != 0) {
    found.cut = Node(tree.at(header.cut));
    found.cut_suffix = apex_suffix - load_as<NodeHeader>(tree.at(header.cut)).depth;
  }
  if (found.exact) return found;
  if (header.wildcard != 0) found.wildcard = Node(tree.at(header.wildcard));
  // Nothing exists below a DNAME (the builder refuses it), so only the closest encloser can be its owner.
  if (header.cut == 0 && found.node.has_dname()) {
    found.dname = found.node;
    found.dname_suffix = found.node_suffix;
  }
  return found;
}

}  // namespace isochrone::zone
