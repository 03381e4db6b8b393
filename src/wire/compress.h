#pragma once
// Name compression, RFC 1035 §4.1.4: the names already in a message, as a tree of labels from the root down.

#include <array>
#include <cstdint>

#include "wire/name.h"
#include "wire/types.h"
#include "wire/writer.h"

namespace isochrone::wire {

// Where the names lie that may be compressed in RDATA: `names` of them after `before` octets of something else. There
// are some only in the types of RFC 1035 itself (RFC 3597 §4).
struct CompressibleRdata {
  uint8_t before = 0;
  uint8_t names = 0;
};
inline CompressibleRdata compressible_rdata(Type type) {
  static constexpr auto kByType = [] {
    std::array<CompressibleRdata, 16> shapes{};
    for (const Type one : {Type::NS, Type::MD, Type::MF, Type::CNAME, Type::MB, Type::MG, Type::MR, Type::PTR})
      shapes[static_cast<size_t>(one)] = {0, 1};
    shapes[static_cast<size_t>(Type::SOA)] = shapes[static_cast<size_t>(Type::MINFO)] = {0, 2};
    shapes[static_cast<size_t>(Type::MX)] = {2, 1};
    return shapes;
  }();
  const auto number = static_cast<size_t>(type);
  return number < kByType.size() ? kByType[number] : CompressibleRdata{};
}

// Labels are equal only in the same case, as in BIND: a name out of the zone keeps the zone's spelling, whatever case
// (draft "0x20") a resolver has put into its question. One thread, one message; not cleared when it is made.
class WrittenNames {
 public:
  // The question's name lies at `at` in the message. Only into an empty table.
  void learn_question(const QName& qname, size_t at);
  // Writes `name`: the labels that are new, then a pointer to the longest suffix that is not. It becomes known where
  // a pointer can reach it (the first 2^14 octets) and there is place.
  void append(WireWriter& out, NameView name);

  uint16_t size() const { return size_; }
  void forget_after(uint16_t size) { size_ = size; }  // undoes all but the first `size` labels

 private:
  static constexpr uint8_t kRoot = 0xff;  // no label: the parent of top-level labels

  struct Label {
    uint16_t at;     // offset of the length octet in the message
    uint8_t parent;  // index of the label to the right of it, or kRoot
    uint8_t len;     // without the length octet
  };
  uint8_t find(std::span<const uint8_t> message, const uint8_t* label, uint8_t parent) const;
  uint8_t learn(size_t at, uint8_t len, uint8_t parent);

  std::array<Label, 128> labels_;
  uint16_t size_ = 0;
};

}  // namespace isochrone::wire
