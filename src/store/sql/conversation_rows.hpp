// Conversations, their parts and recordings: from rows to values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/conversation.hpp"
#include "store/conversations.hpp"
#include "store/sql/seal.hpp"
#include "store/sql/work.hpp"

namespace oidor::store::sql {

/// The columns that `to_conversation` reads, in its order, of a table called `c`.
extern const std::string_view kConversationColumns;

Conversation to_conversation(const Row& row);

/// The columns that `to_participation` and `to_recording` read, of tables called `p` and `r`.
extern const std::string_view kParticipationColumns;
extern const std::string_view kRecordingColumns;

Participation to_participation(const Row& row);
/// Errors: Corrupt.
Result<Recording> to_recording(const Row& row);
/// The conversation with all that belongs to it; nothing when there is none.
Result<std::optional<ConversationRow>> read_conversation(Connection& connection, ConversationId id);
/// Adds participations and recordings.
Result<void> read_parts(Connection& connection, ConversationRow& row);

/// The conversation's current transcript.
Result<std::optional<TranscriptRow>> read_transcript(Connection& connection, ConversationId id);
/// Its current audits, whole, in the order of participations.
Result<std::vector<AuditRow>> read_current_audits(Connection& connection, ConversationId id);

/// A conversation's row by its key.
struct Identified {
    ConversationId id = {};
    bool made = false;    ///< It was not there before.
    bool erased = false;  ///< It was erased: there is none, and none is made.
};

/// The row of a key; makes it (state open) when it is new.
Result<Identified> identify(WriteContext& context, Seal& seal, const ConversationKey& key);
/// Keeps other writes from the conversation until this one ends; false when there is none.
Result<bool> lock_conversation(WriteContext& context, ConversationId id);

/// A list of texts as a JSON array, as it lies in a column, and back. Corrupt.
std::string format_texts(const std::vector<std::string>& texts);
Result<std::vector<std::string>> parse_texts(std::string_view json_text);

/// 32 bytes from 64 hexadecimal digits that name `what`. Invalid.
Result<Sha256> read_hash(std::string_view hex, std::string_view what);

/// What a recording's row says of its content, in the columns' own types.
struct RecordingContent {
    std::optional<Sha256> hash = {};
    std::optional<std::int64_t> duration_ms = {};
    std::optional<Timestamp> stored_at = {};  ///< `now` when it is stored.
};
/// Errors: Invalid (a hash that is none).
Result<RecordingContent> content_of(const Recording& recording, Timestamp now);

}  // namespace oidor::store::sql
