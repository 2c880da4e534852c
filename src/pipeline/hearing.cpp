#include "pipeline/hearing.hpp"

#include <algorithm>

namespace oidor::pipeline {

Result<AudioAnalysis> Hearing::analyse(const std::string& path, const Watch& watch) const {
    return decoder_.analyse(path, watch);
}

Result<std::shared_ptr<const speech::Engine>> Hearing::get_engine(const std::string& name) {
    const auto known = engines_.with([&name](const auto& engines) {
        const auto found = engines.find(name);
        return found != engines.end() ? found->second : nullptr;
    });
    if (known) {
        return known;
    }
    TRY_ASSIGN(auto opened, speech::open_engine(name, engine_options_));
    std::shared_ptr<const speech::Engine> engine = std::move(opened);
    engines_.with([&](auto& engines) { engines.insert_or_assign(name, engine); });
    return engine;
}

Result<std::shared_ptr<const speech::Engine>> Hearing::choose_engine(
    const HearingOptions& options) {
    if (options.engine && !options.engine->empty()) {
        return get_engine(*options.engine);
    }
    for (const auto& name : speech::list_engine_names()) {
        TRY_ASSIGN(auto engine, get_engine(name));
        if (engine->capabilities().offline && engine->capabilities().missing.empty() &&
            speech::hears_language(engine->capabilities(), options.language)) {
            return engine;
        }
    }
    return fail(ErrorCode::Unsupported,
                "no speech engine for language {}: set speech.engine (for the installation, the "
                "account or the "
                "campaign), or send a transcript",
                options.language);
}

Result<HeardRecording> Hearing::hear(const std::string& path, AudioAnalysis analysis,
                                     const HearingOptions& options) {
    if (analysis.truncated) {
        // Half a call has no farewell: what is missing would be held against somebody.
        return fail(ErrorCode::Invalid,
                    "the audio is cut short: it ends after {:.1f} s, before what it announces; "
                    "fetch or export it again",
                    static_cast<double>(analysis.duration.count()) / 1000);
    }
    const bool silent = std::ranges::all_of(
        analysis.channels, [](const ChannelAnalysis& channel) { return channel.speech.empty(); });
    if (silent) {
        // Nobody speaks: no engine is needed to know that, in any language.
        HeardRecording heard{
            .transcript = {}, .analysis = std::move(analysis), .engine = std::string(kSilence)};
        heard.transcript.language = primary_language(options.language);
        heard.transcript.duration = heard.analysis.duration;
        return heard;
    }
    TRY_ASSIGN(const auto engine, choose_engine(options));
    speech::SpeechRequest request;
    request.audio_path = path;
    request.pcm = [this, &path](int channel, const speech::PcmSink& sink, const Watch& watch) {
        return decoder_.decode_pcm(path, channel, sink, watch);
    };
    request.analysis = analysis;
    request.language = options.language;
    request.language_candidates = options.language_candidates;
    request.phrases = options.phrases;
    request.audio_url = options.audio_url;
    request.agent_channel = options.agent_channel;
    request.watch = options.watch;
    TRY_ASSIGN(auto reply, engine->transcribe(request));
    auto& transcript = reply.transcript;
    if (!transcript.language) {
        transcript.language = primary_language(options.language);
    }
    if (!transcript.duration) {
        transcript.duration = analysis.duration;
    }
    const auto& label = engine->capabilities().quality_label;
    return HeardRecording{.transcript = std::move(transcript),
                          .analysis = std::move(analysis),
                          .engine = engine->capabilities().name,
                          .quality_note = label.empty() ? std::nullopt : std::optional(label)};
}

}  // namespace oidor::pipeline
