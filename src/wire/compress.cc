#include "wire/compress.h"

#include <cstring>

namespace isochrone::wire {
namespace {

constexpr size_t kReach = 0x4000;  // RFC 1035 §4.1.4: a pointer has 14 bits

}  // namespace

void WrittenNames::learn_question(const QName& qname, size_t at) {
  uint8_t parent = kRoot;
  for (int i = qname.labels - 1; i >= 0; --i) {
    const uint8_t offset = qname.label_at[static_cast<size_t>(i)];
    parent = learn(at + offset, qname.octets[offset], parent);
  }
}

void WrittenNames::append(WireWriter& out, NameView name) {
  std::array<uint8_t, 128> label_at;
  size_t labels = 0;
  for (size_t at = 0; name[at] != 0; at += name[at] + size_t{1}) label_at[labels++] = static_cast<uint8_t>(at);

  // Down the tree from the root as far as it is known.
  uint8_t known = kRoot;
  size_t fresh = labels;  // labels before this one are new
  for (; fresh > 0; --fresh) {
    const uint8_t next = find(out.written(), name.data() + label_at[fresh - 1], known);
    if (next == kRoot) break;
    known = next;
  }

  const size_t begin = out.size();
  const size_t fresh_octets = fresh == labels ? name.size() - 1 : label_at[fresh];
  out.bytes(name.first(fresh_octets));
  if (known == kRoot) {
    out.u8(0);
  } else {
    out.u16(static_cast<uint16_t>(0xc000 | labels_[known].at));
  }
  if (out.overflowed()) return;
  for (; fresh > 0; --fresh) {
    const uint8_t offset = label_at[fresh - 1];
    known = learn(begin + offset, name[offset], known);
    if (known == kRoot) return;
  }
}

// Index of the label that reads as `label` (length octet first) and has that parent; kRoot: none.
uint8_t WrittenNames::find(std::span<const uint8_t> message, const uint8_t* label, uint8_t parent) const {
  for (uint16_t i = 0; i < size_; ++i) {
    const Label& known = labels_[i];
    if (known.parent != parent || known.len != label[0]) continue;
    if (std::memcmp(message.data() + known.at + 1, label + 1, known.len) == 0) return static_cast<uint8_t>(i);
  }
  return kRoot;
}

// kRoot: there was no place, or it lies out of a pointer's reach.
uint8_t WrittenNames::learn(size_t at, uint8_t len, uint8_t parent) {
  if (at >= kReach || size_ == labels_.size()) return kRoot;
  labels_[size_] = {static_cast<uint16_t>(at), parent, len};
  return static_cast<uint8_t>(size_++);
}

}  // namespace isochrone::wire
