#include "connectors/anura/shapes.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "connectors/anura/values.hpp"

namespace oidor::connectors::anura {
namespace {

using enum VariableKind;

/// Sorted by the folded name: `find_variable` searches by halves.
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

/// Lower case without `_`; cut where no known name goes on.
std::string fold_key(std::string_view key) {
    constexpr std::size_t kFoldedMax = 32;
    std::string folded;
    for (const char c : key) {
        if (c != '_') {
            folded.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
        }
        if (folded.size() > kFoldedMax) {
            break;
        }
    }
    return folded;
}

/// The scalar as text; nothing for null, lists and objects.
std::optional<std::string> scalar_text(const json::value& value) {
    switch (value.kind()) {
        case json::kind::string: return std::string(value.get_string());
        case json::kind::bool_: return value.get_bool() ? "true" : "false";
        case json::kind::int64: return std::to_string(value.get_int64());
        case json::kind::uint64: return std::to_string(value.get_uint64());
        case json::kind::double_: return canonical_json(value);
        default: return std::nullopt;
    }
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
    const auto folded = fold_key(key);
    const auto folded_name = [](const Variable& variable) { return fold_key(variable.name); };
    const auto* found = std::ranges::lower_bound(kVariables, folded, {}, folded_name);
    return found != kVariables.end() && folded_name(*found) == folded ? found : nullptr;
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
    std::map<std::string_view, std::string_view> spellings;
    std::map<std::string_view, std::string_view> faults;
    for (const auto& [key, value] : item) {
        const auto* variable = find_variable(key);
        if (variable == nullptr || value.is_null()) {
            continue;
        }
        const auto scalar = scalar_text(value);
        const auto text = scalar ? trim(*scalar) : std::string_view();
        if (scalar && is_empty_text(text)) {
            continue;
        }
        const auto spelling = spellings.find(variable->name);
        if (spelling != spellings.end() &&
            !is_better_spelling(key, spelling->second, variable->name)) {
            continue;
        }
        auto read = scalar ? read_as(variable->kind, text, account) : std::nullopt;
        if (!read) {
            faults[variable->name] = expectation(variable->kind);
            continue;
        }
        spellings[variable->name] = key;
        event.values.insert_or_assign(variable->name, std::move(*read));
    }
    for (const auto& [name, fault] : faults) {
        event.warnings.push_back(fmt::format("{}: {}", name, fault));
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
