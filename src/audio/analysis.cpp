#include "audio/analysis.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace oidor::audio {
namespace {

constexpr int kLevelsPerDb = 2;
constexpr int kOverFloor = 12 * kLevelsPerDb;
/// Nothing below -55 dBFS is speech, whatever the floor; everything above -30 dBFS is, so that a
/// channel without any pause is not measured against its own voice.
constexpr int kThresholdMin = (100 - 55) * kLevelsPerDb;
constexpr int kThresholdMax = (100 - 30) * kLevelsPerDb;
/// Below -90 dBFS there is no room to hear: digital silence and its dither.
constexpr int kSilentMax = (100 - 90) * kLevelsPerDb;
constexpr std::size_t kHangOver = 300 / 20;
constexpr std::size_t kSpeechMin = 60 / 20;

int find_threshold(std::span<const std::uint8_t> levels) {
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

/// The gaps before, between and after intervals: their longest.
Milliseconds longest_gap(std::span<const SpeechInterval> speech, Milliseconds duration) {
    Milliseconds longest{0};
    Milliseconds from{0};
    for (const auto& interval : speech) {
        longest = std::max(longest, interval.start - from);
        from = interval.end;
    }
    return std::max(longest, duration - from);
}

/// When at least `count` channels speak.
std::vector<SpeechInterval> speaking_at_once(std::span<const ChannelAnalysis> channels, int count) {
    std::vector<std::pair<Milliseconds, int>> changes;
    for (const auto& channel : channels) {
        for (const auto& interval : channel.speech) {
            changes.emplace_back(interval.start, 1);
            changes.emplace_back(interval.end, -1);
        }
    }
    std::ranges::sort(changes);  // At the same time, ends come first.
    std::vector<SpeechInterval> together;
    int speaking = 0;
    for (const auto& [time, change] : changes) {
        const int before = speaking;
        speaking += change;
        if (before < count && speaking >= count) {
            together.push_back({.start = time, .end = time});
        } else if (before >= count && speaking < count) {
            together.back().end = time;
        }
    }
    return together;
}

Milliseconds total(std::span<const SpeechInterval> speech) {
    Milliseconds sum{0};
    for (const auto& interval : speech) {
        sum += interval.end - interval.start;
    }
    return sum;
}

}  // namespace

std::vector<SpeechInterval> find_speech(std::span<const std::uint8_t> levels,
                                        Milliseconds duration) {
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
        if (loud > 0 && i - last > kHangOver) {
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

void measure(std::span<const std::vector<std::uint8_t>> levels, Milliseconds duration,
             AudioAnalysis& analysis) {
    analysis.duration = duration;
    analysis.channels.clear();
    for (const auto& channel_levels : levels) {
        ChannelAnalysis channel;
        channel.speech = find_speech(channel_levels, duration);
        channel.talk = total(channel.speech);
        channel.silence = duration - channel.talk;
        channel.longest_silence = longest_gap(channel.speech, duration);
        analysis.channels.push_back(std::move(channel));
    }
    const auto any = speaking_at_once(analysis.channels, 1);
    analysis.overtalk = total(speaking_at_once(analysis.channels, 2));
    analysis.silence = duration - total(any);
    analysis.longest_silence = longest_gap(any, duration);
}

}  // namespace oidor::audio
