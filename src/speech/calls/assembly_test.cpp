#include "speech/calls/assembly.hpp"

#include <gtest/gtest.h>

namespace oidor::speech::calls {
namespace {

using namespace std::chrono_literals;

SpeechRequest request_of(int channels, Milliseconds duration) {
    SpeechRequest request;
    request.analysis.duration = duration;
    request.analysis.channels.resize(static_cast<std::size_t>(channels));
    return request;
}

forms::FormTranscript form_of(std::vector<Segment> segments,
                              std::optional<Milliseconds> duration = {}) {
    forms::FormTranscript form;
    form.transcript.segments = std::move(segments);
    form.transcript.duration = duration;
    return form;
}

const Piece kPiece = {.stretches = {{10s, 15s}, {30s, 35s}}};

TEST(Assembly, a_reply_about_another_length_of_audio_is_not_believed) {
    const auto request = request_of(1, 60s);
    for (const auto stated : {2s, 5s, 15s, 600s}) {
        Assembly assembly(request);
        const auto added = assembly.add(0, kPiece, 10s, form_of({}, stated));
        ASSERT_FALSE(added) << stated.count();
        EXPECT_EQ(added.error().code, ErrorCode::Unavailable);
    }
    for (const auto stated : {8s, 10s, 12s}) {
        Assembly assembly(request);
        EXPECT_TRUE(assembly.add(0, kPiece, 10s, form_of({}, stated))) << stated.count();
    }
}

TEST(Assembly, words_behind_the_end_are_not_believed_and_ends_are_held_to_it) {
    const auto request = request_of(1, 60s);
    Assembly assembly(request);
    EXPECT_FALSE(assembly.add(0, kPiece, 10s, form_of({{.start = 12s, .end = 13s, .text = "a"}})));
    EXPECT_TRUE(assembly.add(0, kPiece, 10s, form_of({{.start = 9s, .end = 30s, .text = "a"}})));
    const auto reply = assembly.finish("m");
    ASSERT_EQ(reply.transcript.segments.size(), 1U);
    EXPECT_EQ(reply.transcript.segments[0].start, 34s);
    EXPECT_EQ(reply.transcript.segments[0].end, 35s);
    EXPECT_EQ(reply.transcript.segments[0].channel, 0);
    EXPECT_EQ(reply.sent, 10s);
    EXPECT_EQ(reply.model, "m");
    EXPECT_EQ(reply.transcript.duration, 60s);
}

TEST(Assembly, joins_channels_in_order_of_time_with_their_signs_and_speakers) {
    auto request = request_of(2, 60s);
    request.agent_channel = 1;
    Assembly assembly(request);
    auto first =
        form_of({{.start = 0s, .end = 1s, .text = "a"}, {.start = 6s, .end = 7s, .text = "c"}});
    first.signs = {{.compression_ratio = 1}, {.compression_ratio = 3}};
    ASSERT_TRUE(assembly.add(0, kPiece, 10s, std::move(first)));
    ASSERT_TRUE(assembly.add(1, {.stretches = {{20s, 25s}}}, 5s,
                             form_of({{.start = 1s, .end = 2s, .text = "b"}})));
    const auto reply = assembly.finish({});
    ASSERT_EQ(reply.transcript.segments.size(), 3U);
    EXPECT_EQ(reply.transcript.segments[1].text, "b");
    EXPECT_EQ(reply.transcript.segments[1].speaker, Speaker::Agent);
    EXPECT_EQ(reply.transcript.segments[2].start, 31s);
    EXPECT_EQ(reply.transcript.segments[2].speaker, Speaker::Customer);
    ASSERT_EQ(reply.signs.size(), 3U);
    EXPECT_EQ(reply.signs[1], SegmentSigns());
    EXPECT_EQ(reply.signs[2].compression_ratio, 3);
}

TEST(Assembly, one_replys_first_voice_is_not_the_nexts) {
    const auto request = request_of(1, 60s);
    Assembly assembly(request);
    const Piece first = {.stretches = {{0s, 5s}}};
    const Piece second = {.stretches = {{10s, 15s}}};
    ASSERT_TRUE(assembly.add(0, first, 5s,
                             form_of({{.start = 0s, .end = 1s, .text = "a", .voice = 0},
                                      {.start = 2s, .end = 3s, .text = "b", .voice = 1}})));
    ASSERT_TRUE(
        assembly.add(0, second, 5s, form_of({{.start = 0s, .end = 1s, .text = "c", .voice = 0}})));
    const auto reply = assembly.finish({});
    EXPECT_EQ(reply.transcript.segments[2].voice, 2);
}

TEST(Assembly, text_without_times_reaches_over_what_was_sent) {
    const auto request = request_of(1, 60s);
    Assembly assembly(request);
    ASSERT_TRUE(assembly.add(0, kPiece, 10s, form_of({{.text = "a b"}})));
    const auto reply = assembly.finish({});
    EXPECT_EQ(reply.transcript.segments[0].start, 10s);
    EXPECT_EQ(reply.transcript.segments[0].end, 35s);
    EXPECT_TRUE(reply.signs.empty());
}

TEST(Assembly, speech_behind_the_last_word_is_stated_by_channel) {
    auto request = request_of(2, 100s);
    request.analysis.channels[0].speech = {{0s, 20s}, {50s, 80s}};
    request.analysis.channels[1].speech = {{21s, 28s}};
    Assembly assembly(request);
    ASSERT_TRUE(
        assembly.add_whole(form_of({{.start = 1s, .end = 19s, .channel = 0, .text = "a"}})));
    const auto reply = assembly.finish({});
    EXPECT_EQ(reply.unheard, (std::vector<UnheardEnd>{{.channel = 0, .from = 19s, .speech = 31s}}));
    EXPECT_EQ(reply.sent, 200s);
    Assembly other(request);
    EXPECT_FALSE(other.add_whole(form_of({{.start = 1s, .end = 2s, .channel = 2, .text = "a"}})));
}

}  // namespace
}  // namespace oidor::speech::calls
