#include "speech/openai/openai_engine.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/synchronized.hpp"
#include "speech/calls/assembly.hpp"
#include "speech/calls/caller.hpp"
#include "speech/calls/piece_run.hpp"
#include "speech/openai/wire.hpp"

namespace oidor::speech::openai {
namespace {

constexpr std::chrono::hours kDurationMax{6};
constexpr std::size_t kReplyBytesMax = std::size_t{32} << 20U;
/// Everything that can be taken away, once each.
constexpr int kStepsDownMax = 6;
/// A server of the house without a graphics card may need longer than the audio lasts.
constexpr calls::Patience kPatience = {
    .at_least = std::chrono::minutes(2), .of_the_audio = 3.0, .at_most = std::chrono::minutes(40)};
constexpr Milliseconds kTurnMax{30'000};
constexpr Milliseconds kTurnPause{1'000};
constexpr Milliseconds kTurnMargin{300};

PieceRules rules_for(const OpenAiOptions& options, Dialect::Form form) {
    PieceRules rules;
    rules.length_max = std::min(rules.length_max, calls::wave_length(options.file_bytes_max));
    if (form == Dialect::Form::Plain) {
        rules.length_max = std::min(rules.length_max, kTurnMax);
        rules.pause_max = kTurnPause;
        rules.margin = kTurnMargin;
        rules.joins = false;
    }
    return rules;
}

class OpenAiEngine final : public Engine {
  public:
    explicit OpenAiEngine(const EngineOptions& options)
        : openai_(options.openai),
          url_(transcriptions_url(openai_.url)),
          spool_folder_(options.spool_folder),
          caller_("engine openai", options),
          dialect_(dialect_of(openai_.model)) {
        capabilities_.model = openai_.model;
        capabilities_.options_key = "url=" + openai_.url;
        if (openai_.url.empty() || openai_.model.empty()) {
            capabilities_.missing = "speech.openai.url and speech.openai.model";
        }
    }

    [[nodiscard]] const EngineCapabilities& capabilities() const override { return capabilities_; }

    [[nodiscard]] Result<EngineReply> transcribe(const SpeechRequest& request) const override {
        TRY(check_request(capabilities_, request));
        if (!capabilities_.missing.empty()) {
            return fail(ErrorCode::Unsupported, "{}: set {}", caller_.engine(),
                        capabilities_.missing);
        }
        TRY(calls::check_watch(request.watch, caller_.engine()));
        for (int steps = 0;; ++steps) {
            const auto form = dialect_.with([](const Dialect& known) { return known.form; });
            calls::Assembly assembly(request);
            const auto heard = calls::hear_in_pieces(
                request, rules_for(openai_, form), spool_folder_,
                [&](const calls::PieceOut& out) { return hear_piece(request, out, form); },
                assembly);
            if (heard) {
                return assembly.finish(openai_.model);
            }
            // Without times the pieces must be others: from the beginning.
            const auto now = dialect_.with([](const Dialect& known) { return known.form; });
            if (now == form || steps >= kStepsDownMax) {
                return fail(heard.error());
            }
        }
    }

    [[nodiscard]] bool asks_otherwise(const SpeechRequest& request) const override {
        const auto dialect = dialect_.with([](const Dialect& known) { return known; });
        const bool by_temperature = dialect.temperature && dialect.form != Dialect::Form::Diarized;
        return by_temperature || (dialect.prompt && !make_prompt(request.phrases).empty());
    }

  private:
    [[nodiscard]] Asked asked(const SpeechRequest& request, std::string_view language) const {
        return {.model = openai_.model,
                .language = language,
                .phrases = request.phrases,
                .again = request.again};
    }

    /// Unavailable, too, when another call learned meanwhile that the server answers in another
    /// form: this piece is cut for the old one.
    Result<forms::FormTranscript> hear_piece(const SpeechRequest& request,
                                             const calls::PieceOut& out, Dialect::Form form) const {
        const auto key = fmt::format("{}|{}", out.key, static_cast<int>(form));
        if (const auto kept = calls::find_part(request, key)) {
            auto heard = read_reply(*kept);
            if (heard) {
                return heard;
            }
        }
        for (int steps = 0;; ++steps) {
            const auto dialect = dialect_.with([](const Dialect& known) { return known; });
            if (dialect.form != form) {
                return fail(ErrorCode::Unavailable, "{}: the server answers in another form",
                            caller_.engine());
            }
            calls::Refusal refusal;
            forms::FormTranscript heard;
            auto called = send(request, {out.file, out.language, key}, dialect, heard, refusal);
            if (called) {
                return heard;
            }
            const auto next = step_down(dialect, refusal);
            if (!next || steps >= kStepsDownMax) {
                return explain(called.error());
            }
            // What another call learned meanwhile stays.
            dialect_.with([&](Dialect& known) { known = known == dialect ? *next : known; });
            if (next->form != form) {
                return fail(called.error());
            }
        }
    }

    Result<void> send(const SpeechRequest& request, const calls::PieceOut& out,
                      const Dialect& dialect, forms::FormTranscript& heard,
                      calls::Refusal& refusal) const {
        const auto make = [&]() -> Result<net::ClientRequest> {
            net::ClientRequest http;
            http.method = "POST";
            http.url = url_;
            http.headers = {{"Accept", "application/json"}};
            if (!openai_.api_key.empty()) {
                http.secret_headers = {
                    {"Authorization", Secret(fmt::format("Bearer {}", openai_.api_key.reveal()))}};
            }
            http.form = make_fields(asked(request, out.language), dialect);
            http.form.push_back({.name = "file",
                                 .content_type = "audio/wav",
                                 .file_path = out.file.path(),
                                 .file_name = "recording.wav"});
            http.deadline = calls::deadline_for(kPatience, out.file.length(), request.watch);
            http.size_bytes_max = kReplyBytesMax;
            return http;
        };
        return caller_.call(
            make,
            [&](const net::ClientResponse& response) -> Result<void> {
                TRY_ASSIGN(heard, read_reply(response.body));
                TRY(calls::check_fits(heard.transcript, out.file.length()));
                calls::keep_part(request, out.key, response.body);
                return {};
            },
            request.watch, &refusal, calls::Caller::kAttemptsMax,
            calls::tell_sent(request, out.file.length()));
    }

    [[nodiscard]] static Failure explain(const Error& error) {
        auto explained = error;
        if (error.code == ErrorCode::Unauthenticated) {
            explained.message += ": check speech.openai.api_key";
        } else if (error.code == ErrorCode::NotFound) {
            explained.message += ": check speech.openai.url and speech.openai.model";
        } else if (error.code == ErrorCode::TooLarge) {
            explained.message += ": make speech.openai.file_bytes_max smaller";
        }
        return {.error = std::move(explained)};
    }

    OpenAiOptions openai_;
    std::string url_;
    std::string spool_folder_;
    calls::Caller caller_;
    mutable Synchronized<Dialect> dialect_;
    EngineCapabilities capabilities_ = {.name = "openai",
                                        .separates_channels = true,
                                        .duration_max = kDurationMax,
                                        .takes_files = true};
};

}  // namespace

std::unique_ptr<Engine> open_engine(const EngineOptions& options) {
    return std::make_unique<OpenAiEngine>(options);
}

}  // namespace oidor::speech::openai
