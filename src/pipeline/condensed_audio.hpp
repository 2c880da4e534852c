// A recording without its silence, as a file for an engine: written, used, gone.
#pragma once

#include <string>
#include <vector>

#include "audio/decoder.hpp"
#include "base/confined_process.hpp"
#include "base/result.hpp"
#include "domain/intervals.hpp"

namespace oidor::pipeline {

/// What of a recording is written.
struct CondensedPlan {
    std::vector<SpeechInterval> kept = {};  ///< In order; all channels alike.
    std::vector<int> channels = {};         ///< Which, in the order of the new file.
};

/// A WAV of 16 kHz and 16 bit, samples of all channels side by side. It has no name: the file is
/// gone when this is, and when the process ends, however it ends.
class CondensedAudio {
  public:
    /// Writes it into `folder` (empty: the system's for temporary files), a decoding for each
    /// channel. What the recording lacks at its end is silence. Errors: those of the decoder;
    /// Unavailable (the folder cannot be written, or is full); TooLarge (over 4 GB).
    static Result<CondensedAudio> write(const audio::Decoder& decoder, const std::string& recording,
                                        const CondensedPlan& plan, const std::string& folder,
                                        const Watch& watch);

    CondensedAudio(CondensedAudio&& other) noexcept;
    CondensedAudio& operator=(CondensedAudio&& other) noexcept;
    CondensedAudio(const CondensedAudio&) = delete;
    CondensedAudio& operator=(const CondensedAudio&) = delete;
    ~CondensedAudio();

    /// Opens for reading as long as this lives, in this process alone.
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    explicit CondensedAudio(int fd);

    int fd_ = -1;
    std::string path_ = {};
};

}  // namespace oidor::pipeline
