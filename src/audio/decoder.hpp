// The audio room's door: what a recording is and who speaks when, and its samples for an engine.
// The bytes are read in a confined child program, never here.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/confined_process.hpp"
#include "base/result.hpp"
#include "domain/audio_analysis.hpp"

namespace oidor::audio {

/// What is decoded, by which program, and up to where.
struct DecoderOptions {
    /// The child program; empty: `oidor-decode` beside the running executable.
    std::string program = {};
    std::chrono::seconds duration_max = std::chrono::hours(6);
    std::int64_t size_bytes_max = std::int64_t{2} << 30U;
};

/// Samples of one channel, 16 kHz, as they come. An error ends the decoding and is returned.
using OnSamples = std::function<Result<void>(std::span<const std::int16_t>)>;

/// What samples of several channels are.
struct WaveFormat {
    int rate_hz = 0;
    int channels = 0;
};
/// Interleaved samples as they come, the caller's to change. An error ends the decoding.
using OnWave = std::function<Result<void>(const WaveFormat&, std::span<std::int16_t>)>;

/// Whether the child was killed at one of its bounds, or by what it read.
bool was_killed(const Error& error);

/// Runs the child program. Safe to call from many threads: every call starts its own child.
///
/// Errors of all calls: NotFound (no such file), Invalid (empty, zero seconds, nothing that
/// decodes, not a file), Unsupported (not audio, or a format that we do not read), TooLarge (bytes
/// or seconds over the limits), Timeout (also: the child used up its processor time), Cancelled,
/// Internal (the child is missing, or ended as it should not). A file that kills the child, by its
/// bound on memory or by a fault in a decoder, is Invalid: it would again (`was_killed`).
class Decoder {
  public:
    explicit Decoder(DecoderOptions options = {});

    /// Decodes the whole file once and measures it. A file that breaks off is measured as far as
    /// it goes and marked `truncated`.
    [[nodiscard]] Result<AudioAnalysis> analyse(const std::string& path, const Watch& watch) const;
    /// The same for an open descriptor, which stays the caller's; its offset is neither used nor
    /// moved.
    [[nodiscard]] Result<AudioAnalysis> analyse(int fd, const Watch& watch) const;

    /// Streams one channel (from 0) as 16 kHz samples; at most 16 Ki of them at a time are in
    /// memory here.
    [[nodiscard]] Result<void> decode_pcm(const std::string& path, int channel,
                                          const OnSamples& on_samples, const Watch& watch) const;
    [[nodiscard]] Result<void> decode_pcm(int fd, int channel, const OnSamples& on_samples,
                                          const Watch& watch) const;

    /// Streams all channels together, at their own rate but at most `rate_max_hz`, each call with
    /// whole samples of every channel.
    [[nodiscard]] Result<void> decode_wave(int fd, int rate_max_hz, const OnWave& on_wave,
                                           const Watch& watch) const;

    /// What confines the child on this machine, once tried: `seccomp`; `rlimits` where the kernel
    /// refuses a filter; `leaks files`, `leaks sockets` or `leaks programs` when it does not hold.
    /// For `doctor`.
    [[nodiscard]] Result<std::string> find_confinement(const Watch& watch) const;

  private:
    DecoderOptions options_;
};

}  // namespace oidor::audio
