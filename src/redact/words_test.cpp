#include "redact/words.hpp"

#include <array>

#include <gtest/gtest.h>

namespace oidor::redact {
namespace {

using namespace std::chrono_literals;

Segment segment_of(std::string text, std::optional<Milliseconds> start = {},
                   std::optional<Milliseconds> end = {}) {
    Segment segment;
    segment.text = std::move(text);
    segment.start = start;
    segment.end = end;
    return segment;
}

Transcript card_at(const std::optional<Milliseconds>& start,
                   const std::optional<Milliseconds>& end) {
    Transcript transcript;
    transcript.segments = {segment_of("Hola", 0ms, 1000ms),
                           segment_of("es 4111 1111 1111 1111", start, end),
                           segment_of("Gracias", 9000ms, 9500ms)};
    return transcript;
}

std::vector<SpeechInterval> stretches(const Transcript& transcript) {
    return stretches_of(transcript, find(transcript));
}

TEST(Words, tell_when_an_identifier_is_said) {
    auto transcript = card_at(2000ms, 8000ms);
    auto& words = transcript.segments[1].words;
    words.push_back({.start = 2000ms, .end = 2200ms, .text = "es"});
    for (int i = 0; i < 4; ++i) {
        words.push_back({.start = 3000ms + i * 1000ms,
                         .end = 3800ms + i * 1000ms,
                         .text = i == 0 ? "4111" : "1111"});
    }
    const auto found = stretches(transcript);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_LE(found[0].start, 3000ms);
    EXPECT_GT(found[0].start, 2200ms) << "the word before is heard";
    EXPECT_GE(found[0].end, 6800ms);
    EXPECT_LT(found[0].end, 8000ms);
    words[2].end.reset();
    EXPECT_EQ(stretches(transcript), (std::vector<SpeechInterval>{{2000ms, 8000ms}}));
}

TEST(Words, a_span_of_which_a_part_has_no_word_counts_as_long_as_its_segment) {
    const auto with_words = [](std::initializer_list<int> groups) {
        auto transcript = card_at(2000ms, 8000ms);
        transcript.segments[1].text = "es 4111 1111 2222 3335";
        static constexpr std::array<const char*, 4> kGroups = {"4111", "1111", "2222", "3335"};
        for (const int i : groups) {
            transcript.segments[1].words.push_back(
                {.start = 3000ms + i * 1000ms,
                 .end = 3800ms + i * 1000ms,
                 .text = kGroups.at(static_cast<std::size_t>(i))});
        }
        return stretches(transcript);
    };
    const std::vector<SpeechInterval> whole = {{2000ms, 8000ms}};
    EXPECT_NE(with_words({0, 1, 2, 3}), whole);
    EXPECT_EQ(with_words({2, 3}), whole) << "its beginning";
    EXPECT_EQ(with_words({0, 3}), whole) << "its middle";
    EXPECT_EQ(with_words({0, 1}), whole) << "its end";
}

TEST(Words, without_times_the_whole_segment_counts) {
    EXPECT_EQ(stretches(card_at(2000ms, 8000ms)), (std::vector<SpeechInterval>{{2000ms, 8000ms}}));
    EXPECT_EQ(stretches(card_at({}, {})), (std::vector<SpeechInterval>{{1000ms, 9000ms}}));
    auto last = card_at({}, {});
    last.segments.pop_back();
    const auto open = stretches(last);
    ASSERT_EQ(open.size(), 1U);
    EXPECT_EQ(open[0].start, 1000ms);
    EXPECT_GT(open[0].end, std::chrono::hours(24));
}

TEST(Words, speech_that_was_not_heard_may_have_any_identifier) {
    Transcript transcript;
    transcript.segments = {segment_of("Hola", 0ms, 1000ms), segment_of("", 2000ms, 20'000ms)};
    EXPECT_TRUE(stretches(transcript).empty());
    transcript.segments[1].doubts = {"cut"};
    EXPECT_EQ(stretches(transcript), (std::vector<SpeechInterval>{{2000ms, 20'000ms}}));
    transcript.segments[1].text = "Gracias";
    EXPECT_TRUE(stretches(transcript).empty());
}

TEST(Words, stretches_that_touch_are_one) {
    Transcript transcript;
    transcript.segments = {segment_of("4111 1111 1111 1111", 0ms, 1000ms),
                           segment_of("4111 1111 1111 1111", 900ms, 2000ms)};
    EXPECT_EQ(stretches(transcript), (std::vector<SpeechInterval>{{0ms, 2000ms}}));
}

TEST(Words, lie_in_their_text_or_are_not_used) {
    auto segment = segment_of("Buenos días, Ana");
    segment.words = {{.text = "Buenos"}, {.text = " días,"}, {.text = "Ana"}};
    const auto places = place_words(segment);
    ASSERT_TRUE(places);
    EXPECT_EQ((*places)[2].first, segment.text.find("Ana"));
    segment.words[1].text = "noches";
    EXPECT_FALSE(place_words(segment));
}

}  // namespace
}  // namespace oidor::redact
