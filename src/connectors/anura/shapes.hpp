// Anura's variables, and one event of a call after each of them was read by its own kind: templates
// render every variable as text, number or nothing, so the JSON type says little.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/decimal.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "connectors/connector.hpp"

namespace oidor::connectors::anura {

/// How a variable's value is read.
enum class VariableKind { Text, Integer, Seconds, Price, Flag, Moment };

/// A documented variable, by the name that the panel shows.
/// Source: Anura's knowledge base, articles 2579270 and 2579414 (README says how far they were
/// read).
struct Variable {
    std::string_view name = {};
    VariableKind kind = VariableKind::Text;
};

/// The variable of a key; case and `_` do not matter (`billSeconds`, `bill_seconds`). Null when
/// unknown.
const Variable* find_variable(std::string_view key);

/// What a variable says after coercion.
using Value = std::variant<std::string, std::int64_t, Decimal, bool, Timestamp>;

/// What an event is, by its trigger; a later one knows more of the call.
enum class Trigger { Other, Originate, Start, Talk, Recording, End };

/// The trigger of a kind: `END`; unknown names are Other.
Trigger trigger_of(std::string_view kind);

/// One event of a call. A variable that is empty, null or unreadable is absent; zero is a value.
struct CallEvent {
    std::map<std::string_view, Value> values = {};  ///< By the documented name.
    std::vector<std::string> warnings = {};         ///< `price: not a number`; never the value.

    [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
    [[nodiscard]] std::optional<bool> flag(std::string_view name) const;
    [[nodiscard]] std::optional<Timestamp> moment(std::string_view name) const;
    bool operator==(const CallEvent&) const = default;
};

/// Reads the known variables of an item. When two spellings of one variable are there, the
/// documented one wins, then the one that sorts first.
CallEvent to_call_event(const json::object& item, const AccountContext& account);

/// The trigger's name in upper case; when it is absent, `END` if the event tells a duration, a
/// status or audio, else `UNKNOWN`.
std::string kind_of(const CallEvent& event);

}  // namespace oidor::connectors::anura
