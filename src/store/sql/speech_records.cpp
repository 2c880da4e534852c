#include "store/sql/speech_records.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "store/sql/compression.hpp"
#include "store/sql/queue.hpp"

namespace oidor::store {
namespace {

constexpr std::array<std::pair<SpeechCallState, std::string_view>, 6> kCallStates = {
    {{SpeechCallState::Open, "open"},
     {SpeechCallState::Paid, "paid"},
     {SpeechCallState::Cached, "cached"},
     {SpeechCallState::Refused, "refused"},
     {SpeechCallState::Failed, "failed"},
     {SpeechCallState::Unconfirmed, "unconfirmed"}}};

}  // namespace

std::string_view format(SpeechCallState state) {
    return kCallStates.at(static_cast<std::size_t>(state)).second;
}

std::optional<SpeechCallState> parse_speech_call_state(std::string_view text) {
    const auto* const found =
        std::ranges::find(kCallStates, text, &std::pair<SpeechCallState, std::string_view>::second);
    return found != kCallStates.end() ? std::optional(found->first) : std::nullopt;
}

namespace sql {
namespace {

constexpr std::string_view kCalls =
    "SELECT id, conversation_id, request_sha256, source, account, campaign_id, engine, model, day, "
    "state, audio_ms, sent_ms, billed_ms, cost_micros, currency, error_code, started_at, ended_at "
    "FROM speech_calls";
constexpr std::string_view kInsertCall =
    "INSERT INTO speech_calls (id, conversation_id, request_sha256, source, account, campaign_id, "
    "engine, model, day, state, audio_ms, sent_ms, billed_ms, cost_micros, currency, error_code, "
    "started_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING";
/// What counts against a budget: also what may have been billed, and what is under way.
constexpr std::string_view kSpent =
    "SELECT CAST(coalesce(sum(cost_micros), 0) AS BIGINT) FROM speech_calls "
    "WHERE started_at >= ? AND started_at < ? AND currency = ? "
    "AND state IN ('paid', 'open', 'unconfirmed')";

SpeechCallRow to_call(const Row& row) {
    SpeechCallRow call;
    call.id = row.id<SpeechCallId>(0);
    if (!row.is_null(1)) {
        call.conversation = row.id<ConversationId>(1);
    }
    if (!row.is_null(2)) {
        call.request = row.sha256(2);
    }
    call.source = row.text(3);
    call.account = row.text(4);
    call.campaign = row.optional_text(5);
    call.engine = row.text(6);
    call.model = row.text(7);
    call.day = row.text(8);
    call.state = parse_speech_call_state(row.view(9)).value_or(SpeechCallState::Unconfirmed);
    call.audio_ms = row.int64(10);
    call.sent_ms = row.int64(11);
    call.billed_ms = row.int64(12);
    call.cost_micros = row.optional_int64(13);
    call.currency = row.text(14);
    call.error_code = row.optional_text(15);
    call.started_at = row.time(16);
    call.ended_at = row.optional_time(17);
    return call;
}

/// Zero where a line of the same open call is there already.
Result<std::int64_t> insert_call(WriteContext& context, const SpeechCallRow& call,
                                 const std::optional<Timestamp>& ended_at) {
    return context.connection.run(kInsertCall, call.id, call.conversation, call.request,
                                  call.source, call.account, call.campaign, call.engine, call.model,
                                  call.day, format(call.state), call.audio_ms, call.sent_ms,
                                  call.billed_ms, call.cost_micros, call.currency, call.error_code,
                                  context.now, ended_at);
}

/// Whoever erases the conversation waits for this write, or this one finds nothing.
Result<bool> hold_conversation(WriteContext& context, ConversationId id) {
    return context.connection.first(
        fmt::format("SELECT 1 FROM conversations WHERE id = ?{}", context.connection.lock_clause()),
        [](const Row&) {}, id);
}

Result<void> need_called_conversation(WriteContext& context,
                                      const std::optional<ConversationId>& id) {
    TRY_ASSIGN(const bool there, id ? hold_conversation(context, *id) : Result<bool>(false));
    return there ? Result<void>()
                 : fail(ErrorCode::NotFound, "speech: no conversation {}", id ? id->text() : "");
}

Result<std::int64_t> read_spent(Connection& connection, const SpeechBudget& budget) {
    std::int64_t spent = 0;
    TRY(connection.first(
        kSpent, [&](const Row& row) { spent = row.int64(0); }, budget.from, budget.to,
        budget.currency));
    return spent;
}

Result<void> insert_reply(WriteContext& context, const SpeechReplyRow& reply,
                          const std::string& body) {
    TRY(context.connection.run(
        "INSERT INTO speech_replies (request_sha256, audio_sha256, engine, model, size_bytes, "
        "body, created_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (request_sha256) DO UPDATE SET "
        "audio_sha256 = excluded.audio_sha256, engine = excluded.engine, model = excluded.model, "
        "size_bytes = excluded.size_bytes, body = excluded.body, created_at = excluded.created_at",
        reply.request, reply.audio, reply.engine, reply.model,
        static_cast<std::int64_t>(reply.json.size()), Blob{body}, context.now));
    return {};
}

}  // namespace

Result<std::optional<SpeechReplyRow>> SqlSpeechRecords::find_reply(const Sha256& request) const {
    return readers_.with([&](Connection& connection) -> Result<std::optional<SpeechReplyRow>> {
        std::optional<SpeechReplyRow> found;
        Result<std::string> json = std::string();
        TRY(connection.first(
            "SELECT request_sha256, audio_sha256, engine, model, size_bytes, body, created_at "
            "FROM speech_replies WHERE request_sha256 = ?",
            [&](const Row& row) {
                found = SpeechReplyRow{.request = row.sha256(0),
                                       .audio = row.sha256(1),
                                       .engine = row.text(2),
                                       .model = row.text(3),
                                       .created_at = row.time(6)};
                json = decompress(row.view(5), static_cast<std::size_t>(row.int64(4)));
            },
            request));
        if (!json) {
            return fail(json.error().within("speech reply"));
        }
        if (found) {
            found->json = std::move(*json);
        }
        return found;
    });
}

Result<SpeechStart> SqlSpeechRecords::begin_call(const SpeechCallRow& call,
                                                 const std::optional<SpeechBudget>& budget,
                                                 Timestamp abandoned_before) {
    return writer_.call<SpeechStart>([&](WriteContext& context) -> Result<SpeechStart> {
        TRY(need_called_conversation(context, call.conversation));
        TRY(context.connection.run(
            "UPDATE speech_calls SET state = 'unconfirmed', ended_at = ? WHERE state = 'open' AND "
            "(conversation_id = ? OR (request_sha256 = ? AND started_at <= ?))",
            context.now, call.conversation, call.request, abandoned_before));
        TRY_ASSIGN(const bool under_way,
                   context.connection.first(
                       "SELECT 1 FROM speech_calls WHERE state = 'open' AND request_sha256 = ?",
                       [](const Row&) {}, call.request));
        if (under_way) {
            return SpeechStart::UnderWay;
        }
        if (budget) {
            TRY_ASSIGN(const auto spent, read_spent(context.connection, *budget));
            if (spent >= budget->cost_micros) {
                return SpeechStart::UsedUp;
            }
        }
        TRY_ASSIGN(const auto inserted, insert_call(context, call, std::nullopt));
        return inserted > 0 ? SpeechStart::Begun : SpeechStart::UnderWay;
    });
}

Result<void> SqlSpeechRecords::end_call(const SpeechCallEnding& ending,
                                        const std::vector<SpeechReplyRow>& replies) {
    std::vector<std::string> bodies;
    for (const auto& reply : replies) {
        TRY_ASSIGN(auto body, compress(reply.json));
        bodies.push_back(std::move(body));
    }
    TRY_ASSIGN(const bool kept, writer_.call<bool>([&](WriteContext& context) -> Result<bool> {
        auto& connection = context.connection;
        std::optional<ConversationId> conversation;
        TRY(connection.first(
            "SELECT conversation_id FROM speech_calls WHERE id = ?",
            [&](const Row& row) {
                if (!row.is_null(0)) {
                    conversation = row.id<ConversationId>(0);
                }
            },
            ending.id));
        // The conversation first, as an erasure does it.
        TRY_ASSIGN(const bool there,
                   conversation ? hold_conversation(context, *conversation) : Result<bool>(false));
        TRY(connection.run(
            "UPDATE speech_calls SET state = ?, sent_ms = ?, billed_ms = ?, cost_micros = ?, "
            "error_code = ?, ended_at = ?, model = CASE WHEN ? = '' THEN model ELSE ? END "
            "WHERE id = ? AND state IN ('open', 'unconfirmed')",
            format(ending.state), ending.sent_ms, ending.billed_ms, ending.cost_micros,
            ending.error_code, context.now, ending.model, ending.model, ending.id));
        if (replies.empty() || !there) {
            return there || replies.empty();
        }
        // All are of one recording.
        TRY_ASSIGN(const bool referred, connection.first(
                                            "SELECT 1 FROM recordings WHERE sha256 = ?",
                                            [](const Row&) {}, replies.front().audio));
        for (std::size_t i = 0; referred && i < replies.size(); ++i) {
            TRY(insert_reply(context, replies[i], bodies[i]));
        }
        return referred;
    }));
    return kept ? Result<void>()
                : fail(ErrorCode::NotFound, "speech: the conversation was erased meanwhile");
}

Result<void> SqlSpeechRecords::withdraw_call(SpeechCallId id) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run("DELETE FROM speech_calls WHERE id = ? AND state = 'open'", id));
        return {};
    });
}

Result<void> SqlSpeechRecords::insert_cached(const SpeechCallRow& call) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(need_called_conversation(context, call.conversation));
        TRY_ASSIGN(const bool noted, context.connection.first(
                                         "SELECT 1 FROM speech_calls WHERE conversation_id = ? AND "
                                         "request_sha256 = ? AND state = 'cached'",
                                         [](const Row&) {}, call.conversation, call.request));
        if (!noted) {
            TRY(insert_call(context, call, context.now));
        }
        return {};
    });
}

Result<std::vector<SpeechCallRow>> SqlSpeechRecords::list_calls(ConversationId conversation) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<SpeechCallRow>> {
        std::vector<SpeechCallRow> rows;
        TRY(connection.each(
            fmt::format("{} WHERE conversation_id = ? ORDER BY started_at, id LIMIT 500", kCalls),
            [&](const Row& row) { rows.push_back(to_call(row)); }, conversation));
        return rows;
    });
}

Result<std::int64_t> SqlSpeechRecords::sum_spent(const SpeechBudget& budget) const {
    return readers_.with([&](Connection& connection) { return read_spent(connection, budget); });
}

Result<void> lock_replies(WriteContext& context, const std::vector<Sha256>& audio) {
    // Of two that erase the last two conversations with this audio, the second sees what the
    // first did.
    const auto& lock = context.connection.lock_clause();
    for (const auto& hash : audio) {
        TRY(context.connection.each(
            fmt::format("SELECT 1 FROM speech_replies WHERE audio_sha256 = ? "
                        "ORDER BY request_sha256{}",
                        lock),
            [](const Row&) {}, hash));
    }
    return {};
}

Result<void> forget_hearing(WriteContext& context, ConversationId id,
                            const std::vector<Sha256>& audio) {
    auto& connection = context.connection;
    TRY(connection.run("DELETE FROM hearings WHERE conversation_id = ?", id));
    TRY(
        connection.run("UPDATE speech_calls SET conversation_id = NULL, request_sha256 = NULL, "
                       "state = CASE state WHEN 'open' THEN 'unconfirmed' ELSE state END, "
                       "ended_at = coalesce(ended_at, ?) WHERE conversation_id = ?",
                       context.now, id));
    for (const auto& hash : audio) {
        TRY(
            connection.run("DELETE FROM speech_replies WHERE audio_sha256 = ?1 AND NOT EXISTS "
                           "(SELECT 1 FROM recordings WHERE sha256 = ?1)",
                           hash));
    }
    return {};
}

}  // namespace sql
}  // namespace oidor::store
