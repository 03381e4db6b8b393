#pragma once
// The RRs a pool answers with, encoded when verdicts change and copied when a query comes.

#include <span>

#include "steer/pool.h"

namespace isochrone::steer {

// A or AAAA RRs of the addresses, all of one family, in this order.
Answer make_answer(std::span<const IpAddress> addresses, wire::Ttl ttl, TtlReason reason);

// The gateway's addresses of the family to give to the clients of `vantage`: those that are up; if none is, those
// without a verdict; if every one is down, all of them. Of a gateway that is a name, a CNAME to it.
Answer gateway_answer(const PoolSpec& spec, const GatewayState& gateway, Family family, VantageId vantage);

// The same of several gateways that may stand in one answer together, in this order. RRs of one RRset share their TTL
// (RFC 2181 §5.2): it is lowered in all of them while it would be in one.
std::vector<Answer> answers_to_combine(const PoolSpec& spec, std::span<const GatewayState* const> gateways,
                                       Family family, VantageId vantage);
// All of them, which share their TTL, as one; not empty.
Answer combined(std::span<const Answer> answers);

// serve-all: addresses of all these gateways, one of each in turn, as many as fit beside the longest name and the
// largest options into the smallest of today's UDP answers.
Answer serve_all_answer(const PoolSpec& spec, std::span<const GatewayState* const> gateways, Family family);

}  // namespace isochrone::steer
