#pragma once
// What a node and its workers send each other, as JSON: the plan down, reports up. Both decoders take what a stranger
// may have sent: they allocate in proportion to the text, say what is wrong, and never throw.
//
// A worker's start is a run of its own, named by chance; sequences are compared within a run, so that no clock matters.
//
// GET /api/v1/plan?vantage=NAME → 200 with encode_plan() and an ETag, or 304.
//   {"regions": [...], "ca": [PEM, ...], "probes": [{"kind": "https", "port": 443, ...}],
//    "targets": [{"key": K, "address": A or "name": N, "probe": n, "host": H, "path": P, "region": n, "beacon": true}]}
// Probes are said once, however many targets share them; what has its default is left out. Source addresses stay
// behind: they are another machine's.
//
// POST /api/v1/report with encode_report() → 204; 401, 403 where the token is none of this vantage's; 409 where the
// report is not newer than the last one, or absurd.
//   {"vantage": V, "run": n, "sequence": n, "targets": [{"key": K, "verdict": "up", "age_ms": n, "since_ms": n, "rtt_us": n,
//    "loss": x, "failing": true, "reason": R, "certificate_expiry": n, "load": x,
//    "receipts": [{"age_ms": n, "result": "status", "phase": n, "reason": R, "phases_us": [n, n, n, n, n], "rtt_us": n,
//      "retransmits": n, "status": n, "code": n, "octets": HEX, "certificates": [{"subject": S, "issuer": S, "names": S,
//      "not_before": n, "not_after": n}]}]}]}

// POST /api/v1/observations with encode_observations() → 204; 401, 403 where the token is none of this region's; 409 where
// the report is not newer than the last one, comes too soon after it, or is absurd.
//   {"region": R, "run": n, "sequence": n, "forgotten": n, "networks": [{"network": "192.0.2.0/24", "samples": n, "rtt_us": n,
//    "spread_us": n, "least_us": n, "age_ms": n}]}

#include <string>
#include <string_view>

#include "health/health.h"
#include "health/observers.h"
#include "health/probe.h"
#include "util/result.h"

namespace isochrone::probe {

inline constexpr size_t kMaxReportSize = 8 << 20;  // octets; admin refuses larger bodies with 413
inline constexpr size_t kMaxPlanSize = 64 << 20;
inline constexpr size_t kMaxReportTargets = 50'000;

// Reads the CA files that probes name, so that the worker needs none. One that cannot be read is sent empty: the
// worker's probes then say so.
std::string encode_plan(const health::Plan& plan);
// Ids are the targets' places in the list, as everywhere.
Result<health::Plan> decode_plan(std::string_view text);

std::string encode_report(const health::VantageReport& report);
Result<health::VantageReport> decode_report(std::string_view text);

std::string encode_observations(const health::ObservationReport& report);
Result<health::ObservationReport> decode_observations(std::string_view text);

std::string_view to_text(health::Kind kind);

}  // namespace isochrone::probe
