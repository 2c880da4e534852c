#include "ledger/import.hpp"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/id.hpp"
#include "ledger/coverage.hpp"
#include "store/store.hpp"

namespace oidor::ledger {
namespace {

using namespace std::chrono_literals;

Timestamp import_time(std::string_view text) { return parse_rfc3339(text).value(); }

class Imports : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  fmt::format("oidor-ledger-{}", format_uuid(make_uuid7()));
        std::filesystem::create_directories(folder_);
        auto opened = store::open_sqlite_store({.path = folder_ / "oidor.db"}, clock_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(folder_);
    }

    ImportOptions options_for(const std::string& content, const std::string& name = "a.csv") {
        std::ofstream(folder_ / name) << content;
        ImportOptions options;
        options.path = folder_ / name;
        options.account = {.source = "anura", .account = "default"};
        return options;
    }
    ImportOutcome import(const ImportOptions& options) {
        auto outcome = import_calls(store_->coverage(), options, clock_.now());
        EXPECT_TRUE(outcome) << outcome.error().message;
        return outcome ? *std::move(outcome) : ImportOutcome{};
    }
    Cell day(const std::string& day) {
        auto report = reckon(
            store_->coverage(),
            {.range = {.from = day, .to = "2026-02-12", .by = By::Day},
             .source = {},
             .account = {},
             .lines_max = 10},
            [](const store::AccountName&) { return "UTC"; }, clock_.now());
        EXPECT_TRUE(report) << report.error().message;
        lines_ = report->lines;
        return report->cells.empty() ? Cell{} : report->cells.front();
    }

    ManualClock clock_{import_time("2026-03-01T00:00:00Z")};
    std::filesystem::path folder_ = {};
    std::unique_ptr<store::Store> store_ = {};
    std::vector<GapLine> lines_ = {};
};

const std::string kList =
    "cdrid,start,duration\n"
    "a1,2026-02-10 10:30:00,60\n"
    "a2,2026-02-10 12:59:59,61\n";

TEST_F(Imports, a_list_is_kept_with_its_claim_and_twice_changes_nothing) {
    const auto options = options_for(kList);
    const auto first = import(options);
    EXPECT_EQ(first.rows, 2);
    EXPECT_EQ(first.counts, (store::AnnouncedCounts{.added = 2}));
    EXPECT_EQ(first.from, import_time("2026-02-10T10:00:00Z"));
    EXPECT_EQ(first.to, import_time("2026-02-10T13:00:00Z"));
    const auto again = import(options);
    EXPECT_EQ(again.counts, (store::AnnouncedCounts{.same = 2}));
    EXPECT_EQ(again.list_sha256, first.list_sha256);
    const auto cell = day("2026-02-10");
    EXPECT_EQ(cell.announced, 2);
    EXPECT_EQ(cell.gap(Gap::NotReceived), 2);
    EXPECT_EQ(cell.listed, Listed::Partly);
    ASSERT_EQ(lines_.size(), 2U);
    EXPECT_EQ(lines_[0].external_id, "a1");
    EXPECT_EQ(lines_[1].duration_s, 61);
}

TEST_F(Imports, a_stated_time_is_the_claim_and_an_empty_list_may_state_one) {
    auto options = options_for("cdrid,start\n");
    EXPECT_FALSE(import(options).from);
    options.from = import_time("2026-02-10T00:00:00Z");
    options.to = import_time("2026-02-11T00:00:00Z");
    EXPECT_EQ(import(options).to, options.to);
    const auto cell = day("2026-02-10");
    EXPECT_EQ(cell.listed, Listed::Wholly);
    EXPECT_EQ(cell.announced, 0);
    auto outside = options_for(kList, "b.csv");
    outside.to = import_time("2026-02-10T11:00:00Z");
    EXPECT_EQ(import(outside).outside, 1);
}

TEST_F(Imports, a_claim_ends_where_the_list_was_made) {
    clock_.advance(import_time("2026-02-10T12:59:59Z") + 1s - clock_.now());
    auto options = options_for(kList);
    const auto now = clock_.now() - 20min;
    const auto outcome = import_calls(store_->coverage(), options, now);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->to, now);
}

TEST_F(Imports, refused_rows_are_told_by_line_up_to_a_bound_and_the_claim_does_not_hold) {
    std::string content = kList;
    for (int i = 0; i < 5; ++i) {
        content += "x,never,1\n";
    }
    auto options = options_for(content);
    options.faults_max = 3;
    options.from = import_time("2026-02-10T00:00:00Z");
    options.to = import_time("2026-02-11T00:00:00Z");
    const auto outcome = import(options);
    EXPECT_EQ(outcome.rows, 7);
    EXPECT_EQ(outcome.refused, 5);
    ASSERT_EQ(outcome.faults.size(), 3U);
    EXPECT_EQ(outcome.faults[0].line, 4);
    EXPECT_EQ(outcome.counts.added, 2) << "the good ones went on";
    EXPECT_EQ(day("2026-02-10").listed, Listed::Partly);
    auto repaired = options_for(kList, "b.csv");
    repaired.from = options.from;
    repaired.to = options.to;
    import(repaired);
    EXPECT_EQ(day("2026-02-10").listed, Listed::Wholly);
}

TEST_F(Imports, a_list_read_in_another_zone_corrects_and_replaces) {
    auto wrong = options_for(kList);
    import(wrong);
    auto right = wrong;
    right.list.time_zone = "America/Lima";
    right.from = import_time("2026-02-10T05:00:00Z");
    right.to = import_time("2026-02-11T05:00:00Z");
    right.replace = true;
    const auto outcome = import(right);
    EXPECT_EQ(outcome.counts, (store::AnnouncedCounts{.changed = 2}));
    auto fewer = options_for("cdrid,start\na1,2026-02-10 10:30:00\n", "c.csv");
    fewer.list.time_zone = "America/Lima";
    fewer.from = right.from;
    fewer.to = right.to;
    fewer.replace = true;
    EXPECT_EQ(import(fewer).withdrawn, 1);
    day("2026-02-10");
    ASSERT_EQ(lines_.size(), 1U);
    EXPECT_EQ(lines_[0].at, import_time("2026-02-10T15:30:00Z"));
    auto faulty = options_for("cdrid,start\na9,2026-02-10 10:30:00\na8,never\n", "d.csv");
    faulty.replace = true;
    EXPECT_EQ(import(faulty).withdrawn, 0) << "it might not name what another list could";
}

TEST_F(Imports, a_dry_run_keeps_nothing) {
    auto options = options_for(kList);
    options.dry_run = true;
    EXPECT_EQ(import(options).counts, (store::AnnouncedCounts{.added = 2}));
    EXPECT_TRUE(store_->coverage().list_accounts()->empty());
}

TEST_F(Imports, tells_what_is_wrong_with_the_file) {
    const auto code = [&](const ImportOptions& options) {
        const auto outcome = import_calls(store_->coverage(), options, clock_.now());
        return outcome ? std::string("fine") : std::string(faces_of(outcome.error().code).name);
    };
    auto options = options_for(kList);
    options.path = folder_ / "none.csv";
    EXPECT_EQ(code(options), "NotFound");
    options.path = folder_;
    EXPECT_NE(code(options), "fine");
    EXPECT_EQ(code(options_for("", "e.csv")), "Invalid");
    options = options_for(kList);
    options.from = options.to = import_time("2026-02-10T00:00:00Z");
    EXPECT_EQ(code(options), "Invalid");
}

TEST_F(Imports, many_rows_are_read_in_batches_and_progress_is_told) {
    std::string content = "cdrid,start\n";
    for (int i = 0; i < 20'000; ++i) {
        content += fmt::format("call-{},2026-02-10 {:02}:{:02}:00\n", i, i % 24, i % 60);
    }
    auto options = options_for(content);
    std::uint64_t last = 0;
    options.on_progress = [&](std::uint64_t done, std::uint64_t all) {
        EXPECT_GE(done, last);
        EXPECT_LE(done, all);
        last = done;
    };
    EXPECT_EQ(import(options).counts.added, 20'000);
    EXPECT_EQ(last, content.size());
    EXPECT_EQ(day("2026-02-10").announced, 20'000);
}

}  // namespace
}  // namespace oidor::ledger
