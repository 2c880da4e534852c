#include "audit/outcome.hpp"

#include <algorithm>
#include <array>

namespace oidor::audit {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"pass", "fail", "unknown", "not_applicable"};

}  // namespace

std::string_view format(Outcome outcome) { return kNames[static_cast<std::size_t>(outcome)]; }

std::optional<Outcome> parse_outcome(std::string_view text) {
    const auto* found = std::ranges::find(kNames, text);
    return found != kNames.end() ? std::optional(static_cast<Outcome>(found - kNames.begin()))
                                 : std::nullopt;
}

}  // namespace oidor::audit
