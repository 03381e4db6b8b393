#pragma once
// What is probed, and what a try brought: the values that config, probe and health share.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "health/evidence.h"
#include "steer/region.h"
#include "util/duration.h"
#include "util/ip.h"

namespace isochrone::health {

enum class Kind : uint8_t { None, Tcp, Http, Https, Icmp, Dns, Grpc, Exec };

struct StatusRange {
  int first = 200, last = 299;
};

// Where a gateway tells how loaded it is, and how much it may be. Figures have no unit: what counts is their share of the limit.
struct LoadSpec {
  std::string header;                        // its value is the figure; empty: `json` says where
  std::string json;                          // RFC 6901: a pointer into the body
  double limit = 0;                          // above 0
};
inline constexpr double kMostLoad = 1e9;     // figures above are none

// A probe as the operator wrote it, checked; templates not yet filled.
struct ProbeSpec {
  std::string name;
  Kind kind = Kind::Https;
  uint16_t port = 443;                       // 443 https, 80 http, 53 dns; tcp and grpc must say one
  std::string host;                          // Host header and TLS server name; may hold templates; empty: the address
  std::string path = "/status-0123456789abcdef";
  std::vector<StatusRange> expect_status{{200, 299}};
  std::string expect_body;                   // must occur in the first body_limit octets; empty: not looked at
  std::vector<std::pair<std::string, std::string>> expect_headers;  // name, value that must occur in it
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;        // sent
  bool verify = true;                        // TLS certificate and name
  std::string ca_file;                       // empty: the system's
  std::shared_ptr<const std::string> ca_pem; // in place of ca_file: what a node sent to its worker, shared by many
  bool tls = false;                          // grpc over TLS
  std::string grpc_service;                  // of grpc.health.v1; empty: the server as a whole
  std::string dns_name;                      // dns: what is asked; and its type's number
  uint16_t dns_type = 6;
  bool dns_tcp = false;
  std::vector<uint16_t> expect_rcodes{0};
  std::vector<IpAddress> expect_answers;     // dns, A and AAAA: one of them must be in the answer; empty: not looked at
  std::vector<std::string> exec;             // program and arguments
  std::optional<IpAddress> source_v4, source_v6;
  Duration interval = 5s;
  Duration timeout = 2s;
  Duration recheck = 500ms;
  int fall = 3;
  int rise = 2;
  size_t body_limit = 64 * 1024;             // octets read of a body
  int http_version = 0;                      // 0: what ALPN gives; 1, 2
  std::optional<LoadSpec> load;              // http, https
};

using TargetId = uint32_t;

// One address, or the addresses of one name, with one probe, its templates filled; probed once however many services use it.
struct Target {
  TargetId id = 0;                           // index into Plan::targets; changes from load to load
  std::string key;                           // names it over loads and restarts: address or name, probe, host, path
  IpAddress address;                         // of a name 0.0.0.0: what it measures is told as IPv4's
  std::string name;                          // "gw1.example.net": resolved by whoever probes; empty: an address
  ProbeSpec spec;                            // host and path filled
  steer::RegionId region = steer::kNoRegion; // of the gateway; the first one's where several share the target
  bool beacon = false;                       // measures its region's RTT, carries no gateway

  std::string at() const { return name.empty() ? address.to_text() : name; }
};

// Everything to be probed, as one load made it.
struct Plan {
  std::vector<Target> targets;
  std::vector<std::string> regions;
};

enum class Phase : uint8_t { Resolve, Connect, Tls, FirstByte, Body, Done };
// Of the phases that take time, as metrics and the API call them.
inline constexpr std::array<const char*, 5> kPhaseNames{"resolve", "connect", "tls", "first_byte", "body"};

enum class Failure : uint8_t {
  None, Refused, Unreachable, Timeout, Reset, Certificate, Tls, Status, Body, Header, Protocol, Exit, Local,
};

// One try. Failure::Local is ours (no descriptor, no permission): it says nothing of the target and is not counted.
struct Outcome {
  TargetId target = 0;
  Failure failure = Failure::None;
  Phase phase = Phase::Done;                 // where it failed
  std::string reason;                        // for a person: "503 Service Unavailable, expected 200-299"; empty if fine
  std::optional<Duration> rtt;               // the kernel's own (tcpi_rtt), or ICMP's; absent where nothing connected
  int retransmits = 0;                       // segments TCP had to send again while connecting: loss that did not fail
  std::array<Duration, 5> phases{};          // time spent in Resolve … Body; zero where it was not reached
  int status = 0;                            // HTTP
  std::optional<double> load;                // as the gateway tells it, 0 to kMostLoad; absent: it does not
  std::optional<int> code;                   // gRPC status, DNS RCODE, exit status of a program
  std::optional<int64_t> certificate_expiry; // Unix time of the leaf's notAfter
  std::shared_ptr<const Evidence> evidence;  // null: nothing was shown
  bool ok() const { return failure == Failure::None; }
};

}  // namespace isochrone::health
