// From criteria to a score, a category, reasons for review and sentences; for this room alone.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "audit/scorecard.hpp"

namespace oidor::audit {

/// A value criterion judged; `value` is absent when there is nothing to judge by.
CriterionResult judge_value(const Criterion& criterion, std::optional<Decimal> value,
                            std::string_view measure, std::string_view unit);

/// Fills `score`, `sections` and `zeroed_by` from the criteria's results.
///
/// The score, 0 to 100 and exact: points earned (an unknown criterion loses nothing) of the points
/// that apply, by section where sections have weights, and then the negative points and the bonus.
/// Nothing when no criterion passed or failed.
void put_score(const Scorecard& scorecard, Audit& audit);

/// The category of a rounded score.
std::string category_of(const Scorecard& scorecard, Decimal score);

/// Why a person should look, in the order of review_table; `of_transcript`: what speaks against
/// trusting it.
std::vector<ReviewReason> reasons_to_review(const Scorecard& scorecard, const Audit& audit,
                                            std::span<const ReviewReason> of_transcript);

/// The sentence of a failed criterion: its `issue` with `{phrases}` and `{value}` filled in.
std::string issue_sentence(const Scorecard& scorecard, const Criterion& criterion,
                           const CriterionResult& result, const std::vector<std::string>& phrases);

}  // namespace oidor::audit
