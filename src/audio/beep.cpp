#include "audio/beep.hpp"

#include <cmath>
#include <numbers>

namespace oidor::audio {
namespace {

constexpr double kToneHz = 1000;
/// A tenth of full scale: heard beside speech, and no louder.
constexpr double kToneLevel = 3276;

std::int16_t tone_at(std::int64_t position, int rate_hz) {
    const double phase = 2 * std::numbers::pi * kToneHz * static_cast<double>(position) /
                         static_cast<double>(rate_hz);
    return static_cast<std::int16_t>(std::lround(kToneLevel * std::sin(phase)));
}

void append_number(std::string& head, std::uint64_t number, int size_bytes) {
    for (int i = 0; i < size_bytes; ++i) {
        head.push_back(static_cast<char>(number >> (8 * i) & 0xFFU));
    }
}

}  // namespace

void Beeper::apply(const WaveFormat& format, std::span<std::int16_t> samples) {
    const auto channels = static_cast<std::size_t>(format.channels);
    for (std::size_t i = 0; i + channels <= samples.size(); i += channels) {
        // Whole milliseconds: the edges lie inside the margin that stretches have.
        const Milliseconds now(position_ * 1000 / format.rate_hz);
        while (next_ < stretches_.size() && stretches_[next_].end <= now) {
            ++next_;
        }
        if (next_ < stretches_.size() && stretches_[next_].start <= now) {
            const auto tone = tone_at(position_, format.rate_hz);
            for (std::size_t channel = 0; channel < channels; ++channel) {
                samples[i + channel] = tone;
            }
        }
        ++position_;
    }
}

std::string wave_head(const WaveFormat& format, std::uint64_t data_bytes) {
    static constexpr int kSampleBytes = 2;
    const auto rate = static_cast<std::uint64_t>(format.rate_hz);
    const auto frame = static_cast<std::uint64_t>(format.channels) * kSampleBytes;
    std::string head = "RIFF";
    append_number(head, data_bytes + kWaveHeadSize - 8, 4);
    head += "WAVEfmt ";
    append_number(head, 16, 4);
    append_number(head, 1, 2);  // PCM
    append_number(head, static_cast<std::uint64_t>(format.channels), 2);
    append_number(head, rate, 4);
    append_number(head, rate * frame, 4);
    append_number(head, frame, 2);
    append_number(head, 8 * kSampleBytes, 2);
    head += "data";
    append_number(head, data_bytes, 4);
    return head;
}

}  // namespace oidor::audio
