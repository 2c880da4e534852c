#include "telemetry/catalogue.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace oidor::telemetry {
namespace {

bool is_snake_case(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

TEST(Catalogue, names_metrics_by_room_name_and_unit) {
    const std::set<std::string_view> rooms = {"server", "access", "pipeline",  "store", "blobs",
                                              "jobs",   "audio",  "speech",    "audit", "config",
                                              "net",    "ledger", "telemetry", "models"};
    std::set<std::string_view> names;
    for (const auto& row : kMetrics) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_TRUE(is_snake_case(row.name)) << row.name;
        EXPECT_TRUE(rooms.contains(row.name.substr(0, row.name.find('_')))) << row.name;
        EXPECT_EQ(row.name.ends_with("_total"), row.kind == MetricKind::Counter) << row.name;
        EXPECT_TRUE(row.help.ends_with('.')) << row.name;
        EXPECT_EQ(row.help.find('\\'), row.help.npos) << row.name;
        // All histograms have the buckets of seconds.
        if (row.kind == MetricKind::Histogram) {
            EXPECT_TRUE(row.name.ends_with("_seconds")) << row.name;
        }
        if (row.kind == MetricKind::Gauge) {
            EXPECT_TRUE(row.name.ends_with("_bytes") || row.name.ends_with("_count") ||
                        row.name.ends_with("_seconds"))
                << row.name;
        }
    }
}

TEST(Catalogue, declares_events_with_constant_texts) {
    std::set<std::string_view> names;
    for (const auto& row : kEvents) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_TRUE(is_snake_case(row.name)) << row.name;
        EXPECT_TRUE(is_snake_case(row.room)) << row.name;
        EXPECT_FALSE(row.message.empty()) << row.name;
        EXPECT_FALSE(row.message.ends_with('.')) << row.name;
        EXPECT_FALSE(std::isupper(static_cast<unsigned char>(row.message[0]))) << row.name;
        EXPECT_EQ(row.message.find_first_of("{}|\""), row.message.npos) << row.name;
    }
}

TEST(Catalogue, moves_every_kind_of_metric_by_a_fitting_amount) {
    for (const auto& row : kEvents) {
        for (const auto& move : row.moves) {
            if (move.amount == Amount::None) {
                continue;
            }
            const auto& metric = row_of(move.metric);
            const bool times =
                metric.name.ends_with("_seconds") || metric.name.ends_with("_seconds_total");
            EXPECT_EQ(times, move.amount == Amount::Seconds || move.amount == Amount::AudioSeconds)
                << row.name << " " << metric.name;
            EXPECT_EQ(metric.name.contains("_bytes"), move.amount == Amount::SizeBytes)
                << row.name << " " << metric.name;
        }
    }
}

TEST(Catalogue, spells_levels_and_stages_both_ways) {
    for (const auto level : {Level::Error, Level::Warn, Level::Info, Level::Debug}) {
        EXPECT_EQ(parse_level(format_level(level)), level);
    }
    EXPECT_FALSE(parse_level("loud"));
    for (auto stage = Stage::Receive; stage <= Stage::Maintain;
         stage = static_cast<Stage>(static_cast<int>(stage) + 1)) {
        EXPECT_EQ(parse_stage(format_stage(stage)), stage);
    }
    EXPECT_EQ(format_stage(Stage::Transcribe), "transcribe");
    EXPECT_EQ(format_stage(Stage::None), "");
    EXPECT_FALSE(parse_stage(""));
    EXPECT_FALSE(parse_stage("dance"));
}

TEST(Catalogue, keeps_its_reference_page) {
    const std::string path = OIDOR_SOURCE_DIR "/docs/reference/telemetry.md";
    const char* mode = std::getenv("OIDOR_TEST_GOLDEN");
    if (mode != nullptr && std::string_view(mode) == "write") {
        std::ofstream(path, std::ios::binary) << format_reference();
    }
    std::ifstream file(path, std::ios::binary);
    std::stringstream kept;
    kept << file.rdbuf();
    EXPECT_EQ(kept.str(), format_reference())
        << "docs/reference/telemetry.md is stale: OIDOR_TEST_GOLDEN=write rewrites it";
}

}  // namespace
}  // namespace oidor::telemetry
