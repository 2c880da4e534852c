#include "domain/peaks.hpp"

#include <algorithm>

namespace oidor {
namespace {

std::size_t divided_up(std::size_t number, std::size_t divisor) {
    return (number + divisor - 1) / divisor;
}

/// The largest of every `group`.
std::vector<std::uint8_t> coarser(std::span<const std::uint8_t> fine, std::size_t group) {
    std::vector<std::uint8_t> peaks(divided_up(fine.size(), group));
    for (std::size_t i = 0; i < fine.size(); ++i) {
        auto& peak = peaks[i / group];
        peak = std::max(peak, fine[i]);
    }
    return peaks;
}

}  // namespace

Peaks make_peaks(std::span<const std::vector<std::uint8_t>> channels, Milliseconds every) {
    Peaks peaks;
    std::size_t longest = 0;
    for (const auto& channel : channels) {
        longest = std::max(longest, channel.size());
    }
    if (longest == 0 || every.count() <= 0) {
        return peaks;
    }
    const auto wanted =
        std::max<std::size_t>(1, static_cast<std::size_t>(kPeaksEveryMin.count() / every.count()));
    const auto room = std::max<std::size_t>(1, kPeaksMax / channels.size());
    const auto group = std::max(wanted, divided_up(longest, room));
    peaks.every = every * static_cast<std::int64_t>(group);
    for (const auto& channel : channels) {
        peaks.channels.push_back(coarser(channel, group));
    }
    return peaks;
}

Peaks merge_peaks(std::span<const PlacedPeaks> parts, Milliseconds duration) {
    Milliseconds every{0};
    std::size_t channels = 0;
    for (const auto& part : parts) {
        every = std::max(every, part.peaks->every);
        channels = std::max(channels, part.first_channel + part.peaks->channels.size());
    }
    if (every.count() <= 0 || channels == 0 || duration.count() <= 0) {
        return {};
    }
    const auto room = static_cast<std::int64_t>(std::max<std::size_t>(1, kPeaksMax / channels));
    every = std::max(every, Milliseconds((duration.count() + room - 1) / room));
    const auto size = static_cast<std::size_t>((duration.count() - 1) / every.count() + 1);
    Peaks whole{.every = every, .channels = {}};
    whole.channels.assign(channels, std::vector<std::uint8_t>(size));
    for (const auto& part : parts) {
        for (std::size_t i = 0; i < part.peaks->channels.size(); ++i) {
            auto& to = whole.channels[part.first_channel + i];
            const auto& from = part.peaks->channels[i];
            for (std::size_t j = 0; j < from.size(); ++j) {
                const auto time = part.offset + part.peaks->every * static_cast<std::int64_t>(j);
                const auto place = static_cast<std::size_t>(time / every);
                if (place < size) {
                    to[place] = std::max(to[place], from[j]);
                }
            }
        }
    }
    return whole;
}

}  // namespace oidor
