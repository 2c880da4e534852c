#include "resampler.hpp"

#include <algorithm>

extern "C" {
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include "audio/signal/stretch.hpp"
#include "output.hpp"

namespace oidor::decode {
namespace {

/// Timbre is judged coarsely: a filter of a quarter of the usual length is enough, and as much
/// faster.
constexpr int kTimbreFilter = 8;

SwrContext* open_context(int rate_from_hz, int rate_to_hz, int channels, AVSampleFormat format,
                         int filter) {
    SwrContext* context = nullptr;
    AVChannelLayout layout = {};
    av_channel_layout_default(&layout, channels);
    if (swr_alloc_set_opts2(&context, &layout, format, rate_to_hz, &layout, AV_SAMPLE_FMT_FLTP,
                            rate_from_hz, 0, nullptr) < 0 ||
        (filter > 0 && av_opt_set_int(context, "filter_size", filter, 0) < 0) ||
        swr_init(context) < 0) {
        refuse("Internal", "resampler");
    }
    return context;
}

int count_of(std::span<const std::vector<float>> channels) {
    return channels.empty() ? 0 : static_cast<int>(channels.front().size());
}

void point_at(std::span<const std::vector<float>> channels,
              std::vector<const std::uint8_t*>& planes) {
    planes.clear();
    for (const auto& samples : channels) {
        planes.push_back(reinterpret_cast<const std::uint8_t*>(samples.data()));
    }
}

/// How many samples may come out; never a negative number.
int room_for(SwrContext* context, int count) {
    const int room = swr_get_out_samples(context, count);
    if (room < 0) {
        refuse("Internal", "resampler");
    }
    return room;
}

int convert_or_refuse(SwrContext* context, std::uint8_t** out, int room,
                      std::vector<const std::uint8_t*>& planes, int count) {
    const int made = swr_convert(context, out, room, count == 0 ? nullptr : planes.data(), count);
    if (made < 0) {
        refuse("Internal", "resampler");
    }
    return made;
}

}  // namespace

SampleWriter::SampleWriter(int rate_from_hz, int rate_to_hz, int channels)
    : context_(open_context(rate_from_hz, rate_to_hz, channels, AV_SAMPLE_FMT_S16, 0)) {}

void SampleWriter::write(std::span<const std::vector<float>> channels) {
    point_at(channels, planes_);
    const int count = count_of(channels);
    const int room = room_for(context_, count);
    width_ = std::max(width_, channels.size());
    out_.resize(static_cast<std::size_t>(room) * width_);
    auto* out = reinterpret_cast<std::uint8_t*>(out_.data());
    const int made = convert_or_refuse(context_, &out, room, planes_, count);
    if (made > 0) {
        write_frame('P', {reinterpret_cast<const char*>(out_.data()),
                          static_cast<std::size_t>(made) * width_ * sizeof(std::int16_t)});
    }
}

TimbreRate::TimbreRate(int rate_from_hz, int channels)
    : context_(rate_from_hz == audio::kTimbreRateHz
                   ? nullptr
                   : open_context(rate_from_hz, audio::kTimbreRateHz, channels, AV_SAMPLE_FMT_FLTP,
                                  kTimbreFilter)),
      out_(static_cast<std::size_t>(channels)) {}

std::span<const std::span<const float>> TimbreRate::convert(
    std::span<const std::vector<float>> channels) {
    converted_.clear();
    if (context_ == nullptr) {
        converted_.assign(channels.begin(), channels.end());
        return converted_;
    }
    point_at(channels, planes_);
    const int count = count_of(channels);
    const int room = room_for(context_, count);
    out_planes_.clear();
    for (auto& samples : out_) {
        samples.resize(static_cast<std::size_t>(room));
        out_planes_.push_back(reinterpret_cast<std::uint8_t*>(samples.data()));
    }
    const int made = convert_or_refuse(context_, out_planes_.data(), room, planes_, count);
    for (const auto& samples : out_) {
        converted_.push_back(std::span(samples).first(static_cast<std::size_t>(made)));
    }
    return converted_;
}

}  // namespace oidor::decode
