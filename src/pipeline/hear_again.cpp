#include "pipeline/hear_again.hpp"

#include <algorithm>

#include <fmt/ranges.h>

#include "pipeline/steps.hpp"
#include "speech/engine.hpp"

namespace oidor::pipeline {

store::JobSpec transcribe_job(const Conversation& conversation) {
    // A source's clock that is ahead holds nothing up.
    const auto start = std::min(conversation.started_at.value_or(conversation.created_at),
                                conversation.created_at);
    return {.kind = std::string(kTranscribe),
            .key = conversation.id.text(),
            .priority = 0,
            .run_at = start};
}

Result<void> hear_again(store::Store& store, ConversationId id,
                        const std::optional<std::string>& engine, Timestamp now) {
    const auto known = speech::list_engine_names();
    if (engine && std::ranges::count(known, *engine) == 0) {
        return fail(ErrorCode::Invalid, "engine: there is none of that name; there are: {}",
                    fmt::join(known, ", "));
    }
    TRY_ASSIGN(const auto row, store.conversations().find_conversation(id));
    if (!row) {
        return fail(ErrorCode::NotFound, "no conversation {}", id.text());
    }
    if (std::ranges::count(row->recordings, RecordingState::Stored, &Recording::state) == 0) {
        return fail(ErrorCode::Conflict, "conversation {}: none of its recordings is stored",
                    id.text());
    }
    TRY_ASSIGN(const auto there, store.conversations().find_transcript(id));
    if (there && there->origin == "provided") {
        return fail(ErrorCode::Conflict,
                    "conversation {}: its transcript was handed in; no engine's takes its place",
                    id.text());
    }
    TRY_ASSIGN(const auto found, store.speech_records().find_hearing(id));
    auto hearing = found.value_or(store::HearingRow{});
    hearing.conversation = id;
    using store::HearingState;
    const bool anew =
        there && hearing.state != HearingState::Failed && hearing.state != HearingState::Waiting;
    hearing.not_before = anew ? std::optional(now) : hearing.not_before;
    hearing.wanted_engine = engine ? engine : hearing.wanted_engine;
    hearing.state = HearingState::Waiting;
    hearing.reason.reset();
    TRY(store.speech_records().put_hearing(hearing, {transcribe_job(row->conversation)}));
    if (row->conversation.state != ConversationState::Failed) {
        return {};
    }
    return store.conversations().put_state(id, ConversationState::Ended, {}, {});
}

Result<std::int64_t> hear_all_again(store::Store& store, const store::HearingFilter& filter,
                                    const std::optional<std::string>& engine, Timestamp now) {
    constexpr int kPage = 500;
    std::int64_t count = 0;
    std::optional<store::HearingCursor> after;
    for (;;) {
        TRY_ASSIGN(const auto lines, store.speech_records().list_hearings(filter, after, kPage));
        for (const auto& line : lines) {
            const auto queued = hear_again(store, line.hearing.conversation, engine, now);
            // Erased, or its transcript handed in, meanwhile.
            const bool left_out = !queued && (queued.error().code == ErrorCode::Conflict ||
                                              queued.error().code == ErrorCode::NotFound);
            if (!queued && !left_out) {
                return fail(queued.error());
            }
            count += queued ? 1 : 0;
            after = {.at = line.listed_at, .id = line.hearing.conversation};
        }
        if (static_cast<int>(lines.size()) < kPage) {
            return count;
        }
    }
}

}  // namespace oidor::pipeline
