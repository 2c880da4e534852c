#include "server/beeped_audio.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "audio/beep.hpp"
#include "audio/decoder.hpp"
#include "redact/words.hpp"

namespace oidor::server {
namespace {

/// As good as telephones are; other rates stay below it.
constexpr int kRateMaxHz = 16'000;
/// Somebody waits for the first byte: hours of audio take seconds.
constexpr std::chrono::minutes kDecodingMax{2};
constexpr std::uint64_t kWaveBytesMax =
    std::numeric_limits<std::uint32_t>::max() - audio::kWaveHeadSize;

Error file_error(const char* what) {
    return {.code = ErrorCode::Unavailable,
            .message = fmt::format("{} a temporary file: {}", what, std::strerror(errno)),
            .retry_after = {}};
}

/// A file without a name, gone with its descriptor.
class NamelessFile {
  public:
    static Result<std::unique_ptr<NamelessFile>> open() {
        std::error_code error;
        const auto folder = std::filesystem::temp_directory_path(error);
        auto path = (error ? std::string("/tmp") : folder.string()) + "/oidor-XXXXXX";
        const int fd = ::mkostemp(path.data(), O_CLOEXEC);
        if (fd < 0) {
            return fail(file_error("make"));
        }
        ::unlink(path.c_str());
        return std::make_unique<NamelessFile>(fd);
    }
    explicit NamelessFile(int fd) : fd_(fd) {}
    ~NamelessFile() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    NamelessFile(const NamelessFile&) = delete;
    NamelessFile& operator=(const NamelessFile&) = delete;

    Result<void> write(std::string_view bytes, std::uint64_t offset) {
        while (!bytes.empty()) {
            const auto done = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
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
    int release() { return std::exchange(fd_, -1); }

  private:
    int fd_;
};

/// A blob's file, closed with its owner.
class BlobFile {
  public:
    static Result<std::unique_ptr<BlobFile>> open(const std::string& path) {
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            return fail(ErrorCode::NotFound, "the recording is not stored");
        }
        return std::make_unique<BlobFile>(fd);
    }
    explicit BlobFile(int fd) : fd_(fd) {}
    ~BlobFile() { ::close(fd_); }
    BlobFile(const BlobFile&) = delete;
    BlobFile& operator=(const BlobFile&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

/// Measured twice, a length may differ by a frame of the decoder.
constexpr Milliseconds kMeasured{100};

/// The origin of transcripts that were handed in.
constexpr std::string_view kProvided = "provided";
/// As long as any recording.
constexpr Milliseconds kWhole = std::chrono::hours(24 * 7);

}  // namespace

std::optional<Milliseconds> find_offset(const std::vector<Recording>& recordings,
                                        const RecordingId& recording, const Transcript& transcript,
                                        bool provided) {
    std::vector<const Recording*> stored;
    for (const auto& one : recordings) {
        if (one.state == RecordingState::Stored) {
            stored.push_back(&one);
        }
    }
    if (stored.size() == 1 && (provided || !transcript.duration)) {
        return stored.front()->id == recording ? std::optional(Milliseconds(0)) : std::nullopt;
    }
    // What was heard is the first of them, so many as its length says.
    std::optional<Milliseconds> offset;
    Milliseconds end{0};
    for (const auto* const one : stored) {
        if (!one->duration) {
            return std::nullopt;
        }
        if (one->id == recording) {
            offset = end;
        }
        end += *one->duration;
        if (transcript.duration && std::chrono::abs(end - *transcript.duration) <= kMeasured) {
            return offset;
        }
    }
    return std::nullopt;
}

Result<std::vector<SpeechInterval>> find_stretches(store::Store& store,
                                                   const store::ConversationRow& row,
                                                   const Recording& recording,
                                                   const redact::Options& options) {
    TRY_ASSIGN(const auto stored, store.conversations().find_transcript(row.conversation.id));
    if (!stored) {
        return std::vector<SpeechInterval>();
    }
    const auto transcript = parse_transcript(stored->json);
    if (!transcript) {
        return fail(ErrorCode::Corrupt, "transcript {}: it cannot be read", stored->sha256_hex);
    }
    const auto offset =
        find_offset(row.recordings, recording.id, *transcript, stored->origin == kProvided);
    if (!offset) {
        // Nobody knows what is said when: nothing of it is heard.
        return std::vector<SpeechInterval>{{.start = Milliseconds(0), .end = kWhole}};
    }
    const auto stretches = redact::stretches_of(*transcript, redact::find(*transcript, options));
    std::vector<SpeechInterval> own;
    for (const auto& one : stretches) {
        const bool before = one.end <= *offset;
        const bool behind = recording.duration && one.start >= *offset + *recording.duration;
        if (!before && !behind) {
            own.push_back({.start = std::max(one.start - *offset, Milliseconds(0)),
                           .end = one.end - *offset});
        }
    }
    return own;
}

Result<net::FileBody> make_beeped_file(const blobs::BlobStore& blobs, const std::string& sha256_hex,
                                       std::vector<SpeechInterval> stretches) {
    TRY_ASSIGN(const auto path, blobs.open_local(sha256_hex));
    TRY_ASSIGN(const auto source, BlobFile::open(path->string()));
    TRY_ASSIGN(const auto file, NamelessFile::open());
    audio::Beeper beeper(std::move(stretches));
    audio::WaveFormat format;
    std::uint64_t size = 0;
    const audio::Decoder decoder;
    const auto on_wave = [&](const audio::WaveFormat& of,
                             std::span<std::int16_t> samples) -> Result<void> {
        format = of;
        beeper.apply(of, samples);
        if (size + samples.size_bytes() > kWaveBytesMax) {
            return fail(ErrorCode::TooLarge, "the recording is too long for a WAV file");
        }
        const std::string_view bytes(reinterpret_cast<const char*>(samples.data()),
                                     samples.size_bytes());
        const auto offset = audio::kWaveHeadSize + size;
        size += bytes.size();
        return file->write(bytes, offset);
    };
    TRY(decoder.decode_wave(source->get(), kRateMaxHz, on_wave,
                            {.deadline = Deadline::after(kDecodingMax), .stop = {}}));
    TRY(file->write(audio::wave_head(format, size), 0));
    return net::FileBody(file->release(), 0, audio::kWaveHeadSize + size);
}

}  // namespace oidor::server
