#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "audit/criterion_judges.hpp"
#include "audit/scoring.hpp"

namespace oidor::audit {
namespace {

constexpr std::size_t kQuarters = 4;
using Quarters = std::array<std::optional<Decimal>, kQuarters>;

/// Which quarter of the conversation each part begins in: of its time, or of its words where
/// segments have no times.
std::vector<std::size_t> quarters_of(const Reading& reading) {
    const auto& parts = reading.parts();
    std::vector<std::int64_t> places(parts.size(), 0);
    std::int64_t last = 0;
    if (reading.timed()) {
        std::optional<std::int64_t> first;
        for (const auto& part : parts) {
            if (part.has_words) {
                const auto start = part.segment->start->count();
                first = std::min(first.value_or(start), start);
                last = std::max(last, part.segment->end.value_or(*part.segment->start).count());
            }
        }
        for (std::size_t p = 0; p < parts.size(); ++p) {
            places[p] = parts[p].has_words ? parts[p].segment->start->count() - *first : 0;
        }
        last -= first.value_or(0);
    } else {
        for (const auto& word : reading.folded().words()) {
            ++places[word.part];
        }
        for (auto& place : places) {
            last += std::exchange(place, last);
        }
    }
    std::vector<std::size_t> quarters;
    for (const auto place : places) {
        const auto quarter = last > 0 ? place * static_cast<std::int64_t>(kQuarters) / last : 0;
        quarters.push_back(std::min(static_cast<std::size_t>(quarter), kQuarters - 1));
    }
    return quarters;
}

/// The sentiment of each quarter; nothing where the bound speaker said nothing.
Quarters sentiment_by_quarter(const SentimentLexicon& lexicon, const Reading& reading,
                              BoundSpeaker bound) {
    const auto quarter_of = quarters_of(reading);
    const auto& parts = reading.parts();
    Quarters quarters;
    for (std::size_t quarter = 0; quarter < kQuarters; ++quarter) {
        std::vector<char> counts(parts.size(), 0);
        bool heard = false;
        for (std::size_t p = 0; p < parts.size(); ++p) {
            counts[p] = quarter_of[p] == quarter && is_bound(bound, parts[p].segment->speaker);
            heard = heard || (counts[p] != 0 && parts[p].has_words);
        }
        if (heard) {
            quarters[quarter] = lexicon.score(reading.folded(), counts);
        }
    }
    return quarters;
}

Decimal three_places(Decimal value) {
    return Decimal::from_micros(
        value.scaled(Decimal::from_int(1000), Decimal::from_int(1)).round_half_even() * 1000);
}

/// The rise of the straight line through the four quarters, from the first to the last.
std::optional<Decimal> trend_of(const Quarters& quarters) {
    if (!std::ranges::all_of(quarters, [](const auto& value) { return value.has_value(); })) {
        return std::nullopt;
    }
    const auto rise = (*quarters[3] - *quarters[0]) * 3 + (*quarters[2] - *quarters[1]);
    return three_places(rise.scaled(Decimal::from_int(3), Decimal::from_int(10)));
}

std::optional<Decimal> change_of(const Quarters& quarters) {
    if (!quarters.front() || !quarters.back()) {
        return std::nullopt;
    }
    return *quarters.back() - *quarters.front();
}

CriterionResult judge_course(const Criterion& criterion, const SentimentLexicon& lexicon,
                             const Reading& reading) {
    const bool trend = criterion.form == SentimentForm::Trend;
    const auto quarters = sentiment_by_quarter(lexicon, reading, criterion.speaker);
    auto result = judge_value(criterion, trend ? trend_of(quarters) : change_of(quarters),
                              trend ? "sentiment_trend" : "sentiment_change", "polarity");
    for (std::size_t q = 0; q < kQuarters; ++q) {
        if (quarters[q] && !result.evidence.empty()) {
            result.evidence.emplace_back(Measured{.measure = fmt::format("sentiment_q{}", q + 1),
                                                  .value = *quarters[q],
                                                  .unit = "polarity"});
        }
    }
    const bool unsure = std::ranges::any_of(reading.parts(), [&](const Part& part) {
        return part.has_words && !part.sure && is_bound(criterion.speaker, part.segment->speaker);
    });
    if (unsure) {
        doubt(result);
    }
    return result;
}

}  // namespace

std::optional<Decimal> sentiment_level(const SentimentLexicon& lexicon, const Reading& reading,
                                       BoundSpeaker bound) {
    if (!reading.hears(bound)) {
        return std::nullopt;
    }
    std::vector<char> counts;
    counts.reserve(reading.parts().size());
    for (const auto& part : reading.parts()) {
        counts.push_back(is_bound(bound, part.segment->speaker) ? 1 : 0);
    }
    return lexicon.score(reading.folded(), counts);
}

CriterionResult judge_sentiment(const Criterion& criterion, const SentimentLexicon& lexicon,
                                const Reading& reading) {
    auto result = criterion.form != SentimentForm::Level
                      ? judge_course(criterion, lexicon, reading)
                      : judge_value(criterion, sentiment_level(lexicon, reading, criterion.speaker),
                                    "sentiment", "polarity");
    const bool unknown_speaker =
        criterion.speaker != BoundSpeaker::Any &&
        std::ranges::any_of(reading.parts(), [](const Part& part) {
            return part.has_words && part.segment->speaker == Speaker::Unknown;
        });
    if (unknown_speaker || reading.is_suspect()) {
        doubt(result);
    }
    return result;
}

}  // namespace oidor::audit
