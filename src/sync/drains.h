#pragma once
// Operators' drains: which regions, pools or gateways are out of service, why, and until when. Values only; times are
// Unix seconds, because a drain outlives the process.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/duration.h"
#include "util/result.h"

namespace isochrone::sync {

inline constexpr uint16_t kAllGone = 1000;  // thousandths

struct Drain {
  std::string pool;                       // "zone/pool"; empty: every pool
  std::string region;                     // empty: every region of the pool
  std::string reason, by;
  int64_t since = 0;
  std::optional<int64_t> until;
  bool here = false;                      // on this node alone: the cluster is still to be told

  // Thousandths of the client networks that have left by `unix_now`, where `rate` of them leave within a minute; with
  // rate 0 all at once.
  uint16_t gone(uint16_t rate, int64_t unix_now) const;
  // Until gone() is 1000.
  Duration takes(uint16_t rate) const { return rate == 0 ? Duration::zero() : 60s * 1000 / rate; }
  // As an operator writes it: "westus2", "shared.azure-api.example", "shared.azure-api.example/westus2".
  std::string target() const;
  bool covers(std::string_view pool_name, std::string_view region_name) const {
    return (pool.empty() || pool == pool_name) && (region.empty() || region == region_name);
  }
};

class Drains {
 public:
  // Replaces one of the same target.
  void add(Drain drain);
  // False where there was none of this target.
  bool remove(const std::string& pool, const std::string& region);
  // Takes out those that have ended, and returns them.
  std::vector<Drain> expire(int64_t now);
  const Drain* of_target(const std::string& pool, const std::string& region) const;
  // The first that covers a gateway; null: it is in service. Good until the next change.
  const Drain* find(std::string_view pool, std::string_view region) const;
  // The largest gone() of those that cover a gateway; 0: it is in service.
  uint16_t gone(std::string_view pool, std::string_view region, uint16_t rate, int64_t unix_now) const;
  const std::vector<Drain>& list() const { return list_; }

  // For the state file. A text that cannot be read is an Error.
  std::string save() const;
  static Result<Drains> restore(std::string_view text);

 private:
  std::vector<Drain> list_;
};

}  // namespace isochrone::sync
