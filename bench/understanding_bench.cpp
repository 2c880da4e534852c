// What is made of replies, for measuring it: understanding_bench < CASES > RESULTS
// A case is one line: {"id", "transcript": {…}, "channels": 2, "agent_channel": null, "source": "",
// "direction": "", "analysis": {…} or absent}; its result {"id", "agent", "customer", "confidence",
// "swapped", "findings", "labels", "doubts"}. stdout is data.
#include <cstdio>
#include <iostream>
#include <string>

#include <fmt/core.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "speech/understanding.hpp"

namespace {

using oidor::json::value;

value place_of(const std::optional<oidor::speech::VoiceId>& id) {
    if (!id) {
        return nullptr;
    }
    return id->voice ? value(*id->voice) : value(id->channel.value_or(-1));
}

oidor::Result<oidor::json::object> understand_case(const oidor::json::object& given) {
    oidor::speech::EngineReply reply;
    TRY_ASSIGN(reply.transcript, oidor::to_transcript(given.at("transcript")));
    oidor::AudioAnalysis analysis;
    if (const auto* measured = given.if_contains("analysis")) {
        TRY_ASSIGN(analysis, oidor::parse_audio_analysis(oidor::format_json(*measured)));
    }
    const auto source = oidor::find_string(given, "source").value_or("");
    oidor::speech::RoleFacts facts = {
        .channels = static_cast<int>(oidor::find_int64(given, "channels").value_or(1)),
        .source = source,
        .direction = oidor::parse_direction(oidor::find_string(given, "direction").value_or(""))
                         .value_or(oidor::Direction::Unknown)};
    if (const auto channel = oidor::find_int64(given, "agent_channel")) {
        facts.agent_channel = static_cast<int>(*channel);
    }
    const auto understood = oidor::speech::understand(reply, analysis, facts);
    oidor::json::array labels;
    oidor::json::array findings;
    oidor::json::array doubts;
    for (std::size_t i = 0; i < understood.transcript.segments.size(); ++i) {
        if (const auto& label = understood.transcript.segments[i].label; !label.empty()) {
            labels.push_back(oidor::json::array{i, label});
        }
    }
    for (const auto& finding : understood.transcript.findings) {
        findings.push_back(value(finding));
    }
    for (const auto& name : understood.doubt_names()) {
        doubts.push_back(value(name));
    }
    const auto& roles = understood.roles;
    oidor::json::array signs;
    for (const auto& one : roles.signs) {
        signs.push_back(oidor::json::array{one.agent, one.customer, one.phrases});
    }
    return oidor::json::object{
        {"id", given.at("id")},
        {"agent", place_of(roles.agent)},
        {"customer", place_of(roles.customer)},
        {"confidence", roles.confidence ? value(*roles.confidence) : value(nullptr)},
        {"swapped", roles.swapped},
        {"signs", signs},
        {"findings", findings},
        {"labels", labels},
        {"doubts", doubts}};
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        const auto given = oidor::parse_json(line);
        const auto* object = given ? given->if_object() : nullptr;
        const auto result = object != nullptr
                                ? understand_case(*object)
                                : oidor::Result<oidor::json::object>(oidor::fail(
                                      oidor::ErrorCode::Invalid, "expected an object a line"));
        if (!result) {
            fmt::print(stderr, "{}\n", result.error().message);
            return 1;
        }
        fmt::print("{}\n", oidor::format_json(*result));
    }
    return 0;
}
