// Examples beside criteria: a short conversation and the outcome that it must come to.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "audit/facts.hpp"
#include "audit/outcome.hpp"
#include "base/decimal.hpp"
#include "base/result.hpp"
#include "domain/transcript.hpp"

namespace oidor::audit {

/// One example of a criterion.
struct Example {
    std::string name = {};
    Outcome outcome = Outcome::Pass;
    std::optional<Decimal> points = {};  ///< What it must come to; not looked at when absent.
    Transcript transcript = {};
    Facts facts = {};
    std::size_t line = 0;
};

/// Lines `Agente: …`, `Cliente: …` (also `Agent:`, `Customer:`, `Atendente:`, `Bot:`, `IVR:`, and
/// `?:` for somebody unknown); a first line without a label is the agent's, a later one goes on
/// with the line before. Each line may begin with its time, `[1:05] Agente: …`, if all do. Errors:
/// Invalid when there are no words, when only some lines have times, or these go back.
Result<Transcript> read_example_text(std::string_view text, std::string_view language);

}  // namespace oidor::audit
