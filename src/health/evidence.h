#pragma once
// What a try was shown by the other side: its certificates, and how its answer began.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isochrone::health {

// Texts are printable; times are Unix times.
struct Certificate {
  std::string subject, issuer;
  std::string names;  // what it is for: "a.example, *.b.example and 12 more"
  int64_t not_before = 0, not_after = 0;
  bool operator==(const Certificate&) const = default;
};

// As it was sent, which should be the leaf first and then who issued the one before.
using Chain = std::vector<Certificate>;

inline constexpr size_t kFirstOctets = 256;
inline constexpr size_t kMostCertificates = 5;  // kept of a chain

// Never written again: receipts share it.
struct Evidence {
  std::shared_ptr<const Chain> chain;  // null: no certificate was seen
  std::string first_octets;            // raw, at most kFirstOctets: of a body, a DNS message, a program's output
};

// Null where there is nothing to keep.
inline std::shared_ptr<const Evidence> evidence_of(std::string_view answer, std::shared_ptr<const Chain> chain = nullptr) {
  if (answer.empty() && !chain) return nullptr;
  return std::make_shared<const Evidence>(Evidence{std::move(chain), std::string(answer.substr(0, kFirstOctets))});
}

// Both may be null.
inline bool is_same(const std::shared_ptr<const Evidence>& a, const std::shared_ptr<const Evidence>& b) {
  return a == b || (a && b && a->chain == b->chain && a->first_octets == b->first_octets);
}

}  // namespace isochrone::health
