#include "answer/query_log.h"

#include <thread>

#include <gtest/gtest.h>

namespace isochrone::answer {
namespace {

wire::Query query_of(const char* name) {
  wire::Query query;
  static const uint8_t kQuestion[1] = {0};
  query.question = kQuestion;
  query.qname.assign(wire::Name::parse(name)->wire());
  query.qtype = wire::Type::A;
  return query;
}

const IpAddress kResolver = *IpAddress::parse("192.0.2.1");

TEST(QueryLog, OneInSoManyIsWanted) {
  QueryLog log(3);
  std::string wants;
  for (int i = 0; i < 9; ++i) wants += log.wants() ? 'x' : '-';
  EXPECT_EQ(wants, "--x--x--x");
}

TEST(QueryLog, WhatIsNotedIsTakenOnceAndInOrder) {
  QueryLog log(1);
  log.note(query_of("a.example."), kResolver, Transport::Udp, 7, wire::Rcode::NoError, 60);
  log.note(query_of("b.example."), kResolver, Transport::Tcp, 8, wire::Rcode::NxDomain, 90);
  std::string seen;
  const auto see = [&](const LoggedQuery& q) {
    seen += wire::to_text(wire::NameView(q.name.data(), q.name_size)) + " " + wire::to_text(q.rcode) + ";";
  };
  log.take(see);
  EXPECT_EQ(seen, "a.example. NOERROR;b.example. NXDOMAIN;");
  log.take(see);
  EXPECT_EQ(seen, "a.example. NOERROR;b.example. NXDOMAIN;");
}

TEST(QueryLog, AFullRingDropsAndCounts) {
  QueryLog log(1);
  const wire::Query query = query_of("a.example.");
  for (int i = 0; i < 1500; ++i) log.note(query, kResolver, Transport::Udp, 0, wire::Rcode::NoError, 60);
  int taken = 0;
  log.take([&](const LoggedQuery&) { ++taken; });
  EXPECT_EQ(taken, 1024);
  EXPECT_EQ(log.dropped(), 476u);
}

TEST(QueryLog, AWorkerAndTheWriterShareNothingElse) {
  QueryLog log(1);
  const wire::Query query = query_of("a.example.");
  constexpr uint32_t kQueries = 20000;
  std::thread worker([&] {
    for (uint32_t i = 1; i <= kQueries; ++i) log.note(query, kResolver, Transport::Udp, i, wire::Rcode::NoError, 60);
  });
  uint32_t taken = 0, last = 0;
  bool in_order = true;
  const auto see = [&](const LoggedQuery& q) {
    in_order &= q.unix_seconds > last && q.name_size == 11;
    last = q.unix_seconds;
    ++taken;
  };
  while (last != kQueries && taken + log.dropped() < kQueries) log.take(see);
  worker.join();
  log.take(see);
  EXPECT_TRUE(in_order);
  EXPECT_EQ(taken + log.dropped(), kQueries);
}

}  // namespace
}  // namespace isochrone::answer
