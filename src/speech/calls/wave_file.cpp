#include "speech/calls/wave_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "speech/utterances.hpp"

namespace oidor::speech::calls {
namespace {

constexpr std::int64_t kHeaderBytes = 44;
constexpr std::int64_t kSampleBytes = 2;
constexpr std::int64_t kDataBytesMax =
    std::int64_t{std::numeric_limits<std::uint32_t>::max()} - kHeaderBytes;

std::int64_t wave_samples(Milliseconds length) { return length.count() * kPcmRateHz / 1000; }

template <std::size_t N>
void put_number(std::array<char, kHeaderBytes>& header, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < N; ++i) {
        header.at(at + i) = static_cast<char>((value >> (8 * i)) & 0xffU);
    }
}

std::array<char, kHeaderBytes> make_wave_header(std::int64_t data_bytes) {
    std::array<char, kHeaderBytes> header = {};
    std::memcpy(header.data(), "RIFF....WAVEfmt ", 16);
    put_number<4>(header, 4, static_cast<std::uint32_t>(data_bytes + kHeaderBytes - 8));
    put_number<4>(header, 16, 16);
    put_number<2>(header, 20, 1);  // PCM.
    put_number<2>(header, 22, 1);  // One channel.
    put_number<4>(header, 24, kPcmRateHz);
    put_number<4>(header, 28, static_cast<std::uint32_t>(kPcmRateHz * kSampleBytes));
    put_number<2>(header, 32, static_cast<std::uint32_t>(kSampleBytes));
    put_number<2>(header, 34, 16);
    std::memcpy(header.data() + 36, "data", 4);
    put_number<4>(header, 40, static_cast<std::uint32_t>(data_bytes));
    return header;
}

/// Gives samples, as they stream by, to the pieces that want them.
class PieceWriter {
  public:
    PieceWriter(const std::vector<Piece>& pieces, std::vector<std::unique_ptr<WaveFile>>& files)
        : files_(files) {
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            for (const auto& stretch : pieces[i].stretches) {
                wanted_.push_back({i, wave_samples(stretch.start), wave_samples(stretch.end)});
            }
        }
    }

    Result<void> add(std::span<const std::int16_t> samples) {
        while (!samples.empty() && next_ < wanted_.size()) {
            const auto& wanted = wanted_[next_];
            const auto size = static_cast<std::int64_t>(samples.size());
            const auto skipped = std::clamp<std::int64_t>(wanted.start - position_, 0, size);
            const auto taken =
                std::clamp<std::int64_t>(wanted.end - position_ - skipped, 0, size - skipped);
            TRY(files_[wanted.piece]->write(samples.subspan(static_cast<std::size_t>(skipped),
                                                            static_cast<std::size_t>(taken))));
            position_ += skipped + taken;
            samples = samples.subspan(static_cast<std::size_t>(skipped + taken));
            next_ += position_ >= wanted.end ? 1 : 0;
        }
        position_ += static_cast<std::int64_t>(samples.size());
        return {};
    }

  private:
    struct Wanted {
        std::size_t piece = 0;
        std::int64_t start = 0;
        std::int64_t end = 0;
    };
    std::vector<std::unique_ptr<WaveFile>>& files_;
    std::vector<Wanted> wanted_ = {};
    std::size_t next_ = 0;
    std::int64_t position_ = 0;
};

}  // namespace

std::int64_t wave_bytes(Milliseconds length) {
    return kHeaderBytes + wave_samples(length) * kSampleBytes;
}

Milliseconds wave_length(std::int64_t bytes) {
    return Milliseconds(std::max<std::int64_t>(bytes - kHeaderBytes, 0) / kSampleBytes * 1000 /
                        kPcmRateHz);
}

Result<std::unique_ptr<WaveFile>> WaveFile::create(const std::string& folder) {
    std::error_code none;
    const auto where =
        folder.empty() ? std::filesystem::temp_directory_path(none) : std::filesystem::path(folder);
    std::string name = (where / "oidor-speech-XXXXXX").string();
    const int fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) {
        return fail(ErrorCode::Unavailable, "make a file for audio on its way out: {}",
                    std::strerror(errno));
    }
    ::unlink(name.c_str());
    std::unique_ptr<WaveFile> file(new WaveFile(fd));
    if (::lseek(fd, kHeaderBytes, SEEK_SET) < 0) {
        return fail(ErrorCode::Unavailable, "make a file for audio on its way out: {}",
                    std::strerror(errno));
    }
    return file;
}

WaveFile::~WaveFile() { ::close(fd_); }

Result<void> WaveFile::write(std::span<const std::int16_t> samples) {
    if ((samples_ + static_cast<std::int64_t>(samples.size())) * kSampleBytes > kDataBytesMax) {
        return fail(ErrorCode::TooLarge, "audio on its way out: over 4 GiB");
    }
    const auto* bytes = reinterpret_cast<const char*>(samples.data());
    std::size_t left = samples.size_bytes();
    while (left > 0) {
        const auto written = ::write(fd_, bytes, left);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return fail(ErrorCode::Unavailable, "write audio on its way out: {}",
                        std::strerror(errno));
        }
        bytes += written;
        left -= static_cast<std::size_t>(written);
    }
    samples_ += static_cast<std::int64_t>(samples.size());
    return {};
}

Result<void> WaveFile::finish() {
    const auto header = make_wave_header(samples_ * kSampleBytes);
    if (::pwrite(fd_, header.data(), header.size(), 0) != static_cast<ssize_t>(header.size())) {
        return fail(ErrorCode::Unavailable, "write audio on its way out: {}", std::strerror(errno));
    }
    return {};
}

std::string WaveFile::path() const { return fmt::format("/proc/self/fd/{}", fd_); }

Milliseconds WaveFile::length() const { return Milliseconds(samples_ * 1000 / kPcmRateHz); }

Result<std::vector<std::unique_ptr<WaveFile>>> write_pieces(const SpeechRequest& request,
                                                            int channel,
                                                            const std::vector<Piece>& pieces,
                                                            const std::string& folder) {
    std::vector<std::unique_ptr<WaveFile>> files;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        TRY_ASSIGN(auto file, WaveFile::create(folder));
        files.push_back(std::move(file));
    }
    PieceWriter writer(pieces, files);
    TRY(request.pcm(
        channel, [&](std::span<const std::int16_t> samples) { return writer.add(samples); },
        request.watch));
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        TRY(files[i]->finish());
        // A decoder's last block may be a little short; more is not what was measured.
        if (files[i]->length() + Milliseconds(500) < pieces[i].length()) {
            return fail(ErrorCode::Invalid,
                        "channel {}: the samples end before the speech that was measured", channel);
        }
    }
    return files;
}

}  // namespace oidor::speech::calls
