// A scorecard: what is checked, what it is worth, and when a person should look. Read from TOML
// (docs/guide/scorecards.md), immutable afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/embedded.hpp"
#include "base/decimal.hpp"
#include "base/result.hpp"
#include "domain/conversation.hpp"

namespace oidor::audit {

/// `Folded`: case and accents do not count, whole words only. `Exact`: substrings of the
/// lower-cased text, accents as written.
enum class Matching { Folded, Exact };
/// `Percent`: points earned of points possible, out of 100. `Sum`: the points as they are.
enum class ScoreScale { Percent, Sum };
enum class CriterionKind { Phrases, Measure, Sentiment };
enum class Need { Any, All, None };
enum class BoundSpeaker { Any, Agent, Customer, Bot };
enum class Edge { Start, End };
enum class Severity { Minor, Major, Critical };
/// What a missing measure makes of its criterion.
enum class Missing { Unknown, NotApplicable };

std::string_view format(BoundSpeaker speaker);

/// The stretch in which phrases are looked for. Seconds are used where segments have times, else
/// turns; nothing set: the whole.
struct Window {
    Edge edge = Edge::Start;
    std::optional<std::int64_t> seconds = {};
    std::optional<std::int64_t> turns = {};
    std::optional<std::int64_t> characters = {};  ///< Unicode code points of the joined text.
};

/// A range of values and its points; the first band that holds a value counts.
struct ValueBand {
    std::optional<Decimal> below = {};  ///< Values less than this.
    std::optional<Decimal> up_to = {};  ///< Values not more than this.
    Decimal points = {};
    bool passes = true;
};

/// One thing that is checked.
struct Criterion {
    std::string id = {};
    std::string title = {};
    CriterionKind kind = CriterionKind::Phrases;
    BoundSpeaker speaker = BoundSpeaker::Any;
    Decimal points_max = {};
    Severity severity = Severity::Minor;
    std::optional<std::string> column = {};  ///< `saludo_correcto` …: the flat boolean it fills.
    std::string issue = {};                  ///< Sentence for a fail; `{phrases}` and `{value}`.
    std::vector<Direction> directions = {};  ///< Not applicable elsewhere; empty: everywhere.
    // kind = phrases
    Need need = Need::Any;
    Window window = {};
    std::vector<std::string> phrases = {};   ///< In the scorecard's spelling, distinct.
    std::vector<std::string> accented = {};  ///< Those of `phrases` whose accents count: `no sé`.
    Decimal penalty = {};                    ///< Points lost for each distinct phrase.
    std::optional<Decimal> penalty_max = {};
    // kind = measure, sentiment
    std::string measure = {};  ///< `duration` (seconds), or a name among the facts' measures.
    std::vector<ValueBand> bands = {};
    bool linear = false;  ///< Sentiment: (s + 1) / 2 of the points.
    std::optional<Decimal> fail_below = {};
    Missing missing = Missing::Unknown;
};

/// Scores from `from` on are called `name`. Sorted, highest first; the last begins at zero.
struct CategoryBand {
    Decimal from = {};
    std::string name = {};
};

/// Why a person should look at an audit. `unknown_criterion` always applies.
enum class ReviewReason {
    LowScore,
    ForbiddenPhrase,
    NegativeSentiment,
    ShortCall,
    LongCall,
    CriticalFailure,
    UnknownCriterion,
};

/// One reason: its name in JSON, the key that asks for it, and what it means.
struct ReviewFaces {
    ReviewReason reason;
    std::string_view name;
    std::string_view key;  ///< In `[review]`; empty where it always applies.
    bool takes_number;
    std::string_view text;
};

/// The closed list, in the order in which reasons are reported.
std::span<const ReviewFaces> review_table();
std::string_view format(ReviewReason reason);

/// When a person has to look; `limit` has the unit of its reason.
struct ReviewRule {
    ReviewReason reason = ReviewReason::LowScore;
    Decimal limit = {};
};

/// A parsed scorecard. A value.
struct Scorecard {
    std::string id = {};
    std::int64_t version = 0;
    std::string language = {};
    std::string title = {};
    std::string sha256 = {};  ///< Of the file's bytes.
    Matching matching = Matching::Folded;
    ScoreScale scale = ScoreScale::Percent;
    Decimal confidence_min = {};  ///< A segment below it is not surely heard.
    std::optional<Decimal> too_short_below_s = {};
    std::vector<CategoryBand> categories = {};
    std::vector<ReviewRule> review = {};
    std::vector<Criterion> criteria = {};
};

/// Bounds of a scorecard from outside.
struct ScorecardLimits {
    std::size_t size_bytes_max = std::size_t{1} << 20U;
    std::size_t criteria_max = 200;
    std::size_t phrases_max = 5'000;  ///< Of all criteria together.
    std::size_t phrase_bytes_max = 200;
    std::size_t faults_max = 100;
};

/// Reads a scorecard. All faults come at once in one Invalid error, a line each:
/// `path:line: where: what`. TooLarge: more bytes than the limit.
Result<Scorecard> parse_scorecard(std::string_view toml, std::string_view path,
                                  const ScorecardLimits& limits = {});

/// The shipped scorecard of that id. Errors: NotFound, naming those that ship.
Result<Scorecard> get_shipped_scorecard(std::string_view id);

}  // namespace oidor::audit
