// The house's own shapes: a conversation, the parts that agents took in it, and its recordings.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"

namespace oidor {

using ConversationId = Id<struct ConversationTag>;
using ParticipationId = Id<struct ParticipationTag>;
using RecordingId = Id<struct RecordingTag>;
using EventId = Id<struct EventTag>;
using AuditId = Id<struct AuditTag>;
using JobId = Id<struct JobTag>;
using KeyId = Id<struct KeyTag>;

enum class Channel { Voice, Whatsapp, Sms, Telegram, Messenger, Instagram, Web };
enum class ConversationKind { Call, Chat };
enum class Direction { Unknown, Inbound, Outbound, Internal };
enum class ConversationState { Open, Ended, Audited, NoRecording, NotAuditable, Failed };
enum class RecordingState { Announced, Fetching, Stored, Missing, Failed };
enum class MappingState { Mapped, Defaulted, Unmapped };
/// How a call ended for the PBX.
enum class CallOutcome { Unknown, Answered, NoAnswer, Busy, Cancelled, Failed };

/// Each enumeration's spelling in JSON, SQL and on the page: `no_recording`, `not_auditable`,
/// `whatsapp` …
std::string_view format(Channel value);
std::string_view format(ConversationKind value);
std::string_view format(Direction value);
std::string_view format(ConversationState value);
std::string_view format(RecordingState value);
std::string_view format(MappingState value);
std::string_view format(CallOutcome value);
std::optional<Channel> parse_channel(std::string_view text);
std::optional<ConversationKind> parse_conversation_kind(std::string_view text);
std::optional<Direction> parse_direction(std::string_view text);
std::optional<ConversationState> parse_conversation_state(std::string_view text);
std::optional<RecordingState> parse_recording_state(std::string_view text);
std::optional<MappingState> parse_mapping_state(std::string_view text);
std::optional<CallOutcome> parse_call_outcome(std::string_view text);

/// Identity of a conversation (DESIGN §4.6).
struct ConversationKey {
    std::string source = {};
    std::string account = {};
    Channel channel = Channel::Voice;
    std::string external_id = {};
    auto operator<=>(const ConversationKey&) const = default;
};

/// Whether an id from outside may become a key and a part of paths: 1 to 255 bytes of UTF-8
/// without control characters.
bool is_usable_external_id(std::string_view id);

/// The outcome of a mapping: the house's id, how it came about, and what the source named when it
/// was not found.
struct Mapped {
    std::optional<std::string> id = {};
    MappingState state = MappingState::Unmapped;
    std::optional<std::string> wanted = {};
    bool operator==(const Mapped&) const = default;
};

/// One agent's (or bot's) part in one conversation: the unit that is audited. `leg` is its
/// identity.
struct Participation {
    ParticipationId id = {};
    std::string leg = {};
    Mapped agent = {};
    std::optional<std::string> agent_name =
        {};  ///< As the directory, else the source, names the agent.
    std::optional<Timestamp> from = {};
    std::optional<Timestamp> to = {};
    bool operator==(const Participation&) const = default;
};

/// One audio of a conversation. Content is addressed by SHA-256 once it is stored.
struct Recording {
    RecordingId id = {};
    std::string external_id = {};                  ///< `main` where a source has one per call.
    std::vector<std::string> candidate_urls = {};  ///< In the order in which they are tried.
    RecordingState state = RecordingState::Announced;
    std::optional<std::string> reason = {};
    std::optional<std::string> sha256 = {};
    std::optional<std::string> media_type = {};
    std::optional<std::int64_t> size_bytes = {};
    std::optional<std::chrono::milliseconds> duration = {};
    std::optional<int> channels = {};
    std::optional<std::string> analysis_json =
        {};  ///< Measures of the audio room, as it writes them.
    bool operator==(const Recording&) const = default;
};

/// What is known of a conversation beside its parts.
struct Conversation {
    ConversationId id = {};
    ConversationKey key = {};
    ConversationKind kind = ConversationKind::Call;
    Direction direction = Direction::Unknown;
    CallOutcome outcome = CallOutcome::Unknown;
    ConversationState state = ConversationState::Open;
    std::optional<std::string> reason =
        {};  ///< Why it failed, has no recording or is not auditable.
    std::optional<Timestamp> started_at = {};
    std::optional<Timestamp> ended_at = {};
    std::optional<std::string> day =
        {};  ///< `2026-02-10`: of the start, in the campaign's or the account's zone.
    std::optional<std::int64_t> duration_s =
        {};  ///< Talk time where the source tells it apart from ringing.
    std::optional<std::string> address_from = {};  ///< Raw, as the source gave it.
    std::optional<std::string> address_to = {};
    std::optional<std::string> customer_key = {};
    Mapped campaign = {};
    std::optional<std::string> details_json =
        {};  ///< What else the source told: custom fields, queue, warnings.
    Timestamp created_at = {};
    Timestamp updated_at = {};
    bool operator==(const Conversation&) const = default;
};

}  // namespace oidor
