// What the tests of the speech desk share: an engine that says the same of everything, and a house
// with calls to be heard.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/map_step.hpp"
#include "pipeline/speech_desk.hpp"
#include "pipeline/testing/house.hpp"

namespace oidor::pipeline::testing {

using namespace std::chrono_literals;

/// Says the same words of everything, and counts how often it is asked.
class Parrot final : public speech::Engine {
  public:
    Parrot() {
        capabilities_.name = "azure";
        capabilities_.model = "large";
        capabilities_.duration_max = 6h;
    }
    [[nodiscard]] const speech::EngineCapabilities& capabilities() const override {
        return capabilities_;
    }
    [[nodiscard]] Result<speech::EngineReply> transcribe(
        const speech::SpeechRequest& request) const override {
        ++asked;
        anew = request.anew;
        for (const auto audio : told) {
            request.on_sent(audio);
        }
        found_part = request.parts.find("first half");
        if (!part.empty() && !found_part) {
            request.parts.keep("first half", part);
        }
        if (error) {
            return fail(*error);
        }
        speech::EngineReply reply;
        Segment segment;
        segment.start = 1000ms;
        segment.end = 2000ms;
        segment.channel = 0;
        segment.text = "Buenos días.";
        segment.confidence = 0.75;
        segment.voice = voice;
        segment.speaker = speech::speaker_of(request, 0);
        reply.transcript.language = "es";
        reply.transcript.segments = {segment};
        reply.signs = {{.no_speech_probability = 0.01,
                        .average_log_probability = -0.25,
                        .compression_ratio = {}}};
        reply.model = "large-2026";
        reply.sent = sent;
        reply.unheard = {{.channel = 1, .from = 4000ms, .speech = 2500ms}};
        return reply;
    }

    mutable int asked = 0;
    mutable std::string anew = {};
    std::string part = {};  ///< The answer about a part, before the whole.
    mutable std::optional<std::string> found_part = {};
    std::vector<Milliseconds> told = {};  ///< Of each request that may be billed.
    std::optional<Error> error = {};
    std::optional<int> voice = {};
    Milliseconds sent = 30s;
    speech::EngineCapabilities capabilities_ = {};
};

class Desk : public House {
  protected:
    Desk() {
        costs_.prices = {*config::parse_engine_price("azure 3.60/h")};
        costs_.budget_time_zone = options_.time_zone;
        request_.language = "es";
        request_.analysis.duration = 30s;
        request_.analysis.channels.resize(2);
        request_.agent_channel = 0;
        id_ = make_call("1", "one");
    }

    /// A conversation with a recording of this content.
    ConversationId make_call(const std::string& external_id, const std::string& content) {
        const auto id = keep(R"({"hooktrigger":"END","cdrid":")" + external_id +
                             R"(","dialtime":"2026-02-10 10:30:00","status":"ANSWER",
                                "wasrecorded":true,"audio_file_wav":"https://pbx.anura.com.ar/1.wav"})");
        must(MapStep(*store_, accounts()).run(id));
        auto recording = row(id).recordings.at(0);
        recording.state = RecordingState::Stored;
        recording.sha256 = sha256_hex(content);
        must(store_->conversations().put_recording(recording, {}));
        return id;
    }

    SpeechDesk desk() { return SpeechDesk(store_->speech_records(), clock_, costs_, &telemetry_); }
    Result<speech::EngineReply> ask(SpeechDesk& desk, ConversationId id,
                                    const std::string& content = "one",
                                    std::optional<Timestamp> not_before = {}) {
        const auto conversation = row(id).conversation;
        const SpeechOrder order{.conversation = conversation,
                                .time_zone = options_.time_zone,
                                .audio = sha256(content),
                                .duration = 40s,
                                .not_before = not_before,
                                .wanted_at = wanted_at_};
        return desk.ask(order, {.engine = parrot_,
                                .request = request_,
                                .cut_key = cut_key_,
                                .to_send = request_.analysis.duration});
    }
    std::vector<store::SpeechCallRow> lines(ConversationId id) {
        return must(store_->speech_records().list_calls(id));
    }

    std::optional<Timestamp> wanted_at_ = {};
    Parrot parrot_ = {};
    SpeechCosts costs_ = {};
    speech::SpeechRequest request_ = {};
    std::string cut_key_ = {};
    ConversationId id_ = {};
};

}  // namespace oidor::pipeline::testing
