#pragma once
// Why a client is answered as it is: the very code of the answer path, run on the present snapshot with a recorder.
// Control thread.

#include "admin/backend.h"
#include "answer/snapshot.h"
#include "config/model.h"
#include "health/health.h"
#include "sync/drains.h"

namespace isochrone::node {

struct ExplainContext {
  const answer::Snapshot& snapshot;
  const config::World& world;
  const health::Health& health;
  const sync::Drains& drains;
  Time now;
};

admin::Explanation explain(const admin::ExplainRequest& request, const ExplainContext& context);

}  // namespace isochrone::node
