// Net2phone's events as plain structs, and how to read them from its JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "connectors/connector.hpp"

namespace oidor::connectors::net2phone {

/// What an event is; a later one knows more of the call. Recorded stands below Completed, except
/// for what is said of the recording.
enum class EventKind { Other, Ringing, Answered, Recorded, Missed, Completed };

/// The kind of a name in small letters: `call_completed`; unknown names are Other.
EventKind kind_of(std::string_view name);

/// Who made or took the call on the house's side.
struct User {
    std::optional<std::string> account_id = {};  ///< The predecessor's operator: 1 or more.
    std::optional<std::string> id = {};
    std::optional<std::string> name = {};
    std::optional<std::string> email = {};
    bool operator==(const User&) const = default;
};

/// One event of a call. What is empty, null or unreadable is absent; zero is a value.
struct CallEvent {
    std::optional<std::string> event = {};  ///< In small letters.
    std::optional<std::string> id = {};     ///< Of the message.
    std::optional<std::string> call_id = {};
    std::optional<Timestamp> timestamp = {};
    std::optional<std::string> direction = {};
    std::optional<std::int64_t> duration = {};  ///< Seconds.
    std::optional<std::string> originating_number = {};
    std::optional<std::string> dialed_number = {};
    std::optional<std::string> call_source = {};
    User user = {};
    std::optional<std::string> recording_url = {};
    std::optional<std::string> audio_message_url = {};
    std::optional<std::string> audio_message_id = {};
    std::vector<std::string> warnings = {};  ///< `duration: …`; never the value.
    bool operator==(const CallEvent&) const = default;
};

/// Numbers that a double cannot hold exactly become texts, at any depth, so that an id keeps its
/// digits where the item is hashed.
void keep_long_numbers(json::value& value);

/// Reads the known members of an item. Times without an offset are the account's.
CallEvent to_call_event(const json::object& item, const AccountContext& account);

/// The event's name as it is kept: `unknown` where none is told, and no audio either.
std::string kept_kind(const CallEvent& event);

/// What a timestamp says: RFC 3339 with a fraction of any length; without an offset it is local
/// time of the account's zone. Years 1990 to 2199.
std::optional<Timestamp> read_moment(std::string_view text, const AccountContext& account);

}  // namespace oidor::connectors::net2phone
