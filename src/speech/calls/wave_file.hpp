// Audio on its way out: a nameless file on disk, so that no recording lies in memory, and none is
// left behind however we end.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "speech/engine.hpp"
#include "speech/pieces.hpp"

namespace oidor::speech::calls {

/// A WAV file of one channel, 16 kHz, 16 bit, without a name in any folder. One caller at a time.
class WaveFile {
  public:
    /// In `folder`, or the system's for temporary files. Errors: Unavailable (no such folder, or
    /// it is full).
    static Result<std::unique_ptr<WaveFile>> create(const std::string& folder);
    WaveFile(const WaveFile&) = delete;
    WaveFile& operator=(const WaveFile&) = delete;
    ~WaveFile();

    /// Errors: Unavailable (the disk is full), TooLarge (over 4 GiB).
    Result<void> write(std::span<const std::int16_t> samples);
    /// Writes the header, after the last samples.
    Result<void> finish();
    /// By which it can be opened while this object lives.
    [[nodiscard]] std::string path() const;
    [[nodiscard]] Milliseconds length() const;

  private:
    explicit WaveFile(int fd) : fd_(fd) {}
    int fd_;
    std::int64_t samples_ = 0;
};

/// How many bytes a WAV file of that length has.
std::int64_t wave_bytes(Milliseconds length);
/// How long a WAV file of so many bytes is at most.
Milliseconds wave_length(std::int64_t bytes);

/// One file for each piece of a channel, in one pass over its samples. Errors: those of the
/// request's `pcm`; Invalid when the samples end before the speech that was measured.
Result<std::vector<std::unique_ptr<WaveFile>>> write_pieces(const SpeechRequest& request,
                                                            int channel,
                                                            const std::vector<Piece>& pieces,
                                                            const std::string& folder);

}  // namespace oidor::speech::calls
