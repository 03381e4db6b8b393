#include "steer/telling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace isochrone::steer {

std::string Telling::client() const {
  const Client& c = choice_.client;
  const bool subnet = c.from == Client::From::Subnet;
  // An IPv6 form of an IPv4 network is told as that one.
  const int len = std::clamp(c.source_prefix_len - c.bits_before, 0, max_prefix_len(c.address.family));
  std::string out = c.address.to_text() + (subnet ? fmt::format("/{} (client subnet)", len) : " (resolver)");
  out += place();
  if (!subnet && c.has_subnet) out += c.source_prefix_len == 0 ? ", the client asked not to be located" : ", the client subnet is private";
  return out;
}

std::string Telling::block() const { return Prefix::make(choice_.client.address, choice_.client.block.len).to_text(); }

std::string Telling::vantage() const {
  return choice_.by_quorum || choice_.vantage == kNoVantage ? "" : (*steering_.vantages)[choice_.vantage];
}

std::string Telling::decided() const {
  const bool needs_both = choice_.decided_by == DecidedBy::NoGateway && pool_.spec.families_together && !pool_.gives_names;
  std::string out(needs_both ? "no enabled gateway has addresses of both families, and they are together" : to_text(choice_.decided_by));
  out += among();
  if (choice_.unplaced) out += "; the client's place is not known";
  if (choice_.drained_used) out += "; only drained gateways were left";
  if (choice_.unknown_used) out += "; only gateways not probed yet were left";
  const bool stays = pool_.spec.stay_in_area && (choice_.by_area || choice_.by_network);
  if (choice_.choice.outcome == Outcome::AllDown)
    out += stays ? "; none of these is healthy, and the client stays in its area" : "; nothing is healthy";
  return out;
}

// " in JP, at 35.68, 139.77": as far as a pool is routed by it.
std::string Telling::place() const {
  std::string out;
  if (!choice_.locality) return out;
  const Locality& at = *choice_.locality;
  if (at.country[0] != 0) out += fmt::format(" in {}{}", at.country[0], at.country[1]);
  if (at.located) out += fmt::format(" at {:.2f}, {:.2f}", at.latitude, at.longitude);
  return out;
}

std::string Telling::among_areas() const {
  if (choice_.decided_by == DecidedBy::ServesRest) return "";
  if (choice_.area.empty()) return ", of those that serve whom no other serves";
  return choice_.decided_by == DecidedBy::ServesArea ? ": " + choice_.area : ", of those that serve " + choice_.area;
}

// Of `routing: subnet` and `geographic`: those that were ranked.
std::string Telling::among() const {
  if (choice_.by_area) return among_areas();
  if (!choice_.by_network || choice_.decided_by == DecidedBy::ServesRest) return "";
  if (!choice_.network) return ", of those that serve whom no other serves";
  const std::string network = choice_.network->to_text();
  return choice_.decided_by == DecidedBy::Serves ? ": " + network : ", of those that serve " + network;
}

// Of `routing: proximity`: what ranked it.
std::string Telling::way(const Explanation::Line& l) {
  if (!l.km) return "";
  if (l.bias == 0) return fmt::format("{:.0f} km; ", *l.km);
  return fmt::format("{:.0f} km, counted as {:.0f} by its bias; ", *l.km, *l.km * reach_of(l.bias) / reach_of(0));
}

std::string Telling::source(const Explanation::Line& l) const { return way(l) + measured_by(l) + observed(l); }

// What was seen, and what became of it: "its gateway measured 38.20 ms (41 samples); gateways measure 12.00 ms more here (median)
// than is known otherwise; moved by -6.30 ms".
std::string Telling::observed(const Explanation::Line& l) const {
  if (!l.observed) return "";
  const ObservedCell& cell = *l.observed;
  const double more = choice_.observed_offset_us / 1000.0;
  std::string out = fmt::format("; its gateway measured {:.2f} ms ({} sample{})", to_milliseconds(cell.rtt.value()), cell.samples,
                                cell.samples == 1 ? "" : "s");
  out += fmt::format("; gateways measure {:.2f} ms {} here (median) than is known otherwise", std::abs(more), more < 0 ? "less" : "more");
  if (cell.is_moved) out += fmt::format("; moved by {:+.2f} ms{}", cell.moved_us / 1000.0, cell.is_clipped ? ", as far as may be" : "");
  return out;
}

std::string Telling::measured_by(const Explanation::Line& l) const {
  using From = Explanation::From;
  const std::string prefix = Prefix::make(choice_.client.address, l.prefix_len).to_text();
  switch (l.from) {
    case From::Observed: return fmt::format("observed, {}", prefix);
    case From::Table: return fmt::format("table {}, {}", tables_[l.table], prefix);
    case From::Vantage:
      // Without a length: it covers the client's AS or country.
      if (l.prefix_len == 0) return fmt::format("vantage {}, which covers this AS or country", (*steering_.vantages)[l.vantage]);
      return fmt::format("vantage {}, {}", (*steering_.vantages)[l.vantage], prefix);
    case From::Prediction: return prediction(l.prediction);
    case From::Median: return "median over the vantages";
    case From::None: break;
  }
  return "not measured";
}

std::string Telling::prediction(PredictionId id) const {
  const Predicted& predicted = *steering_.predicted;
  if (predicted.geography) return "prediction (by distance alone)";
  return fmt::format("prediction ({} observations, ± {:.1f} ms)", predicted.observations, predicted.spread_ms[id]);
}

std::string Telling::verdict(const Explanation::Line& l) const {
  if (!l.enabled) return "disabled";
  if (!l.has_family) return "no address";
  std::string out(to_text(l.verdict));
  if (l.verdict != l.quorum) out += fmt::format(" here, {} by quorum", to_text(l.quorum));
  if (l.held_back) out += held_back(l);
  if (l.shed) out += ", sheds this network";
  if (l.relief > Duration::zero()) out += fmt::format(", loaded: sheds networks that lose less than {:.1f} ms", to_milliseconds(l.relief));
  return l.drained ? out + ", drained" : out;
}

std::string Telling::held_back(const Explanation::Line& l) {
  const char* other = *l.held_back == Family::V4 ? "IPv4" : "IPv6";
  if (!l.other) return fmt::format(", but it has no {}, and families are together", other);
  return fmt::format(", but its {} is {}, and families are together", other, to_text(*l.other));
}

}  // namespace isochrone::steer
