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
#include "base/secret.hpp"
#include "domain/audio_analysis.hpp"
#include "domain/transcript.hpp"
#include "net/client.hpp"
#include "speech/engine_reply.hpp"

namespace oidor::speech {

/// What an engine can do, as data: for checks, the page and `doctor`.
struct EngineCapabilities {
    std::string name = {};                    ///< As in `speech.engine`: `pocketsphinx`.
    std::vector<std::string> languages = {};  ///< `en`, …; empty: all.
    /// How good it is, in the words that stand wherever a transcript of it shows; empty: no remark.
    std::string quality_label = {};
    bool separates_channels = false;  ///< Transcribes the channels of a recording apart.
    bool offline = false;             ///< Sends nothing out of the house.
    Milliseconds duration_max = {};   ///< Longer recordings are TooLarge.
    /// Every second counts (it is paid, or slow): silence is taken out before, and `audio_path`,
    /// `pcm` and `analysis` are of what is left.
    bool takes_files = false;
    /// Fetches the recording itself, as it is stored, by `audio_url`; nothing is taken out.
    /// It works on an order: while that is not done it answers RateLimited, and the same request
    /// finds it again.
    bool takes_urls = false;
    /// Settings without which it hears nothing, as words for a message; empty: it is ready.
    std::string missing = {};
    std::string model = {};  ///< What it is asked to use, as configured; empty: it has but one.
    /// What else changes its words (locales, a prompt, …): part of the key of kept replies.
    std::string options_key = {};
};

/// Samples of one channel, 16 kHz, 16 bit, as they come.
using PcmSink = std::function<Result<void>(std::span<const std::int16_t>)>;
/// Streams one channel of the request's recording into `sink`; returns its first error. Whoever
/// wires the rooms makes it from the audio room's decoder. May be called again for a channel.
using PcmSource = std::function<Result<void>(int channel, const PcmSink& sink, const Watch& watch)>;
/// A URL by which a provider can GET the recording while `lifetime` lasts. Errors: Unsupported
/// where recordings lie in files.
using AudioUrlSource = std::function<Result<Secret>(std::chrono::seconds lifetime)>;

/// Answers about parts of a recording that were paid for before the whole was. `key` says which
/// part, and how it was asked for; a body is the provider's, unread.
struct KeptParts {
    std::function<std::optional<std::string>(std::string_view key)> find = {};
    std::function<void(std::string_view key, std::string_view body)> keep = {};
};

/// The language of a request when the engine is to detect it.
inline constexpr std::string_view kAutoLanguage = "auto";

/// One recording to hear. `audio_path`, `pcm` and `analysis` are of the same audio on the same
/// timeline, which is that of the reply too.
struct SpeechRequest {
    std::string audio_path = {};    ///< For engines that send the file itself.
    PcmSource pcm = {};             ///< For engines that want samples.
    AudioUrlSource audio_url = {};  ///< For engines that take URLs; empty: there is none.
    AudioAnalysis analysis = {};
    std::string language = {};  ///< `en`, `es-AR`, …; `auto`: whichever the engine detects.
    /// The languages that it may be; empty: `language` it is. With `auto` among them: any.
    std::vector<std::string> language_candidates = {};
    std::vector<std::string> phrases = {};  ///< Words to expect: names, products.
    /// Which of two channels is the agent's; without it all speakers are `unknown`.
    std::optional<int> agent_channel = {};
    bool again = false;  ///< The first reply was not believed: it is asked differently.
    /// The hash of the recording as it is stored, where it is known; else engines hash the file.
    std::string audio_sha256 = {};
    /// Not empty: an order that was placed without it, or with another, is not the one meant.
    std::string anew = {};
    /// Told of each request that may be billed, whatever comes of it: it was answered, believed or
    /// not, or no answer came in time. With how much audio it carried. May be null.
    std::function<void(Milliseconds audio)> on_sent = {};
    KeptParts parts = {};  ///< Empty: nothing is kept.
    Watch watch = {};
};

/// A speech engine. Safe to call from many threads.
class Engine {
  public:
    virtual ~Engine() = default;

    [[nodiscard]] virtual const EngineCapabilities& capabilities() const = 0;

    /// Transcribes the whole recording. Segments lie in order of start; a recording in which
    /// nobody speaks has none.
    ///
    /// Errors: Invalid (no language), Unsupported (a language that the engine does not hear, a
    /// setting that is missing, by its name; a kind of audio that it refuses), TooLarge, Timeout,
    /// Cancelled, Internal, what the request's sources returned. Engines behind a network:
    /// Unauthenticated, Forbidden (also: the quota is used up), NotFound (no such model or
    /// address), RateLimited, Unavailable (also: a reply that is cut, that is no JSON, or that
    /// does not fit the audio).
    [[nodiscard]] virtual Result<EngineReply> transcribe(const SpeechRequest& request) const = 0;

    /// Whether `again` would change what is asked: else it would be the same, paid twice.
    [[nodiscard]] virtual bool asks_otherwise(const SpeechRequest& request) const;
};

/// Azure AI Speech, fast (`azure`) and batch (`azure_batch`).
struct AzureOptions {
    Secret key = {};
    std::string region = {};  ///< `brazilsouth`.
    std::string url = {};     ///< Instead of the region's address: a resource's own.
    /// In which form a language is asked for: the first locale of the language; none: as given.
    std::vector<std::string> locales = {};
    std::int64_t file_bytes_max = std::int64_t{200} << 20U;  ///< Of one request of `azure`.
    std::chrono::minutes file_duration_max{110};
    std::chrono::milliseconds batch_wait_max{0};    ///< In one call; then the queue waits.
    std::chrono::hours batch_age_max{24};           ///< An older job that is not done: Timeout.
    std::chrono::milliseconds batch_keep{300'000};  ///< Between reading and deleting a result.
};

/// A server that speaks OpenAI's `audio/transcriptions`.
struct OpenAiOptions {
    std::string url = {};  ///< With or without `/v1`.
    std::string model = {};
    Secret api_key = {};  ///< Empty: none is sent.
    std::int64_t file_bytes_max = std::int64_t{24} << 20U;
};

/// `whisper-server`, the program of whisper.cpp, started and watched over by us.
struct WhisperServerOptions {
    std::string program = "whisper-server";
    std::string model = {};      ///< A file in ggml's form.
    std::string vad_model = {};  ///< Empty: without its own voice detection.
    int threads = 0;             ///< 0: its default.
    std::chrono::milliseconds start_max = std::chrono::minutes(2);
    std::chrono::milliseconds back_off_first = std::chrono::seconds(1);
    /// The least time that an answer is waited for, however short the audio.
    std::chrono::milliseconds answer_min = std::chrono::minutes(3);
};

/// Where engines find their parts; each has a default that fits an installation.
struct EngineOptions {
    std::string pocketsphinx_program = {};  ///< Empty: `oidor-pocketsphinx` beside our own program.
    std::string pocketsphinx_models = "/usr/share/pocketsphinx/model/en-us";
    AzureOptions azure = {};
    OpenAiOptions openai = {};
    WhisperServerOptions whisper_server = {};
    std::string spool_folder = {};  ///< For files on their way out; empty: the system's.
    bool condense = true;           ///< Silence is taken out before an engine that takes files.
    /// Null: an engine behind a network opens its own.
    std::shared_ptr<const net::OperatorClient> client = {};
    /// Waits; false when stopped meanwhile. Null: sleeps.
    std::function<bool(std::chrono::milliseconds, const std::stop_token&)> pause = {};
};

/// The names that `open_engine` knows, sorted.
std::vector<std::string> list_engine_names();

/// Opens an engine by the name of `speech.engine`. Nothing is reached or started yet.
/// Errors: Invalid, with the known names.
Result<std::unique_ptr<Engine>> open_engine(std::string_view name,
                                            const EngineOptions& options = {});

/// True when the engine hears `language` (a tag such as `es-AR`).
bool hears_language(const EngineCapabilities& capabilities, std::string_view language);

/// The check that every engine makes first. Errors: Unsupported, naming what to configure;
/// TooLarge.
Result<void> check_request(const EngineCapabilities& capabilities, const SpeechRequest& request);

/// What a request asks about languages.
struct LanguageWish {
    bool detect = false;
    /// Tags as given: the one language, or those to choose from; empty: any.
    std::vector<std::string> among = {};
};
LanguageWish language_wish(const SpeechRequest& request);

/// True for an engine that reads recordings where they are stored, and no file of ours.
bool takes_urls(std::string_view engine_name);

/// Who speaks on a channel: known for two channels with `agent_channel`, else unknown.
Speaker speaker_of(const SpeechRequest& request, int channel);

}  // namespace oidor::speech
