// Merging a mapped conversation into its rows by identity (DESIGN §4.6).
#include <algorithm>

#include "store/sql/conversation_rows.hpp"
#include "store/sql/conversations.hpp"

namespace oidor::store::sql {
namespace {

int rank_of(ConversationState state) {
    switch (state) {
        case ConversationState::Open: return 0;
        case ConversationState::Ended: return 1;
        case ConversationState::Failed: return 2;
        case ConversationState::NoRecording: return 3;
        case ConversationState::NotAuditable: return 4;
        case ConversationState::Audited: return 5;
    }
    return 0;
}

// Null and unknown never overwrite. The campaign is a value that repairs change as a whole.
constexpr std::string_view kMergeConversation = R"(
UPDATE conversations SET kind = ?1,
    direction = CASE WHEN ?2 = 'unknown' THEN direction ELSE ?2 END,
    outcome = CASE WHEN ?3 = 'unknown' THEN outcome ELSE ?3 END, state = ?4, reason = ?5,
    started_at = coalesce(?6, started_at), ended_at = coalesce(?7, ended_at),
    listed_at = coalesce(?6, started_at, created_at), day = coalesce(?8, day),
    duration_s = coalesce(?9, duration_s), address_from = coalesce(?10, address_from),
    address_to = coalesce(?11, address_to), customer_key = coalesce(?12, customer_key),
    campaign_id = ?13, campaign_state = ?14, campaign_wanted = ?15,
    details_json = coalesce(?16, details_json), updated_at = ?17 WHERE id = ?18)";

Result<void> merge_values(WriteContext& context, const Conversation& given,
                          const Conversation& present) {
    auto state = present.state;
    auto reason = present.reason;
    if (rank_of(given.state) > rank_of(present.state)) {
        state = given.state;
        reason = given.reason;
    } else if (given.state == present.state && given.reason) {
        reason = given.reason;
    }
    TRY(context.connection.run(kMergeConversation, format(given.kind), format(given.direction),
                               format(given.outcome), format(state), reason, given.started_at,
                               given.ended_at, given.day, given.duration_s, given.address_from,
                               given.address_to, given.customer_key, given.campaign.id,
                               format(given.campaign.state), given.campaign.wanted,
                               given.details_json, context.now, given.id));
    return {};
}

Result<void> update_participation(WriteContext& context, ParticipationId id,
                                  const Participation& part) {
    TRY(context.connection.run(
        "UPDATE participations SET leg = ?, agent_id = ?, agent_state = ?, agent_wanted = ?, "
        "agent_name = coalesce(?, agent_name), from_at = coalesce(?, from_at), "
        "to_at = coalesce(?, to_at) WHERE id = ?",
        part.leg, part.agent.id, format(part.agent.state), part.agent.wanted, part.agent_name,
        part.from, part.to, id));
    return {};
}

/// A leg that the whole of the events no longer names was a reading of a part of them: it goes,
/// with the audits of a part that nobody had. Otherwise the order of arrival would show.
Result<void> drop_stale_legs(WriteContext& context, const std::vector<Participation>& given,
                             const std::vector<Participation>& present) {
    const bool named =
        std::ranges::any_of(given, [](const Participation& part) { return !part.leg.empty(); });
    for (const auto& row : present) {
        const bool still = std::ranges::find(given, row.leg, &Participation::leg) != given.end();
        // The empty leg is taken over instead.
        if (!named || still || row.leg.empty()) {
            continue;
        }
        TRY(context.connection.run("DELETE FROM audits WHERE participation_id = ?", row.id));
        TRY(context.connection.run("DELETE FROM participations WHERE id = ?", row.id));
    }
    return {};
}

Result<void> merge_participations(WriteContext& context, ConversationId conversation,
                                  const std::vector<Participation>& given,
                                  const std::vector<Participation>& present) {
    auto known = present;
    // Named ones first: the first of them takes the empty leg over.
    std::vector<const Participation*> parts;
    for (const auto& part : given) {
        parts.push_back(&part);
    }
    std::stable_partition(parts.begin(), parts.end(),
                          [](const Participation* part) { return !part->leg.empty(); });
    for (const auto* part : parts) {
        auto row = std::ranges::find(known, part->leg, &Participation::leg);
        if (row == known.end()) {
            row = std::ranges::find(known, std::string(), &Participation::leg);
        }
        if (row != known.end()) {
            TRY(update_participation(context, row->id, *part));
            row->leg = part->leg;
            continue;
        }
        if (part->leg.empty() && !known.empty()) {
            // Taken over by a named one already.
            continue;
        }
        const auto id = ParticipationId::make();
        TRY(context.connection.run(
            "INSERT INTO participations (id, conversation_id, leg, position, agent_id, "
            "agent_state, agent_wanted, agent_name, from_at, to_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id, conversation, part->leg, static_cast<std::int64_t>(known.size()), part->agent.id,
            format(part->agent.state), part->agent.wanted, part->agent_name, part->from, part->to));
        known.push_back(*part);
        known.back().id = id;
    }
    return drop_stale_legs(context, given, present);
}

Result<void> insert_recording(WriteContext& context, ConversationId conversation,
                              const Recording& recording, std::size_t position) {
    TRY_ASSIGN(const auto content, content_of(recording, context.now));
    TRY(context.connection.run(
        "INSERT INTO recordings (id, conversation_id, external_id, position, candidate_urls_json, "
        "state, reason, sha256, media_type, size_bytes, duration_ms, channels, analysis_json, "
        "created_at, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        RecordingId::make(), conversation, recording.external_id,
        static_cast<std::int64_t>(position), format_texts(recording.candidate_urls),
        format(recording.state), recording.reason, content.hash, recording.media_type,
        recording.size_bytes, content.duration_ms, recording.channels, recording.analysis_json,
        context.now, content.stored_at));
    return {};
}

Result<void> merge_recordings(WriteContext& context, ConversationId conversation,
                              const std::vector<Recording>& given, std::vector<Recording> present) {
    for (const auto& recording : given) {
        const auto row = std::ranges::find(present, recording.external_id, &Recording::external_id);
        if (row == present.end()) {
            TRY(insert_recording(context, conversation, recording, present.size()));
            present.push_back(recording);
        } else if (!recording.candidate_urls.empty() &&
                   row->candidate_urls != recording.candidate_urls) {
            TRY(context.connection.run(
                "UPDATE recordings SET candidate_urls_json = ? "
                "WHERE conversation_id = ? AND external_id = ?",
                format_texts(recording.candidate_urls), conversation, recording.external_id));
        }
    }
    return {};
}

}  // namespace

Result<void> merge_mapped(WriteContext& context, const MappedConversation& mapped) {
    const auto id = mapped.conversation.id;
    TRY_ASSIGN(const bool locked, lock_conversation(context, id));
    TRY_ASSIGN(const auto present, read_conversation(context.connection, id));
    if (!locked || !present) {
        return fail(ErrorCode::NotFound, "conversation {}: there is none", id.text());
    }
    TRY(merge_values(context, mapped.conversation, present->conversation));
    TRY(merge_participations(context, id, mapped.participations, present->participations));
    return merge_recordings(context, id, mapped.recordings, present->recordings);
}

}  // namespace oidor::store::sql
