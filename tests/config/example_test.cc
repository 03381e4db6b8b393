// The example installation of the tree loads clean: it is what a first run and the demo serve.

#include <gtest/gtest.h>

#include <filesystem>

#include "config/load.h"

namespace isochrone::config {
namespace {

class Example : public testing::Test {
 protected:
  void SetUp() override {
    auto config = load_node_config(std::filesystem::path(SOURCE_ROOT) / "isochrone.yaml", problems);
    ASSERT_TRUE(config) << problems.to_text();
    world = load_world(*config, problems);
    ASSERT_TRUE(world) << problems.to_text();
  }

  zone::Found find(std::string_view name) const {
    wire::QName qname;
    EXPECT_TRUE(qname.assign(wire::Name::parse(name).value().wire()));
    const auto match = world->zones.find(qname);
    EXPECT_NE(match.zone, nullptr) << name;
    return match.zone->find(qname, match.apex_suffix);
  }
  const Pool& pool(std::string_view name) const {
    for (const Pool& p : world->pools)
      if (p.spec.name == name) return p;
    ADD_FAILURE() << "no pool " << name;
    return world->pools[0];
  }

  Problems problems;
  std::shared_ptr<const World> world;
};

TEST_F(Example, WarnsOfNothing) {
  EXPECT_EQ(problems.to_text(), "");
}

TEST_F(Example, HasWhatTheReadmePromises) {
  EXPECT_GE(world->regions.size(), 5u);
  EXPECT_GE(world->services.size(), 6u);
  EXPECT_EQ(world->vantages.size(), 1u);
  EXPECT_EQ(world->vantages[0].name, "ns1");
  EXPECT_EQ(world->zone_infos.size(), 1u);
  EXPECT_EQ(world->files.size(), 3u);
}

TEST_F(Example, ServicesAreSteeredByTheirPools) {
  const auto contoso = find("contoso.azure-api.example.");
  ASSERT_TRUE(contoso.exact);
  EXPECT_EQ(world->pools[contoso.node.pool()].spec.name, "azure-api.example/contoso");
  const auto tailspin = find("TAILSPIN.azure-api.example.");
  ASSERT_TRUE(tailspin.exact);
  EXPECT_EQ(world->pools[tailspin.node.pool()].short_name, "shared");
  EXPECT_EQ(find("azure-api.example.").node.pool(), tailspin.node.pool());
}

TEST_F(Example, EveryGatewayHasARegionalName) {
  EXPECT_TRUE(find("contoso-westus2-01.regional.azure-api.example.").exact);
  EXPECT_TRUE(find("adatum-australiaeast-01.regional.azure-api.example.").exact) << "whatever its 'enabled'";
  EXPECT_TRUE(find("japaneast-01.regional.azure-api.example.").exact) << "of the apex";
  const auto regional = find("northwind-eastus-01.regional.azure-api.example.").node;
  EXPECT_EQ(regional.pool(), zone::kNoPool);
  ASSERT_TRUE(regional.find(wire::Type::A));
  EXPECT_EQ(regional.find(wire::Type::A)->count, 2);
  EXPECT_EQ(regional.find(wire::Type::A)->ttl, 30u);
}

TEST_F(Example, TargetsAreSharedAndTheirTemplatesFilled) {
  const Pool& contoso = pool("azure-api.example/contoso");
  ASSERT_TRUE(contoso.gateways[0].addresses[0].target);
  const auto& target = world->plan.targets[*contoso.gateways[0].addresses[0].target];
  EXPECT_EQ(target.spec.host, "contoso-westus2-01.regional.azure-api.example");
  EXPECT_EQ(target.key, "192.0.2.16 gateway contoso-westus2-01.regional.azure-api.example /status-0123456789abcdef");
  const Pool& shared = pool("azure-api.example/shared");
  EXPECT_EQ(shared.services.size(), 3u);
  EXPECT_EQ(world->plan.targets[*shared.gateways[0].addresses[0].target].spec.host, "shared.azure-api.example");
  EXPECT_EQ(world->plan.targets.size(), 6u + 10 + 8 + 6 + 14);
}

TEST_F(Example, TheBoundIsTheFormulas) {
  // 1.1 × 5 s + 3 × 2 s + 2 × 0.5 s + 50 ms + 30 s
  EXPECT_EQ(pool("azure-api.example/contoso").failover_bound, 42550ms);
}

}  // namespace
}  // namespace isochrone::config
