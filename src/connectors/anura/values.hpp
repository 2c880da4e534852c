// How a rendered value is read by its variable's kind. Pure; every reader gives nothing for what it
// cannot read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/decimal.hpp"
#include "base/readings.hpp"
#include "base/time.hpp"
#include "connectors/connector.hpp"

namespace oidor::connectors::anura {

using oidor::ascii_lower;
using oidor::read_flag;
using oidor::read_integer;
using oidor::read_seconds;
using oidor::trim;

/// True for what a template renders when a variable has no value: nothing, `null`, `None`,
/// `undefined`, `nil`, or the placeholder itself (`{{ price }}`). `text` is trimmed.
bool is_empty_text(std::string_view text);

/// `1.5`, `1,50`, `1.234,50`, `1,234.50`; digits behind the sixth place are cut.
std::optional<Decimal> read_price(std::string_view text);

/// As oidor::read_moment, in the zone of the account.
std::optional<Timestamp> read_moment(std::string_view text, const AccountContext& account);

}  // namespace oidor::connectors::anura
