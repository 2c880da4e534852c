#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "speech/forms/fields.hpp"
#include "speech/forms/readers.hpp"

namespace oidor::speech::forms {
namespace {

/// One entry of a `words` list: a word, or for whisper.cpp a token of one.
struct Piece {
    std::string text = {};  ///< With the space before it, where the server writes one.
    std::optional<Milliseconds> start = {};
    std::optional<Milliseconds> end = {};
    std::optional<double> confidence = {};
};

Result<Piece> read_piece(const json::value& value, const std::string& path) {
    TRY_ASSIGN(const auto* object, read_object(value, path));
    Piece piece;
    const auto text = find_string(*object, "word");
    piece.text = text ? *text : find_string(*object, "text").value_or("");
    TRY_ASSIGN(piece.start, read_time(*object, {{"start", 1}}, path));
    TRY_ASSIGN(piece.end, read_time(*object, {{"end", 1}}, path));
    if (piece.start && piece.end && *piece.end < *piece.start) {
        piece.end = piece.start;
    }
    TRY_ASSIGN(piece.confidence, read_ratio(*object, "probability", path));
    if (!piece.confidence) {
        TRY_ASSIGN(piece.confidence, read_ratio(*object, "score", path));
    }
    return piece;
}

Result<std::vector<Piece>> read_pieces(const json::object& object, std::string_view path) {
    std::vector<Piece> pieces;
    TRY_ASSIGN(const auto* list, read_list(object, "words", path));
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        TRY_ASSIGN(auto piece, read_piece((*list)[i], fmt::format("{}.words[{}]", path, i)));
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

/// Pieces to words. Where some piece after the first begins with a space, those that do not are
/// tokens that go on with the word before them.
std::vector<Word> join_pieces(const std::vector<Piece>& pieces) {
    const bool spaced =
        std::ranges::any_of(pieces.begin() + (pieces.empty() ? 0 : 1), pieces.end(),
                            [](const Piece& piece) { return piece.text.starts_with(' '); });
    std::vector<Word> words;
    for (const auto& piece : pieces) {
        const auto text = trim(piece.text);
        if (text.empty()) {
            continue;
        }
        if (spaced && !words.empty() && !piece.text.starts_with(' ')) {
            words.back().text += text;
            words.back().end = piece.end ? piece.end : words.back().end;
        } else {
            words.push_back({.start = piece.start, .end = piece.end, .text = std::string(text)});
        }
    }
    return words;
}

std::optional<double> mean_confidence(const std::vector<Piece>& pieces) {
    double sum = 0;
    int count = 0;
    for (const auto& piece : pieces) {
        if (piece.confidence) {
            sum += *piece.confidence;
            ++count;
        }
    }
    return count > 0 ? std::optional(sum / count) : std::nullopt;
}

/// Known names become speakers; whisper.cpp's `0` and `1` are channels; `A`, `B` … are voices of
/// people unknown, numbered as they begin.
Result<void> read_speaker(const json::object& object, std::string_view path,
                          std::vector<std::string>& voices, Segment& segment) {
    TRY_ASSIGN(const auto found, read_text(object, "speaker", path));
    const std::string label = found.value_or("");
    if (label == "0" || label == "1") {
        segment.channel = label == "0" ? 0 : 1;
    } else if (const auto speaker = find_speaker_label(label)) {
        segment.speaker = *speaker;
    } else if (!label.empty() && label != "?") {
        const auto at = std::ranges::find(voices, label) - voices.begin();
        if (at == std::ssize(voices)) {
            voices.push_back(label);
        }
        segment.voice = static_cast<int>(at);
    }
    return {};
}

SegmentSigns read_signs(const json::object& object) {
    return {.no_speech_probability = find_double(object, "no_speech_prob"),
            .average_log_probability = find_double(object, "avg_logprob"),
            .compression_ratio = find_double(object, "compression_ratio")};
}

Result<Segment> read_segment(const json::value& value, const std::string& path,
                             std::vector<std::string>& voices) {
    TRY_ASSIGN(const auto* object, read_object(value, path));
    Segment segment;
    TRY_ASSIGN(segment.start, read_time(*object, {{"start", 1}}, path));
    TRY_ASSIGN(segment.end, read_time(*object, {{"end", 1}}, path));
    if (segment.start && segment.end && *segment.end < *segment.start) {
        return fail(ErrorCode::Invalid, "{}.end: lies before start", path);
    }
    TRY_ASSIGN(const auto text, read_text(*object, "text", path));
    if (!text) {
        return fail(ErrorCode::Invalid, "{}.text: expected a string", path);
    }
    segment.text = *text;
    TRY(read_speaker(*object, path, voices, segment));
    TRY_ASSIGN(const auto pieces, read_pieces(*object, path));
    segment.words = join_pieces(pieces);
    if (const auto logprob = find_double(*object, "avg_logprob")) {
        segment.confidence = std::clamp(std::exp(*logprob), 0.0, 1.0);
    } else {
        segment.confidence = mean_confidence(pieces);
    }
    return segment;
}

/// Gives the words of the whole file to the segments in whose time their middle lies.
void share_words(std::vector<Word> words, std::vector<Segment>& segments) {
    std::size_t at = 0;
    for (auto& word : words) {
        if (!word.start || !word.end) {
            continue;
        }
        const auto middle = (*word.start + *word.end) / 2;
        while (at + 1 < segments.size() && segments[at + 1].start &&
               *segments[at + 1].start <= middle) {
            ++at;
        }
        if (at < segments.size()) {
            segments[at].words.push_back(std::move(word));
        }
    }
}

/// Puts segments in order of start, each with its signs; signs that say nothing are left out.
void sort_with_signs(FormTranscript& form) {
    auto& segments = form.transcript.segments;
    const bool timed = std::ranges::all_of(
        segments, [](const Segment& segment) { return segment.start.has_value(); });
    std::vector<std::size_t> order(segments.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (timed) {
        std::ranges::stable_sort(order, {}, [&](std::size_t at) { return *segments[at].start; });
    }
    std::vector<Segment> sorted;
    std::vector<SegmentSigns> signs;
    for (const auto at : order) {
        sorted.push_back(std::move(segments[at]));
        signs.push_back(form.signs[at]);
    }
    segments = std::move(sorted);
    const bool any =
        std::ranges::any_of(signs, [](const SegmentSigns& each) { return each != SegmentSigns(); });
    form.signs = any ? std::move(signs) : std::vector<SegmentSigns>();
}

Result<void> read_segments(const json::object& object, const json::array& list,
                           FormTranscript& form) {
    auto& transcript = form.transcript;
    std::vector<std::string> voices;
    for (std::size_t i = 0; i < list.size(); ++i) {
        TRY_ASSIGN(auto segment, read_segment(list[i], fmt::format("segments[{}]", i), voices));
        if (!segment.text.empty()) {
            transcript.segments.push_back(std::move(segment));
            form.signs.push_back(read_signs(list[i].get_object()));
        }
    }
    sort_with_signs(form);
    const bool has_words = std::ranges::any_of(
        transcript.segments, [](const Segment& segment) { return !segment.words.empty(); });
    if (!has_words) {
        TRY_ASSIGN(const auto pieces, read_pieces(object, "transcript"));
        share_words(join_pieces(pieces), transcript.segments);
    }
    return {};
}

}  // namespace

Result<FormTranscript> read_openai(const json::object& object, const TranscriptLimits& limits) {
    FormTranscript form;
    auto& transcript = form.transcript;
    TRY_ASSIGN(const auto language, read_text(object, "language", "transcript"));
    transcript.language = language ? primary_language(*language) : std::nullopt;
    TRY_ASSIGN(transcript.duration, read_time(object, {{"duration", 1}}, "transcript"));
    TRY_ASSIGN(const auto text, read_text(object, "text", "transcript"));
    TRY_ASSIGN(const auto* list, read_list(object, "segments", "transcript"));
    if (list != nullptr && !list->empty()) {
        TRY(check_count(list->size(), limits));
        TRY(read_segments(object, *list, form));
    } else if (text && !text->empty()) {
        TRY_ASSIGN(const auto pieces, read_pieces(object, "transcript"));
        Segment segment = {.text = *text, .confidence = mean_confidence(pieces)};
        segment.words = join_pieces(pieces);
        if (!segment.words.empty()) {
            segment.start = segment.words.front().start;
            segment.end = segment.words.back().end;
        }
        transcript.segments.push_back(std::move(segment));
    }
    for (const auto& segment : transcript.segments) {
        form.channels = segment.channel ? 2 : form.channels;
    }
    return form;
}

}  // namespace oidor::speech::forms
