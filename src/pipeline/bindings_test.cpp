#include "pipeline/bindings.hpp"

#include <gtest/gtest.h>

#include "pipeline/judges.hpp"
#include "pipeline/testing/house.hpp"

namespace oidor::pipeline {
namespace {

using testing::must;

class Binding : public testing::House {
  protected:
    Binding() {
        must(publish_shipped_scorecards(store_->directory(), clock_.now()));
        must(store_->directory().put_campaign({.id = "ventas", .name = "Ventas"}));
        must(store_->directory().put_campaign(
            {.id = "lima", .name = "Lima", .language = {}, .time_zone = "America/Lima"}));
    }
    Result<store::Binding> read(const BindingMatch& match,
                                const std::string& scorecard = "general-es",
                                std::optional<int> version = {}) {
        return read_binding(store_->directory(), match, scorecard, version, "UTC");
    }
    static void expect_fault(const Result<store::Binding>& binding, ErrorCode code,
                             std::string_view words) {
        ASSERT_FALSE(binding);
        EXPECT_EQ(binding.error().code, code);
        EXPECT_TRUE(binding.error().message.contains(words)) << binding.error().message;
    }
};

TEST_F(Binding, a_name_that_nothing_has_is_refused_with_the_nearest) {
    expect_fault(read({.channel = "voz"}), ErrorCode::Invalid, "voice, whatsapp");
    expect_fault(read({.channel = "whatsap"}), ErrorCode::Invalid, "did you mean");
    expect_fault(read({.language = "castellano"}), ErrorCode::Invalid, "such as es");
    expect_fault(read({.campaign = "venta"}), ErrorCode::NotFound, "ventas");
    expect_fault(read({.from = "mañana"}), ErrorCode::Invalid, "2026-02-10");
    expect_fault(read({}, "general-ese"), ErrorCode::NotFound, "general-es");
    expect_fault(read({}, "general-es", 77), ErrorCode::NotFound, "version 77");
}

TEST_F(Binding, spelled_as_people_do_it_is_stored_as_the_house_does) {
    const auto binding =
        must(read({.campaign = "ventas", .channel = "voice", .language = "Spanish"}));
    EXPECT_EQ(binding.language, "es");
    EXPECT_EQ(binding.campaign, "ventas");
    EXPECT_EQ(binding.from, Timestamp{});
}

TEST_F(Binding, a_day_begins_where_the_campaign_is) {
    EXPECT_EQ(must(read({.from = "2026-02-10"})).from, *parse_rfc3339("2026-02-10T00:00:00Z"));
    EXPECT_EQ(must(read({.campaign = "lima", .from = "2026-02-10"})).from,
              *parse_rfc3339("2026-02-10T05:00:00Z"));
    EXPECT_EQ(must(read({.campaign = "lima", .from = "2026-02-10T01:00:00Z"})).from,
              *parse_rfc3339("2026-02-10T01:00:00Z"));
}

TEST_F(Binding, is_found_by_its_names_and_by_its_date_where_there_are_several) {
    auto& directory = store_->directory();
    must(directory.put_binding(must(read({.campaign = "lima"}))));
    must(directory.put_binding(must(read({.channel = "voice", .from = "2026-02-10"}))));
    must(directory.put_binding(must(read({.channel = "voice", .from = "2026-03-10"}))));
    EXPECT_EQ(must(find_binding(directory, {.campaign = "lima"}, "UTC")).campaign, "lima");
    expect_fault(find_binding(directory, {.campaign = "ventas"}, "UTC"), ErrorCode::NotFound,
                 "bindings shows them");
    expect_fault(find_binding(directory, {.channel = "voice"}, "UTC"), ErrorCode::Conflict, "2 ");
    const auto later =
        must(find_binding(directory, {.channel = "voice", .from = "2026-03-10"}, "UTC"));
    must(directory.delete_binding(later));
    EXPECT_EQ(must(find_binding(directory, {.channel = "voice"}, "UTC")).from,
              *parse_rfc3339("2026-02-10T00:00:00Z"));
    // A campaign that is gone leaves a binding that can still be removed.
    must(directory.delete_campaign("lima"));
    must(directory.delete_binding(must(find_binding(directory, {.campaign = "lima"}, "UTC"))));
    EXPECT_EQ(must(directory.list_bindings()).size(), 1U);
}

TEST_F(Binding, what_is_published_twice_is_one_and_another_text_is_refused) {
    auto& directory = store_->directory();
    const auto shipped = must(directory.find_scorecard("general-es", 1));
    ASSERT_TRUE(shipped);
    const auto again = must(publish_scorecard(directory, shipped->toml, "toml", {}, clock_.now()));
    EXPECT_FALSE(again.fresh);
    EXPECT_EQ(again.version.sha256_hex, shipped->sha256_hex);
    const auto other =
        publish_scorecard(directory, shipped->toml + "\n# ?\n", "toml", {}, clock_.now());
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::Conflict);
    EXPECT_EQ(publish_scorecard(directory, "id = 1", "toml", {}, clock_.now()).error().code,
              ErrorCode::Invalid);
}

}  // namespace
}  // namespace oidor::pipeline
