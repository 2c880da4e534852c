// Seeded faults: a scorecard with one thing changed, as a slip of its author would.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/scorecard.hpp"

namespace oidor::proving {

/// What a mutant changes. docs/adr/2026-11-21-mutation-operators.md says which and why.
enum class Operator {
    DropPhrase,
    DropPattern,
    DropPack,
    DropAccent,
    FlipNeed,
    FlipEdge,
    ResizeWindow,
    DropWindow,
    ChangeSpeaker,
    ChangeCount,
    DropNear,
    ResizeNear,
    DropBefore,
    DropTolerance,
    FlipBound,
    ShiftBound,
    DropBand,
    ChangeBandPoints,
    FlipBand,
    ChangePoints,
    DropPenalty,
    DropPenaltyMax,
    DropFailBelow,
    ShiftFailBelow,
    DropLinear,
    FlipMissing,
    DropDirection,
    DropCondition,
};

/// `drop_phrase`, …
std::string_view format(Operator operation);
std::span<const std::string_view> operator_names();

/// One seeded fault.
struct Mutant {
    Operator operation = Operator::DropPhrase;
    std::size_t criterion = 0;  ///< In the scorecard.
    std::size_t line = 0;
    std::string from = {};  ///< What stands there: a phrase, a number, a word.
    std::string to = {};    ///< What is put in its place; empty: nothing.
    std::function<void(audit::Criterion&)> apply = {};
};

/// All mutants of a scorecard, in the order of its criteria; `toml` are its bytes, for the lines.
std::vector<Mutant> make_mutants(const audit::Scorecard& scorecard, std::string_view toml);

}  // namespace oidor::proving
