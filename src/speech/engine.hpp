// The speech room's door: engines that turn a recording into a transcript.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/confined_process.hpp"
#include "base/result.hpp"
#include "domain/audio_analysis.hpp"
#include "domain/transcript.hpp"

namespace oidor::speech {

/// What an engine can do, as data: for checks, the page and `doctor`.
struct EngineCapabilities {
    std::string name = {};                    ///< As in `speech.engine`: `pocketsphinx`.
    std::vector<std::string> languages = {};  ///< `en`, …; empty: all.
    /// How good it is, in the words that stand wherever a transcript of it shows; empty: no remark.
    std::string quality_label = {};
    bool separates_channels = false;  ///< Transcribes the channels of a recording apart.
    bool offline = false;             ///< Sends nothing anywhere.
    Milliseconds duration_max = {};   ///< Longer recordings are TooLarge.
};

/// Samples of one channel, 16 kHz, 16 bit, as they come.
using PcmSink = std::function<Result<void>(std::span<const std::int16_t>)>;
/// Streams one channel of the request's recording into `sink`; returns its first error. Whoever
/// wires the rooms makes it from the audio room's decoder.
using PcmSource = std::function<Result<void>(int channel, const PcmSink& sink, const Watch& watch)>;

/// One recording to hear.
struct SpeechRequest {
    std::string audio_path = {};  ///< For engines that send the file itself.
    PcmSource pcm = {};           ///< For engines that want samples.
    AudioAnalysis analysis = {};
    std::string language = {};  ///< `en`, `es-AR`, …
    /// Which of two channels is the agent's; without it all speakers are `unknown`.
    std::optional<int> agent_channel = {};
    Watch watch = {};
};

/// A speech engine. Safe to call from many threads.
class Engine {
  public:
    virtual ~Engine() = default;

    [[nodiscard]] virtual const EngineCapabilities& capabilities() const = 0;

    /// Transcribes. Segments lie in order of start; a recording in which nobody speaks has none.
    ///
    /// Errors: Unsupported (a language that the engine does not hear), TooLarge, Timeout,
    /// Cancelled, Internal, what the request's `pcm` returned; engines behind a network add theirs.
    [[nodiscard]] virtual Result<Transcript> transcribe(const SpeechRequest& request) const = 0;
};

/// Where engines find their parts; each has a default that fits an installation.
struct EngineOptions {
    std::string pocketsphinx_program = {};  ///< Empty: `oidor-pocketsphinx` beside our own program.
    std::string pocketsphinx_models = "/usr/share/pocketsphinx/model/en-us";
};

/// The names that `open_engine` knows, sorted.
std::vector<std::string> list_engine_names();

/// Opens an engine by the name of `speech.engine`. Errors: Invalid, with the known names.
Result<std::unique_ptr<Engine>> open_engine(std::string_view name,
                                            const EngineOptions& options = {});

/// True when the engine hears `language` (a tag such as `es-AR`).
bool hears_language(const EngineCapabilities& capabilities, std::string_view language);

/// The check that every engine makes first. Errors: Unsupported, naming what to configure;
/// TooLarge.
Result<void> check_request(const EngineCapabilities& capabilities, const SpeechRequest& request);

/// Who speaks on a channel: known for two channels with `agent_channel`, else unknown.
Speaker speaker_of(const SpeechRequest& request, int channel);

}  // namespace oidor::speech
