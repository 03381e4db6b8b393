// Any octets as what a gateway tells of its clients, and as what the state folder keeps of it: refused with a reason, or
// the same when sent or kept again; and a ledger that is told it stays within its bounds.

#include "check.h"
#include "probe/wire_json.h"
#include "sync/observations_text.h"
#include "target.h"

namespace isochrone {

FUZZ_TARGET(observations) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto cells = sync::decode_observations(text)) {
    const std::string kept = sync::encode_observations(*cells);
    const auto again = sync::decode_observations(kept);
    CHECK(again.has_value() && sync::encode_observations(*again) == kept);
  }
  const auto report = probe::decode_observations(text);
  if (!report) {
    CHECK(!report.error().text.empty());
    return 0;
  }
  const std::string sent = probe::encode_observations(*report);
  const auto again = probe::decode_observations(sent);
  CHECK(again.has_value() && probe::encode_observations(*again) == sent);
  const std::vector<steer::Region> regions{{report->region}};
  health::Ledger ledger;
  ledger.configure(regions, {});
  health::Observers observers;
  const bool taken = observers.take(*report, regions, ledger, Time(24h)).has_value();
  CHECK(ledger.size() <= report->networks.size() && (taken || ledger.size() == 0));
  CHECK(ledger.networks().list.size() == ledger.size());
  return 0;
}

}  // namespace isochrone
