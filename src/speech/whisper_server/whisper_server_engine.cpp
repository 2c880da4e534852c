#include "speech/whisper_server/whisper_server_engine.hpp"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "speech/calls/assembly.hpp"
#include "speech/calls/caller.hpp"
#include "speech/calls/piece_run.hpp"
#include "speech/openai/wire.hpp"
#include "speech/whisper_server/neighbour.hpp"

namespace oidor::speech::whisper_server {
namespace {

constexpr std::chrono::hours kDurationMax{6};
constexpr std::size_t kReplyBytesMax = std::size_t{32} << 20U;
/// Short ones lose little when the server dies; long ones have more context.
constexpr Milliseconds kPieceMax{300'000};
constexpr int kTriesMax = 3;
constexpr int kAnswered = 200;
constexpr std::chrono::milliseconds kTurnLook{200};
/// A large model on a slow processor takes ten times the audio.
constexpr calls::Patience kPatience = {.of_the_audio = 20.0, .at_most = std::chrono::hours(2)};
/// Longer than any line: else sentences are wrapped at 60 letters.
constexpr std::string_view kLineMax = "100000";

std::vector<std::string> make_arguments(const WhisperServerOptions& options) {
    std::vector<std::string> arguments = {"--model", options.model};
    if (options.threads > 0) {
        arguments.insert(arguments.end(), {"--threads", fmt::format("{}", options.threads)});
    }
    if (!options.vad_model.empty()) {
        arguments.insert(arguments.end(), {"--vad", "--vad-model", options.vad_model});
    }
    return arguments;
}

std::vector<net::UploadPart> make_fields(const SpeechRequest& request, const calls::PieceOut& out) {
    std::vector<net::UploadPart> fields;
    const auto add = [&fields](std::string_view name, std::string_view value) {
        fields.push_back({.name = std::string(name), .value = std::string(value)});
    };
    add("response_format", "verbose_json");
    add("language", out.language.empty() ? kAutoLanguage : std::string_view(out.language));
    add("temperature", request.again ? "0.4" : "0");
    add("temperature_inc", "0.2");
    add("max_len", kLineMax);
    add("split_on_word", "true");
    add("no_language_probabilities", "true");
    const auto prompt = openai::make_prompt(request.phrases);
    if (request.again) {
        add("max_context", "0");  // Its own words are what loops are made of.
    } else if (!prompt.empty()) {
        add("prompt", prompt);
    }
    return fields;
}

class WhisperServerEngine final : public Engine {
  public:
    explicit WhisperServerEngine(const EngineOptions& options)
        : whisper_(options.whisper_server),
          spool_folder_(options.spool_folder),
          caller_("engine whisper_server", options),
          neighbour_({.program = whisper_.program,
                      .arguments = make_arguments(whisper_),
                      .start_max = whisper_.start_max,
                      .back_off_first = whisper_.back_off_first},
                     caller_.client()) {
        capabilities_.model = std::filesystem::path(whisper_.model).filename().string();
        if (whisper_.model.empty()) {
            capabilities_.missing = "speech.whisper_server.model (the file of a model)";
        }
        capabilities_.options_key = whisper_.vad_model.empty() ? "" : "vad";
    }

    [[nodiscard]] const EngineCapabilities& capabilities() const override { return capabilities_; }

    [[nodiscard]] Result<EngineReply> transcribe(const SpeechRequest& request) const override {
        TRY(check_request(capabilities_, request));
        TRY(check_files());
        TRY(calls::check_watch(request.watch, caller_.engine()));
        PieceRules rules;
        rules.length_max = kPieceMax;
        calls::Assembly assembly(request);
        TRY(calls::hear_in_pieces(
            request, rules, spool_folder_,
            [&](const calls::PieceOut& out) { return hear_piece(request, out); }, assembly));
        return assembly.finish(capabilities_.model);
    }

  private:
    [[nodiscard]] Result<void> check_files() const {
        if (!capabilities_.missing.empty()) {
            return fail(ErrorCode::Unsupported, "{}: set {}", caller_.engine(),
                        capabilities_.missing);
        }
        for (const auto* path : {&whisper_.model, &whisper_.vad_model}) {
            if (!path->empty() && ::access(path->c_str(), R_OK) != 0) {
                return fail(ErrorCode::Unsupported, "{}: the model {} cannot be read",
                            caller_.engine(), *path);
            }
        }
        return {};
    }

    /// Whoever holds it is being heard.
    class Turn {
      public:
        explicit Turn(const WhisperServerEngine& engine) : engine_(&engine) {}
        Turn(Turn&& other) noexcept : engine_(std::exchange(other.engine_, nullptr)) {}
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        Turn& operator=(Turn&&) = delete;
        ~Turn() {
            if (engine_ != nullptr) {
                const std::lock_guard lock(engine_->turn_mutex_);
                engine_->turn_taken_ = false;
                engine_->turn_free_.notify_one();
            }
        }

      private:
        const WhisperServerEngine* engine_;
    };

    /// The server hears one at a time; who waits is not lost in its queue when it dies.
    Result<Turn> await_turn(const Watch& watch) const {
        std::unique_lock lock(turn_mutex_);
        while (turn_taken_) {
            turn_free_.wait_for(lock, watch.stop, kTurnLook, [this] { return !turn_taken_; });
            if (turn_taken_) {
                lock.unlock();  // Not held while somebody is told that we are alive.
                TRY(calls::check_watch(watch, caller_.engine()));
                lock.lock();
            }
        }
        turn_taken_ = true;
        return Turn(*this);
    }

    Result<forms::FormTranscript> hear_piece(const SpeechRequest& request,
                                             const calls::PieceOut& out) const {
        if (const auto kept = calls::find_part(request, out.key)) {
            auto heard = openai::read_reply(*kept);
            if (heard) {
                return heard;
            }
        }
        int unbelieved = 0;
        for (int attempt = 1;; ++attempt) {
            TRY_ASSIGN(const auto turn, await_turn(request.watch));
            auto running = neighbour_.get(request.watch);
            if (!running) {
                return fail(running.error().within(caller_.engine()));
            }
            forms::FormTranscript heard;
            calls::Refusal refusal;
            auto sent = send(request, out, *running, heard, refusal);
            if (sent) {
                return heard;
            }
            // One that answers is alive, whatever it answers.
            const bool answered = refusal.status == kAnswered;
            const bool cut = sent.error().code == ErrorCode::Unavailable && refusal.status == 0;
            unbelieved += answered ? 1 : 0;
            if (cut || sent.error().code == ErrorCode::Timeout) {
                // Dead, or as good as that: what is asked next is for another start of it.
                neighbour_.give_up(running->run);
            }
            if (sent.error().code != ErrorCode::Unavailable || attempt >= kTriesMax ||
                unbelieved >= calls::Caller::kUnbelievedMax) {
                return fail(sent.error());
            }
        }
    }

    Result<void> send(const SpeechRequest& request, const calls::PieceOut& out,
                      const Neighbour::Running& running, forms::FormTranscript& heard,
                      calls::Refusal& refusal) const {
        const auto make = [&]() -> Result<net::ClientRequest> {
            net::ClientRequest http;
            http.method = "POST";
            http.url = running.url + "/inference";
            http.form = make_fields(request, out);
            http.form.push_back({.name = "file",
                                 .content_type = "audio/wav",
                                 .file_path = out.file.path(),
                                 .file_name = "recording.wav"});
            http.deadline = calls::deadline_for(patience(), out.file.length(), request.watch);
            http.size_bytes_max = kReplyBytesMax;
            return http;
        };
        bool answered = false;
        auto called = caller_.call(
            make,
            [&](const net::ClientResponse& response) -> Result<void> {
                answered = true;
                TRY_ASSIGN(heard, openai::read_reply(response.body));
                TRY(calls::check_fits(heard.transcript, out.file.length()));
                calls::keep_part(request, out.key, response.body);
                return {};
            },
            request.watch, &refusal, 1, calls::tell_sent(request, out.file.length()));
        refusal.status = answered ? kAnswered : refusal.status;
        return called;
    }

    [[nodiscard]] calls::Patience patience() const {
        auto patience = kPatience;
        patience.at_least = whisper_.answer_min;
        return patience;
    }

    WhisperServerOptions whisper_;
    std::string spool_folder_;
    calls::Caller caller_;
    mutable std::mutex turn_mutex_ = {};
    mutable std::condition_variable_any turn_free_ = {};
    mutable bool turn_taken_ = false;
    mutable Neighbour neighbour_;
    EngineCapabilities capabilities_ = {.name = "whisper_server",
                                        .separates_channels = true,
                                        .offline = true,
                                        .duration_max = kDurationMax,
                                        .takes_files = true};
};

}  // namespace

std::unique_ptr<Engine> open_engine(const EngineOptions& options) {
    return std::make_unique<WhisperServerEngine>(options);
}

}  // namespace oidor::speech::whisper_server
