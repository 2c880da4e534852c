#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "speech/forms/fields.hpp"
#include "speech/forms/readers.hpp"

namespace oidor::speech::forms {
namespace {

constexpr double kTicksPerSecond = 10'000'000;
constexpr std::int64_t kVoiceMax = 1'000;

/// Where a piece of either form says when it is. The batch form's `offset` is text such as
/// `PT0.96S` and its number is in ticks; the fast form's is a number of milliseconds.
enum class Times { Fast, Batch };

struct Span {
    std::optional<Milliseconds> start = {};
    std::optional<Milliseconds> end = {};
};

Result<std::optional<Milliseconds>> read_duration(const json::object& object, Times times,
                                                  std::string_view path) {
    return times == Times::Fast
               ? read_time(object, {{"durationMilliseconds", 1000}, {"duration", 1000}}, path)
               : read_time(object,
                           {{"durationMilliseconds", 1000}, {"durationInTicks", kTicksPerSecond}},
                           path);
}

Result<Span> read_span(const json::object& object, Times times, std::string_view path) {
    Span span;
    if (times == Times::Fast) {
        TRY_ASSIGN(span.start,
                   read_time(object, {{"offsetMilliseconds", 1000}, {"offset", 1000}}, path));
    } else {
        TRY_ASSIGN(
            span.start,
            read_time(object, {{"offsetMilliseconds", 1000}, {"offsetInTicks", kTicksPerSecond}},
                      path));
    }
    TRY_ASSIGN(const auto duration, read_duration(object, times, path));
    if (span.start && duration) {
        span.end = *span.start + *duration;
    }
    return span;
}

Result<std::vector<Word>> read_words(const json::object& object, std::string_view list_key,
                                     std::string_view text_key, Times times,
                                     std::string_view path) {
    std::vector<Word> words;
    TRY_ASSIGN(const auto* list, read_list(object, list_key, path));
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        const auto word_path = fmt::format("{}.{}[{}]", path, list_key, i);
        TRY_ASSIGN(const auto* word, read_object((*list)[i], word_path));
        TRY_ASSIGN(const auto span, read_span(*word, times, word_path));
        TRY_ASSIGN(auto text, read_text(*word, text_key, word_path));
        if (text && !text->empty()) {
            words.push_back({.start = span.start, .end = span.end, .text = *std::move(text)});
        }
    }
    return words;
}

/// The channels that phrases and the combined texts speak of; a silent channel has no phrase.
int count_channels(const json::object& object, std::string_view combined_key,
                   const Transcript& transcript) {
    std::set<std::int64_t> channels;
    for (const auto& segment : transcript.segments) {
        if (segment.channel) {
            channels.insert(*segment.channel);
        }
    }
    if (const auto* combined = find_array(object, combined_key)) {
        for (const auto& item : *combined) {
            const auto* entry = item.if_object();
            const auto channel = entry != nullptr ? find_int64(*entry, "channel") : std::nullopt;
            if (channel) {
                channels.insert(*channel);
            }
        }
    }
    return static_cast<int>(channels.size());
}

/// Takes the language of the first phrase that names one.
Result<void> take_language(const json::object& phrase, std::string_view path,
                           Transcript& transcript) {
    TRY_ASSIGN(const auto locale, read_text(phrase, "locale", path));
    if (locale && !transcript.language) {
        transcript.language = primary_language(*locale);
    }
    return {};
}

/// Voices that were told apart are numbered from 1, and only on recordings of one channel.
Result<void> read_voice(const json::object& phrase, std::string_view path, Segment& segment) {
    const auto* value = phrase.if_contains("speaker");
    if (value == nullptr || value->is_null()) {
        return {};
    }
    const auto number = find_int64(phrase, "speaker");
    if (!number || *number < 0 || *number > kVoiceMax) {
        return fail(ErrorCode::Invalid, "{}.speaker: expected a number", path);
    }
    segment.voice = static_cast<int>(std::max<std::int64_t>(*number, 1) - 1);
    return {};
}

Result<Segment> read_fast_phrase(const json::object& phrase, std::string_view path) {
    Segment segment;
    TRY_ASSIGN(const auto span, read_span(phrase, Times::Fast, path));
    segment.start = span.start;
    segment.end = span.end;
    TRY_ASSIGN(segment.channel, read_channel(phrase, path));
    TRY(read_voice(phrase, path, segment));
    TRY_ASSIGN(segment.confidence, read_ratio(phrase, "confidence", path));
    TRY_ASSIGN(const auto text, read_text(phrase, "text", path));
    if (!text) {
        return fail(ErrorCode::Invalid, "{}.text: expected a string", path);
    }
    segment.text = *text;
    TRY_ASSIGN(segment.words, read_words(phrase, "words", "text", Times::Fast, path));
    return segment;
}

/// Reads the best of a phrase's hypotheses, which is the first.
Result<void> read_best(const json::object& best, const std::string& path, Segment& segment) {
    TRY_ASSIGN(auto text, read_text(best, "display", path));
    if (!text) {
        TRY_ASSIGN(text, read_text(best, "lexical", path));
    }
    if (!text) {
        return fail(ErrorCode::Invalid, "{}.display: expected a string", path);
    }
    segment.text = *text;
    TRY_ASSIGN(segment.confidence, read_ratio(best, "confidence", path));
    TRY_ASSIGN(segment.words, read_words(best, "displayWords", "displayText", Times::Batch, path));
    if (segment.words.empty()) {
        TRY_ASSIGN(segment.words, read_words(best, "words", "word", Times::Batch, path));
    }
    return {};
}

Result<Segment> read_batch_phrase(const json::object& phrase, std::string_view path) {
    Segment segment;
    TRY_ASSIGN(const auto status, read_text(phrase, "recognitionStatus", path));
    if (status.value_or("Success") != "Success") {
        return segment;  // Without text, so it is left out.
    }
    TRY_ASSIGN(const auto span, read_span(phrase, Times::Batch, path));
    segment.start = span.start;
    segment.end = span.end;
    TRY_ASSIGN(segment.channel, read_channel(phrase, path));
    TRY(read_voice(phrase, path, segment));
    TRY_ASSIGN(const auto* hypotheses, read_list(phrase, "nBest", path));
    if (hypotheses == nullptr || hypotheses->empty()) {
        return segment;
    }
    const auto best_path = fmt::format("{}.nBest[0]", path);
    TRY_ASSIGN(const auto* best, read_object(hypotheses->front(), best_path));
    TRY(read_best(*best, best_path, segment));
    return segment;
}

Result<FormTranscript> read_phrases(const json::object& object, Times times,
                                    const TranscriptLimits& limits) {
    const std::string_view list_key = times == Times::Fast ? "phrases" : "recognizedPhrases";
    const std::string_view combined_key =
        times == Times::Fast ? "combinedPhrases" : "combinedRecognizedPhrases";
    FormTranscript form;
    TRY_ASSIGN(form.transcript.duration, read_duration(object, times, "transcript"));
    TRY_ASSIGN(const auto* list, read_list(object, list_key, "transcript"));
    const std::size_t count = list != nullptr ? list->size() : 0;
    TRY(check_count(count, limits));
    for (std::size_t i = 0; i < count; ++i) {
        const auto path = fmt::format("{}[{}]", list_key, i);
        TRY_ASSIGN(const auto* phrase, read_object((*list)[i], path));
        TRY(take_language(*phrase, path, form.transcript));
        TRY_ASSIGN(auto segment, times == Times::Fast ? read_fast_phrase(*phrase, path)
                                                      : read_batch_phrase(*phrase, path));
        if (!segment.text.empty()) {
            form.transcript.segments.push_back(std::move(segment));
        }
    }
    sort_by_start(form.transcript);
    form.channels = count_channels(object, combined_key, form.transcript);
    return form;
}

}  // namespace

Result<FormTranscript> read_azure_fast(const json::object& object, const TranscriptLimits& limits) {
    return read_phrases(object, Times::Fast, limits);
}

Result<FormTranscript> read_azure_batch(const json::object& object,
                                        const TranscriptLimits& limits) {
    return read_phrases(object, Times::Batch, limits);
}

}  // namespace oidor::speech::forms
