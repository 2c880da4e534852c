#include "speech/pocketsphinx/pocketsphinx_engine.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>
#include <boost/json.hpp>

#include "base/frames.hpp"
#include "base/json.hpp"
#include "speech/utterances.hpp"

namespace oidor::speech::pocketsphinx {
namespace {

constexpr std::size_t kFrameMax = std::size_t{1} << 20U;
constexpr Milliseconds kDurationMax = std::chrono::hours(1);

/// An utterance that the child was given; its number is the place in the list.
struct Utterance {
    int channel = 0;
    SpeechInterval interval = {};
};

/// Reads one of the child's words, `[start_ms, end_ms, text, posterior]`, times from the start of
/// its utterance.
Result<std::pair<Word, double>> read_word(const json::value& value, const SpeechInterval& within) {
    const auto* parts = value.if_array();
    if (parts == nullptr || parts->size() != 4 || !(*parts)[0].is_int64() ||
        !(*parts)[1].is_int64() || !(*parts)[2].is_string() || !(*parts)[3].is_number()) {
        return fail(ErrorCode::Internal, "unreadable word from oidor-pocketsphinx");
    }
    const auto length = (within.end - within.start).count();
    const auto start = std::clamp<std::int64_t>((*parts)[0].get_int64(), 0, length);
    const auto end = std::clamp<std::int64_t>((*parts)[1].get_int64(), start, length);
    const double posterior = std::clamp((*parts)[3].to_number<double>(), 0.0, 1.0);
    return std::pair(Word{.start = within.start + Milliseconds(start),
                          .end = within.start + Milliseconds(end),
                          .text = std::string((*parts)[2].get_string())},
                     posterior);
}

/// What one child hears of one recording.
class Hearing {
  public:
    explicit Hearing(const SpeechRequest& request) : request_(request) {}

    /// Plans all channels; false when nobody speaks.
    bool plan() {
        plans_.clear();
        for (const auto& channel : request_.analysis.channels) {
            plans_.push_back(plan_utterances(channel.speech, request_.analysis.duration));
            for (const auto& interval : plans_.back()) {
                seconds_ += (interval.end - interval.start).count() / 1000 + 1;
            }
        }
        return seconds_ > 0;
    }

    /// A generous bound of processor time: the child needs about a third of it.
    [[nodiscard]] std::int64_t cpu_seconds_max() const { return 60 + 3 * seconds_; }

    Result<void> feed(ConfinedProcess& child) {
        for (std::size_t channel = 0; channel < plans_.size(); ++channel) {
            if (plans_[channel].empty()) {
                continue;
            }
            UtteranceCutter cutter(
                plans_[channel], [&](std::size_t index, std::span<const std::int16_t> samples) {
                    return send(child, static_cast<int>(channel), plans_[channel][index], samples);
                });
            TRY(request_.pcm(
                static_cast<int>(channel),
                [&](std::span<const std::int16_t> samples) { return cutter.add(samples); },
                request_.watch));
            TRY(cutter.finish());
        }
        return {};
    }

    Result<void> take(char kind, std::string_view payload) {
        if (kind == 'Z') {
            ended_ = true;
            return {};
        }
        TRY_ASSIGN(const auto value, parse_json(payload));
        const auto* object = value.if_object();
        if (object == nullptr) {
            return fail(ErrorCode::Internal, "unreadable frame from oidor-pocketsphinx");
        }
        if (kind == 'E') {
            const auto code = find_error_code(find_string(*object, "code").value_or(""));
            return fail(code.value_or(ErrorCode::Internal), "{}",
                        find_string(*object, "message").value_or("refused"));
        }
        return take_utterance(*object);
    }

    [[nodiscard]] bool ended() const { return ended_; }

    /// The child reads every utterance or fails, so what it is silent about is no cut: `unheard`
    /// stays empty.
    EngineReply to_reply() {
        std::ranges::stable_sort(segments_, {}, [](const Segment& segment) {
            return std::pair(segment.start, segment.channel);
        });
        EngineReply reply;
        reply.transcript.language = "en";
        reply.transcript.duration = request_.analysis.duration;
        reply.transcript.segments = std::move(segments_);
        reply.sent = heard_;
        return reply;
    }

  private:
    Result<void> send(ConfinedProcess& child, int channel, const SpeechInterval& interval,
                      std::span<const std::int16_t> samples) {
        sent_.push_back({.channel = channel, .interval = interval});
        heard_ += interval.end - interval.start;
        const std::string_view bytes(reinterpret_cast<const char*>(samples.data()),
                                     samples.size_bytes());
        const auto head = frame_head('U', static_cast<std::uint32_t>(bytes.size()));
        TRY(child.write({head.data(), head.size()}));
        return child.write(bytes);
    }

    Result<void> take_utterance(const json::object& object) {
        const auto number = find_int64(object, "utterance").value_or(-1);
        const auto* words = find_array(object, "words");
        if (number < 0 || number >= static_cast<std::int64_t>(sent_.size()) || words == nullptr) {
            return fail(ErrorCode::Internal, "unreadable utterance from oidor-pocketsphinx");
        }
        const auto& utterance = sent_[static_cast<std::size_t>(number)];
        Segment segment = {.speaker = speaker_of(request_, utterance.channel),
                           .channel = utterance.channel};
        double posteriors = 0;
        for (const auto& item : *words) {
            TRY_ASSIGN(auto word, read_word(item, utterance.interval));
            posteriors += word.second;
            segment.text += (segment.text.empty() ? "" : " ") + word.first.text;
            segment.words.push_back(std::move(word.first));
        }
        if (segment.words.empty()) {
            return {};
        }
        segment.start = segment.words.front().start;
        segment.end = segment.words.back().end;
        // Two places: more would be a precision that the measure does not have.
        const auto count = static_cast<double>(segment.words.size());
        segment.confidence = static_cast<double>(std::lround(posteriors / count * 100)) / 100;
        segments_.push_back(std::move(segment));
        return {};
    }

    const SpeechRequest& request_;
    std::vector<std::vector<SpeechInterval>> plans_ = {};
    std::int64_t seconds_ = 0;
    std::vector<Utterance> sent_ = {};
    Milliseconds heard_{0};
    std::vector<Segment> segments_ = {};
    bool ended_ = false;
};

class PocketsphinxEngine final : public Engine {
  public:
    explicit PocketsphinxEngine(const EngineOptions& options)
        : program_(options.pocketsphinx_program.empty()
                       ? own_program_folder() + "oidor-pocketsphinx"
                       : options.pocketsphinx_program),
          models_(options.pocketsphinx_models) {}

    [[nodiscard]] const EngineCapabilities& capabilities() const override { return capabilities_; }

    [[nodiscard]] Result<EngineReply> transcribe(const SpeechRequest& request) const override {
        TRY(check_request(capabilities_, request));
        Hearing hearing(request);
        if (!hearing.plan()) {
            return hearing.to_reply();
        }
        if (::access(models_.c_str(), R_OK) != 0) {
            return fail(ErrorCode::Unsupported,
                        "engine pocketsphinx: no model in {}: install pocketsphinx-en-us, or set "
                        "speech.engine to another engine",
                        models_);
        }
        auto heard = run(hearing, request);
        if (!heard) {
            return fail(heard.error().within("engine pocketsphinx"));
        }
        return hearing.to_reply();
    }

  private:
    Result<void> run(Hearing& hearing, const SpeechRequest& request) const {
        FrameReader frames(kFrameMax);
        ChildProgram child = {.path = program_,
                              .arguments = {models_, fmt::format("{}", hearing.cpu_seconds_max())}};
        child.on_output = [&](std::string_view bytes) {
            return frames.feed(bytes, [&](char kind, std::string_view payload) {
                return hearing.take(kind, payload);
            });
        };
        TRY_ASSIGN(const auto process, ConfinedProcess::start(std::move(child), request.watch));
        TRY(hearing.feed(*process));
        TRY(process->finish());
        if (!hearing.ended()) {
            return fail(ErrorCode::Internal, "the child ended without an answer");
        }
        return {};
    }

    std::string program_;
    std::string models_;
    EngineCapabilities capabilities_ = {.name = "pocketsphinx",
                                        .languages = {"en"},
                                        .quality_label = "demonstration quality",
                                        .separates_channels = true,
                                        .offline = true,
                                        .duration_max = kDurationMax};
};

}  // namespace

std::unique_ptr<Engine> open_engine(const EngineOptions& options) {
    return std::make_unique<PocketsphinxEngine>(options);
}

}  // namespace oidor::speech::pocketsphinx
