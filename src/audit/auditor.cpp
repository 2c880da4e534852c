#include "audit/auditor.hpp"

#include <algorithm>
#include <set>

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

}  // namespace

struct Auditor::Compiled {
    explicit Compiled(Scorecard card)
        : scorecard(std::move(card)),
          search(scorecard),
          lexicon(SentimentLexicon::find(scorecard.language)),
          packs_sha256(sha256_hex(folding_sha256() + (lexicon ? lexicon->sha256() : ""))) {}

    [[nodiscard]] std::optional<Decimal> sentiment_of(const Reading& reading,
                                                      BoundSpeaker bound) const;
    [[nodiscard]] CriterionResult judge_sentiment(const Criterion& criterion,
                                                  const Reading& reading) const;
    void judge_criteria(Reading& reading, const Facts& facts, Audit& audit) const;
    void put_column(const Criterion& criterion, Outcome outcome, Audit& audit) const;

    const Scorecard scorecard;
    const PhraseSearch search;
    const std::optional<SentimentLexicon> lexicon;
    const std::string packs_sha256;
};

std::optional<Decimal> Auditor::Compiled::sentiment_of(const Reading& reading,
                                                       BoundSpeaker bound) const {
    if (!lexicon || !reading.hears(bound)) {
        return std::nullopt;
    }
    std::vector<char> counts;
    counts.reserve(reading.parts().size());
    for (const auto& part : reading.parts()) {
        counts.push_back(is_bound(bound, part.segment->speaker) ? 1 : 0);
    }
    return lexicon->score(reading.folded(), counts);
}

CriterionResult Auditor::Compiled::judge_sentiment(const Criterion& criterion,
                                                   const Reading& reading) const {
    auto result =
        judge_value(criterion, sentiment_of(reading, criterion.speaker), "sentiment", "polarity");
    const bool doubtful = criterion.speaker != BoundSpeaker::Any &&
                          std::ranges::any_of(reading.parts(), [](const Part& part) {
                              return part.has_words && part.segment->speaker == Speaker::Unknown;
                          });
    if (doubtful && result.outcome == Outcome::Fail) {
        result.outcome = Outcome::Unknown;
        result.points.reset();
    }
    return result;
}

void Auditor::Compiled::put_column(const Criterion& criterion, Outcome outcome,
                                   Audit& audit) const {
    if (!criterion.column || (outcome != Outcome::Pass && outcome != Outcome::Fail)) {
        return;
    }
    auto& column = *criterion.column == "saludo_correcto" ? audit.greeted
                   : *criterion.column == "ofrece_ayuda"  ? audit.offered_help
                                                          : audit.said_goodbye;
    column = outcome == Outcome::Pass;
}

void Auditor::Compiled::judge_criteria(Reading& reading, const Facts& facts, Audit& audit) const {
    auto findings = search.search(reading);
    std::set<std::string> forbidden;
    for (std::size_t i = 0; i < scorecard.criteria.size(); ++i) {
        const auto& criterion = scorecard.criteria[i];
        auto& [result, phrases] = findings[i];
        if (criterion.kind == CriterionKind::Sentiment) {
            result = judge_sentiment(criterion, reading);
        } else if (criterion.kind == CriterionKind::Measure) {
            const auto measure = facts.measures.find(criterion.measure);
            if (criterion.measure == "duration") {
                result = judge_value(criterion, audit.duration.transform([](Milliseconds duration) {
                    return Decimal::from_micros(duration.count() * 1000);
                }),
                                     "duration", "s");
            } else if (measure != facts.measures.end()) {
                result = judge_value(criterion, measure->second.value, criterion.measure,
                                     measure->second.unit);
            } else {
                result = judge_value(criterion, std::nullopt, criterion.measure, "");
            }
        }
        if (!criterion.directions.empty()) {
            const bool applies = std::ranges::find(criterion.directions, facts.direction) !=
                                 criterion.directions.end();
            if (facts.direction == Direction::Unknown && result.outcome == Outcome::Fail) {
                result.outcome = Outcome::Unknown;
                result.points.reset();
            } else if (facts.direction != Direction::Unknown && !applies) {
                result = {.outcome = Outcome::NotApplicable};
            }
        }
        result.id = criterion.id;
        result.points_max = criterion.points_max;
        std::vector<std::string> named;
        if (result.outcome == Outcome::Fail) {
            for (const auto phrase : phrases) {
                named.push_back(criterion.phrases[phrase]);
            }
            std::ranges::sort(named);
            if (criterion.kind == CriterionKind::Phrases && criterion.need == Need::None) {
                forbidden.insert(named.begin(), named.end());
            }
            audit.issues.push_back(issue_sentence(scorecard, criterion, result, named));
        }
        put_column(criterion, result.outcome, audit);
        audit.criteria.push_back(std::move(result));
    }
    audit.forbidden_phrases.assign(forbidden.begin(), forbidden.end());
}

Result<std::unique_ptr<Auditor>> Auditor::open(Scorecard scorecard) {
    std::size_t bytes = 0;
    for (const auto& criterion : scorecard.criteria) {
        for (const auto& phrase : criterion.phrases) {
            bytes += phrase.size() + 2;
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
const std::string& Auditor::packs_sha256() const { return compiled_->packs_sha256; }

Audit Auditor::judge(const Transcript& transcript, const Facts& facts,
                     const SourceHashes& hashes) const {
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
        .facts_sha256 = sha256_hex(format_facts(facts)),
        .answers_sha256 = {},
        .scorecard_sha256 = scorecard.sha256,
        .packs_sha256 = compiled_->packs_sha256,
    };
    const bool too_short =
        scorecard.too_short_below_s && audit.duration &&
        Decimal::from_micros(audit.duration->count() * 1000) < *scorecard.too_short_below_s;
    audit.reason = facts.not_auditable     ? facts.not_auditable
                   : !reading.has_speech() ? std::optional(NotAuditable::NoSpeech)
                   : too_short             ? std::optional(NotAuditable::TooShort)
                                           : std::nullopt;
    if (audit.reason) {
        audit.auditable = false;
        return audit;
    }
    compiled_->judge_criteria(reading, facts, audit);
    const auto sentiment =
        std::ranges::find(scorecard.criteria, CriterionKind::Sentiment, &Criterion::kind);
    audit.sentiment = compiled_->sentiment_of(
        reading, sentiment != scorecard.criteria.end() ? sentiment->speaker : BoundSpeaker::Any);
    audit.score = total_score(scorecard, audit.criteria);
    if (audit.score) {
        audit.category = category_of(scorecard, *audit.score);
    }
    audit.review_reasons = reasons_to_review(scorecard, audit);
    return audit;
}

}  // namespace oidor::audit
