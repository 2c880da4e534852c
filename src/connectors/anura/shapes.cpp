#include "connectors/anura/shapes.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "connectors/anura/values.hpp"

namespace oidor::connectors::anura {
namespace {

using enum VariableKind;

constexpr std::array<Variable, 53> kVariables = {{
    {"accountextension", Text},
    {"accountid", Integer},
    {"accountname", Text},
    {"accounttags", Text},
    {"answeraccount", Text},
    {"answerextension", Text},
    {"answerterminal", Text},
    {"audio_file_mp3", Text},
    {"audio_file_ogg", Text},
    {"audio_file_wav", Text},
    {"audio_play_mp3", Text},
    {"audio_play_ogg", Text},
    {"audio_play_wav", Text},
    {"billseconds", Seconds},
    {"called", Text},
    {"calledname", Text},
    {"calling", Text},
    {"callingname", Text},
    {"cdrid", Text},
    {"custom1", Text},
    {"custom2", Text},
    {"custom3", Text},
    {"custom4", Text},
    {"custom5", Text},
    {"custom6", Text},
    {"dialtime", Moment},
    {"direction", Text},
    {"duration", Seconds},
    {"hookdirection", Text},
    {"hookid", Integer},
    {"hookname", Text},
    {"hooktags", Text},
    {"hooktemplateid", Integer},
    {"hooktemplatename", Text},
    {"hooktrigger", Text},
    {"lastaction", Text},
    {"price", Price},
    {"queueagentextension", Text},
    {"queueagentname", Text},
    {"queueagenttags", Text},
    {"queueid", Text},
    {"queuename", Text},
    {"queuestatus", Text},
    {"queuetalktime", Seconds},
    {"queuetotaltime", Seconds},
    {"queuewaittime", Seconds},
    {"status", Text},
    {"tenantid", Integer},
    {"terminalaccount", Text},
    {"terminalid", Integer},
    {"terminalname", Text},
    {"terminalstate", Text},
    {"wasrecorded", Flag},
}};

/// No known name is longer.
constexpr std::size_t kFoldedMax = 32;

/// Lower case without `_`, without memory of its own: every key of every event comes through here.
struct FoldedKey {
    std::array<char, kFoldedMax> bytes = {};
    std::size_t size = 0;

    constexpr explicit FoldedKey(std::string_view key) {
        for (const char c : key) {
            if (c == '_') {
                continue;
            }
            if (size == kFoldedMax) {
                size = 0;  // Longer than any known name: like none of them.
                return;
            }
            bytes[size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    [[nodiscard]] constexpr std::string_view text() const { return {bytes.data(), size}; }
};

/// A known name as it is searched for.
struct Entry {
    FoldedKey key = FoldedKey("");
    std::size_t variable = 0;  ///< Position in `kVariables`.
};

/// Most keys differ in length: comparing two numbers comes before comparing bytes.
constexpr bool is_before(const FoldedKey& left, const FoldedKey& right) {
    return left.size != right.size ? left.size < right.size : left.text() < right.text();
}

constexpr auto kByKey = [] {
    std::array<Entry, kVariables.size()> entries{};
    for (std::size_t i = 0; i < entries.size(); ++i) {
        entries[i] = {.key = FoldedKey(kVariables[i].name), .variable = i};
    }
    std::ranges::sort(entries, is_before, &Entry::key);
    return entries;
}();

std::optional<std::size_t> find_position(std::string_view key) {
    const FoldedKey folded(key);
    const auto* found = std::ranges::lower_bound(kByKey, folded, is_before, &Entry::key);
    return found != kByKey.end() && found->key.text() == folded.text()
               ? std::optional(found->variable)
               : std::nullopt;
}

/// The scalar as text, a number's in `storage`; nothing for null, lists and objects.
std::optional<std::string_view> scalar_text(const json::value& value, std::string& storage) {
    switch (value.kind()) {
        case json::kind::string: return std::string_view(value.get_string());
        case json::kind::bool_: return value.get_bool() ? "true" : "false";
        case json::kind::int64: storage = std::to_string(value.get_int64()); break;
        case json::kind::uint64: storage = std::to_string(value.get_uint64()); break;
        case json::kind::double_: storage = canonical_json(value); break;
        default: return std::nullopt;
    }
    return storage;
}

template <typename T>
std::optional<Value> as_value(std::optional<T> read) {
    return read ? std::optional(Value(std::move(*read))) : std::nullopt;
}

std::optional<Value> read_as(VariableKind kind, std::string_view text,
                             const AccountContext& account) {
    switch (kind) {
        case Text: return Value(std::string(text));
        case Integer: return as_value(read_integer(text));
        case Seconds: return as_value(read_seconds(text));
        case Price: return as_value(read_price(text));
        case Flag: return as_value(read_flag(text));
        case Moment: return as_value(read_moment(text, account));
    }
    return std::nullopt;
}

std::string_view expectation(VariableKind kind) {
    switch (kind) {
        case Text: return "not a text";
        case Integer: return "not a whole number";
        case Seconds: return "not a number of seconds";
        case Price: return "not a price";
        case Flag: return "neither true nor false";
        case Moment: return "not a date and time";
    }
    return "";
}

/// Which of two spellings of one variable counts, whatever their order in the item.
bool is_better_spelling(std::string_view key, std::string_view than, std::string_view documented) {
    return than != documented && (key == documented || key < than);
}

template <typename T>
std::optional<T> find_value(const std::map<std::string_view, Value>& values,
                            std::string_view name) {
    const auto found = values.find(name);
    const auto* value = found != values.end() ? std::get_if<T>(&found->second) : nullptr;
    return value != nullptr ? std::optional(*value) : std::nullopt;
}

}  // namespace

const Variable* find_variable(std::string_view key) {
    const auto position = find_position(key);
    return position ? &kVariables.at(*position) : nullptr;
}

Trigger trigger_of(std::string_view kind) {
    if (kind == "START") {
        return Trigger::Start;
    }
    if (kind == "TALK") {
        return Trigger::Talk;
    }
    if (kind == "END") {
        return Trigger::End;
    }
    // The exact spelling of these two is unconfirmed (README).
    if (kind.starts_with("RECORD")) {
        return Trigger::Recording;
    }
    return kind.starts_with("ORIGINAT") ? Trigger::Originate : Trigger::Other;
}

std::optional<std::string> CallEvent::text(std::string_view name) const {
    return find_value<std::string>(values, name);
}
std::optional<std::int64_t> CallEvent::integer(std::string_view name) const {
    return find_value<std::int64_t>(values, name);
}
std::optional<bool> CallEvent::flag(std::string_view name) const {
    return find_value<bool>(values, name);
}
std::optional<Timestamp> CallEvent::moment(std::string_view name) const {
    return find_value<Timestamp>(values, name);
}

CallEvent to_call_event(const json::object& item, const AccountContext& account) {
    CallEvent event;
    // By the variable's position.
    std::array<std::string_view, kVariables.size()> spellings{};
    std::array<bool, kVariables.size()> unreadable{};
    std::string storage;
    for (const auto& [key, value] : item) {
        const auto position = find_position(key);
        if (!position || value.is_null()) {
            continue;
        }
        const auto scalar = scalar_text(value, storage);
        const auto text = trim(scalar.value_or(""));
        if (scalar && is_empty_text(text)) {
            continue;
        }
        const auto& variable = kVariables.at(*position);
        auto& spelling = spellings.at(*position);
        if (!spelling.empty() && !is_better_spelling(key, spelling, variable.name)) {
            continue;
        }
        auto read = scalar ? read_as(variable.kind, text, account) : std::nullopt;
        if (!read) {
            unreadable.at(*position) = true;
            continue;
        }
        spelling = key;
        event.values.insert_or_assign(variable.name, std::move(*read));
    }
    for (std::size_t i = 0; i < kVariables.size(); ++i) {
        if (unreadable.at(i)) {
            const auto& variable = kVariables.at(i);
            event.warnings.push_back(
                fmt::format("{}: {}", variable.name, expectation(variable.kind)));
        }
    }
    return event;
}

std::string kind_of(const CallEvent& event) {
    // A trigger is a word: a longer text is no trigger, and must not grow the event's key.
    constexpr std::size_t kTriggerBytesMax = 64;
    if (auto trigger = event.text("hooktrigger"); trigger && trigger->size() <= kTriggerBytesMax) {
        std::ranges::transform(*trigger, trigger->begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        return *trigger;
    }
    static constexpr std::array<std::string_view, 9> kSaidAtTheEnd = {
        "duration",       "billseconds",    "status",         "audio_file_mp3", "audio_file_ogg",
        "audio_file_wav", "audio_play_mp3", "audio_play_ogg", "audio_play_wav"};
    const bool ended = std::ranges::any_of(
        kSaidAtTheEnd, [&event](std::string_view name) { return event.values.contains(name); });
    return ended ? "END" : "UNKNOWN";
}

}  // namespace oidor::connectors::anura
