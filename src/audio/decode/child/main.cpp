// oidor-decode: reads hostile audio on standard input and answers with measures or samples.
//
//   oidor-decode levels DURATION_MAX_S         H, L and X …, Z or E frames (output.hpp)
//   oidor-decode pcm DURATION_MAX_S CHANNEL    H, P …, Z or E: that channel, 16 kHz, 16 bit
//   oidor-decode wave DURATION_MAX_S RATE_MAX  H, P …, Z or E: all channels, interleaved, 16 bit
//   oidor-decode check                         C: which confinement could be had, once tried
//
// A program of its own so that what breaks an audio library breaks nothing else: it gives up files,
// network, programs and privileges before it reads the first byte.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

extern "C" {
#include <libavutil/log.h>
}

#include "base/confinement.hpp"
#include "input.hpp"
#include "measuring.hpp"
#include "output.hpp"
#include "resampler.hpp"

namespace oidor::decode {
namespace {

constexpr int kEngineRateHz = 16'000;

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
                                 R"("format_changed":{},"all_bytes":{}}})",
                                 samples, input.stated_ms(), input.cut(), input.decode_errors(),
                                 input.format_changed(), input.has_all_bytes()));
}

void run_levels(Input& input, std::int64_t seconds_max) {
    LengthGuard length(input, seconds_max);
    Measuring measuring(input.rate_hz(), input.channels());
    std::vector<std::vector<float>> samples(static_cast<std::size_t>(input.channels()));
    while (const AVFrame* frame = input.next_frame()) {
        length.add(frame->nb_samples);
        for (std::size_t i = 0; i < samples.size(); ++i) {
            read_or_refuse(input, *frame, static_cast<int>(i), samples[i]);
        }
        if (!samples.front().empty()) {
            measuring.add(samples);
        }
    }
    measuring.finish();
    write_end(input, length.samples());
}

void run_pcm(Input& input, std::int64_t seconds_max, int channel) {
    if (channel < 0 || channel >= input.channels()) {
        refuse("Invalid", "no such channel");
    }
    LengthGuard length(input, seconds_max);
    SampleWriter resampler(input.rate_hz(), kEngineRateHz, 1);
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
    SampleWriter resampler(input.rate_hz(), std::min(input.rate_hz(), rate_max_hz),
                           input.channels());
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
