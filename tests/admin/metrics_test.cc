#include "admin/metrics.h"

#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "example.h"

namespace isochrone::admin {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, SayWhatIs) {
  const std::string page = exposition(example_status(), example_sample());
  for (const char* line : {
           "isochrone_queries_total{transport=\"udp\",type=\"A\",rcode=\"NOERROR\"} 5\n",
           "isochrone_answers_total{zone=\"z.example\",pool=\"z.example/a\",region=\"west\"} 4\n",
           "isochrone_gateway_up{pool=\"z.example/a\",region=\"west\",family=\"ipv4\",vantage=\"\"} 1\n",
           "isochrone_gateway_load_ratio{pool=\"z.example/a\",region=\"west\"} 1.25\n",
           "isochrone_gateway_load_relief_seconds{pool=\"z.example/a\",region=\"west\"} 0.012\n",
           "isochrone_gateway_up{pool=\"z.example/a\",region=\"west\",family=\"ipv4\",vantage=\"tokyo \\\"east\\\"\"} 0\n",
           "isochrone_gateway_up{pool=\"z.example/a\",region=\"east\",family=\"ipv6\",vantage=\"\"} 0\n",
           "isochrone_gateway_drained{pool=\"z.example/a\",region=\"east\"} 1\n",
           "isochrone_rtt_seconds{vantage=\"ns1\",region=\"west\",family=\"ipv4\"} 0.0375\n",
           "isochrone_estimate_seconds{vantage=\"ns1\",region=\"west\",family=\"ipv4\"} 0.038",
           "isochrone_failover_bound_seconds{pool=\"z.example/a\"} 9\n",
           "isochrone_certificate_expiry_timestamp_seconds{pool=\"z.example/a\",region=\"west\"} 1800000000\n",
           "isochrone_answer_seconds_bucket{transport=\"udp\",le=\"0.01\"} 4\n",
           "isochrone_answer_seconds_count{transport=\"udp\"} 5\n",
           "isochrone_config_last_reload_successful 1\n",
           "isochrone_pool_last_failover_seconds{pool=\"z.example/a\"} 1.5\n",
           "isochrone_pool_failover_limit_seconds{pool=\"z.example/a\"} 4\n",
           "isochrone_pool_failovers_total{pool=\"z.example/a\",kept=\"yes\"} 2\n",
           "isochrone_pool_failovers_total{pool=\"z.example/a\",kept=\"no\"} 1\n",
           "isochrone_pool_ttl_lowered{pool=\"z.example/a\",reason=\"failing\"} 1\n",
           "isochrone_pool_ttl_lowered{pool=\"z.example/a\",reason=\"all-down\"} 0\n",
           "isochrone_pool_ttl_lowered{pool=\"z.example/a\",reason=\"swapping\"} 0\n",
           "isochrone_regret_seconds{vantage=\"ns1\",family=\"ipv4\"} 0.002\n",
           "isochrone_regret_integral_seconds_total{vantage=\"ns1\",family=\"ipv4\"} 0.5\n",
           "isochrone_verdict_age_seconds{pool=\"z.example/a\",region=\"west\",vantage=\"tokyo \\\"east\\\"\"} 7\n",
           "isochrone_vantage_switches_total{vantage=\"ns1\"} 3\n",
           "isochrone_vantage_stale{vantage=\"ns1\"} 0\n",
           "isochrone_vantage_stale{vantage=\"paris\"} 1\n",
           "isochrone_vantage_last_heard_seconds{vantage=\"ns1\"} 1\n",
       })
    EXPECT_THAT(page, HasSubstr(line));
}

TEST(Metrics, EveryFamilyHasHelpAndStandsOnce) {
  std::istringstream page(exposition(example_status(), example_sample()));
  std::set<std::string> helped, typed;
  for (std::string line; std::getline(page, line);) {
    std::istringstream words(line);
    std::string hash, kind, name;
    words >> hash >> kind >> name;
    if (hash != "#") continue;
    EXPECT_TRUE((kind == "HELP" ? helped : typed).insert(name).second) << line;
    EXPECT_TRUE(name.starts_with("isochrone_")) << line;
  }
  EXPECT_EQ(helped, typed);
  EXPECT_GT(helped.size(), 30u);
}

}  // namespace
}  // namespace isochrone::admin
