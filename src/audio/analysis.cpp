#include "audio/analysis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "audio/identical.hpp"
#include "audio/signal/likeness.hpp"
#include "audio/sounds.hpp"

namespace oidor::audio {
namespace {

constexpr int kOverFloor = 12 * kLevelsPerDb;
/// Nothing below -55 dBFS is speech, whatever the floor; everything above -30 dBFS is, so that a
/// channel without any pause is not measured against its own voice.
constexpr int kThresholdMin = level_of(-55);
constexpr int kThresholdMax = level_of(-30);
/// Below -90 dBFS there is no room to hear: digital silence and its dither.
constexpr int kSilentMax = level_of(-90);
constexpr std::size_t kHangOver = 300 / 20;
constexpr std::size_t kSpeechMin = 60 / 20;

/// The other side in one's own channel: 0.8 of 1 alike, and 10 dB quieter.
constexpr std::uint8_t kCrosstalkAlike = 160;
constexpr int kCrosstalkQuieter = 10 * kLevelsPerDb;

/// Warnings say nothing about a channel that hardly speaks.
constexpr Milliseconds kTalkJudgedMin{2000};
constexpr double kClippingMax = 0.05;
constexpr double kLoudnessMin = -42;
constexpr double kHeardPeakMin = -60;
constexpr Milliseconds kDeadAirLong{60'000};

int find_threshold(std::span<const Level> levels) {
    std::array<std::size_t, 256> counts = {};
    std::size_t heard = 0;
    for (const auto level : levels) {
        if (level > kSilentMax) {
            ++counts[level];
            ++heard;
        }
    }
    std::size_t below = 0;
    int floor = 0;
    while (floor < 255 && below + counts[static_cast<std::size_t>(floor)] <= heard / 10) {
        below += counts[static_cast<std::size_t>(floor)];
        ++floor;
    }
    return std::clamp(floor + kOverFloor, kThresholdMin, kThresholdMax);
}

Milliseconds time_of(std::size_t stretch) {
    return kLevelEvery * static_cast<std::int64_t>(stretch);
}

std::vector<Level> levels_of(std::span<const Stretch> stretches) {
    std::vector<Level> levels;
    levels.reserve(stretches.size());
    for (const auto& stretch : stretches) {
        levels.push_back(stretch.level);
    }
    return levels;
}

/// Silences what is only the other side's crosstalk: the same sound, much quieter.
void silence_crosstalk(const Heard& heard, std::vector<std::vector<Level>>& levels) {
    const auto pairs = count_pairs(heard.channels.size());
    const auto rows = pairs > 0 ? heard.likeness.size() / pairs : 0;
    std::size_t pair = 0;
    for (std::size_t j = 0; j < heard.channels.size(); ++j) {
        for (std::size_t i = 0; i < j; ++i, ++pair) {
            const auto both = std::min({rows, heard.channels[i].size(), heard.channels[j].size()});
            for (std::size_t row = 0; row < both; ++row) {
                const int first = heard.channels[i][row].level;
                const int second = heard.channels[j][row].level;
                if (heard.likeness[row * pairs + pair] < kCrosstalkAlike ||
                    std::abs(first - second) < kCrosstalkQuieter) {
                    continue;
                }
                levels[first < second ? i : j][row] = 0;
            }
        }
    }
}

/// The last stretch may be shorter than 20 ms.
Intervals cut_at(Intervals intervals, Milliseconds duration) {
    for (auto& interval : intervals) {
        interval.end = std::min(interval.end, duration);
    }
    return unite(std::move(intervals));
}

/// What is left of speech without the sounds that are none; what cutting leaves too short for a
/// word goes with them.
Intervals without_sounds(const Intervals& speech, const Sounds& sounds) {
    Intervals all = sounds.music;
    all.insert(all.end(), sounds.keys.begin(), sounds.keys.end());
    all.insert(all.end(), sounds.tones.begin(), sounds.tones.end());
    auto left = subtract(speech, unite(std::move(all)));
    std::erase_if(left, [](const SpeechInterval& interval) {
        return interval.end - interval.start < kLevelEvery * static_cast<std::int64_t>(kSpeechMin);
    });
    return left;
}

double power_of(Level level) { return std::pow(10, level / (10.0 * kLevelsPerDb)); }
double dbfs_of(double power) { return 10 * std::log10(power) - 100; }

/// Sums over the stretches of speech at a level or above it.
struct SpokenLevels {
    double power = 0;
    double count = 0;
    double clipped = 0;
};

SpokenLevels sum_spoken(std::span<const Stretch> stretches, const Intervals& speech, double gate) {
    SpokenLevels sums;
    for (const auto& interval : speech) {
        const auto from = static_cast<std::size_t>(interval.start / kLevelEvery);
        const auto to =
            std::min(stretches.size(), static_cast<std::size_t>(interval.end / kLevelEvery));
        for (auto i = from; i < to; ++i) {
            const double power = power_of(stretches[i].level);
            if (power >= gate) {
                sums.power += power;
                sums.count += 1;
                sums.clipped += stretches[i].clipped ? 1 : 0;
            }
        }
    }
    return sums;
}

void measure_levels(std::span<const Stretch> stretches, ChannelAnalysis& channel) {
    const auto all = sum_spoken(stretches, channel.speech, 0);
    if (all.count > 0) {
        channel.clipping_ratio = all.clipped / all.count;
        // As EBU R 128 does it, without its filter: pauses between words are not loudness.
        const auto gated = sum_spoken(stretches, channel.speech, all.power / all.count / 10);
        channel.loudness_dbfs = dbfs_of(gated.power / gated.count);
    }
    Level peak = 0;
    for (const auto& stretch : stretches) {
        peak = std::max(peak, stretch.peak);
    }
    if (peak > 0) {
        channel.peak_dbfs = dbfs_of(power_of(peak));
    }
}

std::vector<std::uint8_t> amplitudes_of(std::span<const Stretch> stretches) {
    std::vector<std::uint8_t> amplitudes;
    amplitudes.reserve(stretches.size());
    for (const auto& stretch : stretches) {
        const double amplitude =
            stretch.peak == 0 ? 0 : 255 * std::sqrt(power_of(stretch.peak) / power_of(kLevelMax));
        amplitudes.push_back(static_cast<std::uint8_t>(std::lround(std::min(amplitude, 255.0))));
    }
    return amplitudes;
}

/// Everything that plays on one of two channels.
Intervals played_on(const ChannelAnalysis& first, const ChannelAnalysis& second) {
    Intervals all;
    for (const auto* channel : {&first, &second}) {
        for (const auto* played : {&channel->music, &channel->keys, &channel->tones}) {
            all.insert(all.end(), played->begin(), played->end());
        }
    }
    return unite(std::move(all));
}

/// Of two that carry the same sound the later is a copy, unless it alone is loud enough for speech.
void mark_copy(AudioAnalysis& analysis, std::size_t first, std::size_t second) {
    auto& channels = analysis.channels;
    if (channels[first].speech.empty() && !channels[second].speech.empty()) {
        std::swap(first, second);
        for (auto& channel : channels) {
            if (channel.copy_of == static_cast<int>(second)) {
                channel.copy_of = static_cast<int>(first);
            }
        }
    }
    channels[second].copy_of = static_cast<int>(first);
}

void find_copies(const Heard& heard, AudioAnalysis& analysis) {
    const auto pairs = count_pairs(heard.channels.size());
    const auto rows = pairs > 0 ? heard.likeness.size() / pairs : 0;
    auto& channels = analysis.channels;
    std::size_t pair = 0;
    for (std::size_t j = 0; j < heard.channels.size(); ++j) {
        for (std::size_t i = 0; i < j; ++i, ++pair) {
            if (channels[i].copy_of || channels[j].copy_of) {
                continue;  // Compared with what it is a copy of.
            }
            std::vector<std::uint8_t> likeness(rows);
            for (std::size_t row = 0; row < rows; ++row) {
                likeness[row] = heard.likeness[row * pairs + pair];
            }
            const auto same = compare_channels(heard.channels[i], heard.channels[j], likeness,
                                               played_on(channels[i], channels[j]));
            analysis.identical_channels = analysis.identical_channels || same.identical;
            if (same.identical && !same.differs) {
                mark_copy(analysis, i, j);
            }
        }
    }
}

Milliseconds music_of(const AudioAnalysis& analysis) {
    Milliseconds most{0};
    for (const auto& channel : analysis.channels) {
        most = std::max(most, total_time(channel.music));
    }
    return most;
}

void find_faults(AudioAnalysis& analysis) {
    const auto warn_if = [&analysis](bool there, std::string_view warning) {
        if (there) {
            add_warning(analysis, warning);
        }
    };
    bool silent = false;
    bool sound = false;
    for (const auto& channel : analysis.channels) {
        const bool heard = channel.peak_dbfs && *channel.peak_dbfs >= kHeardPeakMin;
        silent = silent || !heard;
        sound = sound || heard;
        const bool speaks = channel.talk >= kTalkJudgedMin;
        warn_if(speaks && channel.clipping_ratio >= kClippingMax, "clipped");
        warn_if(speaks && channel.loudness_dbfs.value_or(0) < kLoudnessMin, "too_quiet");
    }
    Milliseconds longest{0};
    for (const auto& stretch : analysis.dead_air) {
        longest = std::max(longest, stretch.end - stretch.start);
    }
    warn_if(analysis.identical_channels, "identical_channels");
    warn_if(silent && sound, "silent_channel");
    warn_if(music_of(analysis) * 2 >= analysis.duration && analysis.duration.count() > 0,
            "mostly_music");
    warn_if(longest >= kDeadAirLong || (!analysis.dead_air.empty() &&
                                        total_time(analysis.dead_air) * 2 >= analysis.duration),
            "dead_air");
}

}  // namespace

std::vector<SpeechInterval> find_speech(std::span<const Level> levels, Milliseconds duration) {
    const int threshold = find_threshold(levels);
    std::vector<SpeechInterval> speech;
    std::size_t start = 0;
    std::size_t last = 0;  // The last loud stretch of what is open.
    std::size_t loud = 0;  // How many loud stretches are in it.
    const auto close = [&] {
        if (loud >= kSpeechMin) {
            speech.push_back(
                {.start = time_of(start), .end = std::min(time_of(last + 1), duration)});
        }
        loud = 0;
    };
    for (std::size_t i = 0; i < levels.size(); ++i) {
        if (levels[i] < threshold) {
            continue;
        }
        if (loud > 0 && i - last - 1 > kHangOver) {
            close();
        }
        start = loud == 0 ? i : start;
        last = i;
        ++loud;
    }
    close();
    std::erase_if(speech,
                  [](const SpeechInterval& interval) { return interval.end <= interval.start; });
    return speech;
}

void measure(const Heard& heard, Milliseconds duration, AudioAnalysis& analysis) {
    analysis.version = kAnalysisVersion;
    analysis.duration = duration;
    analysis.channels.clear();
    std::vector<std::vector<std::uint8_t>> amplitudes;
    std::vector<std::vector<Level>> levels;
    for (const auto& stretches : heard.channels) {
        levels.push_back(levels_of(stretches));
    }
    silence_crosstalk(heard, levels);
    for (std::size_t i = 0; i < heard.channels.size(); ++i) {
        const auto& stretches = heard.channels[i];
        ChannelAnalysis channel;
        auto sounds = find_sounds(stretches);
        for (auto* intervals : {&sounds.music, &sounds.keys, &sounds.tones}) {
            *intervals = cut_at(std::move(*intervals), duration);
        }
        channel.speech = without_sounds(find_speech(levels[i], duration), sounds);
        channel.music = std::move(sounds.music);
        channel.keys = std::move(sounds.keys);
        channel.tones = std::move(sounds.tones);
        measure_levels(stretches, channel);
        analysis.channels.push_back(std::move(channel));
        amplitudes.push_back(amplitudes_of(stretches));
    }
    analysis.peaks = make_peaks(amplitudes, kLevelEvery);
    analysis.identical_channels = false;
    find_copies(heard, analysis);
    derive_measures(analysis);
    find_faults(analysis);
}

}  // namespace oidor::audio
