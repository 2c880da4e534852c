#include "speech/condensed.hpp"

#include <random>

#include <gtest/gtest.h>

namespace oidor::speech {
namespace {

SpeechInterval from_to(std::int64_t start_ms, std::int64_t end_ms) {
    return {.start = Milliseconds(start_ms), .end = Milliseconds(end_ms)};
}

AudioAnalysis sound(std::int64_t duration_ms, const std::vector<Intervals>& channels) {
    AudioAnalysis analysis;
    analysis.duration = Milliseconds(duration_ms);
    for (const auto& speech : channels) {
        ChannelAnalysis channel;
        channel.speech = speech;
        analysis.channels.push_back(std::move(channel));
    }
    derive_measures(analysis);
    return analysis;
}

TEST(Condensed, keeps_speech_of_any_channel_with_its_margins) {
    const auto map = plan_condensed(sound(
        60'000, {{from_to(5000, 10'000)}, {from_to(10'500, 12'000), from_to(40'000, 41'000)}}));
    EXPECT_EQ(map.kept(), (Intervals{from_to(4800, 12'200), from_to(39'800, 41'200)}));
    EXPECT_EQ(map.duration(), Milliseconds(8800));
    EXPECT_EQ(map.key(), "4800-12200,39800-41200");
}

TEST(Condensed, short_pauses_are_not_cut_and_margins_end_with_the_recording) {
    const auto map = plan_condensed(
        sound(20'000, {{from_to(100, 3000), from_to(4000, 5000), from_to(18'000, 19'950)}}));
    EXPECT_EQ(map.kept(), (Intervals{from_to(0, 5200), from_to(17'800, 20'000)}));
}

TEST(Condensed, music_stays_as_a_voice_may_have_been_taken_for_it) {
    auto analysis = sound(60'000, {{from_to(1000, 5000)}});
    analysis.channels[0].music = {from_to(20'000, 30'000)};
    EXPECT_EQ(plan_condensed(analysis).kept(),
              (Intervals{from_to(800, 5200), from_to(19'800, 30'200)}));
}

TEST(Condensed, nothing_is_cut_where_too_little_is_saved_or_nobody_speaks) {
    EXPECT_FALSE(plan_condensed(sound(10'000, {{from_to(300, 9600)}})).cuts());
    EXPECT_FALSE(plan_condensed(sound(10'000, {{}, {}})).cuts());
    EXPECT_FALSE(plan_condensed(sound(10'000, {})).cuts());
    const TimeMap whole;
    EXPECT_EQ(whole.to_whole(Milliseconds(7), Edge::End), Milliseconds(7));
    EXPECT_EQ(whole.to_shortened(Milliseconds(7)), Milliseconds(7));
    EXPECT_EQ(whole.key(), "");
}

TEST(Condensed, a_call_with_a_third_of_silence_is_sent_with_almost_none_of_it) {
    // Turns of 4 to 9 s; pauses of 3 to 8 s, as whoever looks something up makes them.
    std::mt19937 random(7);
    const auto between = [&random](int least, int most) {
        return std::uniform_int_distribution<std::int64_t>(least, most)(random);
    };
    std::vector<Intervals> channels(2);
    std::int64_t now = 500;
    std::int64_t talk = 0;
    std::int64_t silence = 500;
    for (std::size_t turn = 0; now < 300'000; ++turn) {
        const auto length = between(4000, 9000);
        channels[turn % 2].push_back(from_to(now, now + length));
        talk += length;
        now += length;
        // As many pauses as make silence 35 % of it.
        const auto pause = silence * 65 < talk * 35 ? between(3000, 8000) : between(100, 600);
        silence += pause;
        now += pause;
    }
    const auto analysis = sound(now, channels);
    const auto silent = static_cast<double>(analysis.silence.count()) /
                        static_cast<double>(analysis.duration.count());
    ASSERT_NEAR(silent, 0.35, 0.02);
    const auto map = plan_condensed(analysis);
    const auto saved = 1 - static_cast<double>(map.duration().count()) /
                               static_cast<double>(analysis.duration.count());
    RecordProperty("silence_percent", static_cast<int>(silent * 100));
    RecordProperty("saved_percent", static_cast<int>(saved * 100));
    EXPECT_GE(saved, 0.30) << "of " << silent << " silence";
}

TEST(Condensed, times_map_there_and_back) {
    std::mt19937 random(11);
    const auto between = [&random](std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(least, most)(random);
    };
    for (int round = 0; round < 200; ++round) {
        Intervals speech;
        std::int64_t now = between(0, 3000);
        const auto count = between(1, 12);
        for (std::int64_t i = 0; i < count; ++i) {
            const auto length = between(60, 8000);
            speech.push_back(from_to(now, now + length));
            now += length + between(20, 9000);
        }
        const auto analysis = sound(now, {speech});
        const auto map = plan_condensed(analysis);
        if (!map.cuts()) {
            continue;
        }
        std::int64_t expected = 0;
        for (const auto& kept : map.kept()) {
            // Every millisecond that is kept, as a start and as an end.
            for (auto at = kept.start; at <= kept.end; at += Milliseconds(between(1, 400))) {
                const auto shortened = Milliseconds(expected) + (at - kept.start);
                if (at < kept.end) {
                    ASSERT_EQ(map.to_shortened(at), shortened);
                    ASSERT_EQ(map.to_whole(shortened, Edge::Start), at);
                }
                if (at > kept.start) {
                    ASSERT_EQ(map.to_whole(shortened, Edge::End), at);
                }
            }
            expected += (kept.end - kept.start).count();
        }
        ASSERT_EQ(map.duration(), Milliseconds(expected));
        // Order is kept, and speech keeps its length.
        Milliseconds last(-1);
        for (Milliseconds at(0); at <= map.duration(); at += Milliseconds(37)) {
            const auto whole = map.to_whole(at, Edge::Start);
            ASSERT_GE(whole, last);
            last = whole;
        }
        ASSERT_EQ(total_time(map.to_shortened(speech)), total_time(speech));
    }
}

Word word(std::int64_t start_ms, std::int64_t end_ms, std::string text) {
    return {.start = Milliseconds(start_ms), .end = Milliseconds(end_ms), .text = std::move(text)};
}

Segment lasting(std::int64_t start_ms, std::int64_t end_ms, int channel = 0) {
    return {.start = Milliseconds(start_ms), .end = Milliseconds(end_ms), .channel = channel};
}

/// Where segments lie in the whole whose first 1 to 3 s and 20 to 25 s were sent.
std::vector<SpeechInterval> placed(std::vector<Segment> segments) {
    EngineReply reply;
    reply.transcript.segments = std::move(segments);
    map_to_whole(TimeMap({from_to(1000, 3000), from_to(20'000, 25'000)}), reply);
    std::vector<SpeechInterval> places;
    for (const auto& segment : reply.transcript.segments) {
        places.push_back({.start = *segment.start, .end = *segment.end});
    }
    return places;
}

TEST(Condensed, a_segment_over_a_cut_is_parted_by_its_words) {
    const TimeMap map({from_to(1000, 3000), from_to(20'000, 25'000)});
    EngineReply reply;
    auto parted = lasting(500, 4000);
    parted.text = "Ya miro. Listo.";
    parted.words = {word(500, 1200, "Ya"), word(1200, 2000, "miro."), word(2000, 4000, "Listo.")};
    reply.transcript.segments = {parted, lasting(1500, 1900, 1)};
    reply.signs = {{.compression_ratio = 1.5}, {.compression_ratio = 1.1}};
    reply.unheard = {{.channel = 0, .from = Milliseconds(2000), .speech = Milliseconds(900)}};
    map_to_whole(map, reply);
    const auto& segments = reply.transcript.segments;
    ASSERT_EQ(segments.size(), 3U);
    EXPECT_EQ(segments[0].text, "Ya miro.");
    EXPECT_EQ(segments[0].start, Milliseconds(1500));
    EXPECT_EQ(segments[0].end, Milliseconds(3000));
    EXPECT_EQ(segments[1].channel, 1) << "in order of start";
    EXPECT_EQ(segments[2].text, "Listo.");
    EXPECT_EQ(segments[2].start, Milliseconds(20'000));
    EXPECT_EQ(segments[2].end, Milliseconds(22'000));
    EXPECT_FALSE(segments[2].talk) << "it reaches over nothing";
    ASSERT_EQ(reply.signs.size(), 3U);
    EXPECT_EQ(reply.signs[1].compression_ratio, 1.1) << "signs stay beside their segments";
    EXPECT_EQ(reply.signs[2].compression_ratio, 1.5);
    EXPECT_EQ(reply.unheard[0].from, Milliseconds(3000));
}

TEST(Condensed, without_words_it_is_stretched_and_says_how_long_it_is) {
    const TimeMap map({from_to(1000, 3000), from_to(20'000, 25'000)});
    EngineReply reply;
    reply.transcript.segments = {lasting(500, 4000), lasting(6999, 9000), lasting(2000, 2000)};
    map_to_whole(map, reply);
    const auto& segments = reply.transcript.segments;
    EXPECT_EQ(segments[0].start, Milliseconds(1500));
    EXPECT_EQ(segments[0].end, Milliseconds(22'000));
    EXPECT_EQ(segments[0].talk, Milliseconds(3500));
    EXPECT_EQ(segments[1].start, Milliseconds(20'000)) << "what takes no time lies after the cut";
    EXPECT_EQ(segments[1].end, Milliseconds(20'000));
    EXPECT_EQ(segments[2].end, Milliseconds(25'000)) << "never beyond what was sent";
    // Without times nothing is moved.
    reply.transcript.segments = {{.start = {}, .end = {}}, lasting(500, 1000)};
    map_to_whole(map, reply);
    EXPECT_FALSE(reply.transcript.segments[0].start);
    EXPECT_EQ(reply.transcript.segments[1].start, Milliseconds(1500));
}

TEST(Condensed, segments_that_touch_lie_on_the_right_side_of_a_cut) {
    // As whisper gives them: each starts where the one before ended, in the kept silence or at
    // the first word after it. The cut is at 2000.
    EXPECT_EQ(placed({lasting(0, 1850), lasting(1850, 4000)}),
              (Intervals{from_to(1000, 2850), from_to(20'000, 22'000)}));
    EXPECT_EQ(placed({lasting(0, 2150), lasting(2150, 4000)}),
              (Intervals{from_to(1000, 3000), from_to(20'150, 22'000)}));
    EXPECT_EQ(placed({lasting(0, 2000), lasting(2000, 4000)}),
              (Intervals{from_to(1000, 3000), from_to(20'000, 22'000)}));
    // What is mostly on one side is wholly there; what is on both reaches over the cut.
    EXPECT_EQ(placed({lasting(1850, 2100)}), Intervals{from_to(2850, 3000)});
    EXPECT_EQ(placed({lasting(1900, 2150)}), Intervals{from_to(20'000, 20'150)});
    EXPECT_EQ(placed({lasting(1700, 2300)}), Intervals{from_to(2700, 20'300)});
}

TEST(Condensed, music_is_to_be_heard) {
    auto analysis = sound(60'000, {{from_to(5000, 10'000)}, {}});
    analysis.channels[0].music = {from_to(9000, 20'000), from_to(30'000, 31'000)};
    EXPECT_EQ(to_hear(analysis).channels[0].speech,
              (Intervals{from_to(5000, 20'000), from_to(30'000, 31'000)}));
    EXPECT_EQ(to_hear(analysis).channels[0].talk, Milliseconds(16'000));
}

TEST(Condensed, the_measures_are_those_of_what_is_sent) {
    const auto analysis =
        sound(60'000, {{from_to(5000, 10'000)}, {from_to(8000, 12'000), from_to(40'000, 41'000)}});
    const auto map = plan_condensed(analysis);
    const auto shortened = condense(analysis, map);
    EXPECT_EQ(shortened.duration, map.duration());
    EXPECT_EQ(shortened.container, "wav");
    EXPECT_EQ(shortened.sample_rate_hz, 16'000);
    EXPECT_EQ(shortened.channels[0].speech, (Intervals{from_to(200, 5200)}));
    EXPECT_EQ(shortened.channels[1].speech, (Intervals{from_to(3200, 7200), from_to(7600, 8600)}));
    EXPECT_EQ(shortened.channels[1].talk, analysis.channels[1].talk);
    EXPECT_EQ(shortened.overtalk, analysis.overtalk);
}

}  // namespace
}  // namespace oidor::speech
