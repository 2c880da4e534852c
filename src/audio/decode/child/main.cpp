// oidor-decode: reads hostile audio on standard input and answers with measures or samples.
//
//   oidor-decode levels DURATION_MAX_S         H, L …, Z or E frames (output.hpp)
//   oidor-decode pcm DURATION_MAX_S CHANNEL    H, P …, Z or E: that channel, 16 kHz, 16 bit
//   oidor-decode wave DURATION_MAX_S RATE_MAX  H, P …, Z or E: all channels, interleaved, 16 bit
//   oidor-decode check                         C: which confinement could be had, once tried
//
// A program of its own so that what breaks an audio library breaks nothing else: it gives up files,
// network, programs and privileges before it reads the first byte.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

extern "C" {
#include <libavutil/log.h>
#include <libswresample/swresample.h>
}

#include "base/confinement.hpp"
#include "input.hpp"
#include "output.hpp"

namespace oidor::decode {
namespace {

constexpr int kEngineRateHz = 16'000;
constexpr int kLevelsPerSecond = 50;

/// Measures one channel: a byte for every 20 ms, (dBFS + 100) × 2 of its power without the constant
/// part, so that an offset and digital silence are both 0.
class LevelMeter {
  public:
    explicit LevelMeter(int rate_hz) : rate_hz_(rate_hz) {}

    void add(std::span<const float> samples, std::vector<std::uint8_t>& levels) {
        for (const float sample : samples) {
            sum_ += static_cast<double>(sample);
            squares_ += static_cast<double>(sample) * static_cast<double>(sample);
            ++count_;
            if (++position_ >= border_) {
                levels.push_back(level());
            }
        }
    }

    /// The level of the last, shorter stretch.
    void finish(std::vector<std::uint8_t>& levels) {
        if (count_ > 0) {
            levels.push_back(level());
        }
    }

  private:
    std::uint8_t level() {
        const double mean = sum_ / static_cast<double>(count_);
        const double power = squares_ / static_cast<double>(count_) - mean * mean;
        sum_ = squares_ = 0;
        count_ = 0;
        ++stretch_;
        // Rates such as 11,025 Hz do not divide: the borders lie at the nearest sample below.
        border_ = (stretch_ + 1) * rate_hz_ / kLevelsPerSecond;
        if (!(power > 1e-10)) {
            return 0;
        }
        return static_cast<std::uint8_t>(
            std::clamp(std::lround((10 * std::log10(power) + 100) * 2), 0L, 200L));
    }

    std::int64_t rate_hz_;
    std::int64_t position_ = 0;
    std::int64_t stretch_ = 0;
    std::int64_t border_ = rate_hz_ / kLevelsPerSecond;
    std::int64_t count_ = 0;
    double sum_ = 0;
    double squares_ = 0;
};

/// Writes levels in the order in which the channels interleave, as many as are whole.
void write_levels(std::vector<std::vector<std::uint8_t>>& levels) {
    std::vector<std::uint8_t> rows;
    for (std::size_t i = 0; i < levels.front().size(); ++i) {
        for (const auto& channel : levels) {
            rows.push_back(channel[i]);
        }
    }
    for (auto& channel : levels) {
        channel.clear();
    }
    if (!rows.empty()) {
        write_frame('L', {reinterpret_cast<const char*>(rows.data()), rows.size()});
    }
}

/// Counts samples and ends the program when there are more than the limit.
class LengthGuard {
  public:
    LengthGuard(const Input& input, std::int64_t seconds_max)
        : samples_max_(seconds_max * input.rate_hz()) {}

    void add(int samples) {
        samples_ += samples;
        if (samples_ > samples_max_) {
            refuse("TooLarge", "longer than the limit");
        }
    }
    [[nodiscard]] std::int64_t samples() const { return samples_; }

  private:
    std::int64_t samples_max_;
    std::int64_t samples_ = 0;
};

void read_or_refuse(const Input& input, const AVFrame& frame, int channel,
                    std::vector<float>& samples) {
    if (!read_channel(frame, channel, input.channels(), samples)) {
        refuse("Unsupported", "sample format");
    }
}

void write_end(const Input& input, std::int64_t samples) {
    if (samples == 0) {
        refuse("Invalid", input.decode_errors() > 0 ? "no audio could be decoded"
                                                    : "holds no audio: zero seconds");
    }
    write_frame('Z', fmt::format(R"({{"samples":{},"stated_ms":{},"cut":{},"decode_errors":{},)"
                                 R"("format_changed":{}}})",
                                 samples, input.stated_ms(), input.cut(), input.decode_errors(),
                                 input.format_changed()));
}

void run_levels(Input& input, std::int64_t seconds_max) {
    LengthGuard length(input, seconds_max);
    const auto channels = static_cast<std::size_t>(input.channels());
    std::vector<LevelMeter> meters(channels, LevelMeter(input.rate_hz()));
    std::vector<std::vector<std::uint8_t>> levels(channels);
    std::vector<float> samples;
    while (const AVFrame* frame = input.next_frame()) {
        length.add(frame->nb_samples);
        for (std::size_t i = 0; i < channels; ++i) {
            read_or_refuse(input, *frame, static_cast<int>(i), samples);
            meters[i].add(samples, levels[i]);
        }
        if (levels.front().size() >= 4096) {
            write_levels(levels);
        }
    }
    for (std::size_t i = 0; i < channels; ++i) {
        meters[i].finish(levels[i]);
    }
    write_levels(levels);
    write_end(input, length.samples());
}

/// Channels to another rate, 16 bit, interleaved.
class Resampler {
  public:
    Resampler(int rate_from_hz, int rate_to_hz, int channels) {
        AVChannelLayout layout = {};
        av_channel_layout_default(&layout, channels);
        if (swr_alloc_set_opts2(&context_, &layout, AV_SAMPLE_FMT_S16, rate_to_hz, &layout,
                                AV_SAMPLE_FMT_FLTP, rate_from_hz, 0, nullptr) < 0 ||
            swr_init(context_) < 0) {
            refuse("Internal", "resampler");
        }
    }

    /// As many samples of each channel; none: what is still inside.
    void write(std::span<const std::vector<float>> channels) {
        planes_.clear();
        for (const auto& samples : channels) {
            planes_.push_back(reinterpret_cast<const std::uint8_t*>(samples.data()));
        }
        const int count = channels.empty() ? 0 : static_cast<int>(channels.front().size());
        const int room = swr_get_out_samples(context_, count);
        if (room < 0) {
            refuse("Internal", "resampler");
        }
        width_ = std::max(width_, channels.size());
        out_.resize(static_cast<std::size_t>(room) * width_);
        auto* out = reinterpret_cast<std::uint8_t*>(out_.data());
        const int made =
            swr_convert(context_, &out, room, count == 0 ? nullptr : planes_.data(), count);
        if (made < 0) {
            refuse("Internal", "resampler");
        }
        if (made > 0) {
            write_frame('P', {reinterpret_cast<const char*>(out_.data()),
                              static_cast<std::size_t>(made) * width_ * sizeof(std::int16_t)});
        }
    }

  private:
    SwrContext* context_ = nullptr;
    std::vector<const std::uint8_t*> planes_ = {};
    std::size_t width_ = 1;
    std::vector<std::int16_t> out_ = {};
};

void run_pcm(Input& input, std::int64_t seconds_max, int channel) {
    if (channel < 0 || channel >= input.channels()) {
        refuse("Invalid", "no such channel");
    }
    LengthGuard length(input, seconds_max);
    Resampler resampler(input.rate_hz(), kEngineRateHz, 1);
    std::vector<std::vector<float>> samples(1);
    while (const AVFrame* frame = input.next_frame()) {
        length.add(frame->nb_samples);
        read_or_refuse(input, *frame, channel, samples.front());
        if (!samples.front().empty()) {
            resampler.write(samples);
        }
    }
    resampler.write({});
    write_end(input, length.samples());
}

/// All channels, no faster than `rate_max_hz`.
void run_wave(Input& input, std::int64_t seconds_max, int rate_max_hz) {
    if (rate_max_hz <= 0) {
        refuse("Invalid", "no such rate");
    }
    LengthGuard length(input, seconds_max);
    Resampler resampler(input.rate_hz(), std::min(input.rate_hz(), rate_max_hz), input.channels());
    std::vector<std::vector<float>> samples(static_cast<std::size_t>(input.channels()));
    while (const AVFrame* frame = input.next_frame()) {
        length.add(frame->nb_samples);
        for (std::size_t i = 0; i < samples.size(); ++i) {
            read_or_refuse(input, *frame, static_cast<int>(i), samples[i]);
        }
        if (!samples.front().empty()) {
            resampler.write(samples);
        }
    }
    resampler.write({});
    write_end(input, length.samples());
}

int parse_number(std::string_view text) {
    int number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0) {
        end_program(2);
    }
    return number;
}

int run(std::span<char*> arguments) {
    const std::string_view mode = arguments.size() > 1 ? arguments[1] : "";
    av_log_set_level(AV_LOG_QUIET);
    const auto held = confine({});
    if (mode == "check" && arguments.size() == 2) {
        const auto leak = find_leak();
        write_frame('C', leak.empty() ? std::string(held) : fmt::format("leaks {}", leak));
        return 0;
    }
    const bool pcm = mode == "pcm" && arguments.size() == 4;
    const bool wave = mode == "wave" && arguments.size() == 4;
    if (!pcm && !wave && (mode != "levels" || arguments.size() != 3)) {
        return 2;
    }
    const std::int64_t seconds_max = parse_number(arguments[2]);
    const int choice = pcm || wave ? parse_number(arguments[3]) : 0;
    Input input;
    write_frame('H',
                fmt::format(R"({{"container":"{}","codec":"{}","rate_hz":{},"channels":{}}})",
                            input.container(), input.codec(), input.rate_hz(), input.channels()));
    if (pcm) {
        run_pcm(input, seconds_max, choice);
    } else if (wave) {
        run_wave(input, seconds_max, choice);
    } else {
        run_levels(input, seconds_max);
    }
    return 0;
}

}  // namespace
}  // namespace oidor::decode

int main(int argc, char** argv) {
    oidor::decode::end_program(oidor::decode::run({argv, static_cast<std::size_t>(argc)}));
}
