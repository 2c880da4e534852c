#include "input.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <span>
#include <string_view>

#include <unistd.h>

#include "audio/signal/mp3_header.hpp"
#include "output.hpp"

namespace oidor::decode {
namespace {

constexpr int kReadSize = 1 << 16;
constexpr int kChannelsMax = 8;
constexpr int kRateMin = 4000;
constexpr int kRateMax = 384'000;
/// Below this FFmpeg guesses: text and headerless samples look a little like many things.
constexpr int kProbeScoreMin = AVPROBE_SCORE_RETRY;

/// What a call may come in. Playlists and other formats that name further files are not here.
constexpr const char* kFormats =
    "wav,w64,mp3,ogg,flac,mov,mp4,m4a,3gp,3g2,mj2,aac,amr,asf,matroska,webm,aiff,au,caf,ac3,gsm,"
    "wv,avi,mpegts,mpeg";

/// Where we read. `pread` leaves the descriptor's own offset alone, which other children may share.
struct Source {
    std::int64_t position = 0;
    std::int64_t size = -1;  ///< -1: a pipe.
};

int read_source(void* opaque, std::uint8_t* buffer, int size) {
    auto& source = *static_cast<Source*>(opaque);
    ssize_t count = -1;
    do {
        count = source.size >= 0
                    ? ::pread(STDIN_FILENO, buffer, static_cast<std::size_t>(size), source.position)
                    : ::read(STDIN_FILENO, buffer, static_cast<std::size_t>(size));
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return AVERROR(errno);
    }
    source.position += count;
    return count == 0 ? AVERROR_EOF : static_cast<int>(count);
}

std::int64_t seek_source(void* opaque, std::int64_t offset, int whence) {
    auto& source = *static_cast<Source*>(opaque);
    if (whence == AVSEEK_SIZE) {
        return source.size;
    }
    const int origin = whence & ~AVSEEK_FORCE;
    const std::int64_t base = origin == SEEK_SET   ? 0
                              : origin == SEEK_CUR ? source.position
                                                   : source.size;
    if (base + offset < 0) {
        return AVERROR(EINVAL);
    }
    source.position = base + offset;
    return source.position;
}

/// A container that wants to open another file gets nothing.
int refuse_open(AVFormatContext*, AVIOContext** io, const char*, int, AVDictionary**) {
    *io = nullptr;
    return AVERROR(EPERM);
}

template <typename Sample, typename Scale>
void copy_samples(const AVFrame& frame, int channel, int channels, std::vector<float>& samples,
                  Scale scale) {
    const bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
    const auto* data = reinterpret_cast<const Sample*>(frame.extended_data[planar ? channel : 0]);
    const std::size_t step = planar ? 1 : static_cast<std::size_t>(channels);
    std::size_t position = planar ? 0 : static_cast<std::size_t>(channel);
    for (auto& sample : samples) {
        sample = scale(data[position]);
        position += step;
    }
}

}  // namespace

Input::Input() {
    packet_ = av_packet_alloc();
    frame_ = av_frame_alloc();
    if (packet_ == nullptr || frame_ == nullptr) {
        refuse("Invalid", "it needs more memory than one recording may have");
    }
    open_container();
    open_codec();
}

void Input::open_container() {
    static Source source;
    source.size = ::lseek(STDIN_FILENO, 0, SEEK_END);
    auto* buffer = static_cast<unsigned char*>(av_malloc(kReadSize));
    AVIOContext* io = avio_alloc_context(buffer, kReadSize, 0, &source, read_source, nullptr,
                                         source.size >= 0 ? seek_source : nullptr);
    format_ = avformat_alloc_context();
    if (buffer == nullptr || io == nullptr || format_ == nullptr) {
        refuse("Invalid", "it needs more memory than one recording may have");
    }
    format_->pb = io;
    format_->io_open = refuse_open;
    format_->flags |= AVFMT_FLAG_CUSTOM_IO;
    format_->format_whitelist = av_strdup(kFormats);
    format_->max_streams = 16;
    const AVInputFormat* kind = nullptr;
    const int score = av_probe_input_buffer2(io, &kind, "", nullptr, 0, 0);
    if (score < kProbeScoreMin || kind == nullptr) {
        refuse("Unsupported", "not audio that can be read");
    }
    if (avformat_open_input(&format_, "", kind, nullptr) < 0 ||
        avformat_find_stream_info(format_, nullptr) < 0) {
        refuse("Unsupported", "not audio that can be read");
    }
}

void Input::open_codec() {
    const AVCodec* codec = nullptr;
    const int index = av_find_best_stream(format_, AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
    if (index < 0 || codec == nullptr) {
        refuse("Unsupported", "no audio stream that can be decoded");
    }
    stream_ = format_->streams[index];
    for (unsigned i = 0; i < format_->nb_streams; ++i) {
        format_->streams[i]->discard =
            i == static_cast<unsigned>(index) ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
    decoder_ = avcodec_alloc_context3(codec);
    if (decoder_ == nullptr || avcodec_parameters_to_context(decoder_, stream_->codecpar) < 0) {
        refuse("Invalid", "it needs more memory than one recording may have");
    }
    decoder_->thread_count = 1;
    decoder_->pkt_timebase = stream_->time_base;
    if (avcodec_open2(decoder_, codec, nullptr) < 0) {
        refuse("Unsupported", "no audio stream that can be decoded");
    }
    rate_hz_ = decoder_->sample_rate;
    channels_ = decoder_->ch_layout.nb_channels;
    if (rate_hz_ < kRateMin || rate_hz_ > kRateMax) {
        refuse("Unsupported", "sample rate out of range (4 to 384 kHz)");
    }
    if (channels_ < 1 || channels_ > kChannelsMax) {
        refuse("Unsupported", "more than 8 channels");
    }
}

bool Input::feed_packet() {
    while (!flushed_) {
        const int read = av_read_frame(format_, packet_);
        if (read < 0) {
            cut_ = cut_ || read != AVERROR_EOF;
            flushed_ = true;
            avcodec_send_packet(decoder_, nullptr);
            return true;
        }
        if (packet_->stream_index != stream_->index) {
            av_packet_unref(packet_);
            continue;
        }
        const bool corrupt = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
        const int sent = avcodec_send_packet(decoder_, packet_);
        av_packet_unref(packet_);
        cut_ = corrupt || sent < 0;
        if (sent >= 0) {
            return true;
        }
        ++decode_errors_;
    }
    return false;
}

const AVFrame* Input::next_frame() {
    for (;;) {
        const int received = avcodec_receive_frame(decoder_, frame_);
        if (received == AVERROR_EOF) {
            return nullptr;
        }
        if (received == AVERROR(EAGAIN)) {
            if (!feed_packet()) {
                return nullptr;
            }
            continue;
        }
        if (received < 0) {
            ++decode_errors_;
            cut_ = true;
            if (flushed_) {
                return nullptr;
            }
            continue;
        }
        if (frame_->sample_rate != rate_hz_ || frame_->ch_layout.nb_channels != channels_) {
            format_changed_ = true;
            return nullptr;
        }
        return frame_;
    }
}

std::string Input::container() const {
    const std::string_view names = format_->iformat->name;
    const auto first = names.substr(0, names.find(','));
    return is_plain_name(first) ? std::string(first) : "unknown";
}

std::string Input::codec() const {
    const std::string_view name = avcodec_get_name(decoder_->codec_id);
    return is_plain_name(name) ? std::string(name) : "unknown";
}

std::int64_t Input::stated_ms() const {
    if (format_->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE ||
        stream_->duration == AV_NOPTS_VALUE || stream_->duration <= 0) {
        return -1;
    }
    return av_rescale_q(stream_->duration, stream_->time_base, {1, 1000});
}

bool Input::has_all_bytes() const {
    if (container() != "mp3") {
        return false;
    }
    // The tag lies in the first frame, which follows a tag of any size.
    std::array<std::uint8_t, 64> head = {};
    const auto read_at = [&head](std::size_t place) {
        const auto count =
            ::pread(STDIN_FILENO, head.data(), head.size(), static_cast<off_t>(place));
        return std::span<const std::uint8_t>(head).first(
            static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    };
    const auto start = audio::id3_size(read_at(0));
    const auto announced = audio::announced_bytes(read_at(start));
    const auto size = ::lseek(STDIN_FILENO, 0, SEEK_END);
    return announced && size >= 0 &&
           static_cast<std::uint64_t>(size) >= start + std::uint64_t{*announced};
}

bool read_channel(const AVFrame& frame, int channel, int channels, std::vector<float>& samples) {
    samples.resize(static_cast<std::size_t>(frame.nb_samples));
    switch (frame.format) {
        case AV_SAMPLE_FMT_U8:
        case AV_SAMPLE_FMT_U8P:
            copy_samples<std::uint8_t>(frame, channel, channels, samples, [](std::uint8_t x) {
                return static_cast<float>(x - 128) / 128.0F;
            });
            return true;
        case AV_SAMPLE_FMT_S16:
        case AV_SAMPLE_FMT_S16P:
            copy_samples<std::int16_t>(frame, channel, channels, samples, [](std::int16_t x) {
                return static_cast<float>(x) / 32768.0F;
            });
            return true;
        case AV_SAMPLE_FMT_S32:
        case AV_SAMPLE_FMT_S32P:
            copy_samples<std::int32_t>(frame, channel, channels, samples, [](std::int32_t x) {
                return static_cast<float>(x) / 2147483648.0F;
            });
            return true;
        case AV_SAMPLE_FMT_FLT:
        case AV_SAMPLE_FMT_FLTP:
            copy_samples<float>(frame, channel, channels, samples, [](float x) { return x; });
            return true;
        case AV_SAMPLE_FMT_DBL:
        case AV_SAMPLE_FMT_DBLP:
            copy_samples<double>(frame, channel, channels, samples,
                                 [](double x) { return static_cast<float>(x); });
            return true;
        default: return false;
    }
}

}  // namespace oidor::decode
