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
#include "domain/conversation.hpp"
#include "domain/transcript.hpp"
#include "pipeline/engine_call.hpp"
#include "speech/engine.hpp"
#include "speech/understanding.hpp"

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
    AskEngine ask = {};            ///< Empty: the engine is asked directly.
    bool although_silent = false;  ///< Ask an engine even where nobody was found to speak.
    std::string source = {};       ///< `twilio`, …: which channel is usually the agent's.
    Direction direction = Direction::Unknown;
    Watch watch = {};
};

/// The engine of a recording in which nobody speaks: none was asked.
inline constexpr std::string_view kSilence = "silence";

/// What was heard. Words that are not believed stay in the transcript, with their doubts and a
/// confidence of 0: nobody fails on them.
struct HeardRecording {
    Transcript transcript = {};
    AudioAnalysis analysis = {};
    std::string engine = {};
    /// What the engine says of its own quality, and what is suspect.
    std::optional<std::string> quality_note = {};
    std::string model = {};
    Milliseconds sent = {};  ///< As the engine counts it, both times where it was asked again.
    int askings = 0;         ///< 0: silence; 2: the first reply was not believed.
    std::vector<std::string> doubts = {};  ///< Of `segment_doubts()`, sorted; empty: believed.
    speech::Roles roles = {};

    [[nodiscard]] bool suspect() const { return !doubts.empty(); }
};

/// Safe to call from many threads.
class Hearing {
  public:
    explicit Hearing(audio::DecoderOptions decoder = {}, speech::EngineOptions engines = {})
        : decoder_(std::move(decoder)), engine_options_(std::move(engines)) {}

    /// Measures a file. Errors: those of audio::Decoder.
    [[nodiscard]] Result<AudioAnalysis> analyse(const std::string& path, const Watch& watch) const;
    /// Transcribes a measured file. One in which nobody speaks has an empty transcript, and the
    /// engine `silence`. An engine that takes files is sent it without its silence, and is asked
    /// once more, differently, when its reply is not believed. Errors: Unsupported when no engine
    /// hears the language, naming what to configure; those of the engine and of writing a temporary
    /// file.
    [[nodiscard]] Result<HeardRecording> hear(const std::string& path, AudioAnalysis analysis,
                                              const HearingOptions& options);
    [[nodiscard]] const audio::Decoder& decoder() const { return decoder_; }
    /// Takes an engine that is open already, in the place of the one with its name.
    void put_engine(std::shared_ptr<const speech::Engine> engine);

  private:
    class Way;
    Result<std::shared_ptr<const speech::Engine>> choose_engine(const HearingOptions& options);
    Result<std::shared_ptr<const speech::Engine>> get_engine(const std::string& name);

    audio::Decoder decoder_;
    speech::EngineOptions engine_options_;
    Synchronized<std::map<std::string, std::shared_ptr<const speech::Engine>>> engines_ = {};
};

}  // namespace oidor::pipeline
