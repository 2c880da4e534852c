#include "store/sql/conversation_rows.hpp"

#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::store::sql {

constexpr std::string_view kConversationColumns =
    "c.id, c.source, c.account, c.channel, c.external_id, c.kind, c.direction, c.outcome, c.state, "
    "c.reason, c.started_at, c.ended_at, c.day, c.duration_s, c.address_from, c.address_to, "
    "c.customer_key, c.campaign_id, c.campaign_state, c.campaign_wanted, c.details_json, "
    "c.created_at, c.updated_at";

Conversation to_conversation(const Row& row) {
    Conversation conversation;
    conversation.id = row.id<ConversationId>(0);
    conversation.key = {.source = row.text(1),
                        .account = row.text(2),
                        .channel = parse_channel(row.view(3)).value_or(Channel::Voice),
                        .external_id = row.text(4)};
    conversation.kind = parse_conversation_kind(row.view(5)).value_or(ConversationKind::Call);
    conversation.direction = parse_direction(row.view(6)).value_or(Direction::Unknown);
    conversation.outcome = parse_call_outcome(row.view(7)).value_or(CallOutcome::Unknown);
    conversation.state = parse_conversation_state(row.view(8)).value_or(ConversationState::Open);
    conversation.reason = row.optional_text(9);
    conversation.started_at = row.optional_time(10);
    conversation.ended_at = row.optional_time(11);
    conversation.day = row.optional_text(12);
    conversation.duration_s = row.optional_int64(13);
    conversation.address_from = row.optional_text(14);
    conversation.address_to = row.optional_text(15);
    conversation.customer_key = row.optional_text(16);
    conversation.campaign = {
        .id = row.optional_text(17),
        .state = parse_mapping_state(row.view(18)).value_or(MappingState::Unmapped),
        .wanted = row.optional_text(19)};
    conversation.details_json = row.optional_text(20);
    conversation.created_at = row.time(21);
    conversation.updated_at = row.time(22);
    return conversation;
}

constexpr std::string_view kParticipationColumns =
    "p.id, p.leg, p.agent_id, p.agent_state, p.agent_wanted, p.agent_name, p.from_at, p.to_at";
constexpr std::string_view kRecordingColumns =
    "r.id, r.external_id, r.candidate_urls_json, r.state, r.reason, r.sha256, r.media_type, "
    "r.size_bytes, r.duration_ms, r.channels, r.analysis_json";

Participation to_participation(const Row& row) {
    return {.id = row.id<ParticipationId>(0),
            .leg = row.text(1),
            .agent = {.id = row.optional_text(2),
                      .state = parse_mapping_state(row.view(3)).value_or(MappingState::Unmapped),
                      .wanted = row.optional_text(4)},
            .agent_name = row.optional_text(5),
            .from = row.optional_time(6),
            .to = row.optional_time(7)};
}

Result<Recording> to_recording(const Row& row) {
    Recording recording;
    recording.id = row.id<RecordingId>(0);
    recording.external_id = row.text(1);
    TRY_ASSIGN(recording.candidate_urls, parse_texts(row.view(2)));
    recording.state = parse_recording_state(row.view(3)).value_or(RecordingState::Announced);
    recording.reason = row.optional_text(4);
    if (!row.is_null(5)) {
        recording.sha256 = to_hex(row.sha256(5));
    }
    recording.media_type = row.optional_text(6);
    recording.size_bytes = row.optional_int64(7);
    if (const auto duration = row.optional_int64(8)) {
        recording.duration = std::chrono::milliseconds(*duration);
    }
    if (const auto channels = row.optional_int64(9)) {
        recording.channels = static_cast<int>(*channels);
    }
    recording.analysis_json = row.optional_text(10);
    return recording;
}

Result<void> read_parts(Connection& connection, ConversationRow& row) {
    static const std::string participations = fmt::format(
        "SELECT {} FROM participations p WHERE p.conversation_id = ? ORDER BY p.position",
        kParticipationColumns);
    static const std::string recordings =
        fmt::format("SELECT {} FROM recordings r WHERE r.conversation_id = ? ORDER BY r.position",
                    kRecordingColumns);
    TRY(connection.each(
        participations,
        [&](const Row& part) { row.participations.push_back(to_participation(part)); },
        row.conversation.id));
    Result<void> outcome;
    TRY(connection.each(
        recordings,
        [&](const Row& part) {
            auto recording = to_recording(part);
            if (recording) {
                row.recordings.push_back(std::move(*recording));
            } else {
                outcome = fail(std::move(recording).error());
            }
        },
        row.conversation.id));
    return outcome;
}

Result<std::optional<ConversationRow>> read_conversation(Connection& connection,
                                                         ConversationId id) {
    ConversationRow conversation;
    static const std::string sql =
        fmt::format("SELECT {} FROM conversations c WHERE c.id = ?", kConversationColumns);
    TRY_ASSIGN(
        const bool found,
        connection.first(
            sql, [&](const Row& row) { conversation.conversation = to_conversation(row); }, id));
    if (!found) {
        return std::optional<ConversationRow>();
    }
    TRY(read_parts(connection, conversation));
    return std::optional(std::move(conversation));
}

namespace {

Result<bool> find_by_key(WriteContext& context, const ConversationKey& key, ConversationId& id) {
    return context.connection.first(
        "SELECT id FROM conversations "
        "WHERE source = ? AND account = ? AND channel = ? AND external_id = ?",
        [&](const Row& row) { id = row.id<ConversationId>(0); }, key.source, key.account,
        format(key.channel), key.external_id);
}

}  // namespace

Result<Identified> identify(WriteContext& context, Seal& seal, const ConversationKey& key) {
    Identified conversation;
    TRY_ASSIGN(const bool found, find_by_key(context, key, conversation.id));
    if (found) {
        return conversation;
    }
    TRY_ASSIGN(conversation.erased, is_tombstoned(context.connection, seal, key));
    if (conversation.erased) {
        return conversation;
    }
    conversation.id = ConversationId::make();
    const auto kind =
        key.channel == Channel::Voice ? ConversationKind::Call : ConversationKind::Chat;
    TRY_ASSIGN(const auto inserted,
               context.connection.run(
                   "INSERT INTO conversations (id, source, account, channel, external_id, kind, "
                   "direction, outcome, state, listed_at, campaign_state, created_at, updated_at) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'unknown', 'unknown', 'open', ?7, 'unmapped', "
                   "?7, ?7) ON CONFLICT (source, account, external_id, channel) DO NOTHING",
                   conversation.id, key.source, key.account, format(key.channel), key.external_id,
                   format(kind), context.now));
    conversation.made = inserted > 0;
    if (!conversation.made) {
        // Another connection was quicker; its row is there to be seen now.
        TRY(find_by_key(context, key, conversation.id));
    }
    return conversation;
}

Result<bool> lock_conversation(WriteContext& context, ConversationId id) {
    return context.connection.first(
        fmt::format("SELECT 1 FROM conversations WHERE id = ?{}", context.connection.lock_clause()),
        [](const Row&) {}, id);
}

std::string format_texts(const std::vector<std::string>& texts) {
    json::array array;
    for (const auto& text : texts) {
        array.emplace_back(text);
    }
    return format_json(array);
}

Result<std::vector<std::string>> parse_texts(std::string_view json_text) {
    const auto value = parse_json(json_text);
    if (!value || !value->is_array()) {
        return fail(ErrorCode::Corrupt, "store: a column does not hold a list");
    }
    std::vector<std::string> texts;
    for (const auto& item : value->get_array()) {
        if (!item.is_string()) {
            return fail(ErrorCode::Corrupt, "store: a column does not hold a list of texts");
        }
        texts.emplace_back(item.get_string());
    }
    return texts;
}

Result<Sha256> read_hash(std::string_view hex, std::string_view what) {
    const auto hash = parse_sha256(hex);
    if (!hash) {
        return fail(ErrorCode::Invalid, "{}: it is no SHA-256 in hexadecimal", what);
    }
    return *hash;
}

Result<RecordingContent> content_of(const Recording& recording, Timestamp now) {
    RecordingContent content;
    if (recording.sha256) {
        TRY_ASSIGN(content.hash, read_hash(*recording.sha256, "recording"));
    }
    if (recording.duration) {
        content.duration_ms = recording.duration->count();
    }
    if (recording.state == RecordingState::Stored) {
        content.stored_at = now;
    }
    return content;
}

}  // namespace oidor::store::sql
