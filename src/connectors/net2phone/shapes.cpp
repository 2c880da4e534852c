#include "connectors/net2phone/shapes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <boost/json.hpp>

namespace oidor::connectors::net2phone {
namespace {

using namespace std::chrono;

/// Beyond this a double no longer tells neighbours apart (RFC 8785 writes numbers as doubles).
constexpr std::int64_t kExactIntegerMax = std::int64_t{1} << 53U;
constexpr std::int64_t kSecondsMax = std::int64_t{30} * 24 * 3600;

std::string_view trim(std::string_view text) {
    constexpr std::string_view kSpaces = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(kSpaces);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

/// Reads members, and remembers which could not be read.
class Reader {
  public:
    Reader(const json::object& item, std::string_view prefix, std::vector<std::string>& warnings)
        : item_(item), prefix_(prefix), warnings_(warnings) {}

    /// A text, or a whole number's digits.
    std::optional<std::string> text(std::string_view key) const {
        const auto* value = find(key);
        if (value == nullptr) {
            return std::nullopt;
        }
        if (value->is_string()) {
            const auto trimmed = trim(value->get_string());
            return trimmed.empty() ? std::nullopt : std::optional(std::string(trimmed));
        }
        if (value->is_int64()) {
            return std::to_string(value->get_int64());
        }
        if (value->is_uint64()) {
            return std::to_string(value->get_uint64());
        }
        warn(key, "not a text");
        return std::nullopt;
    }

    /// Seconds, as number or text: `120`, `"120"`, `120.9` (cut).
    std::optional<std::int64_t> seconds(std::string_view key) const {
        const auto* value = find(key);
        if (value == nullptr || (value->is_string() && trim(value->get_string()).empty())) {
            return std::nullopt;
        }
        const auto number =
            value->is_string() ? parse(trim(value->get_string())) : to_double(*value);
        if (!number || !(*number >= 0) || *number > static_cast<double>(kSecondsMax)) {
            warn(key, "not a number of seconds");
            return std::nullopt;
        }
        return static_cast<std::int64_t>(*number);
    }

    void warn(std::string_view key, std::string_view what) const {
        warnings_.push_back(std::string(prefix_).append(key).append(": ").append(what));
    }

  private:
    [[nodiscard]] const json::value* find(std::string_view key) const {
        const auto* value = item_.if_contains(key);
        return value != nullptr && !value->is_null() ? value : nullptr;
    }
    static std::optional<double> to_double(const json::value& value) {
        return value.is_number() ? std::optional(value.to_number<double>()) : std::nullopt;
    }
    static std::optional<double> parse(std::string_view text) {
        double number = 0;
        const auto* const last = text.data() + text.size();
        const auto [end, error] = std::from_chars(text.data(), last, number);
        return error == std::errc() && end == last ? std::optional(number) : std::nullopt;
    }

    const json::object& item_;
    std::string_view prefix_;
    std::vector<std::string>& warnings_;
};

std::optional<std::string> in_small_letters(std::optional<std::string> text) {
    if (text) {
        std::ranges::transform(*text, text->begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
    }
    return text;
}

/// 1 or more, without leading zeros; anything else names nobody.
std::optional<std::string> to_account_id(std::optional<std::string> text, const Reader& reader) {
    constexpr std::size_t kDigitsMax = 18;
    if (!text) {
        return text;
    }
    const bool digits = text->size() <= kDigitsMax &&
                        std::ranges::all_of(*text, [](char c) { return c >= '0' && c <= '9'; });
    const auto first = text->find_first_not_of('0');
    if (!digits || first == std::string::npos) {
        reader.warn("account_id", "not a whole number of 1 or more");
        return std::nullopt;
    }
    return text->substr(first);
}

User to_user(const json::object& item, std::vector<std::string>& warnings) {
    const auto* value = item.if_contains("user");
    User user;
    // Its older form names the user by the full name alone.
    user.name = Reader(item, "", warnings).text("user_name");
    if (value == nullptr || value->is_null()) {
        return user;
    }
    const auto* object = value->if_object();
    if (object == nullptr) {
        warnings.emplace_back("user: not an object");
        return user;
    }
    const Reader reader(*object, "user.", warnings);
    user.account_id = to_account_id(reader.text("account_id"), reader);
    user.id = reader.text("id");
    user.email = reader.text("email");
    if (auto name = reader.text("name")) {
        user.name = std::move(name);
    }
    return user;
}

}  // namespace

EventKind kind_of(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, EventKind>, 5> kNames = {
        {{"call_ringing", EventKind::Ringing},
         {"call_answered", EventKind::Answered},
         {"call_recorded", EventKind::Recorded},
         {"call_missed", EventKind::Missed},
         {"call_completed", EventKind::Completed}}};
    const auto* found =
        std::ranges::find(kNames, name, &std::pair<std::string_view, EventKind>::first);
    return found != kNames.end() ? found->second : EventKind::Other;
}

void keep_long_numbers(json::value& value) {
    if (auto* object = value.if_object()) {
        for (auto& member : *object) {
            keep_long_numbers(member.value());
        }
    } else if (auto* array = value.if_array()) {
        for (auto& element : *array) {
            keep_long_numbers(element);
        }
    } else if (value.is_int64() &&
               (value.get_int64() > kExactIntegerMax || value.get_int64() < -kExactIntegerMax)) {
        value = std::to_string(value.get_int64());
    } else if (value.is_uint64()) {
        value = std::to_string(value.get_uint64());
    }
}

std::optional<Timestamp> read_moment(std::string_view text, const AccountContext& account) {
    constexpr std::size_t kLongest = 48;
    if (text.size() > kLongest) {
        return std::nullopt;
    }
    auto moment = parse_rfc3339(text);
    if (!moment) {
        moment = parse_rfc3339(std::string(text) + "Z");
        if (moment && account.utc_offset != nullptr) {
            const local_seconds local(floor<seconds>(*moment).time_since_epoch());
            *moment -= account.utc_offset(account.time_zone, local);
        }
    }
    constexpr Timestamp kFirst = sys_days(year(1990) / 1 / 1);
    constexpr Timestamp kLast = sys_days(year(2200) / 1 / 1);
    return moment && *moment >= kFirst && *moment < kLast ? moment : std::nullopt;
}

CallEvent to_call_event(const json::object& item, const AccountContext& account) {
    CallEvent event;
    const Reader reader(item, "", event.warnings);
    event.event = in_small_letters(reader.text("event"));
    event.id = reader.text("id");
    event.call_id = reader.text("call_id");
    if (const auto text = reader.text("timestamp")) {
        event.timestamp = read_moment(*text, account);
        if (!event.timestamp) {
            reader.warn("timestamp", "not a date and time");
        }
    }
    event.direction = in_small_letters(reader.text("direction"));
    event.duration = reader.seconds("duration");
    event.originating_number = reader.text("originating_number");
    event.dialed_number = reader.text("dialed_number");
    event.call_source = reader.text("call_source");
    event.user = to_user(item, event.warnings);
    event.recording_url = reader.text("recording_url");
    event.audio_message_url = reader.text("audio_message_url");
    event.audio_message_id = reader.text("audio_message_id");
    return event;
}

std::string kept_kind(const CallEvent& event) {
    // An event's name is a word: a longer text is none, and must not grow the event's key.
    constexpr std::size_t kNameBytesMax = 64;
    if (event.event && event.event->size() <= kNameBytesMax) {
        return *event.event;
    }
    return event.recording_url ? "call_recorded" : "unknown";
}

}  // namespace oidor::connectors::net2phone
