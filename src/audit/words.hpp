// An audit's words as people read them, for every place that shows one: the page, the command line.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/messages.hpp"

namespace oidor::audit {

/// `1:05`.
std::string clock_text(std::int64_t ms);

/// Of `pass`, `fail`, `unknown`; anything else does not apply.
std::string_view outcome_text(std::string_view outcome, UiLanguage language);

/// Why somebody should look: of a name in `review_reasons`; an unknown name stays as it is.
std::string_view review_reason_text(std::string_view reason, UiLanguage language);

/// Evidence that was measured: `duración 0:31`, `sentimiento −0.4 (de −1 a 1)`.
std::string measured_text(const json::object& evidence, UiLanguage language);

/// What a quote leaves unsaid: which phrase it was taken for and how far off it is, which pack that
/// phrase is of. Empty when there is nothing to say. The phrase is the scorecard's, not the call's.
std::string quote_note(const json::object& evidence, UiLanguage language);

/// The phrase that the nearest words were held against; empty when it is not stated.
std::string nearest_note(const json::object& nearest, UiLanguage language);

/// A criterion's title by its id; the id where there is none.
using CriterionTitles = std::map<std::string, std::string, std::less<>>;

/// What else decided a criterion: why it applies or does not, that it is a bonus; a sentence each.
std::vector<std::string> criterion_notes(const json::object& criterion,
                                         const CriterionTitles& titles, UiLanguage language);

/// A searched window as it was stated: `0:00 – 0:30`, turns, or characters.
std::string searched_window_text(const json::object& searched, UiLanguage language);

/// How the score came about beyond its criteria, a sentence each: which fatal criterion made it 0,
/// then what each section came to.
std::vector<std::string> score_texts(const json::object& audit, const CriterionTitles& titles,
                                     UiLanguage language);

}  // namespace oidor::audit
