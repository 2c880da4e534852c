#include "audio/decoder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/json.hpp>

#include "audio/analysis.hpp"
#include "audio/signal/likeness.hpp"
#include "audio/signal/packing.hpp"
#include "base/frames.hpp"
#include "base/json.hpp"

namespace oidor::audio {
namespace {

/// Our child's frames are far smaller.
constexpr std::size_t kFrameMax = std::size_t{8} << 20U;
/// The child refuses more.
constexpr std::int64_t kChannelsMax = 8;
/// A stated duration is rounded, and a codec's last block may be padded.
constexpr std::int64_t kTruncatedMs = 150;
constexpr std::int64_t kWrongHeaderMs = 1000;
constexpr std::string_view kKilled = "the decoder was killed by the file";

/// A descriptor that is closed with its owner.
class OwnedFd {
  public:
    explicit OwnedFd(int fd) : fd_(fd) {}
    ~OwnedFd() { ::close(fd_); }
    OwnedFd(const OwnedFd&) = delete;
    OwnedFd& operator=(const OwnedFd&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

Result<std::unique_ptr<OwnedFd>> open_audio(const std::string& path) {
    // A named pipe would wait for its writer: O_NONBLOCK, and the kind is checked before reading.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        const int error = errno;
        const bool absent = error == ENOENT || error == ENOTDIR;
        return fail(absent            ? ErrorCode::NotFound
                    : error == EACCES ? ErrorCode::Forbidden
                                      : ErrorCode::Internal,
                    "open audio: {}", std::strerror(error));
    }
    return std::make_unique<OwnedFd>(fd);
}

Result<void> check_file(int fd, std::int64_t size_bytes_max) {
    struct stat facts = {};
    if (::fstat(fd, &facts) != 0) {
        return fail(ErrorCode::Internal, "read audio: {}", std::strerror(errno));
    }
    if (!S_ISREG(facts.st_mode)) {
        return fail(ErrorCode::Invalid, "audio: not a file");
    }
    if (facts.st_size == 0) {
        return fail(ErrorCode::Invalid, "audio: the file is empty");
    }
    if (facts.st_size > size_bytes_max) {
        return fail(ErrorCode::TooLarge, "audio: {} bytes of at most {}", facts.st_size,
                    size_bytes_max);
    }
    return {};
}

/// What the child said, frame by frame. Its word is checked like any other outside bytes.
class Answer {
  public:
    Answer(OnWave on_wave, std::chrono::seconds duration_max)
        : on_wave_(std::move(on_wave)),
          stretches_max_(static_cast<std::size_t>(duration_max.count() + 1) * kStretchesPerSecond) {
    }

    Result<void> take(char kind, std::string_view payload) {
        switch (kind) {
            case 'H': return take_head(payload);
            case 'L': return take_stretches(payload);
            case 'X': return take_likeness(payload);
            case 'P': return take_samples(payload);
            case 'Z': return take_end(payload);
            case 'E': return take_refusal(payload);
            case 'C': confinement_ = payload; return {};
            default: return fail(ErrorCode::Internal, "unknown frame from oidor-decode");
        }
    }

    [[nodiscard]] bool ended() const { return ended_; }
    [[nodiscard]] const std::string& confinement() const { return confinement_; }

    AudioAnalysis to_analysis() {
        measure(heard_, duration_, analysis_);
        return std::move(analysis_);
    }

  private:
    Result<json::object> read_object(std::string_view payload) {
        TRY_ASSIGN(auto value, parse_json(payload));
        if (!value.is_object()) {
            return fail(ErrorCode::Internal, "unreadable frame from oidor-decode");
        }
        return std::move(value.get_object());
    }

    Result<void> take_head(std::string_view payload) {
        TRY_ASSIGN(const auto object, read_object(payload));
        const auto rate = find_int64(object, "rate_hz").value_or(0);
        const auto channels = find_int64(object, "channels").value_or(0);
        if (rate <= 0 || rate > 1'000'000 || channels <= 0 || channels > kChannelsMax) {
            return fail(ErrorCode::Internal, "unreadable head from oidor-decode");
        }
        analysis_.container = find_string(object, "container").value_or("unknown");
        analysis_.codec = find_string(object, "codec").value_or("unknown");
        analysis_.sample_rate_hz = static_cast<int>(rate);
        heard_.channels.resize(static_cast<std::size_t>(channels));
        return {};
    }

    Result<void> take_stretches(std::string_view payload) {
        const auto width = heard_.channels.size() * kStretchBytes;
        if (width == 0 || payload.size() % width != 0) {
            return fail(ErrorCode::Internal, "unreadable levels from oidor-decode");
        }
        for (std::size_t i = 0; i < payload.size() / kStretchBytes; ++i) {
            heard_.channels[i % heard_.channels.size()].push_back(
                unpack_stretch(payload.substr(i * kStretchBytes).data()));
        }
        return check_length();
    }

    Result<void> take_likeness(std::string_view payload) {
        const auto pairs = count_pairs(heard_.channels.size());
        if (pairs == 0 || payload.size() % pairs != 0) {
            return fail(ErrorCode::Internal, "unreadable likeness from oidor-decode");
        }
        heard_.likeness.insert(heard_.likeness.end(), payload.begin(), payload.end());
        return check_length();
    }

    /// The child ends by itself at the limit; one that does not is no longer ours.
    [[nodiscard]] Result<void> check_length() const {
        const auto pairs = std::max<std::size_t>(1, count_pairs(heard_.channels.size()));
        if (heard_.channels.front().size() > stretches_max_ ||
            heard_.likeness.size() / pairs > stretches_max_) {
            return fail(ErrorCode::Internal, "oidor-decode tells of more than the limit");
        }
        return {};
    }

    Result<void> take_samples(std::string_view payload) {
        const WaveFormat format{.rate_hz = analysis_.sample_rate_hz,
                                .channels = static_cast<int>(heard_.channels.size())};
        if (!on_wave_ || heard_.channels.empty() || payload.size() % sizeof(std::int16_t) != 0) {
            return fail(ErrorCode::Internal, "unexpected samples from oidor-decode");
        }
        samples_.resize(payload.size() / sizeof(std::int16_t));
        std::memcpy(samples_.data(), payload.data(), payload.size());
        return on_wave_(format, samples_);
    }

    Result<void> take_end(std::string_view payload) {
        TRY_ASSIGN(const auto object, read_object(payload));
        const auto samples = find_int64(object, "samples").value_or(-1);
        if (analysis_.sample_rate_hz == 0 || samples < 0) {
            return fail(ErrorCode::Internal, "unreadable end from oidor-decode");
        }
        duration_ = Milliseconds(samples * 1000 / analysis_.sample_rate_hz);
        const auto stated = find_int64(object, "stated_ms").value_or(-1);
        const bool format_changed = find_bool(object, "format_changed").value_or(false);
        // Seconds are missing, but every byte is there: not the file is wrong, its header is.
        const bool less = stated > duration_.count() + kTruncatedMs;
        const bool all_bytes = find_bool(object, "all_bytes").value_or(false);
        const bool more =
            stated >= 0 && duration_.count() > stated + std::max(kWrongHeaderMs, stated / 10);
        analysis_.truncated =
            find_bool(object, "cut").value_or(false) || format_changed || (less && !all_bytes);
        const auto warn_if = [this](bool there, std::string_view warning) {
            if (there) {
                add_warning(analysis_, warning);
            }
        };
        warn_if(find_int64(object, "decode_errors").value_or(0) > 0, "decode_errors");
        warn_if(format_changed, "format_changed");
        warn_if(more || (less && all_bytes), "wrong_header");
        ended_ = true;
        return {};
    }

    Result<void> take_refusal(std::string_view payload) {
        TRY_ASSIGN(const auto object, read_object(payload));
        const auto code = find_error_code(find_string(object, "code").value_or(""));
        return fail(code.value_or(ErrorCode::Internal), "audio: {}",
                    find_string(object, "message").value_or("refused"));
    }

    OnWave on_wave_;
    std::size_t stretches_max_;
    AudioAnalysis analysis_ = {};
    Milliseconds duration_ = {};
    Heard heard_ = {};
    std::vector<std::int16_t> samples_ = {};
    std::string confinement_ = {};
    bool ended_ = false;
};

/// What the child does to itself: out of memory it aborts. Another signal comes from outside, as
/// where the machine has no memory left, and says nothing of the file.
bool is_own_end(int signal) {
    static constexpr std::array<int, 7> kOwn = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE,
                                                SIGILL,  SIGTRAP, SIGSYS};
    return std::ranges::find(kOwn, signal) != kOwn.end();
}

Result<void> run_child(const std::string& program, std::vector<std::string> arguments, int fd,
                       Answer& answer, const Watch& watch) {
    FrameReader frames(kFrameMax);
    ChildProgram child = {.path = program, .arguments = std::move(arguments), .input_fd = fd};
    child.output_bytes_max = std::size_t{8} << 30U;
    child.on_output = [&](std::string_view bytes) {
        return frames.feed(
            bytes, [&](char kind, std::string_view payload) { return answer.take(kind, payload); });
    };
    auto process = ConfinedProcess::start(std::move(child), watch);
    if (!process) {
        return fail(process.error());
    }
    auto done = (*process)->finish();
    if (!done && is_own_end((*process)->end_signal())) {
        return fail(ErrorCode::Invalid, "{} (signal {}): it needs too much memory, or is damaged",
                    kKilled, (*process)->end_signal());
    }
    return done;
}

Result<void> decode(const DecoderOptions& options, std::vector<std::string> arguments, int fd,
                    Answer& answer, const Watch& watch) {
    TRY(check_file(fd, options.size_bytes_max));
    arguments.insert(arguments.begin() + 1, fmt::format("{}", options.duration_max.count()));
    auto done = run_child(options.program, std::move(arguments), fd, answer, watch);
    if (!done) {
        return fail(done.error().within("decode audio"));
    }
    if (!answer.ended()) {
        return fail(ErrorCode::Internal, "decode audio: oidor-decode ended without an answer");
    }
    return {};
}

}  // namespace

bool was_killed(const Error& error) {
    return error.code == ErrorCode::Timeout || error.message.contains(kKilled);
}

Decoder::Decoder(DecoderOptions options) : options_(std::move(options)) {
    if (options_.program.empty()) {
        options_.program = own_program_folder() + "oidor-decode";
    }
}

Result<AudioAnalysis> Decoder::analyse(const std::string& path, const Watch& watch) const {
    TRY_ASSIGN(const auto file, open_audio(path));
    return analyse(file->get(), watch);
}

Result<AudioAnalysis> Decoder::analyse(int fd, const Watch& watch) const {
    Answer answer({}, options_.duration_max);
    TRY(decode(options_, {"levels"}, fd, answer, watch));
    return answer.to_analysis();
}

Result<void> Decoder::decode_pcm(const std::string& path, int channel, const OnSamples& on_samples,
                                 const Watch& watch) const {
    TRY_ASSIGN(const auto file, open_audio(path));
    return decode_pcm(file->get(), channel, on_samples, watch);
}

Result<void> Decoder::decode_pcm(int fd, int channel, const OnSamples& on_samples,
                                 const Watch& watch) const {
    Answer answer([&on_samples](const WaveFormat&,
                                std::span<std::int16_t> samples) { return on_samples(samples); },
                  options_.duration_max);
    return decode(options_, {"pcm", fmt::format("{}", channel)}, fd, answer, watch);
}

Result<void> Decoder::decode_wave(int fd, int rate_max_hz, const OnWave& on_wave,
                                  const Watch& watch) const {
    Answer answer(
        [&](const WaveFormat& source, std::span<std::int16_t> samples) -> Result<void> {
            if (samples.size() % static_cast<std::size_t>(source.channels) != 0) {
                return fail(ErrorCode::Internal, "unreadable samples from oidor-decode");
            }
            return on_wave(
                {.rate_hz = std::min(source.rate_hz, rate_max_hz), .channels = source.channels},
                samples);
        },
        options_.duration_max);
    return decode(options_, {"wave", fmt::format("{}", rate_max_hz)}, fd, answer, watch);
}

Result<std::string> Decoder::find_confinement(const Watch& watch) const {
    Answer answer({}, options_.duration_max);
    TRY(run_child(options_.program, {"check"}, -1, answer, watch));
    return answer.confinement();
}

}  // namespace oidor::audio
