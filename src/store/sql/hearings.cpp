// How hearing ended, what it cost by day, and the calls of an estimate: the lists of the speech
// records.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "store/sql/conversation_filter.hpp"
#include "store/sql/queue.hpp"
#include "store/sql/speech_records.hpp"

namespace oidor::store {
namespace {

constexpr std::array<std::pair<HearingState, std::string_view>, 5> kHearingStates = {
    {{HearingState::Heard, "heard"},
     {HearingState::NoSpeech, "no_speech"},
     {HearingState::Suspect, "suspect"},
     {HearingState::Failed, "failed"},
     {HearingState::Waiting, "waiting"}}};

}  // namespace

std::string_view format(HearingState state) {
    return kHearingStates.at(static_cast<std::size_t>(state)).second;
}

std::optional<HearingState> parse_hearing_state(std::string_view text) {
    const auto* const found =
        std::ranges::find(kHearingStates, text, &std::pair<HearingState, std::string_view>::second);
    return found != kHearingStates.end() ? std::optional(found->first) : std::nullopt;
}

namespace sql {
namespace {

constexpr std::string_view kHearing =
    "h.conversation_id, h.state, h.reason, h.engine, h.wanted_engine, h.not_before, "
    "h.recordings, h.updated_at";

HearingRow to_hearing(const Row& row) {
    return {.conversation = row.id<ConversationId>(0),
            .state = parse_hearing_state(row.view(1)).value_or(HearingState::Failed),
            .reason = row.optional_text(2),
            .engine = row.optional_text(3),
            .wanted_engine = row.optional_text(4),
            .not_before = row.optional_time(5),
            .recordings = row.int32(6),
            .updated_at = row.time(7)};
}

FilterQuery hearings_query(const HearingFilter& filter, const std::optional<HearingCursor>& after,
                           int limit) {
    FilterQuery query{.sql = fmt::format("SELECT {}, c.source, c.account, c.external_id, "
                                         "c.campaign_id, c.listed_at FROM hearings h JOIN "
                                         "conversations c ON c.id = h.conversation_id WHERE 1 = 1",
                                         kHearing)};
    if (filter.state) {
        // The second half lets the index of what is not simply heard serve.
        query.add(*filter.state == HearingState::Heard ? "h.state = ?"
                                                       : "h.state = ? AND h.state <> 'heard'",
                  std::string(format(*filter.state)));
    }
    if (filter.reason) {
        query.add("',' || h.reason || ',' <> replace(',' || h.reason || ',', ?, '')",
                  fmt::format(",{},", *filter.reason));
    }
    query.add_filter({.source = filter.source,
                      .account = filter.account,
                      .campaigns_allowed = filter.campaigns_allowed,
                      .from = filter.from,
                      .to = filter.to});
    if (after) {
        query.add("(c.listed_at, c.id) > (?, ", std::int64_t{after->at.time_since_epoch().count()});
        query.sql += "?)";
        query.values.emplace_back(after->id);
    }
    query.sql += " ORDER BY c.listed_at, c.id LIMIT ?";
    query.values.emplace_back(std::int64_t{std::clamp(limit, 1, 500)});
    return query;
}

FilterQuery spending_query(const SpendingFilter& filter) {
    FilterQuery query{
        .sql =
            "SELECT k.day, k.source, k.account, k.campaign_id, k.engine, k.model, k.currency, "
            "k.state, count(*), "
            "CAST(sum(CASE WHEN k.cost_micros IS NULL THEN 1 ELSE 0 END) AS BIGINT), "
            "CAST(sum(k.audio_ms) AS BIGINT), CAST(sum(k.sent_ms) AS BIGINT), "
            "CAST(sum(k.billed_ms) AS BIGINT), CAST(coalesce(sum(k.cost_micros), 0) AS BIGINT) "
            "FROM speech_calls k WHERE k.day >= ? AND k.day < ?",
        .values = {filter.from_day, filter.to_day}};
    if (filter.source) {
        query.add("k.source = ?", *filter.source);
    }
    if (filter.account) {
        query.add("k.account = ?", *filter.account);
    }
    for (std::size_t i = 0; i < filter.campaigns_allowed.size(); ++i) {
        query.sql += i == 0 ? " AND k.campaign_id IN (?" : ", ?";
        query.values.emplace_back(filter.campaigns_allowed[i]);
    }
    query.sql += filter.campaigns_allowed.empty() ? "" : ")";
    query.sql += " GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8";
    return query;
}

/// A hearing goes with its conversation, whose line it is: its recordings one row each.
constexpr std::string_view kStoredCalls =
    "SELECT c.source, c.account, c.campaign_id, c.outcome, c.reason, c.duration_s, count(r.id), "
    "CAST(coalesce(sum(r.duration_ms), 0) AS BIGINT), "
    "CAST(sum(CASE WHEN r.id IS NOT NULL AND r.duration_ms IS NULL THEN 1 ELSE 0 END) AS BIGINT), "
    "max(r.channels), (SELECT count(*) FROM conversation_transcripts t "
    "WHERE t.conversation_id = c.id AND t.is_current = 1), c.listed_at "
    "FROM conversations c LEFT JOIN recordings r ON r.conversation_id = c.id "
    "WHERE c.channel = 'voice' AND c.listed_at >= ? AND c.listed_at < ? GROUP BY c.id";
constexpr std::string_view kAnnouncedCalls =
    "SELECT a.source, a.account, a.outcome, a.recorded, a.duration_s, a.started_at "
    "FROM announcements a "
    "WHERE a.started_at >= ? AND a.started_at < ? AND NOT EXISTS (SELECT 1 FROM conversations c "
    "WHERE c.source = a.source AND c.account = a.account AND c.external_id = a.external_id "
    "AND c.channel = 'voice')";

bool was_answered(std::string_view outcome) {
    const auto known = parse_call_outcome(outcome).value_or(CallOutcome::Unknown);
    return known == CallOutcome::Answered || known == CallOutcome::Unknown;
}

EstimateCall to_stored_call(const Row& row) {
    EstimateCall call;
    call.source = row.text(0);
    call.account = row.text(1);
    call.campaign = row.optional_text(2);
    call.stored = true;
    call.recordings = row.int64(6);
    call.recorded = was_answered(row.view(3)) &&
                    (call.recordings > 0 || row.optional_text(4) != "not_recorded");
    call.stated_s = row.optional_int64(5);
    if (call.recordings > 0 && row.int64(8) == 0) {
        call.measured_ms = row.int64(7);
    }
    if (!row.is_null(9)) {
        call.channels = row.int32(9);
    }
    call.transcribed = row.int64(10) > 0;
    call.at = row.time(11);
    return call;
}

EstimateCall to_announced_call(const Row& row) {
    EstimateCall call;
    call.source = row.text(0);
    call.account = row.text(1);
    call.recorded = was_answered(row.view(2)) && (row.is_null(3) || row.boolean(3));
    call.stated_s = row.optional_int64(4);
    call.at = row.time(5);
    return call;
}

/// Whoever erases the conversation waits for this write, or this one finds nothing.
Result<void> need_heard_conversation(WriteContext& context, ConversationId id) {
    TRY_ASSIGN(const bool there, context.connection.first(
                                     fmt::format("SELECT 1 FROM conversations WHERE id = ?{}",
                                                 context.connection.lock_clause()),
                                     [](const Row&) {}, id));
    return there ? Result<void>()
                 : fail(ErrorCode::NotFound, "hearing: no conversation {}", id.text());
}

Result<std::int64_t> insert_hearing(WriteContext& context, const HearingRow& row,
                                    std::string_view on_conflict) {
    return context.connection.run(
        fmt::format("INSERT INTO hearings (conversation_id, state, reason, engine, wanted_engine, "
                    "not_before, recordings, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
                    "ON CONFLICT (conversation_id) {}",
                    on_conflict),
        row.conversation, format(row.state), row.reason, row.engine, row.wanted_engine,
        row.not_before, row.recordings, context.now);
}

}  // namespace

Result<std::vector<SpeechSpending>> SqlSpeechRecords::list_spending(
    const SpendingFilter& filter) const {
    const auto query = spending_query(filter);
    return readers_.with([&](Connection& connection) -> Result<std::vector<SpeechSpending>> {
        std::vector<SpeechSpending> sums;
        TRY(connection.each_of(query.sql, query.params(), [&](const Row& row) {
            sums.push_back(
                {.day = row.text(0),
                 .source = row.text(1),
                 .account = row.text(2),
                 .campaign = row.optional_text(3),
                 .engine = row.text(4),
                 .model = row.text(5),
                 .currency = row.text(6),
                 .state =
                     parse_speech_call_state(row.view(7)).value_or(SpeechCallState::Unconfirmed),
                 .calls = row.int64(8),
                 .calls_unpriced = row.int64(9),
                 .audio_ms = row.int64(10),
                 .sent_ms = row.int64(11),
                 .billed_ms = row.int64(12),
                 .cost_micros = row.int64(13)});
        }));
        return sums;
    });
}

Result<void> SqlSpeechRecords::put_hearing(const HearingRow& row,
                                           const std::vector<JobSpec>& jobs) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(need_heard_conversation(context, row.conversation));
        TRY(insert_hearing(context, row,
                           "DO UPDATE SET state = excluded.state, reason = excluded.reason, "
                           "engine = excluded.engine, wanted_engine = excluded.wanted_engine, "
                           "not_before = excluded.not_before, recordings = excluded.recordings, "
                           "updated_at = excluded.updated_at"));
        TRY(enqueue_jobs(context, jobs));
        return {};
    });
}

Result<bool> SqlSpeechRecords::end_hearing(const HearingRow& row,
                                           std::optional<Timestamp> seen_at) {
    return writer_.call<bool>([&](WriteContext& context) -> Result<bool> {
        TRY(need_heard_conversation(context, row.conversation));
        if (!seen_at) {
            TRY_ASSIGN(const auto inserted, insert_hearing(context, row, "DO NOTHING"));
            return inserted > 0;
        }
        TRY_ASSIGN(const auto changed,
                   context.connection.run(
                       "UPDATE hearings SET state = ?, reason = ?, engine = ?, wanted_engine = ?, "
                       "not_before = ?, recordings = ?, updated_at = ? "
                       "WHERE conversation_id = ? AND updated_at = ?",
                       format(row.state), row.reason, row.engine, row.wanted_engine, row.not_before,
                       row.recordings, context.now, row.conversation, seen_at));
        return changed > 0;
    });
}

Result<std::optional<HearingRow>> SqlSpeechRecords::find_hearing(
    ConversationId conversation) const {
    return readers_.with([&](Connection& connection) -> Result<std::optional<HearingRow>> {
        std::optional<HearingRow> found;
        TRY(connection.first(
            fmt::format("SELECT {} FROM hearings h WHERE h.conversation_id = ?", kHearing),
            [&](const Row& row) { found = to_hearing(row); }, conversation));
        return found;
    });
}

Result<std::vector<HearingLine>> SqlSpeechRecords::list_hearings(
    const HearingFilter& filter, const std::optional<HearingCursor>& after, int limit) const {
    const auto query = hearings_query(filter, after, limit);
    return readers_.with([&](Connection& connection) -> Result<std::vector<HearingLine>> {
        std::vector<HearingLine> lines;
        TRY(connection.each_of(query.sql, query.params(), [&](const Row& row) {
            lines.push_back({.hearing = to_hearing(row),
                             .source = row.text(8),
                             .account = row.text(9),
                             .external_id = row.text(10),
                             .campaign = row.optional_text(11),
                             .listed_at = row.time(12)});
        }));
        return lines;
    });
}

Result<std::vector<HearingCount>> SqlSpeechRecords::count_hearings() const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<HearingCount>> {
        std::vector<HearingCount> counts;
        // What was simply heard is most of a store that has run for years, and in no index.
        TRY(connection.each(
            "SELECT state, count(*) FROM hearings WHERE state <> 'heard' GROUP BY state "
            "ORDER BY state",
            [&](const Row& row) {
                counts.push_back(
                    {.state = parse_hearing_state(row.view(0)).value_or(HearingState::Failed),
                     .count = row.int64(1)});
            }));
        return counts;
    });
}

Result<void> SqlSpeechRecords::walk_estimate(
    Timestamp from, Timestamp to, const std::function<void(const EstimateCall&)>& take) const {
    // A read may be begun anew: nothing is shown before it is through.
    TRY_ASSIGN(const auto calls,
               readers_.with([&](Connection& connection) -> Result<std::vector<EstimateCall>> {
                   std::vector<EstimateCall> found;
                   TRY(connection.each(
                       kStoredCalls, [&](const Row& row) { found.push_back(to_stored_call(row)); },
                       from, to));
                   TRY(connection.each(
                       kAnnouncedCalls,
                       [&](const Row& row) { found.push_back(to_announced_call(row)); }, from, to));
                   return found;
               }));
    std::ranges::for_each(calls, take);
    return {};
}

}  // namespace sql
}  // namespace oidor::store
