#pragma once
// What `isochrone observe` runs beside the sketches: each window's networks to every node, one report at a time.
//
// A node that is away loses nothing but fineness: what it has not been told is kept for it, a network's windows made one,
// up to ClientSketches::kMostNetworks networks; of more the least seen and oldest are forgotten, and that is told. Ages are
// of the moment of sending. Loop's thread only.

#include <uv.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "config/model.h"
#include "health/observation.h"
#include "probe/curl_loop.h"
#include "probe/trust.h"
#include "util/duration.h"

namespace isochrone::probe {

struct SenderConfig {
  std::string region;
  std::vector<config::ReportTo> nodes;  // at least one
  Duration longest_wait = 30s;          // back-off towards a node that is away or refuses
};

class ObservationSender {
 public:
  ObservationSender(uv_loop_t* loop, SenderConfig config);
  ~ObservationSender();  // the loop must then run once more

  // A window with the next number. `forgotten`: ClientSketches::forgotten().
  health::ObservationReport number(std::vector<health::Observation> networks, uint64_t forgotten);
  // To every node: a numbered window, its ages as of `now`. What a node is told carries the number of the newest window in
  // it, so nodes that tell each other know what they have.
  void send(const health::ObservationReport& window, Time now);

 private:
  class Link;

  SenderConfig config_;
  CurlLoop curl_;
  TrustStores trust_;
  std::mt19937 random_;
  uint64_t run_, sequence_ = 0;
  std::vector<std::unique_ptr<Link>> links_;
};

}  // namespace isochrone::probe
