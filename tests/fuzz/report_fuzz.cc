// Any octets as a worker's report: refused with a reason, or sensible and the same when sent again.

#include "check.h"
#include "probe/wire_json.h"
#include "target.h"

namespace isochrone {

FUZZ_TARGET(report) {
  const auto report = probe::decode_report({reinterpret_cast<const char*>(data), size});
  if (!report) {
    CHECK(!report.error().text.empty());
    return 0;
  }
  CHECK(report->targets.size() <= probe::kMaxReportTargets);
  for (const health::TargetReport& target : report->targets) CHECK(health::is_sensible(target));
  const std::string sent = probe::encode_report(*report);
  const auto again = probe::decode_report(sent);
  CHECK(again.has_value());
  CHECK(probe::encode_report(*again) == sent);
  return 0;
}

}  // namespace isochrone
