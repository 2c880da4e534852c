#include "audit/auditor.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "audit/chat_spelling.hpp"
#include "audit/criterion_judges.hpp"
#include "audit/phrase_search.hpp"
#include "audit/scoring.hpp"
#include "audit/sentiment.hpp"
#include "base/sha256.hpp"

namespace oidor::audit {
namespace {

/// The stated duration, else the participation's, else the transcript's, else the last segment's
/// end.
std::optional<Milliseconds> duration_of(const Transcript& transcript, const Facts& facts) {
    if (facts.duration) {
        return facts.duration;
    }
    if (facts.participation_from && facts.participation_to) {
        return std::max(*facts.participation_to - *facts.participation_from, Milliseconds(0));
    }
    if (transcript.duration) {
        return transcript.duration;
    }
    std::optional<Milliseconds> last;
    for (const auto& segment : transcript.segments) {
        last = std::max(last, segment.end);
    }
    return last;
}

Heard heard_of(const Reading& reading, const Facts& facts) {
    Heard heard = {.confidence = {}, .speakers_known = true, .speech = facts.speech};
    Decimal sum;
    std::int64_t count = 0;
    for (const auto& part : reading.parts()) {
        if (part.has_words && part.segment->speaker == Speaker::Unknown) {
            heard.speakers_known = false;
        }
        if (part.segment->confidence) {
            sum += Decimal::from_double(*part.segment->confidence);
            ++count;
        }
    }
    if (count > 0) {
        const auto mean = sum.scaled(Decimal::from_int(1000), Decimal::from_int(count));
        heard.confidence = Decimal::from_micros(mean.round_half_even() * 1000);
    }
    return heard;
}

/// What speaks against trusting the transcript.
std::vector<ReviewReason> reasons_of(const Reading& reading, const Transcript& transcript) {
    std::vector<ReviewReason> reasons;
    if (reading.is_suspect()) {
        reasons.push_back(ReviewReason::Suspect);
    }
    static constexpr std::array<std::pair<std::string_view, ReviewReason>, 4> kOfFindings = {
        {{kChannelsSwapped, ReviewReason::ChannelsSwapped},
         {kChannelsIdentical, ReviewReason::ChannelsIdentical},
         {kShorterThanCall, ReviewReason::ShorterThanCall},
         {kSilentChannel, ReviewReason::SilentChannel}}};
    for (const auto& [finding, reason] : kOfFindings) {
        if (transcript.has_finding(finding)) {
            reasons.push_back(reason);
        }
    }
    return reasons;
}

/// What is judged beside the words.
struct Input {
    const Facts& facts;
    const std::optional<Milliseconds>& duration;
    const ModelAnswers* answers = nullptr;
};

void put_column(const Criterion& criterion, Outcome outcome, Audit& audit) {
    if (!criterion.column || (outcome != Outcome::Pass && outcome != Outcome::Fail)) {
        return;
    }
    auto& column = *criterion.column == "saludo_correcto" ? audit.greeted
                   : *criterion.column == "ofrece_ayuda"  ? audit.offered_help
                                                          : audit.said_goodbye;
    column = outcome == Outcome::Pass;
}

/// The criteria, each after the one whose outcome it hangs on.
std::vector<std::size_t> judging_order(const Scorecard& scorecard) {
    const auto& criteria = scorecard.criteria;
    std::vector<std::size_t> depths(criteria.size(), 0);
    for (std::size_t i = 0; i < criteria.size(); ++i) {
        const auto* at = &criteria[i];
        while (at->only_if && at->only_if->criterion && depths[i] < criteria.size()) {
            const auto next = std::ranges::find(criteria, *at->only_if->criterion, &Criterion::id);
            if (next == criteria.end()) {
                break;
            }
            at = &*next;
            ++depths[i];
        }
    }
    std::vector<std::size_t> order(criteria.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&depths](std::size_t i) { return depths[i]; });
    return order;
}

std::vector<std::string> measures_of(const Scorecard& scorecard) {
    std::set<std::string> names;
    for (const auto& criterion : scorecard.criteria) {
        names.insert(criterion.measure);
        names.insert(criterion.only_if ? criterion.only_if->measure : "");
    }
    names.erase("");
    names.erase("duration");
    return {names.begin(), names.end()};
}

std::vector<const WordList*> word_lists_of(const Scorecard& scorecard) {
    std::vector<const WordList*> lists;
    for (const auto& criterion : scorecard.criteria) {
        lists.push_back(&criterion);
        if (criterion.near) {
            lists.push_back(&criterion.near->words);
        }
        if (criterion.before) {
            lists.push_back(&criterion.before->words);
        }
        if (criterion.only_if) {
            lists.push_back(&criterion.only_if->words);
        }
    }
    return lists;
}

/// What of the facts is used: measures that nobody asks for are no input.
Facts used_facts(const Facts& facts, const std::vector<std::string>& measures) {
    auto used = facts;
    std::erase_if(used.measures, [&measures](const auto& measure) {
        return !std::ranges::binary_search(measures, measure.first);
    });
    return used;
}

/// Exact matching goes with the feeling that it was written for.
FeelingRules rules_for(const Scorecard& scorecard) {
    return scorecard.matching == Matching::Exact ? FeelingRules::Plain : FeelingRules::Full;
}

std::string digest_of(const Scorecard& scorecard, const std::optional<SentimentLexicon>& lexicon) {
    auto data = folding_sha256() + (lexicon ? lexicon->sha256() : "");
    data += scorecard.matching == Matching::Folded ? chat_spelling_sha256() : "";
    for (const auto& pack : scorecard.packs) {
        data += "\n" + pack.id + " " + pack.sha256;
    }
    return sha256_hex(data);
}

}  // namespace

struct Auditor::Compiled {
    explicit Compiled(Scorecard card)
        : scorecard(std::move(card)),
          search(scorecard),
          lexicon(SentimentLexicon::find(scorecard.language, rules_for(scorecard))),
          packs_sha256(digest_of(scorecard, lexicon)),
          order(judging_order(scorecard)),
          measures(measures_of(scorecard)) {
        has_questions = std::ranges::any_of(scorecard.criteria, [](const Criterion& criterion) {
            return criterion.kind == CriterionKind::Question;
        });
    }

    [[nodiscard]] CriterionResult judge_one(const Criterion& criterion, Reading& reading,
                                            const Input& input, PhraseFinding& words) const;
    void judge_criteria(Reading& reading, const Input& input, Audit& audit) const;
    void put_condition(std::size_t index, const PhraseFinding& words,
                       const std::optional<Measure>& measure,
                       const std::vector<CriterionResult>& results, CriterionResult& result) const;
    void report(const std::vector<PhraseFinding>& findings, Audit& audit) const;

    const Scorecard scorecard;
    const PhraseSearch search;
    const std::optional<SentimentLexicon> lexicon;
    const std::string packs_sha256;
    const std::vector<std::size_t> order;
    const std::vector<std::string> measures;
    bool has_questions = false;
};

CriterionResult Auditor::Compiled::judge_one(const Criterion& criterion, Reading& reading,
                                             const Input& input, PhraseFinding& words) const {
    switch (criterion.kind) {
        case CriterionKind::Measure:
            return judge_measure(
                criterion, find_measure(criterion.measure, input.facts, input.duration, reading));
        case CriterionKind::Sentiment:
            return lexicon ? judge_sentiment(criterion, *lexicon, reading) : CriterionResult();
        case CriterionKind::Question: return judge_question(criterion, reading, input.answers);
        case CriterionKind::Phrases:
        case CriterionKind::Promise:
        case CriterionKind::Consent: break;
    }
    return std::move(words.result);
}

void Auditor::Compiled::put_condition(std::size_t index, const PhraseFinding& words,
                                      const std::optional<Measure>& measure,
                                      const std::vector<CriterionResult>& results,
                                      CriterionResult& result) const {
    const auto& condition = *scorecard.criteria[index].only_if;
    const CriterionResult* other = nullptr;
    if (condition.criterion) {
        const auto found = std::ranges::find(results, *condition.criterion, &CriterionResult::id);
        other = found != results.end() ? &*found : nullptr;
    }
    auto judged = judge_condition(condition, {.words = words, .measure = measure, .other = other});
    if (judged.outcome == Outcome::Fail) {
        result = {.outcome = Outcome::NotApplicable};
    } else if (judged.outcome == Outcome::Unknown) {
        doubt(result);
    }
    result.condition = std::move(judged);
}

void Auditor::Compiled::judge_criteria(Reading& reading, const Input& input, Audit& audit) const {
    auto findings = search.search(reading);
    audit.criteria.resize(scorecard.criteria.size());
    for (const auto i : order) {
        const auto& criterion = scorecard.criteria[i];
        auto result = judge_one(criterion, reading, input, findings.criteria[i]);
        if (!criterion.directions.empty()) {
            const auto direction = input.facts.direction;
            if (direction == Direction::Unknown) {
                doubt(result);
            } else if (std::ranges::find(criterion.directions, direction) ==
                       criterion.directions.end()) {
                result = {.outcome = Outcome::NotApplicable};
            }
        }
        if (criterion.only_if) {
            const auto measure =
                find_measure(criterion.only_if->measure, input.facts, input.duration, reading);
            put_condition(i, findings.conditions[i], measure, audit.criteria, result);
        }
        result.id = criterion.id;
        result.points_max = criterion.points_max;
        result.bonus = criterion.bonus;
        audit.criteria[i] = std::move(result);
    }
    report(findings.criteria, audit);
}

/// Flat booleans, forbidden phrases and sentences, in the scorecard's order.
void Auditor::Compiled::report(const std::vector<PhraseFinding>& findings, Audit& audit) const {
    std::set<std::string> forbidden;
    for (std::size_t i = 0; i < scorecard.criteria.size(); ++i) {
        const auto& criterion = scorecard.criteria[i];
        const auto& result = audit.criteria[i];
        put_column(criterion, result.outcome, audit);
        if (result.outcome != Outcome::Fail) {
            continue;
        }
        auto named = findings[i].named;
        std::ranges::sort(named);
        if (criterion.kind == CriterionKind::Phrases && criterion.need == Need::None) {
            forbidden.insert(named.begin(), named.end());
        }
        if (!criterion.bonus) {  // What was never owed is no issue.
            audit.issues.push_back(issue_sentence(scorecard, criterion, result, named));
        }
    }
    audit.forbidden_phrases.assign(forbidden.begin(), forbidden.end());
}

Result<std::unique_ptr<Auditor>> Auditor::open(Scorecard scorecard) {
    std::size_t bytes = 0;
    for (const auto* words : word_lists_of(scorecard)) {
        for (const auto& phrase : words->phrases) {
            bytes += phrase.size() + 2;
        }
        for (const auto& pattern : words->patterns) {
            if (const auto made = WordPattern::compile(pattern, scorecard.matching); !made) {
                return fail(made.error().code, "scorecard {}: {}", scorecard.id,
                            made.error().message);
            }
        }
    }
    if (bytes > PhraseSearch::kPatternBytesMax) {
        return fail(ErrorCode::TooLarge,
                    "scorecard {}: {} bytes of phrases: at most {} are compiled", scorecard.id,
                    bytes, PhraseSearch::kPatternBytesMax);
    }
    return std::unique_ptr<Auditor>(new Auditor(std::make_unique<Compiled>(std::move(scorecard))));
}

Auditor::Auditor(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Auditor::~Auditor() = default;

const Scorecard& Auditor::scorecard() const { return compiled_->scorecard; }
const std::vector<std::string>& Auditor::measures() const { return compiled_->measures; }
bool Auditor::has_questions() const { return compiled_->has_questions; }
const std::string& Auditor::packs_sha256() const { return compiled_->packs_sha256; }

Audit Auditor::judge(const Transcript& transcript, const Facts& facts, const SourceHashes& hashes,
                     const ModelAnswers* answers) const {
    const auto& scorecard = compiled_->scorecard;
    Reading reading(transcript, facts, scorecard);
    Audit audit;
    audit.language = transcript.language.value_or(scorecard.language);
    audit.duration = duration_of(transcript, facts);
    audit.scorecard_id = scorecard.id;
    audit.scorecard_version = scorecard.version;
    audit.heard = heard_of(reading, facts);
    audit.receipt = {
        .scoring = std::string(kScoringVersion),
        .audio_sha256 = hashes.audio_sha256,
        .transcript_sha256 = hashes.transcript_sha256 ? *hashes.transcript_sha256
                                                      : sha256_hex(format_transcript(transcript)),
        .facts_sha256 = sha256_hex(format_facts(used_facts(facts, compiled_->measures))),
        .answers_sha256 = answers != nullptr && compiled_->has_questions
                              ? std::optional(answers->sha256)
                              : std::nullopt,
        .scorecard_sha256 = scorecard.sha256,
        .packs_sha256 = compiled_->packs_sha256,
    };
    const bool too_short =
        scorecard.too_short_below_s && audit.duration &&
        Decimal::from_micros(audit.duration->count() * 1000) < *scorecard.too_short_below_s;
    const bool voicemail = transcript.has_finding(kVoicemail);
    audit.reason = facts.not_auditable     ? facts.not_auditable
                   : voicemail             ? std::optional(NotAuditable::Voicemail)
                   : !reading.has_speech() ? std::optional(NotAuditable::NoSpeech)
                   : too_short             ? std::optional(NotAuditable::TooShort)
                                           : std::nullopt;
    if (audit.reason) {
        audit.auditable = false;
        return audit;
    }
    compiled_->judge_criteria(
        reading, {.facts = facts, .duration = audit.duration, .answers = answers}, audit);
    if (compiled_->lexicon) {
        const auto first = std::ranges::find_if(scorecard.criteria, [](const Criterion& criterion) {
            return criterion.kind == CriterionKind::Sentiment;
        });
        audit.sentiment =
            sentiment_level(*compiled_->lexicon, reading,
                            first != scorecard.criteria.end() ? first->speaker : BoundSpeaker::Any);
    }
    put_score(scorecard, audit);
    if (audit.score) {
        audit.category = category_of(scorecard, *audit.score);
    }
    audit.review_reasons = reasons_to_review(scorecard, audit, reasons_of(reading, transcript));
    return audit;
}

}  // namespace oidor::audit
