#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

using namespace std::chrono_literals;

TEST_P(StoreContract, campaigns_and_agents_are_put_found_listed_deleted) {
    auto& directory = store().directory();
    Campaign campaign = {.id = "7",
                         .name = "Ventas",
                         .language = "es",
                         .time_zone = "America/Lima",
                         .speech_engine = "azure",
                         .agent_channel = 1};
    must(directory.put_campaign(campaign));
    must(directory.put_campaign({.id = "10", .name = "Soporte"}));
    EXPECT_EQ(must(directory.find_campaign("7")), campaign);
    campaign.name = "Ventas 2";
    campaign.agent_channel = {};
    must(directory.put_campaign(campaign));
    must(directory.put_campaign(campaign));
    EXPECT_EQ(must(directory.find_campaign("7")), campaign);
    EXPECT_EQ(must(directory.list_campaigns()).size(), 2U);
    EXPECT_FALSE(must(directory.find_campaign("8")));
    must(directory.delete_campaign("10"));
    EXPECT_EQ(code_of(directory.delete_campaign("10")), "NotFound");
    must(directory.put_agent({.id = "12", .name = "Ana"}));
    must(directory.put_agent({.id = "12", .name = "Ana María"}));
    EXPECT_EQ(must(directory.find_agent("12")), (Agent{.id = "12", .name = "Ana María"}));
    EXPECT_EQ(must(directory.list_agents()).size(), 1U);
    must(directory.delete_agent("12"));
    EXPECT_EQ(code_of(directory.delete_agent("12")), "NotFound");
    EXPECT_FALSE(must(directory.find_agent("12")));
}

TEST_P(StoreContract, a_mapping_is_found_without_regard_to_case_and_outer_space) {
    auto& directory = store().directory();
    const Mapping mapping = {.target = MappingTarget::Campaign,
                             .source = "anura",
                             .account = "default",
                             .kind = "tag",
                             .value = " Campaña ÁREA ",
                             .id = "7"};
    EXPECT_EQ(code_of(directory.put_mapping(mapping)), "NotFound");
    must(directory.put_campaign({.id = "7", .name = "Ventas"}));
    must(directory.put_campaign({.id = "8", .name = "Soporte"}));
    must(directory.put_mapping(mapping));
    must(directory.put_mapping(mapping));
    const auto find = [&](const std::string& kind, const std::string& value) {
        return must(
            directory.find_mapping(MappingTarget::Campaign, "anura", "default", kind, value));
    };
    EXPECT_EQ(find("tag", "campaña área"), "7");
    EXPECT_EQ(find("tag", "\tCAMPAÑA ÁREA\n"), "7");
    EXPECT_FALSE(find("tag", "campana area"));
    EXPECT_FALSE(find("queue", "campaña área"));
    EXPECT_EQ(must(directory.list_mappings()), std::vector{mapping});
    auto moved = mapping;
    moved.value = "campaña área";
    moved.id = "8";
    must(directory.put_mapping(moved));
    EXPECT_EQ(find("tag", "Campaña Área"), "8");
    EXPECT_EQ(must(directory.list_mappings()).size(), 1U);
    EXPECT_EQ(code_of(directory.delete_campaign("8")), "Conflict");
    must(directory.delete_mapping(mapping));
    EXPECT_EQ(code_of(directory.delete_mapping(mapping)), "NotFound");
    must(directory.delete_campaign("8"));
}

TEST_P(StoreContract, campaigns_and_agents_are_mapped_apart) {
    auto& directory = store().directory();
    must(directory.put_campaign({.id = "1", .name = "Ventas"}));
    must(directory.put_agent({.id = "2", .name = "Ana"}));
    Mapping mapping = {
        .source = "anura", .account = "default", .kind = "extension", .value = "101", .id = "1"};
    must(directory.put_mapping(mapping));
    mapping.target = MappingTarget::Agent;
    EXPECT_EQ(code_of(directory.put_mapping(mapping)), "NotFound");
    mapping.id = "2";
    must(directory.put_mapping(mapping));
    EXPECT_EQ(
        must(directory.find_mapping(MappingTarget::Agent, "anura", "default", "extension", "101")),
        "2");
    EXPECT_EQ(must(directory.find_mapping(MappingTarget::Campaign, "anura", "default", "extension",
                                          "101")),
              "1");
    EXPECT_FALSE(
        must(directory.find_mapping(MappingTarget::Agent, "anura", "second", "extension", "101")));
}

TEST_P(StoreContract, a_published_scorecard_never_changes) {
    auto& directory = store().directory();
    const auto make = [&](int version, const std::string& toml) {
        return ScorecardVersion{.id = "general-es",
                                .version = version,
                                .language = "es",
                                .toml = toml,
                                .sha256_hex = sha256_hex(toml),
                                .published_at = clock_.now()};
    };
    EXPECT_FALSE(must(directory.find_scorecard("general-es", {})));
    must(directory.insert_scorecard(make(1, "a = 1")));
    must(directory.insert_scorecard(make(1, "a = 1")));
    EXPECT_EQ(code_of(directory.insert_scorecard(make(1, "a = 2"))), "Conflict");
    must(directory.insert_scorecard(make(2, "a = 2")));
    EXPECT_EQ(must(directory.find_scorecard("general-es", {}))->toml, "a = 2");
    const auto first = must(directory.find_scorecard("general-es", 1));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->toml, "a = 1");
    EXPECT_EQ(first->sha256_hex, sha256_hex("a = 1"));
    EXPECT_EQ(first->published_at, clock_.now());
    EXPECT_FALSE(must(directory.find_scorecard("general-es", 3)));
    EXPECT_EQ(must(directory.list_scorecards()).size(), 2U);
}

TEST_P(StoreContract, a_binding_replaces_the_one_with_the_same_match) {
    auto& directory = store().directory();
    must(directory.put_binding({.scorecard_id = "a", .from = clock_.now()}));
    must(directory.put_binding({.scorecard_id = "b", .version = 2, .from = clock_.now()}));
    must(directory.put_binding({.campaign = "7",
                                .channel = "voice",
                                .language = "es",
                                .scorecard_id = "c",
                                .from = clock_.now()}));
    must(directory.put_binding({.scorecard_id = "d", .from = clock_.now() + 1h}));
    const auto bindings = must(directory.list_bindings());
    ASSERT_EQ(bindings.size(), 3U);
    EXPECT_EQ(bindings[0].scorecard_id, "b");
    EXPECT_EQ(bindings[0].version, 2);
    EXPECT_FALSE(bindings[0].campaign);
    EXPECT_EQ(bindings[1].scorecard_id, "d");
    EXPECT_FALSE(bindings[1].version);
    EXPECT_EQ(bindings[2].campaign, "7");
    EXPECT_EQ(bindings[2].channel, "voice");
    EXPECT_EQ(bindings[2].language, "es");
}

TEST_P(StoreContract, a_binding_is_deleted_by_its_match) {
    auto& directory = store().directory();
    must(directory.put_binding({.scorecard_id = "a", .from = clock_.now()}));
    must(directory.put_binding({.campaign = "7", .scorecard_id = "b", .from = clock_.now()}));
    must(directory.put_binding({.scorecard_id = "c", .from = clock_.now() + 1h}));
    must(directory.delete_binding({.scorecard_id = "whatever", .from = clock_.now()}));
    const auto left = must(directory.list_bindings());
    ASSERT_EQ(left.size(), 2U);
    EXPECT_EQ(left[0].scorecard_id, "c");
    EXPECT_EQ(left[1].scorecard_id, "b");
    EXPECT_EQ(code_of(directory.delete_binding({.scorecard_id = "a", .from = clock_.now()})),
              "NotFound");
    EXPECT_EQ(
        code_of(directory.delete_binding(
            {.campaign = "7", .channel = "voice", .scorecard_id = "b", .from = clock_.now()})),
        "NotFound");
}

TEST_P(StoreContract, health_tells_backend_and_schema) {
    const auto health = must(store().health());
    EXPECT_EQ(health.backend, GetParam().name);
    EXPECT_FALSE(health.version.empty());
    EXPECT_GE(health.schema_version, 1);
    EXPECT_GT(health.size_bytes, 0);
    EXPECT_EQ(health.waiting_writes, 0);
}

}  // namespace
}  // namespace oidor::store
