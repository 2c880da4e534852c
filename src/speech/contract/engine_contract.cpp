#include "speech/contract/engine_contract.hpp"

#include <algorithm>
#include <map>

namespace oidor::speech {
namespace {

using namespace std::chrono_literals;

/// All that one side is heard to say.
std::string words_of(const Transcript& transcript, Speaker speaker) {
    std::string words;
    for (const auto& segment : transcript.segments) {
        words += segment.speaker == speaker ? segment.text + " " : "";
    }
    return words;
}

/// What the engine hears with the agent on channel 0: heard once for all tests of an engine, as
/// hearing takes seconds.
const Result<EngineReply>& heard_once(const EngineUnderTest& under_test) {
    static std::map<std::string, Result<EngineReply>> heard;
    const auto engine = under_test.open();
    const auto& name = engine->capabilities().name;
    if (!heard.contains(name)) {
        auto request = under_test.two_channels();
        request.agent_channel = 0;
        heard.emplace(name, engine->transcribe(request));
    }
    return heard.at(name);
}

TEST_P(EngineContract, says_what_it_can) {
    const auto engine = GetParam().open();
    const auto& capabilities = engine->capabilities();
    EXPECT_FALSE(capabilities.name.empty());
    EXPECT_GT(capabilities.duration_max, 0s);
    EXPECT_TRUE(hears_language(capabilities, GetParam().language));
    EXPECT_EQ(std::ranges::count(list_engine_names(), capabilities.name), 1);
}

TEST_P(EngineContract, hears_both_channels_apart) {
    const auto& reply = heard_once(GetParam());
    ASSERT_TRUE(reply) << reply.error().message;
    const auto agent = words_of(reply->transcript, Speaker::Agent);
    const auto customer = words_of(reply->transcript, Speaker::Customer);
    EXPECT_TRUE(agent.contains(GetParam().agent_words)) << agent;
    EXPECT_TRUE(customer.contains(GetParam().customer_words)) << customer;
    EXPECT_FALSE(customer.contains(GetParam().agent_words)) << customer;
}

TEST_P(EngineContract, maps_speakers_by_the_agents_channel_alone) {
    auto request = GetParam().two_channels();
    request.agent_channel = 1;
    const auto swapped = GetParam().open()->transcribe(request);
    ASSERT_TRUE(swapped) << swapped.error().message;
    EXPECT_TRUE(words_of(swapped->transcript, Speaker::Customer).contains(GetParam().agent_words));
    request.agent_channel.reset();
    const auto unknown = GetParam().open()->transcribe(request);
    ASSERT_TRUE(unknown) << unknown.error().message;
    EXPECT_TRUE(std::ranges::all_of(unknown->transcript.segments, [](const Segment& segment) {
        return segment.speaker == Speaker::Unknown && segment.channel.has_value();
    }));
}

TEST_P(EngineContract, keeps_times_confidence_and_order_in_range) {
    const auto request = GetParam().two_channels();
    const auto& reply = heard_once(GetParam());
    ASSERT_TRUE(reply) << reply.error().message;
    const auto& transcript = reply->transcript;
    EXPECT_EQ(transcript.language, primary_language(GetParam().language));
    EXPECT_EQ(transcript.duration, request.analysis.duration);
    ASSERT_GE(transcript.segments.size(), 2U);
    Milliseconds last{0};
    for (const auto& segment : transcript.segments) {
        ASSERT_TRUE(segment.start && segment.end);
        EXPECT_GE(*segment.start, last);
        EXPECT_LT(*segment.start, *segment.end);
        EXPECT_LE(*segment.end, request.analysis.duration);
        last = *segment.start;
        EXPECT_TRUE(segment.channel);
        if (segment.confidence) {
            EXPECT_GE(*segment.confidence, 0);
            EXPECT_LE(*segment.confidence, 1);
        }
        Milliseconds word_end = *segment.start;
        for (const auto& word : segment.words) {
            EXPECT_GE(word.start, word_end);
            EXPECT_LE(word.end, segment.end);
            word_end = *word.start;
        }
    }
    EXPECT_TRUE(reply->signs.empty() || reply->signs.size() == transcript.segments.size());
    EXPECT_TRUE(reply->unheard.empty());
    EXPECT_GT(reply->sent, 0s);
    EXPECT_LE(reply->sent,
              request.analysis.duration * static_cast<int>(request.analysis.channels.size()));
    // What it wrote, the domain reads.
    EXPECT_EQ(*parse_transcript(format_transcript(transcript)), transcript);
}

TEST_P(EngineContract, hears_the_same_twice) {
    auto request = GetParam().two_channels();
    request.agent_channel = 0;
    const auto again = GetParam().open()->transcribe(request);
    ASSERT_TRUE(again) << again.error().message;
    ASSERT_TRUE(heard_once(GetParam()));
    EXPECT_EQ(*again, *heard_once(GetParam()));
}

TEST_P(EngineContract, gives_an_empty_transcript_for_silence) {
    auto request = GetParam().two_channels();
    for (auto& channel : request.analysis.channels) {
        channel.speech.clear();
    }
    const auto reply = GetParam().open()->transcribe(request);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_TRUE(reply->transcript.segments.empty());
    EXPECT_EQ(reply->sent, 0s);
}

TEST_P(EngineContract, names_the_setting_when_the_language_is_not_its_own) {
    if (GetParam().language_foreign.empty()) {
        return;  // It hears all languages.
    }
    auto request = GetParam().two_channels();
    request.language = GetParam().language_foreign;
    const auto result = GetParam().open()->transcribe(request);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Unsupported);
    EXPECT_TRUE(result.error().message.contains("speech.engine")) << result.error().message;
}

TEST_P(EngineContract, refuses_what_is_no_language) {
    auto request = GetParam().two_channels();
    request.language = "not a language";
    EXPECT_EQ(GetParam().open()->transcribe(request).error().code, ErrorCode::Invalid);
}

TEST_P(EngineContract, refuses_recordings_over_its_length) {
    const auto engine = GetParam().open();
    auto request = GetParam().two_channels();
    request.analysis.duration = engine->capabilities().duration_max + 1s;
    EXPECT_EQ(engine->transcribe(request).error().code, ErrorCode::TooLarge);
}

TEST_P(EngineContract, gives_up_in_time_and_when_asked) {
    const auto engine = GetParam().open();
    auto request = GetParam().two_channels();
    request.watch.deadline = Deadline::after(0ms);
    EXPECT_EQ(engine->transcribe(request).error().code, ErrorCode::Timeout);
    std::stop_source stop;
    request = GetParam().two_channels();
    request.watch.stop = stop.get_token();
    request.watch.heartbeat_every = 1ms;
    request.watch.heartbeat = [&] { stop.request_stop(); };  // In the middle of the work.
    EXPECT_EQ(engine->transcribe(request).error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace oidor::speech
