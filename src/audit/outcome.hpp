// How a criterion came out.
#pragma once

#include <optional>
#include <string_view>

namespace oidor::audit {

/// Only a confident negative is a `Fail`.
enum class Outcome { Pass, Fail, Unknown, NotApplicable };

/// `pass`, `fail`, `unknown`, `not_applicable`.
std::string_view format(Outcome outcome);
std::optional<Outcome> parse_outcome(std::string_view text);

}  // namespace oidor::audit
