#include "pipeline/condensed_audio.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <span>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "audio/beep.hpp"
#include "speech/utterances.hpp"

namespace oidor::pipeline {
namespace {

constexpr std::uint64_t kSampleBytes = sizeof(std::int16_t);
constexpr std::uint64_t kWaveBytesMax =
    std::numeric_limits<std::uint32_t>::max() - audio::kWaveHeadSize;
/// How many moments are read, changed and written at a time.
constexpr std::size_t kBlock = 16'384;

Error file_error(std::string_view what) {
    return {.code = ErrorCode::Unavailable,
            .message = fmt::format("{} a temporary file for audio: {}", what, std::strerror(errno)),
            .retry_after = {}};
}

std::int64_t condensed_sample(Milliseconds time) {
    return time.count() * speech::kPcmRateHz / 1000;
}

Result<int> open_nameless(const std::string& folder) {
    std::error_code error;
    auto path = folder.empty() ? std::filesystem::temp_directory_path(error).string() : folder;
    path += "/oidor-hearing-XXXXXX";
    const int fd = ::mkostemp(path.data(), O_CLOEXEC);
    if (fd < 0) {
        return fail(file_error("make"));
    }
    ::unlink(path.c_str());
    return fd;
}

Result<void> write_at(int fd, std::string_view bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const auto done = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return fail(file_error("write"));
        }
        bytes.remove_prefix(static_cast<std::size_t>(done));
        offset += static_cast<std::uint64_t>(done);
    }
    return {};
}

Result<void> read_at(int fd, std::span<std::int16_t> samples, std::uint64_t offset) {
    auto* bytes = reinterpret_cast<char*>(samples.data());
    std::size_t left = samples.size_bytes();
    while (left > 0) {
        const auto done = ::pread(fd, bytes, left, static_cast<off_t>(offset));
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return fail(file_error("read"));
        }
        bytes += done;
        left -= static_cast<std::size_t>(done);
        offset += static_cast<std::uint64_t>(done);
    }
    return {};
}

/// Lays one channel between the others, block by block. Nothing else writes meanwhile.
class Interleaver {
  public:
    Interleaver(int fd, std::size_t channels, std::size_t channel)
        : fd_(fd), channels_(channels), channel_(channel) {
        pending_.reserve(kBlock);
    }

    Result<void> add(std::span<const std::int16_t> samples) {
        while (!samples.empty()) {
            const auto taken = std::min(samples.size(), kBlock - pending_.size());
            pending_.insert(pending_.end(), samples.begin(),
                            samples.begin() + static_cast<std::ptrdiff_t>(taken));
            samples = samples.subspan(taken);
            if (pending_.size() == kBlock) {
                TRY(flush());
            }
        }
        return {};
    }

    Result<void> flush() {
        const auto offset = audio::kWaveHeadSize + written_ * channels_ * kSampleBytes;
        block_.resize(pending_.size() * channels_);
        if (channel_ > 0) {
            TRY(read_at(fd_, block_, offset));
        } else {
            std::ranges::fill(block_, std::int16_t{0});
        }
        for (std::size_t i = 0; i < pending_.size(); ++i) {
            block_[i * channels_ + channel_] = pending_[i];
        }
        TRY(write_at(fd_,
                     {reinterpret_cast<const char*>(block_.data()), block_.size() * kSampleBytes},
                     offset));
        written_ += pending_.size();
        pending_.clear();
        return {};
    }

  private:
    int fd_;
    std::size_t channels_;
    std::size_t channel_;
    std::uint64_t written_ = 0;  ///< Moments.
    std::vector<std::int16_t> pending_ = {};
    std::vector<std::int16_t> block_ = {};
};

Result<void> write_channel(const audio::Decoder& decoder, const std::string& recording,
                           const CondensedPlan& plan, std::size_t channel, int fd,
                           const Watch& watch) {
    Interleaver interleaver(fd, plan.channels.size(), channel);
    std::size_t next = 0;
    std::int64_t position = 0;
    const auto on_samples = [&](std::span<const std::int16_t> samples) -> Result<void> {
        while (!samples.empty() && next < plan.kept.size()) {
            const auto size = static_cast<std::int64_t>(samples.size());
            const auto start = condensed_sample(plan.kept[next].start);
            const auto end = condensed_sample(plan.kept[next].end);
            const auto skipped = std::clamp<std::int64_t>(start - position, 0, size);
            const auto taken =
                std::clamp<std::int64_t>(end - position - skipped, 0, size - skipped);
            TRY(interleaver.add(samples.subspan(static_cast<std::size_t>(skipped),
                                                static_cast<std::size_t>(taken))));
            position += skipped + taken;
            samples = samples.subspan(static_cast<std::size_t>(skipped + taken));
            next += position >= end ? 1U : 0U;
        }
        position += static_cast<std::int64_t>(samples.size());
        return {};
    };
    TRY(decoder.decode_pcm(recording, plan.channels[channel], on_samples, watch));
    return interleaver.flush();
}

}  // namespace

CondensedAudio::CondensedAudio(int fd) : fd_(fd), path_(fmt::format("/proc/self/fd/{}", fd)) {}

CondensedAudio::CondensedAudio(CondensedAudio&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

CondensedAudio& CondensedAudio::operator=(CondensedAudio&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    return *this;
}

CondensedAudio::~CondensedAudio() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

Result<CondensedAudio> CondensedAudio::write(const audio::Decoder& decoder,
                                             const std::string& recording,
                                             const CondensedPlan& plan, const std::string& folder,
                                             const Watch& watch) {
    std::uint64_t moments = 0;
    for (const auto& stretch : plan.kept) {
        moments += static_cast<std::uint64_t>(condensed_sample(stretch.end) -
                                              condensed_sample(stretch.start));
    }
    const auto size = moments * plan.channels.size() * kSampleBytes;
    if (size > kWaveBytesMax) {
        return fail(ErrorCode::TooLarge, "the recording is too long for a WAV file: {} bytes",
                    size);
    }
    TRY_ASSIGN(const int fd, open_nameless(folder));
    CondensedAudio audio(fd);
    // All of it at once: a full disk is found before anything is decoded, and what is not written
    // is silence.
    if (const int error = ::posix_fallocate(
            fd, 0, static_cast<off_t>(audio::kWaveHeadSize + std::max<std::uint64_t>(size, 1)));
        error != 0) {
        errno = error;
        return fail(file_error("make room for"));
    }
    const auto head = audio::wave_head(
        {.rate_hz = speech::kPcmRateHz, .channels = static_cast<int>(plan.channels.size())}, size);
    TRY(write_at(fd, head, 0));
    for (std::size_t channel = 0; channel < plan.channels.size(); ++channel) {
        TRY(write_channel(decoder, recording, plan, channel, fd, watch));
    }
    return audio;
}

}  // namespace oidor::pipeline
