#pragma once
// `isochrone probe now`: some targets tried once, beside the schedule.

#include <memory>
#include <stop_token>
#include <string>

#include "admin/backend.h"
#include "health/probe.h"
#include "probe/prober.h"

namespace isochrone::node {

// Made on the control thread, good on any.
struct NowPlan {
  std::shared_ptr<const health::Plan> plan;
  std::string vantage;                  // the node's own
  probe::ProberConfig how;
  std::stop_token stopped;              // the node's
};

// Any thread but the control thread: takes as long as the slowest time-out. The tries count for nothing. An Error: the node stopped
// before they had ended.
Result<admin::ReceiptsReply> probe_now(const NowPlan& now);

}  // namespace isochrone::node
