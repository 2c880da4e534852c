// From an audio file to a transcript with its measures: the decoder and the engines, wired
// together.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audio/decoder.hpp"
#include "base/confined_process.hpp"
#include "base/result.hpp"
#include "base/synchronized.hpp"
#include "domain/audio_analysis.hpp"
#include "domain/transcript.hpp"
#include "speech/engine.hpp"

namespace oidor::pipeline {

/// How to hear one recording.
struct HearingOptions {
    std::string language = "es";
    std::optional<std::string> engine =
        {};  ///< Null: one that works offline, where there is one for the language.
    std::optional<int> agent_channel = {};
    std::vector<std::string> language_candidates = {};  ///< Empty: `language` it is.
    std::vector<std::string> phrases = {};              ///< Words to expect.
    /// Where an engine may GET the recording as it is stored; empty: nowhere.
    speech::AudioUrlSource audio_url = {};
    Watch watch = {};
};

/// The engine of a recording in which nobody speaks: none was asked.
inline constexpr std::string_view kSilence = "silence";

/// What was heard.
struct HeardRecording {
    Transcript transcript = {};
    AudioAnalysis analysis = {};
    std::string engine = {};
    std::optional<std::string> quality_note = {};
};

/// Safe to call from many threads.
class Hearing {
  public:
    explicit Hearing(audio::DecoderOptions decoder = {}, speech::EngineOptions engines = {})
        : decoder_(std::move(decoder)), engine_options_(std::move(engines)) {}

    /// Measures a file. Errors: those of audio::Decoder.
    [[nodiscard]] Result<AudioAnalysis> analyse(const std::string& path, const Watch& watch) const;
    /// Transcribes a measured file. One in which nobody speaks has an empty transcript, and the
    /// engine `silence`. Errors: Unsupported when no engine hears the language, naming what to
    /// configure; those of the engine.
    [[nodiscard]] Result<HeardRecording> hear(const std::string& path, AudioAnalysis analysis,
                                              const HearingOptions& options);
    [[nodiscard]] const audio::Decoder& decoder() const { return decoder_; }

  private:
    Result<std::shared_ptr<const speech::Engine>> choose_engine(const HearingOptions& options);
    Result<std::shared_ptr<const speech::Engine>> get_engine(const std::string& name);

    audio::Decoder decoder_;
    speech::EngineOptions engine_options_;
    Synchronized<std::map<std::string, std::shared_ptr<const speech::Engine>>> engines_ = {};
};

}  // namespace oidor::pipeline
