#include "pipeline/hearing.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/sha256.hpp"
#include "pipeline/condensed_audio.hpp"
#include "speech/condensed.hpp"

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
    // Whoever came first stays: two of one engine would be two neighbour processes.
    return engines_.with(
        [&](auto& engines) { return engines.emplace(name, engine).first->second; });
}

void Hearing::put_engine(std::shared_ptr<const speech::Engine> engine) {
    engines_.with([&engine](auto& engines) {
        auto name = engine->capabilities().name;
        engines.insert_or_assign(std::move(name), std::move(engine));
    });
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

namespace {

/// Nothing that could hide a word: a voice may have been taken for music, as over music or in song.
/// Keys and tones hide none.
bool is_silent(const AudioAnalysis& analysis) {
    return std::ranges::all_of(analysis.channels, [](const ChannelAnalysis& channel) {
        return channel.speech.empty() && channel.music.empty();
    });
}

/// Nobody speaks: no engine is needed to know that, in any language.
HeardRecording heard_silence(AudioAnalysis analysis, const HearingOptions& options) {
    HeardRecording heard{
        .transcript = {}, .analysis = std::move(analysis), .engine = std::string(kSilence)};
    heard.transcript.language = primary_language(options.language);
    heard.transcript.duration = heard.analysis.duration;
    return heard;
}

/// All but copies, of whose words each would come twice, once from each side.
std::vector<int> channels_to_hear(const AudioAnalysis& analysis) {
    std::vector<int> all;
    std::vector<int> own;
    for (const auto& channel : analysis.channels) {
        const auto index = static_cast<int>(all.size());
        all.push_back(index);
        if (!channel.copy_of) {
            own.push_back(index);
        }
    }
    return own.empty() ? all : own;
}

bool is_among(int channel, const std::vector<int>& channels) {
    return std::ranges::find(channels, channel) != channels.end();
}

/// The measures of channels that are heard: others are silent, each keeps its number.
AudioAnalysis with_silent_copies(const AudioAnalysis& analysis, const std::vector<int>& channels) {
    auto left = analysis;
    for (std::size_t i = 0; i < left.channels.size(); ++i) {
        if (!is_among(static_cast<int>(i), channels)) {
            left.channels[i].speech.clear();
            left.channels[i].music.clear();
        }
    }
    if (channels.size() != analysis.channels.size()) {
        derive_measures(left);
    }
    return left;
}

/// The same as an engine is given them: of the channels of its file, which are those that are
/// heard; of an engine that fetches the recording, all up to the last of them.
AudioAnalysis with_channels(const AudioAnalysis& analysis, const std::vector<int>& channels,
                            bool fetches) {
    auto given = analysis;
    if (fetches) {
        given.channels.resize(channels.empty() ? 0 : static_cast<std::size_t>(channels.back()) + 1);
    } else {
        given.channels.clear();
        for (const auto channel : channels) {
            given.channels.push_back(analysis.channels[static_cast<std::size_t>(channel)]);
        }
    }
    return speech::to_hear(given);
}

bool may_pass(const Error& error) {
    const auto fate = faces_of(error.code).fate;
    return fate != JobFate::Stop && fate != JobFate::Skip;
}

}  // namespace

/// One recording on its way to one engine and back.
class Hearing::Way {
  public:
    Way(const Hearing& hearing, const std::string& path, const AudioAnalysis& analysis,
        const speech::Engine& engine, const HearingOptions& options)
        : hearing_(hearing),
          path_(path),
          engine_(engine),
          options_(options),
          channels_(channels_to_hear(analysis)),
          analysis_(with_silent_copies(analysis, channels_)),
          facts_(facts_of(analysis, options)) {}

    /// What the engine is given: the file as it is, or one made of it.
    Result<void> prepare() {
        const bool remakes = engine_.capabilities().takes_files && !fetches();
        const bool chosen = channels_.size() != analysis_.channels.size();
        if (remakes && hearing_.engine_options_.condense) {
            map_ = speech::plan_condensed(analysis_);
        }
        if (remakes && (map_.cuts() || chosen)) {
            const CondensedPlan plan = {
                .kept = map_.cuts() ? map_.kept()
                                    : std::vector<SpeechInterval>{{.start = Milliseconds(0),
                                                                   .end = analysis_.duration}},
                .channels = channels_};
            TRY_ASSIGN(auto written, CondensedAudio::write(hearing_.decoder_, path_, plan,
                                                           hearing_.engine_options_.spool_folder,
                                                           options_.watch));
            condensed_.emplace(std::move(written));
            cut_key_ = sha256_hex(fmt::format("{}|{}", map_.key(), fmt::join(channels_, ",")));
        }
        request_.audio_path = condensed_ ? condensed_->path() : path_;
        request_.analysis = with_channels(analysis_, channels_, fetches());
        if (condensed_) {
            request_.analysis = speech::condense(request_.analysis, map_);
        }
        request_.pcm = [this](int channel, const speech::PcmSink& sink, const Watch& watch) {
            const int own = condensed_ ? channel : own_channel(channel).value_or(channel);
            return hearing_.decoder_.decode_pcm(request_.audio_path, own, sink, watch);
        };
        request_.language = options_.language;
        request_.language_candidates = options_.language_candidates;
        request_.phrases = options_.phrases;
        request_.audio_url = options_.audio_url;
        request_.agent_channel = facts_.agent_channel;
        request_.watch = options_.watch;
        return {};
    }

    /// Asks, and asks again when the reply is not believed.
    Result<void> ask() {
        TRY_ASSIGN(auto first, ask_once());
        take(std::move(first));
        if (best_->doubts.empty() || !engine_.asks_otherwise(request_)) {
            return {};
        }
        request_.again = true;
        auto second = ask_once();
        if (!second) {
            // Where the first reply is kept, the job comes back for the second; else the first
            // is all there is, and stays suspect.
            const bool comes_back = options_.ask && may_pass(second.error());
            const bool stopped = second.error().code == ErrorCode::Cancelled;
            return comes_back || stopped ? Result<void>(fail(second.error())) : Result<void>();
        }
        take(std::move(second).value());
        return {};
    }

    HeardRecording finish(AudioAnalysis whole) {
        HeardRecording heard;
        heard.transcript = std::move(best_->transcript);
        heard.transcript.duration = whole.duration;
        if (whole.identical_channels) {
            heard.transcript.add_finding(kChannelsIdentical);
        }
        if (std::ranges::count(whole.warnings, kSilentChannel) > 0) {
            heard.transcript.add_finding(kSilentChannel);
        }
        heard.analysis = std::move(whole);
        heard.engine = engine_.capabilities().name;
        heard.model = std::move(model_);
        heard.sent = sent_;
        heard.askings = askings_;
        heard.doubts = best_->doubt_names();
        heard.roles = std::move(best_->roles);
        auto note = engine_.capabilities().quality_label;
        if (const auto suspect = best_->note(); !suspect.empty()) {
            note += (note.empty() ? "" : "; ") + suspect;
        }
        heard.quality_note = note.empty() ? std::nullopt : std::optional(std::move(note));
        return heard;
    }

  private:
    /// Where two channels carry the same sound, channels do not say who speaks.
    static speech::RoleFacts facts_of(const AudioAnalysis& analysis,
                                      const HearingOptions& options) {
        if (analysis.identical_channels) {
            return {.channels = 1};
        }
        return {.channels = static_cast<int>(analysis.channels.size()),
                .agent_channel = options.agent_channel,
                .source = options.source,
                .direction = options.direction};
    }

    /// It takes the recording as it is stored, with all its channels.
    [[nodiscard]] bool fetches() const { return engine_.capabilities().takes_urls; }

    /// Which channel of the recording the engine's is; null: none that was to be heard.
    [[nodiscard]] std::optional<int> own_channel(int channel) const {
        if (fetches()) {
            return is_among(channel, channels_) ? std::optional(channel) : std::nullopt;
        }
        return channel >= 0 && channel < static_cast<int>(channels_.size())
                   ? std::optional(channels_[static_cast<std::size_t>(channel)])
                   : std::nullopt;
    }

    /// Gives all that was heard the recording's channels; what was not to be heard goes.
    void place_on_channels(speech::EngineReply& reply) const {
        auto& segments = reply.transcript.segments;
        const bool signs = reply.signs.size() == segments.size();
        for (std::size_t i = segments.size(); i-- > 0;) {
            if (!segments[i].channel) {
                continue;
            }
            segments[i].channel = own_channel(*segments[i].channel);
            if (!segments[i].channel) {
                segments.erase(segments.begin() + static_cast<std::ptrdiff_t>(i));
                if (signs) {
                    reply.signs.erase(reply.signs.begin() + static_cast<std::ptrdiff_t>(i));
                }
            }
        }
        std::erase_if(reply.unheard, [this](speech::UnheardEnd& unheard) {
            const auto own = own_channel(unheard.channel);
            unheard.channel = own.value_or(unheard.channel);
            return !own;
        });
    }

    Result<speech::EngineReply> ask_once() const {
        if (!options_.ask) {
            return engine_.transcribe(request_);
        }
        return options_.ask({.engine = engine_,
                             .request = request_,
                             .cut_key = cut_key_,
                             .to_send = request_.analysis.duration});
    }

    /// Reads a reply; of two the one with less that is doubted stays.
    void take(speech::EngineReply&& reply) {
        ++askings_;
        sent_ += reply.sent;
        speech::map_to_whole(map_, reply);
        place_on_channels(reply);
        if (!reply.transcript.language) {
            reply.transcript.language = primary_language(options_.language);
        }
        auto understood = speech::understand(reply, analysis_, facts_);
        if (!best_ || understood.doubted < best_->doubted) {
            best_ = std::move(understood);
            model_ = std::move(reply.model);
        }
    }

    const Hearing& hearing_;
    const std::string& path_;
    const speech::Engine& engine_;
    const HearingOptions& options_;
    const std::vector<int> channels_;
    const AudioAnalysis analysis_;  ///< Copies, which are not heard, are silent in it.
    const speech::RoleFacts facts_;
    speech::TimeMap map_ = {};
    std::optional<CondensedAudio> condensed_ = {};
    std::string cut_key_ = {};
    speech::SpeechRequest request_ = {};
    std::optional<speech::Understood> best_ = {};
    std::string model_ = {};
    Milliseconds sent_ = {};
    int askings_ = 0;
};

Result<HeardRecording> Hearing::hear(const std::string& path, AudioAnalysis analysis,
                                     const HearingOptions& options) {
    if (analysis.truncated) {
        // Half a call has no farewell: what is missing would be held against somebody.
        return fail(ErrorCode::Invalid,
                    "the audio is cut short: it ends after {:.1f} s, before what it announces; "
                    "fetch or export it again",
                    static_cast<double>(analysis.duration.count()) / 1000);
    }
    if (is_silent(analysis) && !options.although_silent) {
        return heard_silence(std::move(analysis), options);
    }
    TRY_ASSIGN(const auto engine, choose_engine(options));
    Way way(*this, path, analysis, *engine, options);
    TRY(way.prepare());
    TRY(way.ask());
    return way.finish(std::move(analysis));
}

}  // namespace oidor::pipeline
