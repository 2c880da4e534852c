#include "ledger/cells.hpp"

#include <map>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/time_zone.hpp"

namespace oidor::ledger {
namespace {

using namespace std::chrono_literals;

const store::AccountName kAnura = {.source = "anura", .account = "default"};

Timestamp at(std::string_view text) { return parse_rfc3339(text).value(); }

ZoneLookup zone(std::string name) {
    return [name = std::move(name)](const store::AccountName&) { return name; };
}

Cells make(const Range& range, const std::string& time_zone = "America/Argentina/Buenos_Aires",
           Timestamp now = at("2027-01-01T00:00:00Z")) {
    auto cells = Cells::make(range, {kAnura}, zone(time_zone), now);
    EXPECT_TRUE(cells) << cells.error().message;
    return *std::move(cells);
}

store::CallFacts announced(Timestamp start) {
    store::CallFacts call;
    call.account = kAnura;
    call.external_id = "x";
    call.announced = store::Announcement{.external_id = "x", .started_at = start};
    return call;
}

store::CallFacts received(Timestamp start, std::optional<std::string> day = {}) {
    store::CallFacts call;
    call.account = kAnura;
    call.external_id = "x";
    call.received = store::ReceivedCall{.state = ConversationState::Audited,
                                        .listed_at = start,
                                        .day = std::move(day),
                                        .transcribed = true,
                                        .participations = 1,
                                        .judged = 1};
    return call;
}

store::AnnouncedSpan span(std::string_view from, std::string_view to, std::int64_t refused = 0) {
    return {.source = "anura",
            .account = "default",
            .from = at(from),
            .to = at(to),
            .list_sha256 = {},
            .list_name = "a.csv",
            .rows_refused = refused};
}

TEST(Cells, without_a_list_a_day_is_unverifiable) {
    auto cells = make({.from = "2026-02-10", .to = "2026-02-11", .by = By::Day});
    EXPECT_FALSE(cells.add(received(at("2026-02-10T15:00:00Z"))));
    const auto list = cells.list();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].label, "2026-02-10");
    EXPECT_EQ(list[0].from, at("2026-02-10T03:00:00Z"));
    EXPECT_EQ(list[0].to, at("2026-02-11T03:00:00Z"));
    EXPECT_EQ(list[0].listed, Listed::Unverifiable);
    EXPECT_EQ(list[0].received, 1);
    EXPECT_EQ(list[0].unclaimed, 1);
    EXPECT_EQ(list[0].not_listed, 0);
    EXPECT_TRUE(list[0].contradictions().empty());
}

TEST(Cells, a_claim_makes_an_hour_verified_and_shows_what_it_does_not_name) {
    auto cells =
        make({.from = "2026-02-10T12:00:00Z", .to = "2026-02-10T15:00:00Z", .by = By::Hour});
    cells.add_span(span("2026-02-10T12:00:00Z", "2026-02-10T12:30:00Z"));
    cells.add_span(span("2026-02-10T12:30:00Z", "2026-02-10T13:30:00Z"));
    const auto line = cells.add(received(at("2026-02-10T12:10:00Z")));
    ASSERT_TRUE(line);
    EXPECT_TRUE(line->not_listed);
    EXPECT_EQ(format_reasons(*line), "not_listed");
    EXPECT_FALSE(cells.add(received(at("2026-02-10T13:40:00Z")))) << "the claim ends before it";
    const auto lost = cells.add(announced(at("2026-02-10T12:20:00Z")));
    ASSERT_TRUE(lost);
    EXPECT_EQ(format_reasons(*lost), "not_received");
    const auto list = cells.list();
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0].label, "2026-02-10 09:00");
    EXPECT_EQ(list[0].listed, Listed::Wholly);
    EXPECT_EQ(list[0].not_listed, 1);
    EXPECT_EQ(list[0].gap(Gap::NotReceived), 1);
    EXPECT_EQ(list[1].listed, Listed::Partly);
    EXPECT_EQ(list[2].listed, Listed::Unverifiable);
    for (const auto& cell : list) {
        EXPECT_TRUE(cell.contradictions().empty());
    }
}

TEST(Cells, a_list_with_refused_rows_claims_nothing_whole) {
    auto cells =
        make({.from = "2026-02-10T12:00:00Z", .to = "2026-02-10T13:00:00Z", .by = By::Hour});
    cells.add_span(span("2026-02-10T12:00:00Z", "2026-02-10T13:00:00Z", 2));
    EXPECT_FALSE(cells.add(received(at("2026-02-10T12:10:00Z"))));
    EXPECT_EQ(cells.list()[0].listed, Listed::Partly);
    cells.add_span(span("2026-02-10T12:00:00Z", "2026-02-10T13:00:00Z"));
    EXPECT_EQ(cells.list()[0].listed, Listed::Wholly) << "the repaired file";
}

TEST(Cells, an_hour_that_is_not_over_is_open_and_none_lies_ahead) {
    auto cells = make({.from = "2026-02-10", .to = "2026-02-11", .by = By::Hour}, "UTC",
                      at("2026-02-10T02:30:00Z"));
    cells.add_span(span("2026-02-10T02:00:00Z", "2026-02-10T02:30:00Z"));
    auto list = cells.list();
    ASSERT_EQ(list.size(), 3U);
    EXPECT_FALSE(list[1].open);
    EXPECT_TRUE(list[2].open);
    EXPECT_EQ(list[2].listed, Listed::Wholly) << "as far as it went";
    cells.add(received(at("2026-02-10T09:00:00Z")));
    list = cells.list();
    ASSERT_EQ(list.size(), 4U) << "a wrong clock is shown";
    EXPECT_TRUE(list[3].open);
}

TEST(Cells, the_stored_day_wins_over_the_accounts_zone) {
    auto cells = make({.from = "2026-02-10", .to = "2026-02-12", .by = By::Day});
    cells.add(received(at("2026-02-11T04:00:00Z"), "2026-02-10"));
    cells.add(received(at("2026-02-11T04:00:00Z")));
    cells.add(received(at("2026-02-11T04:00:00Z"), "2026-02-13"));
    const auto list = cells.list();
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].calls, 1);
    EXPECT_EQ(list[1].calls, 1);
}

TEST(Cells, days_of_23_and_25_hours_have_their_hours) {
    // Santiago sets its clocks back on 2026-04-05 and forward on 2026-09-06, at midnight.
    const std::string santiago = "America/Santiago";
    auto days = make({.from = "2026-04-04", .to = "2026-04-06", .by = By::Day}, santiago).list();
    ASSERT_EQ(days.size(), 2U);
    EXPECT_EQ(days[0].to - days[0].from, 25h);
    EXPECT_EQ(days[0].to, days[1].from);
    days = make({.from = "2026-09-05", .to = "2026-09-08", .by = By::Day}, santiago).list();
    ASSERT_EQ(days.size(), 3U);
    EXPECT_EQ(days[1].to - days[1].from, 23h) << "its midnight does not exist";
    auto hours = make({.from = "2026-04-04", .to = "2026-04-05", .by = By::Hour}, santiago);
    hours.add(received(at("2026-04-05T02:30:00Z")));
    hours.add(received(at("2026-04-05T03:30:00Z")));
    const auto list = hours.list();
    ASSERT_EQ(list.size(), 25U);
    EXPECT_EQ(list[23].label, "2026-04-04 23:00");
    EXPECT_EQ(list[24].label, "2026-04-04 23:00") << "the hour that comes twice is two";
    EXPECT_EQ(list[23].calls, 1);
    EXPECT_EQ(list[24].calls, 1);
    EXPECT_EQ(
        make({.from = "2026-09-06", .to = "2026-09-07", .by = By::Hour}, santiago).list().size(),
        23U);
    // New York, in the middle of the night.
    EXPECT_EQ(make({.from = "2026-03-08", .to = "2026-03-09", .by = By::Hour}, "America/New_York")
                  .list()
                  .size(),
              23U);
    EXPECT_EQ(make({.from = "2026-11-01", .to = "2026-11-02", .by = By::Hour}, "America/New_York")
                  .list()
                  .size(),
              25U);
}

TEST(Cells, ranges_are_bounded_and_in_order) {
    const auto code = [](const Range& range) {
        const auto bounds = bounds_of(range, "UTC");
        return bounds ? "fine" : faces_of(bounds.error().code).name;
    };
    EXPECT_EQ(code({.from = "2026-02-10", .to = "2026-02-10", .by = By::Day}), "Invalid");
    EXPECT_EQ(code({.from = "yesterday", .to = "2026-02-10", .by = By::Day}), "Invalid");
    EXPECT_EQ(code({.from = "2026-02-30", .to = "2026-03-10", .by = By::Day}), "Invalid");
    EXPECT_EQ(code({.from = "2026-01-01", .to = "2026-02-01", .by = By::Hour}), "fine");
    EXPECT_EQ(code({.from = "2026-01-01", .to = "2026-02-02", .by = By::Hour}), "Invalid");
    EXPECT_EQ(code({.from = "2026-01-01", .to = "2026-04-03", .by = By::Day}), "fine");
    EXPECT_EQ(code({.from = "2026-01-01", .to = "2026-04-05", .by = By::Day}), "Invalid");
}

TEST(Cells, what_does_not_add_up_is_said) {
    auto cells = make({.from = "2026-02-10", .to = "2026-02-11", .by = By::Day});
    auto stalled = received(at("2026-02-10T15:00:00Z"));
    stalled.received->state = ConversationState::Ended;
    stalled.received->judged = 0;
    const auto line = cells.add(stalled);
    ASSERT_TRUE(line);
    EXPECT_EQ(format_reasons(*line), "inconsistent: stalled");
    EXPECT_EQ(cells.list()[0].contradictions().size(), 1U);
    auto broken = cells.list()[0];
    broken.calls += 1;
    EXPECT_GE(broken.contradictions().size(), 3U);
}

/// A call of any fate, around two days.
store::CallFacts random_call(std::mt19937& random, Timestamp start) {
    const auto pick = [&](int last) { return static_cast<int>(random() % (last + 1U)); };
    const auto when = start + std::chrono::minutes(pick(3 * 24 * 60));
    store::CallFacts call;
    call.account = kAnura;
    call.external_id = fmt::format("{}", random());
    if (pick(3) > 0) {
        call.announced = store::Announcement{.external_id = call.external_id, .started_at = when};
    }
    if (!call.announced || pick(4) > 0) {
        store::ReceivedCall made;
        made.state = static_cast<ConversationState>(pick(5));
        made.listed_at = when;
        made.recordings = pick(2);
        made.recordings_stored = made.recordings > 0 ? pick(made.recordings) : 0;
        if (made.recordings_stored < made.recordings) {
            made.lacking_state = static_cast<RecordingState>(pick(1) + 3);
        }
        made.transcribed = pick(1) == 1;
        made.participations = 1;
        made.judged = pick(1);
        for (const auto kind : kJobKinds) {
            if (pick(2) == 0) {
                made.jobs.push_back({.kind = std::string(kind),
                                     .state = static_cast<store::JobState>(pick(5)),
                                     .error_code = {}});
            }
        }
        call.received = made;
    }
    return call;
}

TEST(Cells, reconcile_with_a_naive_count_whatever_became_of_calls) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        std::mt19937 random(seed);
        for (const auto by : {By::Hour, By::Day}) {
            // The night on which New York sets its clocks back lies in it.
            const std::string new_york = "America/New_York";
            const Range range = {.from = "2026-10-31", .to = "2026-11-03", .by = by};
            auto cells = make(range, new_york);
            cells.add_span(span("2026-10-31T10:00:00Z", "2026-11-01T20:00:00Z"));
            const auto bounds = bounds_of(range, new_york).value();
            std::map<std::string, std::int64_t> naive;
            std::int64_t lines = 0;
            for (int i = 0; i < 300; ++i) {
                const auto call = random_call(random, at("2026-10-31T04:00:00Z"));
                const auto when =
                    call.received ? call.received->listed_at : call.announced->started_at;
                const bool inside = when >= bounds.from && when < bounds.to;
                const auto fate = fate_of(call);
                naive["calls"] += inside ? 1 : 0;
                naive["announced"] += inside && call.announced ? 1 : 0;
                naive["received"] += inside && call.received ? 1 : 0;
                naive["gaps"] += inside && fate.gap ? 1 : 0;
                const auto line = cells.add(call);
                lines += line ? 1 : 0;
                naive["lines"] += inside && (fate.gap || (line && line->not_listed)) ? 1 : 0;
            }
            std::int64_t calls = 0;
            std::int64_t announced_total = 0;
            std::int64_t received_total = 0;
            std::int64_t gaps = 0;
            for (const auto& cell : cells.list()) {
                calls += cell.calls;
                announced_total += cell.announced;
                received_total += cell.received;
                gaps += cell.gaps_total();
                EXPECT_EQ(cell.contradictions().size(), cell.gap(Gap::Inconsistent) > 0 ? 1U : 0U)
                    << "seed " << seed;
            }
            EXPECT_EQ(calls, naive["calls"]) << "seed " << seed;
            EXPECT_EQ(announced_total, naive["announced"]) << "seed " << seed;
            EXPECT_EQ(received_total, naive["received"]) << "seed " << seed;
            EXPECT_EQ(gaps, naive["gaps"]) << "seed " << seed;
            EXPECT_EQ(lines, naive["lines"]) << "seed " << seed;
        }
    }
}

}  // namespace
}  // namespace oidor::ledger
