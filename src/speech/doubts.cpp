#include "speech/doubts.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "speech/condensed.hpp"
#include "speech/lexicon.hpp"
#include "speech/loops.hpp"
#include "speech/plain_words.hpp"

namespace oidor::speech {
namespace {

using Words = std::vector<std::string>;

Milliseconds overlap(const SpeechInterval& a, const SpeechInterval& b) {
    return std::max(std::min(a.end, b.end) - std::max(a.start, b.start), Milliseconds(0));
}

/// What the sound says: of one channel, or of all together where a segment names none.
class Sound {
  public:
    explicit Sound(const AudioAnalysis& analysis) : analysis_(to_hear(analysis)) {}

    [[nodiscard]] bool has(std::optional<int> channel) const {
        return channel && *channel >= 0 && *channel < static_cast<int>(analysis_.channels.size());
    }
    /// Speech of the channel inside a stretch, and music, which may have words in it. Of all
    /// channels: of the one that sounds most, so
    /// that two voices at once are no more time.
    [[nodiscard]] Milliseconds speech_in(std::optional<int> channel,
                                         const SpeechInterval& stretch) const {
        Milliseconds most(0);
        for (std::size_t i = 0; i < analysis_.channels.size(); ++i) {
            if (has(channel) && static_cast<int>(i) != *channel) {
                continue;
            }
            Milliseconds sum(0);
            for (const auto& interval : analysis_.channels[i].speech) {
                sum += overlap(interval, stretch);
            }
            most = std::max(most, sum);
        }
        return most;
    }
    [[nodiscard]] int channel_count() const { return static_cast<int>(analysis_.channels.size()); }
    [[nodiscard]] Milliseconds end() const { return analysis_.duration; }

  private:
    const AudioAnalysis analysis_;
};

/// Who a segment's words belong to, as far as was told apart.
using Voice = std::pair<std::optional<int>, std::optional<int>>;
Voice voice_of(const Segment& segment) { return {segment.channel, segment.voice}; }

class DoubtFinder {
  public:
    DoubtFinder(const EngineReply& reply, const AudioAnalysis& analysis, const DoubtRules& rules)
        : reply_(reply),
          segments_(reply.transcript.segments),
          sound_(analysis),
          rules_(rules),
          doubts_(segments_.size()) {
        for (const auto& segment : segments_) {
            words_.push_back(plain_words(segment.text));
        }
    }

    Doubts find() {
        for (std::size_t i = 0; i < segments_.size(); ++i) {
            look_at_signs(i);
            look_at_text(i);
            look_at_sound(i);
        }
        look_for_loops_over_segments();
        Doubts found;
        for (std::size_t i = 0; i < doubts_.size(); ++i) {
            if (!doubts_[i].empty()) {
                found.segments.push_back({.segment = i, .doubts = std::move(doubts_[i])});
            }
        }
        look_for_cuts(found.cuts);
        return found;
    }

  private:
    void doubt(std::size_t segment, Doubt doubt) {
        auto& known = doubts_[segment];
        if (std::ranges::find(known, doubt) == known.end()) {
            known.insert(std::ranges::upper_bound(known, doubt), doubt);
        }
    }

    void look_at_signs(std::size_t i) {
        if (reply_.signs.size() != segments_.size() || words_[i].empty()) {
            return;
        }
        const auto& signs = reply_.signs[i];
        if (signs.no_speech_probability && signs.average_log_probability &&
            *signs.no_speech_probability > rules_.no_speech_min &&
            *signs.average_log_probability < rules_.log_probability_max) {
            doubt(i, Doubt::NoSpeech);
        }
        if (signs.compression_ratio && *signs.compression_ratio > rules_.compression_max) {
            doubt(i, Doubt::Compression);
        }
    }

    void look_at_text(std::size_t i) {
        const auto& text = segments_[i].text;
        if (text.size() >= rules_.compression_bytes_min &&
            compression_ratio(text) > rules_.compression_max) {
            doubt(i, Doubt::Compression);
        }
        if (!find_loops(words_[i], {.repeats = rules_.repeats,
                                    .repeats_of_numbers = rules_.repeats_of_numbers})
                 .empty()) {
            doubt(i, Doubt::Repetition);
        }
        if (is_invention(words_[i])) {
            doubt(i, Doubt::Invention);
        }
    }

    static bool is_invention(const Words& words) {
        static constexpr std::array<Cue, 1> kAnywhere = {Cue::Invented};
        static constexpr std::array<Cue, 1> kAlone = {Cue::InventedAlone};
        return std::ranges::any_of(Lexicon::all(), [&words](const auto& language) {
            if (!language.second.find_cues(kAnywhere, words).empty()) {
                return true;
            }
            // The same farewell may come twice in a segment, but with nothing else.
            std::size_t covered = 0;
            for (const auto& hit : language.second.find_cues(kAlone, words)) {
                covered += hit.beyond - hit.first;
            }
            return covered > 0 && covered == words.size();
        });
    }

    void look_at_sound(std::size_t i) {
        const auto& segment = segments_[i];
        const auto count = words_[i].size();
        if (count == 0 || !segment.start || !segment.end || sound_.channel_count() == 0) {
            return;
        }
        const bool few = count < rules_.words_over_silence_min;
        const auto around = few ? rules_.alone_in_silence : rules_.time_error;
        const auto speech = sound_.speech_in(
            segment.channel, {.start = *segment.start - around, .end = *segment.end + around});
        const auto words_max =
            static_cast<double>(speech.count()) / 1000 * rules_.words_per_second_max;
        if (few ? speech.count() == 0 : static_cast<double>(count) > words_max) {
            doubt(i, Doubt::SpeechOverSilence);
        }
    }

    void look_for_loops_over_segments() {
        std::map<Voice, std::vector<std::size_t>> rows;
        const auto end_row = [this, &rows](const Voice& voice) {
            look_for_loops_in(rows[voice]);
            rows[voice].clear();
        };
        for (std::size_t i = 0; i < segments_.size(); ++i) {
            if (words_[i].empty()) {
                continue;
            }
            const auto voice = voice_of(segments_[i]);
            const auto& row = rows[voice];
            if (!row.empty() && segments_[i].start && segments_[row.back()].end &&
                *segments_[i].start - *segments_[row.back()].end > rules_.loop_gap_max) {
                end_row(voice);
            }
            rows[voice].push_back(i);
        }
        for (const auto& [voice, row] : rows) {
            look_for_loops_in(row);
        }
    }

    void look_for_loops_in(const std::vector<std::size_t>& row) {
        if (row.size() < 2) {
            return;
        }
        Words words;
        std::vector<std::size_t> origins;
        for (const auto i : row) {
            words.insert(words.end(), words_[i].begin(), words_[i].end());
            origins.insert(origins.end(), words_[i].size(), i);
        }
        for (const auto& loop :
             find_loops(words, {.repeats = rules_.repeats_over_segments,
                               .repeats_of_numbers = rules_.repeats_of_numbers})) {
            for (auto word = loop.first; word < loop.beyond; ++word) {
                doubt(origins[word], Doubt::Repetition);
            }
        }
    }

    /// Whether every segment says on which channel it was heard.
    [[nodiscard]] bool channels_told() const {
        return std::ranges::all_of(
            segments_, [this](const Segment& segment) { return sound_.has(segment.channel); });
    }

    void look_for_cuts(std::vector<UnheardEnd>& cuts) const {
        const bool timed = std::ranges::all_of(
            segments_, [](const Segment& segment) { return segment.end.has_value(); });
        if (timed) {
            const bool apart = channels_told();
            for (int channel = 0; channel < sound_.channel_count(); ++channel) {
                Milliseconds last(0);
                for (std::size_t i = 0; i < segments_.size(); ++i) {
                    if (!words_[i].empty() && (!apart || segments_[i].channel == channel)) {
                        last = std::max(last, *segments_[i].end);
                    }
                }
                const auto speech = sound_.speech_in(
                    channel, {.start = last + rules_.time_error, .end = sound_.end()});
                if (speech >= rules_.unheard_min) {
                    cuts.push_back({.channel = channel, .from = last, .speech = speech});
                }
            }
        }
        for (const auto& cut : reply_.unheard) {
            const bool known = std::ranges::any_of(
                cuts, [&cut](const UnheardEnd& other) { return other.channel == cut.channel; });
            if (!known && cut.speech >= rules_.unheard_min) {
                cuts.push_back(cut);
            }
        }
        std::ranges::sort(cuts, {}, &UnheardEnd::channel);
    }

    const EngineReply& reply_;
    const std::vector<Segment>& segments_;
    const Sound sound_;
    const DoubtRules& rules_;
    std::vector<Words> words_ = {};
    std::vector<std::vector<Doubt>> doubts_;
};

}  // namespace

std::string_view format(Doubt doubt) { return segment_doubts()[static_cast<std::size_t>(doubt)]; }

Milliseconds Doubts::extent(const Transcript& transcript) const {
    Milliseconds sum(0);
    for (const auto& doubted : segments) {
        const auto& segment = transcript.segments[doubted.segment];
        // Without times a segment counts for a moment: fewer of them are better all the same.
        sum += segment.start && segment.end ? *segment.end - *segment.start : Milliseconds(0);
        sum += Milliseconds(1);
    }
    for (const auto& cut : cuts) {
        sum += cut.speech;
    }
    return sum;
}

Doubts find_doubts(const EngineReply& reply, const AudioAnalysis& analysis,
                   const DoubtRules& rules) {
    return DoubtFinder(reply, analysis, rules).find();
}

void mark_doubts(const Doubts& doubts, const AudioAnalysis& analysis, Transcript& transcript) {
    for (const auto& doubted : doubts.segments) {
        auto& segment = transcript.segments[doubted.segment];
        for (const auto doubt : doubted.doubts) {
            segment.doubts.emplace_back(format(doubt));
        }
        segment.confidence = 0;
    }
    for (const auto& cut : doubts.cuts) {
        auto end = cut.from;
        const auto channel = static_cast<std::size_t>(cut.channel);
        if (channel < analysis.channels.size()) {
            const auto& sounds = analysis.channels[channel];
            end = sounds.speech.empty() ? end : std::max(end, sounds.speech.back().end);
            end = sounds.music.empty() ? end : std::max(end, sounds.music.back().end);
        }
        Segment unheard = {.start = cut.from, .end = end, .channel = cut.channel};
        unheard.confidence = 0;
        unheard.doubts = {std::string(format(Doubt::Cut))};
        const auto place =
            std::ranges::upper_bound(transcript.segments, unheard.start, {}, &Segment::start);
        transcript.segments.insert(place, std::move(unheard));
    }
}

double compression_ratio(std::string_view text) {
    // A greedy walk as deflate's: what occurred before costs a reference, a letter what Huffman
    // codes give letters of prose. Within a tenth of zlib's figure on calls.
    static constexpr double kLetterBits = 5.2;
    static constexpr double kReferenceBits = 18;
    static constexpr double kFarReferenceBits = 21;
    static constexpr double kHeadBits = 20 * 8;
    static constexpr std::size_t kMatchMin = 3;
    static constexpr std::size_t kMatchMax = 258;
    static constexpr std::size_t kTried = 16;
    static constexpr std::size_t kTextMax = 32'768;
    text = text.substr(0, kTextMax);
    if (text.empty()) {
        return 1;
    }
    std::map<std::string_view, std::vector<std::size_t>> places;
    double bits = kHeadBits;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t longest = 0;
        const auto known = places.find(text.substr(at, kMatchMin));
        if (known != places.end()) {
            const auto& earlier = known->second;
            for (auto i = earlier.size(); i-- > 0 && earlier.size() - i <= kTried;) {
                std::size_t length = 0;
                while (at + length < text.size() && length < kMatchMax &&
                       text[earlier[i] + length] == text[at + length]) {
                    ++length;
                }
                longest = std::max(longest, length);
            }
        }
        const bool refers = longest >= kMatchMin;
        const auto step = refers ? longest : 1;
        bits += !refers ? kLetterBits : longest < 20 ? kReferenceBits : kFarReferenceBits;
        for (auto passed = at; passed < at + step; ++passed) {
            const auto head = text.substr(passed, kMatchMin);
            if (head.size() == kMatchMin) {
                places[head].push_back(passed);
            }
        }
        at += step;
    }
    return static_cast<double>(text.size()) / (bits / 8);
}

}  // namespace oidor::speech
