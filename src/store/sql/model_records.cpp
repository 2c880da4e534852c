#include "store/sql/model_records.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "store/sql/compression.hpp"
#include "store/sql/queue.hpp"

namespace oidor::store {
namespace {

constexpr std::array<std::pair<InquiryState, std::string_view>, 3> kStates = {
    {{InquiryState::Waiting, "waiting"},
     {InquiryState::Answered, "answered"},
     {InquiryState::Failed, "failed"}}};

}  // namespace

std::string_view format(InquiryState state) {
    return kStates.at(static_cast<std::size_t>(state)).second;
}

std::optional<InquiryState> parse_inquiry_state(std::string_view text) {
    const auto* const found =
        std::ranges::find(kStates, text, &std::pair<InquiryState, std::string_view>::second);
    return found != kStates.end() ? std::optional(found->first) : std::nullopt;
}

namespace sql {
namespace {

constexpr std::string_view kAnswers =
    "SELECT conversation_id, input_sha256, state, reason, scorecard_id, scorecard_version, model, "
    "prompt_version, size_bytes, body, updated_at FROM model_answers";

/// Whoever erases the conversation waits for this write, or this one finds nothing.
Result<void> need_conversation(WriteContext& context, ConversationId id) {
    const auto& lock = context.connection.lock_clause();
    TRY_ASSIGN(const bool there,
               context.connection.first(
                   fmt::format("SELECT 1 FROM conversations WHERE id = ?{}", lock),
                   [](const Row&) {}, id));
    return there ? Result<void>()
                 : fail(ErrorCode::NotFound, "model answers: no conversation {}", id.text());
}

/// A row, and its body's JSON where it can be read.
struct ReadAnswers {
    ModelAnswersRow row = {};
    Result<std::string> json = std::string();
};

ReadAnswers to_answers(const Row& row) {
    ReadAnswers read;
    auto& out = read.row;
    out.conversation = row.id<ConversationId>(0);
    out.input_sha256 = row.sha256(1);
    out.state = parse_inquiry_state(row.view(2)).value_or(InquiryState::Failed);
    out.reason = row.optional_text(3);
    out.scorecard_id = row.text(4);
    out.scorecard_version = row.int32(5);
    out.model = row.text(6);
    out.prompt_version = row.text(7);
    if (!row.is_null(9)) {
        read.json = decompress(row.view(9), static_cast<std::size_t>(row.int64(8)));
    }
    out.updated_at = row.time(10);
    return read;
}

template <typename... Args>
Result<std::optional<ModelAnswersRow>> find_one(Readers& readers, const std::string& sql,
                                                const Args&... args) {
    return readers.with([&](Connection& connection) -> Result<std::optional<ModelAnswersRow>> {
        std::optional<ReadAnswers> found;
        TRY(connection.first(
            sql, [&](const Row& row) { found = to_answers(row); }, args...));
        if (!found) {
            return std::optional<ModelAnswersRow>();
        }
        if (!found->json) {
            return fail(found->json.error().within("model answers"));
        }
        found->row.json = std::move(*found->json);
        return std::optional(std::move(found->row));
    });
}

}  // namespace

Result<bool> SqlModelRecords::put_answers(const ModelAnswersRow& row,
                                          const std::vector<JobSpec>& jobs) {
    std::optional<std::string> body;
    if (!row.json.empty()) {
        TRY_ASSIGN(body, compress(row.json));
    }
    return writer_.call<bool>([&](WriteContext& context) -> Result<bool> {
        TRY(need_conversation(context, row.conversation));
        const auto packed = body ? std::optional(Blob{*body}) : std::nullopt;
        const auto size = body ? std::optional(static_cast<std::int64_t>(row.json.size()))
                               : std::optional<std::int64_t>();
        TRY_ASSIGN(
            const auto changed,
            context.connection.run(
                "INSERT INTO model_answers (conversation_id, input_sha256, state, reason, "
                "scorecard_id, scorecard_version, model, prompt_version, size_bytes, body, "
                "updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (conversation_id, input_sha256) DO UPDATE SET "
                "state = excluded.state, reason = excluded.reason, "
                "scorecard_id = excluded.scorecard_id, "
                "scorecard_version = excluded.scorecard_version, model = excluded.model, "
                "prompt_version = excluded.prompt_version, size_bytes = excluded.size_bytes, "
                "body = excluded.body, updated_at = excluded.updated_at "
                "WHERE model_answers.state <> 'answered'",
                row.conversation, row.input_sha256, format(row.state), row.reason, row.scorecard_id,
                row.scorecard_version, row.model, row.prompt_version, size, packed, context.now));
        TRY(enqueue_jobs(context, jobs));
        return changed > 0;
    });
}

Result<std::optional<ModelAnswersRow>> SqlModelRecords::find_answers(
    ConversationId conversation, const Sha256& input_sha256) const {
    return find_one(readers_,
                    std::string(kAnswers) + " WHERE conversation_id = ? AND input_sha256 = ?",
                    conversation, input_sha256);
}

Result<std::optional<ModelAnswersRow>> SqlModelRecords::find_newest_answers(
    ConversationId conversation) const {
    return find_one(readers_,
                    std::string(kAnswers) +
                        " WHERE conversation_id = ? AND state = 'answered' "
                        "ORDER BY updated_at DESC, input_sha256 LIMIT 1",
                    conversation);
}

Result<std::vector<ModelAnswersRow>> SqlModelRecords::list_answers(
    ConversationId conversation) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<ModelAnswersRow>> {
        std::vector<ModelAnswersRow> rows;
        TRY(connection.each(
            std::string(kAnswers) + " WHERE conversation_id = ? AND state = 'answered' "
                                    "ORDER BY updated_at DESC, input_sha256",
            [&](const Row& row) {
                auto read = to_answers(row);
                if (read.json) {
                    read.row.json = std::move(*read.json);
                    rows.push_back(std::move(read.row));
                }
            },
            conversation));
        return rows;
    });
}

Result<std::int64_t> SqlModelRecords::count_answers(InquiryState state) const {
    return readers_.with([&](Connection& connection) -> Result<std::int64_t> {
        std::int64_t count = 0;
        // What was answered is most of a store that has run for years, and in no index.
        TRY(connection.first(
            state == InquiryState::Answered
                ? "SELECT count(*) FROM model_answers WHERE state = ?"
                : "SELECT count(*) FROM model_answers WHERE state <> 'answered' AND state = ?",
            [&](const Row& row) { count = row.int64(0); }, format(state)));
        return count;
    });
}

Result<void> SqlModelRecords::add_spending(const std::string& day, const std::string& model,
                                           const ModelSpending& spending) {
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(context.connection.run(
            "INSERT INTO model_spending (day, model, calls, calls_failed, calls_unpriced, "
            "prompt_tokens, cached_tokens, completion_tokens, cost_micros, put_off) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, model) DO UPDATE SET "
            "calls = model_spending.calls + excluded.calls, "
            "calls_failed = model_spending.calls_failed + excluded.calls_failed, "
            "calls_unpriced = model_spending.calls_unpriced + excluded.calls_unpriced, "
            "prompt_tokens = model_spending.prompt_tokens + excluded.prompt_tokens, "
            "cached_tokens = model_spending.cached_tokens + excluded.cached_tokens, "
            "completion_tokens = model_spending.completion_tokens + excluded.completion_tokens, "
            "cost_micros = model_spending.cost_micros + excluded.cost_micros, "
            "put_off = model_spending.put_off + excluded.put_off",
            day, model, spending.calls, spending.calls_failed, spending.calls_unpriced,
            spending.prompt_tokens, spending.cached_tokens, spending.completion_tokens,
            spending.cost_micros, spending.put_off));
        return {};
    });
}

Result<ModelSpending> SqlModelRecords::sum_spending(const std::string& day) const {
    return readers_.with([&](Connection& connection) -> Result<ModelSpending> {
        ModelSpending sum;
        // A row for each model of one day: few, and no database's own kind of sum.
        TRY(connection.each(
            "SELECT calls, calls_failed, calls_unpriced, prompt_tokens, cached_tokens, "
            "completion_tokens, cost_micros, put_off FROM model_spending WHERE day = ?",
            [&](const Row& row) {
                sum.calls += row.int64(0);
                sum.calls_failed += row.int64(1);
                sum.calls_unpriced += row.int64(2);
                sum.prompt_tokens += row.int64(3);
                sum.cached_tokens += row.int64(4);
                sum.completion_tokens += row.int64(5);
                sum.cost_micros += row.int64(6);
                sum.put_off += row.int64(7);
            },
            day));
        return sum;
    });
}

Result<void> SqlModelRecords::insert_chat(const ModelChatRow& row) {
    TRY_ASSIGN(const auto body, compress(row.json));
    return writer_.call<void>([&](WriteContext& context) -> Result<void> {
        TRY(need_conversation(context, row.conversation));
        TRY(context.connection.run(
            "INSERT INTO model_chats (id, conversation_id, asked_by, size_bytes, body, asked_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            row.id, row.conversation, row.asked_by, static_cast<std::int64_t>(row.json.size()),
            Blob{body}, row.asked_at));
        return {};
    });
}

Result<std::vector<ModelChatRow>> SqlModelRecords::list_chats(ConversationId conversation,
                                                              int limit) const {
    return readers_.with([&](Connection& connection) -> Result<std::vector<ModelChatRow>> {
        std::vector<ModelChatRow> rows;
        Result<void> unpacked = {};
        TRY(connection.each(
            "SELECT id, conversation_id, asked_by, size_bytes, body, asked_at FROM model_chats "
            "WHERE conversation_id = ? ORDER BY asked_at DESC, id DESC LIMIT ?",
            [&](const Row& row) {
                auto json = decompress(row.view(4), static_cast<std::size_t>(row.int64(3)));
                if (!json) {
                    unpacked = fail(json.error().within("model chat"));
                    return;
                }
                rows.push_back({.id = row.id<ModelChatId>(0),
                                .conversation = row.id<ConversationId>(1),
                                .asked_by = row.text(2),
                                .json = std::move(*json),
                                .asked_at = row.time(5)});
            },
            conversation, std::clamp(limit, 1, 500)));
        TRY(unpacked);
        std::ranges::reverse(rows);
        return rows;
    });
}

}  // namespace sql
}  // namespace oidor::store
