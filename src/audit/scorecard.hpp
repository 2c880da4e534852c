// A scorecard: what is checked, what it is worth, and when a person should look. Read from TOML
// (docs/guide/scorecards.md), immutable afterwards.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/embedded.hpp"
#include "audit/example.hpp"
#include "audit/outcome.hpp"
#include "base/decimal.hpp"
#include "base/result.hpp"
#include "domain/conversation.hpp"

namespace oidor::audit {

/// `Folded`: case and accents do not count, whole words only. `Exact`: substrings of the
/// lower-cased text, accents as written.
enum class Matching { Folded, Exact };
/// `Percent`: points earned of points possible, out of 100. `Sum`: the points as they are.
enum class ScoreScale { Percent, Sum };
enum class CriterionKind { Phrases, Measure, Sentiment, Promise, Consent, Question };
/// `Sequence`: one phrase of each step, in order.
enum class Need { Any, All, None, Sequence };
/// `House`: everybody but the customer: agent, bot and recorded voice.
enum class BoundSpeaker { Any, Agent, Customer, Bot, House };
enum class Edge { Start, End };
/// A failed `Critical` criterion makes its section's part of the score 0, a `Fatal` one the whole.
enum class Severity { Minor, Major, Critical, Fatal };
/// What a missing measure makes of its criterion.
enum class Missing { Unknown, NotApplicable };
/// What of the sentiment is judged: its mean, its course over four quarters, its end against its
/// start.
enum class SentimentForm { Level, Trend, Change };
enum class AnswerForm { YesNo, Score };

/// `any`, `agent` …: each enumeration's spelling in TOML, in its order.
std::string_view format(BoundSpeaker speaker);
std::span<const std::string_view> criterion_kind_names();
std::span<const std::string_view> need_names();
std::span<const std::string_view> bound_speaker_names();
std::span<const std::string_view> severity_names();

/// The stretch in which phrases are looked for. Seconds are used where segments have times, else
/// turns; nothing set: the whole.
struct Window {
    Edge edge = Edge::Start;
    std::optional<std::int64_t> seconds = {};
    std::optional<std::int64_t> turns = {};
    std::optional<std::int64_t> characters = {};  ///< Unicode code points of the joined text.
};

/// So many of a list's phrases and patterns, counted from its beginning.
struct WordCount {
    std::size_t phrases = 0;
    std::size_t patterns = 0;
};

/// Words by themselves: phrases of one's own, and behind them those of packs, pack by pack.
struct WordList {
    std::vector<std::string> phrases = {};   ///< In the scorecard's spelling, distinct.
    std::vector<std::string> accented = {};  ///< Those of `phrases` whose accents count: `no sé`.
    std::vector<std::string> patterns = {};  ///< Regular expressions (RE2), each a whole match.
    std::vector<std::string> packs = {};     ///< Whose phrases are among them already.
    WordCount own = {};                      ///< One's own: what the author wrote here.
    /// By pack: up to where its words reach. Those that something before it has are not repeated.
    std::vector<WordCount> pack_ends = {};

    [[nodiscard]] bool has_words() const { return !phrases.empty() || !patterns.empty(); }
};

/// Other words that must stand beside a hit for it to count; one of the distances is set.
struct Near {
    WordList words = {};
    std::optional<std::int64_t> within_words = {};    ///< At most so many words lie between.
    std::optional<std::int64_t> within_seconds = {};  ///< Between their times.
};

/// Words that must not have been said before the first hit.
struct Before {
    WordList words = {};
    bool questions = false;  ///< A question mark of the house counts too.
};

/// What is looked for, how, in whose words and where.
struct PhraseRule : WordList {
    BoundSpeaker speaker = BoundSpeaker::Any;
    Need need = Need::Any;
    Window window = {};
    /// With `Sequence`: the step of each of `phrases`, rising from 0.
    std::vector<std::uint32_t> steps = {};
    std::optional<std::int64_t> at_least = {};  ///< How often, hits that overlap counted once.
    std::optional<std::int64_t> at_most = {};
    std::optional<Near> near = {};
    std::optional<Before> before = {};
    int tolerance = 0;  ///< How far heard words may be from the phrase: 0 to 2.
};

/// A range of values and its points; the first band that holds a value counts.
struct ValueBand {
    std::optional<Decimal> below = {};  ///< Values less than this.
    std::optional<Decimal> up_to = {};  ///< Values not more than this.
    Decimal points = {};
    bool passes = true;
};

/// When a criterion applies; one of the three is set. Surely not met: not applicable.
struct Condition {
    PhraseRule words = {};                      ///< These were said …
    std::optional<std::string> criterion = {};  ///< … or that criterion came to one of `outcomes`
    std::vector<Outcome> outcomes = {};
    std::string measure = {};  ///< … or that measure lies from `at_least` to below `below`.
    std::optional<Decimal> at_least = {};
    std::optional<Decimal> below = {};
};

/// What a model is asked.
struct Question {
    std::string text = {};
    AnswerForm answer = AnswerForm::YesNo;
    bool fail_when_yes = false;  ///< `fail_when = "yes"`; else a no fails.
    Decimal score_max = {};      ///< Scores are held to 0 … this.
    Decimal pass_from = {};      ///< A score from here on passes.
};

/// One thing that is checked. Its words are those of the rule; `phrases` holds those of its packs.
struct Criterion : PhraseRule {
    std::string id = {};
    std::string title = {};
    CriterionKind kind = CriterionKind::Phrases;
    std::optional<std::string> section = {};
    Decimal points_max = {};
    bool bonus = false;  ///< `points_max` comes on top of the score and is never missed.
    Severity severity = Severity::Minor;
    std::optional<std::string> column = {};  ///< `saludo_correcto` …: the flat boolean it fills.
    std::string issue = {};                  ///< Sentence for a fail; `{phrases}` and `{value}`.
    std::vector<Direction> directions = {};  ///< Not applicable elsewhere; empty: everywhere.
    std::optional<Condition> only_if = {};
    // with need = none
    Decimal penalty = {};  ///< Points lost for each distinct phrase.
    std::optional<Decimal> penalty_max = {};
    // kind = measure, sentiment
    std::string measure = {};  ///< `duration` (seconds), or a name among the facts' measures.
    SentimentForm form = SentimentForm::Level;
    std::vector<ValueBand> bands = {};
    bool linear = false;  ///< Sentiment: (s + 1) / 2 of the points.
    std::optional<Decimal> fail_below = {};
    Missing missing = Missing::Unknown;
    // kind = question
    Question question = {};

    std::vector<Example> examples = {};
    std::size_t line = 0;

    /// Judged by the words that were found.
    [[nodiscard]] bool is_about_phrases() const {
        return kind == CriterionKind::Phrases || kind == CriterionKind::Promise ||
               kind == CriterionKind::Consent;
    }
};

/// A part of the scorecard. Its weight is its share of 100; absent from all, points add up.
struct Section {
    std::string id = {};
    std::string title = {};
    std::optional<Decimal> weight = {};
};

/// A pack that a scorecard uses, itself or by another's `include`.
struct PackUse {
    std::string id = {};
    std::int64_t version = 0;
    std::string sha256 = {};
};

/// Scores from `from` on are called `name`. Sorted, highest first; the last begins at zero.
struct CategoryBand {
    Decimal from = {};
    std::string name = {};
};

/// Why a person should look at an audit. `unknown_criterion` and those after it always apply.
enum class ReviewReason {
    LowScore,
    ForbiddenPhrase,
    NegativeSentiment,
    ShortCall,
    LongCall,
    CriticalFailure,
    UnknownCriterion,
    Suspect,
    ChannelsSwapped,
    ChannelsIdentical,
    ShorterThanCall,
    SilentChannel,
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
    std::string country = {};  ///< `AR`: which groups of packs count; empty: those for everywhere.
    std::string sha256 = {};   ///< Of the file's bytes.
    Matching matching = Matching::Folded;
    ScoreScale scale = ScoreScale::Percent;
    Decimal confidence_min = {};  ///< A segment below it is not surely heard.
    std::optional<Decimal> too_short_below_s = {};
    std::vector<CategoryBand> categories = {};
    std::vector<ReviewRule> review = {};
    std::vector<Section> sections = {};
    std::vector<Criterion> criteria = {};
    std::vector<PackUse> packs = {};  ///< By id.

    [[nodiscard]] bool is_weighted() const {
        return !sections.empty() && sections.front().weight.has_value();
    }
};

/// Bounds of a scorecard from outside.
struct ScorecardLimits {
    std::size_t size_bytes_max = std::size_t{1} << 20U;
    std::size_t criteria_max = 200;
    std::size_t phrases_max = 5'000;  ///< Of all criteria together.
    std::size_t phrase_bytes_max = 200;
    std::size_t faults_max = 100;
    std::size_t sections_max = 50;
    std::size_t patterns_max = 100;  ///< Of all criteria together.
    std::size_t pattern_bytes_max = 500;
    std::size_t packs_max = 100;  ///< Of one scorecard, with all that they include.
    std::size_t examples_max = 2'000;
    std::size_t example_bytes_max = 20'000;
};

/// Reads the bytes of a pack that is named by path, relative to the scorecard's folder.
using PackReader = std::function<Result<std::string>(const std::string& path)>;

/// Reads a scorecard. All faults come at once in one Invalid error, a line each:
/// `path:line: where: what`. TooLarge: more bytes than the limit. Without `read_pack`, a pack named
/// by path is a fault, unless the scorecard carries it (`[[packs]]`, as resolve_packs leaves it).
Result<Scorecard> parse_scorecard(std::string_view toml, std::string_view path,
                                  const ScorecardLimits& limits = {},
                                  const PackReader& read_pack = {});

/// The shipped scorecard of that id. Errors: NotFound, naming those that ship.
Result<Scorecard> get_shipped_scorecard(std::string_view id);

}  // namespace oidor::audit
