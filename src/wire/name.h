#pragma once
// A domain name: labels in wire format, never a dotted string. Case is kept; comparison ignores it (RFC 4343).

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace isochrone::wire {

inline constexpr size_t kMaxName = 255;  // octets with the root label, RFC 1035 §2.3.4
inline constexpr size_t kMaxLabel = 63;

// ASCII upper case → lower; every other octet as it is (RFC 4343 §3).
inline uint8_t lower(uint8_t octet) { return octet >= 'A' && octet <= 'Z' ? octet + 32 : octet; }

// A complete uncompressed name somewhere else's memory. Looks, never owns.
using NameView = std::span<const uint8_t>;

// An owned name. Value semantics; for the control plane, not for the answer path (it allocates beyond 15 octets).
class Name {
 public:
  Name() : octets_(1, '\0') {}  // the root

  // From presentation format: escapes \. and \DDD (RFC 1035 §5.1), any octets. Relative names are completed with
  // `origin`; with none they are taken as absolute. Says what is wrong: empty label, label over 63, name over 255.
  static Result<Name> parse(std::string_view text, const Name* origin = nullptr);
  // A complete uncompressed name that fills `octets`; nullopt otherwise.
  static std::optional<Name> from_wire(NameView octets);

  NameView wire() const { return {reinterpret_cast<const uint8_t*>(octets_.data()), octets_.size()}; }
  size_t size() const { return octets_.size(); }
  bool is_root() const { return octets_.size() == 1; }
  bool is_wildcard() const { return octets_.size() >= 2 && octets_[0] == 1 && octets_[1] == '*'; }
  int label_count() const;                    // without the root label
  std::vector<NameView> labels() const;       // leftmost first, without length octets and root; into this name
  Name parent() const;                        // of the root: the root
  Name lowered() const;
  bool is_at_or_below(const Name& ancestor) const;
  // nullopt where label or name would be too long. `label` is raw octets.
  std::optional<Name> child(std::string_view label) const;
  // Presentation format with the final dot, special octets escaped.
  std::string to_text() const;
  // The same without the final dot, as hosts are written outside of DNS; the root keeps its own.
  std::string to_host_text() const;

  friend bool operator==(const Name& a, const Name& b);  // ignores case
  // Canonical order of RFC 4034 §6.1.
  friend bool operator<(const Name& a, const Name& b);

 private:
  explicit Name(std::string octets) : octets_(std::move(octets)) {}
  std::string octets_;
};

bool equal(NameView a, NameView b);  // ignores case
// The uncompressed name that `octets` begin with; empty where it is cut, malformed or compressed.
NameView leading_name(std::span<const uint8_t> octets);
std::string to_text(NameView name);

// The name of a question, taken apart once. Used by one thread; points into nothing.
struct QName {
  std::array<uint8_t, kMaxName + 1> octets;   // lower-cased wire format; the octets as sent stay in the datagram
  std::array<uint8_t, 128> label_at;          // offset of each label's length octet, leftmost first
  uint8_t size = 0;                           // octets in use, root label included
  uint8_t labels = 0;                         // without the root label

  // The suffix that begins at label `i` (0: the whole name; labels: the root).
  NameView suffix(int i) const {
    const size_t at = i == labels ? size_t{size} - 1 : label_at[static_cast<size_t>(i)];
    return {octets.data() + at, size - at};
  }
  // Fills this from an uncompressed name; false where it is malformed or a label is compressed.
  bool assign(NameView name);
  // As assign(), from the name that `message` begins with: the octets it takes, or 0.
  size_t read(std::span<const uint8_t> message);
};

}  // namespace isochrone::wire
