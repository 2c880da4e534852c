#include <algorithm>

#include "audit/audio_measures.hpp"
#include "audit/criterion_judges.hpp"
#include "audit/scoring.hpp"

namespace oidor::audit {
namespace {

Measure seconds_measure(Milliseconds time) {
    return {.value = Decimal::from_micros(time.count() * 1000), .unit = "s"};
}

/// How long a speaker's segments last together, less the silence that no engine was sent; nothing
/// where a segment has no times, or where somebody unknown spoke.
std::optional<Milliseconds> talk_of(const Reading& reading, Speaker speaker) {
    Milliseconds talk(0);
    for (const auto& part : reading.parts()) {
        if (!part.has_words) {
            continue;
        }
        const auto& segment = *part.segment;
        if (segment.speaker == Speaker::Unknown || !segment.start || !segment.end) {
            return std::nullopt;
        }
        if (segment.speaker == speaker) {
            const auto whole = std::max(*segment.end - *segment.start, Milliseconds(0));
            talk += std::min(segment.talk.value_or(whole), whole);
        }
    }
    return talk;
}

/// Letters or figures between spaces: a dash alone is no word.
std::int64_t count_words(std::string_view text) {
    std::int64_t words = 0;
    bool inside = false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        // First bytes of letters: U+0080 to U+00BF and U+2000 to U+2FFF are signs.
        const bool letter = (byte >= 0xC3 && byte != 0xE2) || (byte >= '0' && byte <= '9') ||
                            (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        words += letter && !inside ? 1 : 0;
        inside = byte > ' ' && (inside || letter);
    }
    return words;
}

/// Of less than this nobody can say how fast it was.
constexpr Milliseconds kSpeedJudgedMin{5000};

std::optional<Measure> words_per_minute(const Reading& reading, Speaker speaker) {
    const auto talk = talk_of(reading, speaker);
    if (!talk || *talk < kSpeedJudgedMin) {
        return std::nullopt;
    }
    std::int64_t words = 0;
    for (const auto& part : reading.parts()) {
        words += part.segment->speaker == speaker ? count_words(part.segment->text) : 0;
    }
    constexpr std::int64_t kMinuteMs = 60'000;
    return Measure{.value = Decimal::from_int(words * kMinuteMs)
                                .scaled(Decimal::from_int(1), Decimal::from_int(talk->count())),
                   .unit = "words/min"};
}

std::optional<Measure> transcript_measure(std::string_view name, const Reading& reading) {
    if (reading.is_suspect() || reading.is_incomplete()) {
        return std::nullopt;  // Words that nobody said, or that are missing, cannot be counted.
    }
    if (name == "turns") {
        return Measure{.value = Decimal::from_int(reading.turns()), .unit = ""};
    }
    if (name == "agent_words_per_minute") {
        return words_per_minute(reading, Speaker::Agent);
    }
    if (name == "customer_words_per_minute") {
        return words_per_minute(reading, Speaker::Customer);
    }
    const auto agent = talk_of(reading, Speaker::Agent);
    const auto customer = talk_of(reading, Speaker::Customer);
    if (!agent || !customer) {
        return std::nullopt;
    }
    if (name == "agent_talk_s") {
        return seconds_measure(*agent);
    }
    if (name == "customer_talk_s") {
        return seconds_measure(*customer);
    }
    const auto both = *agent + *customer;
    if (both.count() == 0) {
        return std::nullopt;
    }
    return Measure{.value = Decimal::from_int(agent->count())
                                .scaled(Decimal::from_int(1), Decimal::from_int(both.count())),
                   .unit = "ratio"};
}

}  // namespace

std::optional<Measure> find_measure(std::string_view name, const Facts& facts,
                                    const std::optional<Milliseconds>& duration,
                                    const Reading& reading) {
    if (name == "duration") {
        return duration.transform(seconds_measure);
    }
    if (const auto found = facts.measures.find(name); found != facts.measures.end()) {
        return found->second;
    }
    const auto names = transcript_measure_names();
    return std::ranges::find(names, name) != names.end() ? transcript_measure(name, reading)
                                                         : std::nullopt;
}

CriterionResult judge_measure(const Criterion& criterion, const std::optional<Measure>& measure) {
    return judge_value(criterion,
                       measure.transform([](const Measure& found) { return found.value; }),
                       criterion.measure, measure ? measure->unit : "");
}

}  // namespace oidor::audit
