#include "domain/conversation.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.hpp"

namespace oidor {
namespace {

template <typename Enum, std::size_t Size>
using Names = std::array<std::pair<Enum, std::string_view>, Size>;

template <typename Enum, std::size_t Size>
std::string_view name_of(const Names<Enum, Size>& names, Enum value) {
    return std::ranges::find(names, value, &std::pair<Enum, std::string_view>::first)->second;
}

template <typename Enum, std::size_t Size>
std::optional<Enum> find_name(const Names<Enum, Size>& names, std::string_view text) {
    const auto* found = std::ranges::find(names, text, &std::pair<Enum, std::string_view>::second);
    return found != names.end() ? std::optional(found->first) : std::nullopt;
}

constexpr Names<Channel, 7> kChannels = {{{Channel::Voice, "voice"},
                                          {Channel::Whatsapp, "whatsapp"},
                                          {Channel::Sms, "sms"},
                                          {Channel::Telegram, "telegram"},
                                          {Channel::Messenger, "messenger"},
                                          {Channel::Instagram, "instagram"},
                                          {Channel::Web, "web"}}};
constexpr Names<ConversationKind, 2> kKinds = {
    {{ConversationKind::Call, "call"}, {ConversationKind::Chat, "chat"}}};
constexpr Names<Direction, 4> kDirections = {{{Direction::Unknown, "unknown"},
                                              {Direction::Inbound, "inbound"},
                                              {Direction::Outbound, "outbound"},
                                              {Direction::Internal, "internal"}}};
constexpr Names<ConversationState, 6> kStates = {
    {{ConversationState::Open, "open"},
     {ConversationState::Ended, "ended"},
     {ConversationState::Audited, "audited"},
     {ConversationState::NoRecording, "no_recording"},
     {ConversationState::NotAuditable, "not_auditable"},
     {ConversationState::Failed, "failed"}}};
constexpr Names<RecordingState, 5> kRecordingStates = {{{RecordingState::Announced, "announced"},
                                                        {RecordingState::Fetching, "fetching"},
                                                        {RecordingState::Stored, "stored"},
                                                        {RecordingState::Missing, "missing"},
                                                        {RecordingState::Failed, "failed"}}};
constexpr Names<MappingState, 3> kMappingStates = {{{MappingState::Mapped, "mapped"},
                                                    {MappingState::Defaulted, "defaulted"},
                                                    {MappingState::Unmapped, "unmapped"}}};
constexpr Names<CallOutcome, 6> kOutcomes = {{{CallOutcome::Unknown, "unknown"},
                                              {CallOutcome::Answered, "answered"},
                                              {CallOutcome::NoAnswer, "no_answer"},
                                              {CallOutcome::Busy, "busy"},
                                              {CallOutcome::Cancelled, "cancelled"},
                                              {CallOutcome::Failed, "failed"}}};

}  // namespace

std::string_view format(Channel value) { return name_of(kChannels, value); }
std::string_view format(ConversationKind value) { return name_of(kKinds, value); }
std::string_view format(Direction value) { return name_of(kDirections, value); }
std::string_view format(ConversationState value) { return name_of(kStates, value); }
std::string_view format(RecordingState value) { return name_of(kRecordingStates, value); }
std::string_view format(MappingState value) { return name_of(kMappingStates, value); }
std::string_view format(CallOutcome value) { return name_of(kOutcomes, value); }
std::optional<Channel> parse_channel(std::string_view text) { return find_name(kChannels, text); }
std::optional<ConversationKind> parse_conversation_kind(std::string_view text) {
    return find_name(kKinds, text);
}
std::optional<Direction> parse_direction(std::string_view text) {
    return find_name(kDirections, text);
}
std::optional<ConversationState> parse_conversation_state(std::string_view text) {
    return find_name(kStates, text);
}
std::optional<RecordingState> parse_recording_state(std::string_view text) {
    return find_name(kRecordingStates, text);
}
std::optional<MappingState> parse_mapping_state(std::string_view text) {
    return find_name(kMappingStates, text);
}
std::optional<CallOutcome> parse_call_outcome(std::string_view text) {
    return find_name(kOutcomes, text);
}

bool is_usable_external_id(std::string_view id) {
    constexpr std::size_t kBytesMax = 255;
    return !id.empty() && id.size() <= kBytesMax && is_utf8(id) &&
           std::ranges::none_of(
               id, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace oidor
