// What a sound scorecard should not have: read by the linter, before it judges anybody.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/scorecard.hpp"

namespace oidor::proving {

/// What is wrong. `docs/guide/proving-a-scorecard.md` has a line for each.
enum class LintRule {
    LongerThanWindow,
    DecomposedAccents,
    OddSpaces,
    LostSigns,
    AccentedWithoutEffect,
    Contradiction,
    TooShort,
    OnlyStopWords,
    CannotFail,
    CannotPass,
    BandNeverApplies,
    WeighsNothing,
    ReviewNeverAsked,
    Shadowed,
    Duplicate,
};

/// `longer_than_window`, …
std::string_view format(LintRule rule);
std::span<const std::string_view> lint_rule_names();

/// A `Note` does no harm; a `Warning` lets the scorecard judge otherwise than it reads.
enum class LintLevel { Warning, Note };
LintLevel level_of(LintRule rule);

/// One place that a rule is against.
struct LintFinding {
    LintRule rule = LintRule::TooShort;
    std::size_t line = 0;
    std::string criterion = {};  ///< Its id; empty for the scorecard's head.
    std::string text = {};       ///< The phrase, band or key that is meant.
    std::string other = {};      ///< What it is held against: another phrase, what it folds to.
    bool operator==(const LintFinding&) const = default;
};

/// All findings by line; `toml` are the scorecard's bytes.
std::vector<LintFinding> lint(const audit::Scorecard& scorecard, std::string_view toml);

}  // namespace oidor::proving
