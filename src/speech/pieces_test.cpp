#include "speech/pieces.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace oidor::speech {
namespace {

using namespace std::chrono_literals;

constexpr PieceRules kShort = {.pause_max = 3s, .margin = 500ms, .length_max = 60s};

Piece piece_of(std::vector<SpeechInterval> stretches) {
    return {.stretches = std::move(stretches)};
}

TEST(PlanPieces, no_speech_is_no_piece) { EXPECT_TRUE(plan_pieces({}, 1h, kShort).empty()); }

TEST(PlanPieces, short_pauses_stay_and_long_ones_go_but_for_their_margins) {
    const std::vector<SpeechInterval> speech = {{1s, 2s}, {4s, 5s}, {20s, 21s}};
    EXPECT_EQ(plan_pieces(speech, 30s, kShort),
              (std::vector<Piece>{piece_of({{500ms, 5'500ms}, {19'500ms, 21'500ms}})}));
}

TEST(PlanPieces, margins_stay_inside_the_recording) {
    const std::vector<SpeechInterval> speech = {{0s, 1s}, {9'800ms, 10s}};
    EXPECT_EQ(plan_pieces(speech, 10s, kShort),
              (std::vector<Piece>{piece_of({{0s, 1'500ms}, {9'300ms, 10s}})}));
}

TEST(PlanPieces, a_stretch_over_the_bound_is_cut_in_its_pauses) {
    // 150 s of speech with half a second's pause each 20 s.
    std::vector<SpeechInterval> speech;
    for (int i = 0; i < 8; ++i) {
        speech.push_back({.start = 20s * i, .end = 20s * i + 19'500ms});
    }
    const auto pieces = plan_pieces(speech, 160s, kShort);
    ASSERT_EQ(pieces.size(), 3U);
    EXPECT_EQ(pieces[0], piece_of({{0s, 59'750ms}}));
    EXPECT_EQ(pieces[1], piece_of({{59'750ms, 119'750ms}}));
    EXPECT_EQ(pieces[2].stretches.back().end, 160s);
}

TEST(PlanPieces, only_speech_without_any_pause_is_cut_within) {
    const std::vector<SpeechInterval> speech = {{0s, 150s}};
    const auto pieces = plan_pieces(speech, 150s, kShort);
    ASSERT_EQ(pieces.size(), 3U);
    EXPECT_EQ(pieces[0], piece_of({{0s, 60s}}));
    EXPECT_EQ(pieces[2], piece_of({{120s, 150s}}));
}

TEST(PlanPieces, turns_can_stay_by_themselves) {
    auto rules = kShort;
    rules.joins = false;
    const std::vector<SpeechInterval> speech = {{1s, 2s}, {20s, 21s}};
    EXPECT_EQ(plan_pieces(speech, 30s, rules).size(), 2U);
}

/// Calls of many shapes, the same in every run.
std::vector<SpeechInterval> random_speech(std::mt19937& random, Milliseconds& duration) {
    std::vector<SpeechInterval> speech;
    Milliseconds at{random() % 5'000};
    while (at < 400s) {
        const Milliseconds length{50 + random() % (random() % 8 == 0 ? 90'000 : 9'000)};
        speech.push_back({.start = at, .end = at + length});
        at += length + Milliseconds(50 + random() % (random() % 3 == 0 ? 20'000 : 1'500));
    }
    duration = speech.back().end + Milliseconds(random() % 3'000);
    return speech;
}

TEST(PlanPieces, every_moment_of_speech_is_in_one_piece_and_no_cut_is_in_speech_that_pauses) {
    std::mt19937 random(7);
    for (int call = 0; call < 300; ++call) {
        Milliseconds duration{0};
        const auto speech = random_speech(random, duration);
        const auto pieces = plan_pieces(speech, duration, kShort);
        std::vector<SpeechInterval> all;
        for (const auto& piece : pieces) {
            EXPECT_LE(piece.length(), kShort.length_max);
            EXPECT_FALSE(piece.stretches.empty());
            all.insert(all.end(), piece.stretches.begin(), piece.stretches.end());
        }
        Milliseconds last{0};
        for (const auto& stretch : all) {
            EXPECT_GE(stretch.start, last);
            EXPECT_LT(stretch.start, stretch.end);
            EXPECT_LE(stretch.end, duration);
            last = stretch.end;
        }
        for (const auto& interval : speech) {
            Milliseconds covered{0};
            for (const auto& stretch : all) {
                covered += std::max(
                    std::min(stretch.end, interval.end) - std::max(stretch.start, interval.start),
                    Milliseconds(0));
            }
            EXPECT_EQ(covered, interval.end - interval.start);
        }
        for (std::size_t i = 0; i + 1 < all.size(); ++i) {
            const auto cut = all[i].end;
            const auto within = std::ranges::find_if(speech, [&](const SpeechInterval& interval) {
                return interval.start < cut && cut < interval.end;
            });
            if (within != speech.end()) {
                // Then no pause lies within the bound before the cut.
                EXPECT_EQ(cut - all[i].start, kShort.length_max);
                for (std::size_t at = 0; at + 1 < speech.size(); ++at) {
                    const bool pause = speech[at + 1].start - speech[at].end >= kShort.pause_min;
                    const auto middle =
                        speech[at].end + (speech[at + 1].start - speech[at].end) / 2;
                    EXPECT_FALSE(pause && middle > all[i].start && middle < cut);
                }
            }
        }
    }
}

TEST(ToRecording, is_exact_on_both_sides_of_a_seam) {
    const auto piece = piece_of({{10s, 12s}, {30s, 31s}});
    EXPECT_EQ(piece.length(), 3s);
    EXPECT_EQ(to_recording(piece.stretches, 0s, Side::Start), 10s);
    EXPECT_EQ(to_recording(piece.stretches, 1'250ms, Side::Start), 11'250ms);
    EXPECT_EQ(to_recording(piece.stretches, 2s, Side::End), 12s);
    EXPECT_EQ(to_recording(piece.stretches, 2s, Side::Start), 30s);
    EXPECT_EQ(to_recording(piece.stretches, 2'400ms, Side::End), 30'400ms);
    EXPECT_EQ(to_recording(piece.stretches, 9s, Side::End), 31s);
}

TEST(PlaceOnRecording, a_sentence_over_a_seam_is_parted_there) {
    const auto piece = piece_of({{10s, 12s}, {30s, 32s}});
    std::vector<Segment> segments = {{.start = 1s,
                                      .end = 3s,
                                      .text = "Un momento. Gracias por esperar.",
                                      .confidence = 0.8,
                                      .words = {{1s, 1'400ms, "Un"},
                                                {1'400ms, 1'900ms, "momento."},
                                                {2'200ms, 2'500ms, "Gracias"},
                                                {2'500ms, 2'600ms, "por"},
                                                {2'600ms, 3s, "esperar."}}}};
    std::vector<SegmentSigns> signs = {{.compression_ratio = 1.5}};
    place_on_recording(piece, segments, signs);
    ASSERT_EQ(segments.size(), 2U);
    EXPECT_EQ(segments[0].text, "Un momento.");
    EXPECT_EQ(segments[0].start, 11s);
    EXPECT_EQ(segments[0].end, 11'900ms);
    EXPECT_EQ(segments[1].text, "Gracias por esperar.");
    EXPECT_EQ(segments[1].start, 30'200ms);
    EXPECT_EQ(segments[1].end, 31s);
    EXPECT_EQ(segments[1].confidence, 0.8);
    EXPECT_EQ(signs.size(), 2U);
    EXPECT_EQ(signs[1].compression_ratio, 1.5);
}

TEST(PlaceOnRecording, parts_have_their_text_or_where_words_are_others_their_words) {
    const auto piece = piece_of({{10s, 12s}, {30s, 32s}});
    const auto texts = [&](std::string text, std::string third) {
        std::vector<Segment> segments = {{.start = 1s,
                                          .end = 3s,
                                          .text = std::move(text),
                                          .words = {{1s, 1'400ms, "son"},
                                                    {1'400ms, 1'900ms, "las"},
                                                    {2'200ms, 2'500ms, std::move(third)}}}};
        std::vector<SegmentSigns> signs;
        place_on_recording(piece, segments, signs);
        return segments.at(0).text + "|" + segments.at(1).text;
    };
    EXPECT_EQ(texts("¡Son... no, son las — 4!", "4"), "¡Son... no, son las —|4!");
    EXPECT_EQ(texts("son las 4", "cuatro"), "son las|cuatro");
}

TEST(PlaceOnRecording, a_sentence_inside_a_stretch_keeps_its_text_and_its_reach) {
    const auto piece = piece_of({{10s, 12s}, {30s, 32s}});
    std::vector<Segment> segments = {{.start = 2'100ms,
                                      .end = 3'500ms,
                                      .text = "¡Hola, qué tal!",
                                      .words = {{2'300ms, 3s, "Hola"}}},
                                     {.start = 500ms, .end = 2s, .text = "Sin palabras"}};
    std::vector<SegmentSigns> signs;
    place_on_recording(piece, segments, signs);
    ASSERT_EQ(segments.size(), 2U);
    EXPECT_EQ(segments[0].text, "¡Hola, qué tal!");
    EXPECT_EQ(segments[0].start, 30'100ms);
    EXPECT_EQ(segments[0].end, 31'500ms);
    EXPECT_EQ(segments[1].start, 10'500ms);
    EXPECT_EQ(segments[1].end, 12s);
    EXPECT_TRUE(signs.empty());
}

}  // namespace
}  // namespace oidor::speech
