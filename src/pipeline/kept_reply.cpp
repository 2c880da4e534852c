#include "pipeline/kept_reply.hpp"

#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::pipeline {
namespace {

/// Raised when replies are kept in another way, or engines are asked in one that no option tells.
constexpr int kVersion = 1;
/// Our own bytes: no more than what a recording of a day may hold.
constexpr TranscriptLimits kLimits = {.size_bytes_max = std::size_t{256} << 20U,
                                      .segments_max = 1'000'000};

json::value optional_number(const std::optional<double>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}

std::optional<double> find_number(const json::object& object, std::string_view key) {
    const auto* const value = object.if_contains(key);
    return value != nullptr && value->is_number() ? std::optional(value->to_number<double>())
                                                  : std::nullopt;
}

json::array texts(const std::vector<std::string>& items) {
    json::array list;
    for (const auto& item : items) {
        list.emplace_back(item);
    }
    return list;
}

Result<void> read_signs(const json::object& object, speech::EngineReply& reply) {
    const auto* const list = find_array(object, "signs");
    for (const auto& item : list != nullptr ? *list : json::array()) {
        const auto* const signs = item.if_object();
        if (signs == nullptr) {
            return fail(ErrorCode::Corrupt, "kept reply: signs: expected objects");
        }
        reply.signs.push_back({.no_speech_probability = find_number(*signs, "no_speech"),
                               .average_log_probability = find_number(*signs, "log_probability"),
                               .compression_ratio = find_number(*signs, "compression")});
    }
    return {};
}

Result<void> read_unheard(const json::object& object, speech::EngineReply& reply) {
    const auto* const list = find_array(object, "unheard");
    for (const auto& item : list != nullptr ? *list : json::array()) {
        const auto* const end = item.if_object();
        const auto channel = end != nullptr ? find_int64(*end, "channel") : std::nullopt;
        const auto from = end != nullptr ? find_int64(*end, "from_ms") : std::nullopt;
        const auto speech = end != nullptr ? find_int64(*end, "speech_ms") : std::nullopt;
        if (!channel || !from || !speech) {
            return fail(ErrorCode::Corrupt, "kept reply: unheard: expected channel and times");
        }
        reply.unheard.push_back({.channel = static_cast<int>(*channel),
                                 .from = Milliseconds(*from),
                                 .speech = Milliseconds(*speech)});
    }
    return {};
}

}  // namespace

std::string format_reply(const speech::EngineReply& reply) {
    json::array signs;
    for (const auto& sign : reply.signs) {
        signs.push_back(
            json::object{{"no_speech", optional_number(sign.no_speech_probability)},
                         {"log_probability", optional_number(sign.average_log_probability)},
                         {"compression", optional_number(sign.compression_ratio)}});
    }
    json::array unheard;
    for (const auto& end : reply.unheard) {
        unheard.push_back(json::object{{"channel", end.channel},
                                       {"from_ms", end.from.count()},
                                       {"speech_ms", end.speech.count()}});
    }
    // Its own writer made it: it is well-formed.
    auto transcript = json::parse(format_transcript(reply.transcript));
    return canonical_json(json::object{{"transcript", std::move(transcript)},
                                       {"signs", std::move(signs)},
                                       {"unheard", std::move(unheard)},
                                       {"model", reply.model},
                                       {"sent_ms", reply.sent.count()}});
}

Result<speech::EngineReply> parse_reply(std::string_view json_text) {
    const auto value = parse_json(json_text);
    const auto* const object = value ? value->if_object() : nullptr;
    const auto* const words = object != nullptr ? object->if_contains("transcript") : nullptr;
    if (words == nullptr) {
        return fail(ErrorCode::Corrupt, "kept reply: no transcript in it");
    }
    speech::EngineReply reply;
    auto transcript = to_transcript(*words, kLimits);
    if (!transcript) {
        return fail(ErrorCode::Corrupt, "kept reply: {}", transcript.error().message);
    }
    reply.transcript = std::move(*transcript);
    TRY(read_signs(*object, reply));
    TRY(read_unheard(*object, reply));
    if (!reply.signs.empty() && reply.signs.size() != reply.transcript.segments.size()) {
        return fail(ErrorCode::Corrupt, "kept reply: signs of other segments");
    }
    reply.model = find_string(*object, "model").value_or("");
    reply.sent = Milliseconds(find_int64(*object, "sent_ms").value_or(0));
    return reply;
}

Sha256 name_reply(const Sha256& audio, const EngineCall& call) {
    const auto& engine = call.engine.capabilities();
    const auto& request = call.request;
    return sha256(
        canonical_json(json::object{{"version", kVersion},
                                    {"audio", to_hex(audio)},
                                    {"engine", engine.name},
                                    {"model", engine.model},
                                    {"options", engine.options_key},
                                    {"language", request.language},
                                    {"language_candidates", texts(request.language_candidates)},
                                    {"phrases", texts(request.phrases)},
                                    {"again", request.again},
                                    {"cut", call.cut_key}}));
}

void set_speakers(const speech::SpeechRequest& request, Transcript& transcript) {
    if (request.analysis.channels.size() != 2) {
        return;  // What the engine told apart by voices, it told apart.
    }
    for (auto& segment : transcript.segments) {
        if (segment.channel) {
            segment.speaker = speech::speaker_of(request, *segment.channel);
        }
    }
}

}  // namespace oidor::pipeline
