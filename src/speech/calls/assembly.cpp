#include "speech/calls/assembly.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace oidor::speech::calls {
namespace {

/// Clocks of engines differ a little from ours, and some round up to their window.
constexpr Milliseconds kDurationSlack{3'000};
constexpr Milliseconds kStartSlack{1'500};

double in_seconds(Milliseconds time) { return static_cast<double>(time.count()) / 1000; }

}  // namespace

Result<void> check_fits(const Transcript& reply, Milliseconds length) {
    if (reply.duration) {
        const auto slack = std::max(kDurationSlack, length / 10);
        if (*reply.duration + slack < length || *reply.duration > length + slack) {
            return fail(ErrorCode::Unavailable,
                        "the reply is about {:.1f} s of audio, and {:.1f} s were sent",
                        in_seconds(*reply.duration), in_seconds(length));
        }
    }
    for (const auto& segment : reply.segments) {
        if (segment.start && *segment.start > length + kStartSlack) {
            return fail(ErrorCode::Unavailable, "the reply has words at {:.1f} s of {:.1f} s",
                        in_seconds(*segment.start), in_seconds(length));
        }
    }
    return {};
}

namespace {

/// Words in order and inside their segment; those without times keep none.
void tidy_words(Segment& segment) {
    auto last = *segment.start;
    for (auto& word : segment.words) {
        if (word.start) {
            word.start = std::clamp(*word.start, last, *segment.end);
            last = *word.start;
        }
        if (word.end) {
            word.end = std::clamp(*word.end, word.start.value_or(last), *segment.end);
        }
    }
}

/// Times inside 0 to `length`, none of them empty. Without any it reaches over all of it.
void tidy_times(Segment& segment, Milliseconds length) {
    const auto last = std::max(length, Milliseconds(1));
    auto start = std::clamp(segment.start.value_or(Milliseconds(0)), Milliseconds(0),
                            last - Milliseconds(1));
    segment.start = start;
    segment.end = std::clamp(segment.end.value_or(last), start + Milliseconds(1), last);
    tidy_words(segment);
}

Milliseconds speech_after(const std::vector<SpeechInterval>& speech, Milliseconds from) {
    Milliseconds sum{0};
    for (const auto& interval : speech) {
        sum += std::max(interval.end - std::max(interval.start, from), Milliseconds(0));
    }
    return sum;
}

std::vector<UnheardEnd> find_unheard(const AudioAnalysis& analysis,
                                     const std::vector<Segment>& segments) {
    std::vector<UnheardEnd> unheard;
    for (std::size_t i = 0; i < analysis.channels.size(); ++i) {
        const auto channel = static_cast<int>(i);
        Milliseconds from{0};
        for (const auto& segment : segments) {
            from = segment.channel == channel ? std::max(from, *segment.end) : from;
        }
        const auto speech = speech_after(analysis.channels[i].speech, from);
        if (speech >= kUnheardMin) {
            unheard.push_back({.channel = channel, .from = from, .speech = speech});
        }
    }
    return unheard;
}

}  // namespace

void Assembly::take(forms::FormTranscript form) {
    auto& segments = form.transcript.segments;
    form.signs.resize(segments.size());
    int voices = 0;
    for (auto& segment : segments) {
        if (segment.voice) {
            // Another reply's first voice need not be this one's.
            voices = std::max(voices, *segment.voice + 1);
            *segment.voice += voices_;
            if (*segment.voice >= kVoicesMax) {
                segment.voice.reset();
            }
        }
        if (segment.speaker == Speaker::Unknown) {
            segment.speaker = speaker_of(request_, *segment.channel);
        }
        segments_.push_back(std::move(segment));
    }
    voices_ += voices;
    signs_.insert(signs_.end(), form.signs.begin(), form.signs.end());
    language_ = language_ ? language_ : form.transcript.language;
}

Result<void> Assembly::add(int channel, const Piece& piece, Milliseconds length,
                           forms::FormTranscript form) {
    TRY(check_fits(form.transcript, length));
    for (auto& segment : form.transcript.segments) {
        tidy_times(segment, length);
    }
    place_on_recording(piece, form.transcript.segments, form.signs);
    for (auto& segment : form.transcript.segments) {
        segment.channel = channel;
        tidy_times(segment, request_.analysis.duration);
    }
    take(std::move(form));
    sent_ += length;
    return {};
}

Result<void> Assembly::add_whole(forms::FormTranscript form) {
    const auto duration = request_.analysis.duration;
    TRY(check_fits(form.transcript, duration));
    const auto channels = static_cast<int>(request_.analysis.channels.size());
    for (auto& segment : form.transcript.segments) {
        segment.channel = segment.channel.value_or(0);
        if (*segment.channel >= channels) {
            return fail(ErrorCode::Unavailable, "the reply has words on channel {} of {}",
                        *segment.channel, channels);
        }
        tidy_times(segment, duration);
    }
    take(std::move(form));
    sent_ += duration * channels;
    return {};
}

EngineReply Assembly::finish(std::string model) {
    std::vector<std::size_t> order(segments_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t at) {
        return std::pair(segments_[at].start, segments_[at].channel);
    });
    EngineReply reply;
    reply.unheard = find_unheard(request_.analysis, segments_);
    for (const auto at : order) {
        reply.transcript.segments.push_back(std::move(segments_[at]));
        reply.signs.push_back(signs_[at]);
    }
    const bool any_sign = std::ranges::any_of(
        reply.signs, [](const SegmentSigns& signs) { return signs != SegmentSigns(); });
    if (!any_sign) {
        reply.signs.clear();
    }
    reply.transcript.language = language_;
    reply.transcript.duration = request_.analysis.duration;
    reply.model = std::move(model);
    reply.sent = sent_;
    return reply;
}

}  // namespace oidor::speech::calls
