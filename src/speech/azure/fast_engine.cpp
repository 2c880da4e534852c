#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "speech/azure/azure_engine.hpp"
#include "speech/azure/settings.hpp"
#include "speech/azure/wire.hpp"
#include "speech/calls/assembly.hpp"
#include "speech/calls/caller.hpp"
#include "speech/calls/piece_run.hpp"
#include "speech/calls/wave_file.hpp"

namespace oidor::speech::azure {
namespace {

constexpr std::chrono::hours kFastDurationMax{6};
constexpr std::size_t kReplyBytesMax = std::size_t{64} << 20U;
constexpr calls::Patience kFastPatience = {
    .at_least = std::chrono::minutes(2), .of_the_audio = 0.5, .at_most = std::chrono::minutes(30)};

class FastEngine final : public Engine {
  public:
    explicit FastEngine(const EngineOptions& options)
        : azure_(options.azure),
          spool_folder_(options.spool_folder),
          caller_("engine azure", options) {
        capabilities_.options_key = options_key(azure_);
        capabilities_.missing = find_missing(azure_);
    }

    [[nodiscard]] const EngineCapabilities& capabilities() const override { return capabilities_; }

    [[nodiscard]] Result<EngineReply> transcribe(const SpeechRequest& request) const override {
        TRY(check_request(capabilities_, request));
        TRY(check_settings(azure_, caller_.engine()));
        TRY(calls::check_watch(request.watch, caller_.engine()));
        auto locales = choose_locales(azure_, request);
        if (!locales) {
            return fail(locales.error().within(caller_.engine()));
        }
        calls::Assembly assembly(request);
        if (has_speech(request)) {
            const auto kind = find_whole_kind(request);
            TRY(kind ? send_whole(request, *locales, *kind, assembly)
                     : send_in_pieces(request, *locales, assembly));
        }
        return assembly.finish({});
    }

    /// All that differs is the list of words to expect.
    [[nodiscard]] bool asks_otherwise(const SpeechRequest& request) const override {
        return !request.phrases.empty();
    }

  private:
    /// How the file goes as it is; nothing when it does not.
    [[nodiscard]] std::optional<FileKind> find_whole_kind(const SpeechRequest& request) const {
        std::error_code unreadable;
        const auto bytes = std::filesystem::file_size(request.audio_path, unreadable);
        const bool fits = !unreadable &&
                          bytes <= static_cast<std::uintmax_t>(azure_.file_bytes_max) &&
                          request.analysis.duration <= azure_.file_duration_max &&
                          request.analysis.channels.size() <= 2;
        return fits ? find_file_kind(request.analysis) : std::nullopt;
    }

    [[nodiscard]] net::ClientRequest make_request(const SpeechRequest& request,
                                                  const std::vector<std::string>& locales,
                                                  Voices voices, Milliseconds audio) const {
        // What was not believed is asked for without a list that could have put words in.
        const auto phrases = request.again ? std::vector<std::string>() : request.phrases;
        net::ClientRequest http;
        http.method = "POST";
        http.url = make_url(azure_, "transcriptions:transcribe",
                            phrases.empty() ? kVersion : kVersionWithPhrases);
        http.headers = {{"Accept", "application/json"}};
        http.secret_headers = {{"Ocp-Apim-Subscription-Key", azure_.key}};
        http.form = {{.name = "definition",
                      .value = format_definition(locales, voices, phrases),
                      .content_type = "application/json"}};
        http.deadline = calls::deadline_for(kFastPatience, audio, request.watch);
        http.size_bytes_max = kReplyBytesMax;
        return http;
    }

    /// `audio`: of all channels that are sent together.
    Result<void> send(const SpeechRequest& request, Milliseconds audio,
                      const calls::MakeRequest& make, const calls::ReadReply& read) const {
        calls::Refusal refusal;
        auto sent = caller_.call(make, read, request.watch, &refusal, calls::Caller::kAttemptsMax,
                                 calls::tell_sent(request, audio));
        return sent ? std::move(sent) : explain(sent.error(), refusal);
    }

    Result<void> send_whole(const SpeechRequest& request, const std::vector<std::string>& locales,
                            const FileKind& kind, calls::Assembly& assembly) const {
        const auto voices =
            request.analysis.channels.size() == 2 ? Voices::OnChannels : Voices::Mixed;
        const auto make = [&]() -> Result<net::ClientRequest> {
            auto http = make_request(request, locales, voices, request.analysis.duration);
            http.form.push_back({.name = "audio",
                                 .content_type = std::string(kind.content_type),
                                 .file_path = request.audio_path,
                                 .file_name = fmt::format("recording.{}", kind.extension)});
            return http;
        };
        const auto audio =
            request.analysis.duration * static_cast<int>(request.analysis.channels.size());
        return send(request, audio, make, [&](const net::ClientResponse& response) -> Result<void> {
            TRY_ASSIGN(auto form, read_fast_result(response.body));
            return assembly.add_whole(std::move(form));
        });
    }

    Result<void> send_in_pieces(const SpeechRequest& request,
                                const std::vector<std::string>& locales,
                                calls::Assembly& assembly) const {
        PieceRules rules;
        rules.length_max = std::min<Milliseconds>(azure_.file_duration_max,
                                                  calls::wave_length(azure_.file_bytes_max));
        for (std::size_t channel = 0; channel < request.analysis.channels.size(); ++channel) {
            const auto pieces = plan_pieces(request.analysis.channels[channel].speech,
                                            request.analysis.duration, rules);
            if (pieces.empty()) {
                continue;
            }
            const auto number = static_cast<int>(channel);
            TRY_ASSIGN(const auto files,
                       calls::write_pieces(request, number, pieces, spool_folder_));
            for (std::size_t i = 0; i < pieces.size(); ++i) {
                TRY(send_piece(request, locales, {number, pieces[i], *files[i]}, assembly));
            }
        }
        return {};
    }

    struct PieceOut {
        int channel;
        const Piece& piece;
        const calls::WaveFile& file;
    };

    Result<void> send_piece(const SpeechRequest& request, const std::vector<std::string>& locales,
                            const PieceOut& out, calls::Assembly& assembly) const {
        const auto voices = request.analysis.channels.size() == 1 ? Voices::Mixed : Voices::One;
        const auto make = [&]() -> Result<net::ClientRequest> {
            auto http = make_request(request, locales, voices, out.file.length());
            http.form.push_back({.name = "audio",
                                 .content_type = "audio/wav",
                                 .file_path = out.file.path(),
                                 .file_name = "recording.wav"});
            return http;
        };
        const auto length = out.file.length();
        const auto take = [&](std::string_view body) -> Result<void> {
            TRY_ASSIGN(auto form, read_fast_result(body));
            for (auto& segment : form.transcript.segments) {
                segment.channel.reset();  // The file's, which has but one.
            }
            return assembly.add(out.channel, out.piece, length, std::move(form));
        };
        const auto key = calls::name_piece(out.channel, out.piece);
        if (const auto kept = calls::find_part(request, key); kept && take(*kept)) {
            return {};
        }
        return send(request, length, make,
                    [&](const net::ClientResponse& response) -> Result<void> {
                        TRY(take(response.body));
                        calls::keep_part(request, key, response.body);
                        return {};
                    });
    }

    AzureOptions azure_;
    std::string spool_folder_;
    calls::Caller caller_;
    EngineCapabilities capabilities_ = {.name = "azure",
                                        .separates_channels = true,
                                        .duration_max = kFastDurationMax,
                                        .takes_files = true};
};

}  // namespace

std::unique_ptr<Engine> open_fast_engine(const EngineOptions& options) {
    return std::make_unique<FastEngine>(options);
}

}  // namespace oidor::speech::azure
