#include "speech/roles.hpp"

#include <array>
#include <fstream>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/json.hpp"

namespace oidor::speech {
namespace {

Segment said(int channel, std::string text, std::optional<int> voice = {}) {
    Segment segment = {.channel = channel, .text = std::move(text)};
    segment.voice = voice;
    return segment;
}

Transcript call_of(std::vector<Segment> segments, std::string language = "es") {
    Transcript transcript;
    transcript.language = std::move(language);
    transcript.segments = std::move(segments);
    return transcript;
}

Transcript usual_call(int agent) {
    return call_of({said(agent,
                         "Telecom Sur, buenas tardes, le atiende Paula, ¿en qué puedo "
                         "ayudarlo?"),
                    said(1 - agent, "Hola, mire, no tengo internet desde ayer."),
                    said(agent, "Permítame un momento, por favor.")});
}

std::vector<Speaker> speakers_of(const Transcript& transcript) {
    std::vector<Speaker> speakers;
    for (const auto& segment : transcript.segments) {
        speakers.push_back(segment.speaker);
    }
    return speakers;
}

TEST(Roles, without_a_known_channel_the_words_tell) {
    for (const int agent : {0, 1}) {
        auto transcript = usual_call(agent);
        const RoleFacts facts = {.channels = 2};
        const auto roles = find_roles(transcript, facts);
        EXPECT_EQ(roles.basis, RoleBasis::Grammar);
        ASSERT_TRUE(roles.agent);
        EXPECT_EQ(roles.agent->channel, agent);
        EXPECT_GE(*roles.confidence, 0.95);
        name_speakers(roles, facts, transcript);
        EXPECT_EQ(speakers_of(transcript),
                  (std::vector{Speaker::Agent, Speaker::Customer, Speaker::Agent}));
    }
}

TEST(Roles, too_little_is_no_name) {
    const RoleFacts facts = {.channels = 2};
    for (const auto& call :
         {call_of({said(0, "Hola."), said(1, "Hola, sí, dígame.")}),
          call_of({said(0, "Buenas, le atiende Paula."), said(1, "Hola.")}),  // One phrase.
          call_of({said(0, "Mi nombre es Paula."), said(1, "Mi nombre es Juan, con quién hablo.")}),
          call_of({said(0, "Le atiende Paula, ¿en qué puedo ayudarle?")}),  // One voice.
          call_of({said(0, "Guten Tag, was kann ich für Sie tun?"), said(1, "Hallo.")}, "de"),
          call_of({})}) {
        auto transcript = call;
        const auto roles = find_roles(transcript, facts);
        EXPECT_EQ(roles.basis, RoleBasis::None);
        EXPECT_FALSE(roles.agent);
        name_speakers(roles, facts, transcript);
        for (const auto speaker : speakers_of(transcript)) {
            EXPECT_EQ(speaker, Speaker::Unknown);
        }
    }
}

TEST(Roles, one_channel_without_voices_holds_everybody) {
    auto transcript = usual_call(0);
    for (auto& segment : transcript.segments) {
        segment.channel = 0;
    }
    EXPECT_FALSE(find_roles(transcript, {.channels = 1}).agent);
    EXPECT_FALSE(find_roles(transcript, {.channels = 1, .agent_channel = 0}).agent);
}

TEST(Roles, voices_on_one_channel_are_named) {
    auto transcript =
        call_of({said(0, "Gracias por llamar a Banco Sur, ¿en qué le puedo servir?", 1),
                 said(0, "Quería saber por qué me cobraron dos veces.", 0)});
    const RoleFacts facts = {.channels = 1};
    const auto roles = find_roles(transcript, facts);
    ASSERT_TRUE(roles.agent);
    EXPECT_EQ(roles.agent->voice, 1);
    name_speakers(roles, facts, transcript);
    EXPECT_EQ(speakers_of(transcript), (std::vector{Speaker::Agent, Speaker::Customer}));
}

TEST(Roles, of_three_voices_only_who_is_sure_gets_a_name) {
    auto transcript =
        call_of({said(0, "Gracias por llamar a Banco Sur, ¿en qué le puedo servir?", 0),
                 said(0, "Quería saber por qué me cobraron dos veces.", 1),
                 said(0, "Sí, pasame el azúcar.", 2)});
    const RoleFacts facts = {.channels = 1};
    name_speakers(find_roles(transcript, facts), facts, transcript);
    EXPECT_EQ(speakers_of(transcript),
              (std::vector{Speaker::Agent, Speaker::Customer, Speaker::Unknown}));
    auto nobody = call_of(
        {said(0, "No tengo internet.", 0), said(0, "Me cobraron de más.", 1), said(0, "Hola.", 2)});
    EXPECT_FALSE(find_roles(nobody, facts).agent);
}

TEST(Roles, a_known_channel_needs_no_words) {
    auto transcript = call_of({said(0, "Hola."), said(1, "Hola.")});
    const RoleFacts facts = {.channels = 2, .agent_channel = 1};
    const auto roles = find_roles(transcript, facts);
    EXPECT_EQ(roles.basis, RoleBasis::Channel);
    name_speakers(roles, facts, transcript);
    EXPECT_EQ(speakers_of(transcript), (std::vector{Speaker::Customer, Speaker::Agent}));
}

TEST(Roles, twilio_begins_an_inbound_call_with_the_customer) {
    EXPECT_EQ(usual_agent_channel("twilio", Direction::Inbound), 1);
    EXPECT_FALSE(usual_agent_channel("twilio", Direction::Outbound));
    EXPECT_FALSE(usual_agent_channel("twilio", Direction::Unknown));
    EXPECT_FALSE(usual_agent_channel("anura", Direction::Inbound));
    auto transcript = call_of({said(0, "Hola."), said(1, "Hola.")});
    const RoleFacts facts = {.channels = 2, .source = "twilio", .direction = Direction::Inbound};
    EXPECT_EQ(find_roles(transcript, facts).agent->channel, 1);
    const RoleFacts set = {
        .channels = 2, .agent_channel = 0, .source = "twilio", .direction = Direction::Inbound};
    EXPECT_EQ(find_roles(transcript, set).agent->channel, 0) << "what is configured wins";
}

TEST(Roles, swapped_channels_are_told_and_not_silently_swapped) {
    auto transcript = usual_call(0);
    const RoleFacts facts = {.channels = 2, .agent_channel = 1};
    const auto roles = find_roles(transcript, facts);
    EXPECT_TRUE(roles.swapped);
    EXPECT_FALSE(roles.agent);
    name_speakers(roles, facts, transcript);
    EXPECT_EQ(speakers_of(transcript), std::vector<Speaker>(3, Speaker::Unknown));
    EXPECT_TRUE(transcript.has_finding(kChannelsSwapped));
    // A weak contradiction is none.
    auto weak = call_of({said(0, "Permítame un momento."), said(1, "Tengo un problema.")});
    EXPECT_FALSE(find_roles(weak, facts).swapped);
    EXPECT_EQ(find_roles(weak, facts).basis, RoleBasis::Channel);
}

TEST(Roles, a_channel_that_carries_everybody_is_nobodys) {
    auto transcript =
        call_of({said(0, "Gracias por llamar a Banco Sur, ¿en qué puedo ayudarlo?"),
                 said(0, "Hola, no tengo internet, me cobraron dos veces."), said(1, "")});
    const RoleFacts facts = {.channels = 2, .agent_channel = 0};
    EXPECT_EQ(find_roles(transcript, facts).basis, RoleBasis::None);
}

TEST(Roles, what_nobody_said_tells_nothing) {
    auto transcript = usual_call(0);
    transcript.segments[0].doubts = {"repetition"};
    transcript.segments[2].label = "hold";
    const RoleFacts facts = {.channels = 2};
    EXPECT_FALSE(find_roles(transcript, facts).agent);
    name_speakers(find_roles(transcript, facts), facts, transcript);
    EXPECT_EQ(transcript.segments[2].speaker, Speaker::Ivr);
}

/// The written calls, heard on either channel.
TEST(Roles, of_written_calls_nobody_gets_a_wrong_name_and_most_get_theirs) {
    std::ifstream lines(std::string(OIDOR_SOURCE_DIR) + "/tests/labelled/hearing/roles.jsonl");
    int calls = 0;
    int named = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto value = parse_json(line);
        ASSERT_TRUE(value) << line;
        const auto& row = value->as_object();
        for (const int agent : {0, 1}) {
            Transcript transcript;
            transcript.language = std::string(row.at("language").as_string());
            for (const auto& item : row.at("segments").as_array()) {
                const bool by_agent = item.as_array()[0].as_string() == "A";
                transcript.segments.push_back(said(by_agent ? agent : 1 - agent,
                                                   std::string(item.as_array()[1].as_string())));
            }
            const auto roles = find_roles(transcript, {.channels = 2});
            ++calls;
            named += roles.agent ? 1 : 0;
            if (roles.agent) {
                EXPECT_EQ(roles.agent->channel, agent) << line;
            }
            EXPECT_FALSE(find_roles(transcript, {.channels = 2, .agent_channel = agent}).swapped)
                << line;
        }
    }
    EXPECT_EQ(calls, 54);
    EXPECT_GE(named, 34) << "of " << calls;
}

}  // namespace
}  // namespace oidor::speech
