#include "audio/sounds.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace oidor::audio {
namespace {

using namespace std::chrono_literals;
using Stretches = std::vector<Stretch>;

/// What the meter gives: steadiness in percent.
Stretch sound(int steady, int pitch, bool simple = false, bool key = false) {
    return {.level = level_of(-20),
            .peak = level_of(-10),
            .timbre = {.key = key,
                       .simple = simple,
                       .steady = static_cast<std::uint8_t>(255 * steady / 100),
                       .pitch = static_cast<std::uint8_t>(pitch)}};
}

void add(Stretches& stretches, std::size_t count, const Stretch& stretch) {
    stretches.insert(stretches.end(), count, stretch);
}

Milliseconds duration_of(const Intervals& intervals) { return total_time(intervals); }

TEST(FindSounds, hears_music_in_steady_chords) {
    Stretches stretches(250);
    for (int bar = 0; bar < 5; ++bar) {
        add(stretches, 75, sound(60, 30 + bar * 3));
    }
    add(stretches, 250, {});
    const auto found = find_sounds(stretches);
    ASSERT_EQ(found.music.size(), 1U);
    EXPECT_NEAR(found.music[0].start.count(), 5000, 250);
    EXPECT_NEAR(found.music[0].end.count(), 12'500, 250);
    EXPECT_TRUE(found.tones.empty());
}

TEST(FindSounds, hears_a_melody_of_single_tones) {
    Stretches stretches;
    for (int note = 0; note < 20; ++note) {
        add(stretches, 8, sound(0, 20 + note % 5 * 3, true));
        add(stretches, 17, sound(95, 20 + note % 5 * 3, true));
    }
    EXPECT_EQ(find_sounds(stretches).music.size(), 1U);
}

TEST(FindSounds, takes_ringing_for_tones) {
    Stretches stretches;
    for (int ring = 0; ring < 4; ++ring) {
        add(stretches, 10, sound(0, 27, true));
        add(stretches, 40, sound(98, 27, true));
        add(stretches, 200, {});
    }
    auto found = find_sounds(stretches);
    EXPECT_TRUE(found.music.empty());
    ASSERT_EQ(found.tones.size(), 4U);
    EXPECT_EQ(found.tones[1], (SpeechInterval{.start = 5s, .end = 6s}));
    // Without a pause it is still one tone.
    stretches.clear();
    add(stretches, 500, sound(98, 27, true));
    found = find_sounds(stretches);
    EXPECT_TRUE(found.music.empty());
    EXPECT_EQ(found.tones, (Intervals{{.start = 0s, .end = 10s}}));
}

TEST(FindSounds, leaves_speech_alone) {
    Stretches stretches;
    for (int i = 0; i < 500; ++i) {
        stretches.push_back(sound(i % 10 == 0 ? 40 : 5, 15 + i * 7 % 30, i % 6 == 0));
    }
    const auto found = find_sounds(stretches);
    EXPECT_TRUE(found.music.empty());
    EXPECT_TRUE(found.tones.empty());
    EXPECT_TRUE(found.keys.empty());
}

TEST(FindSounds, takes_no_short_steady_sound_for_music_or_a_tone) {
    Stretches stretches(100);
    add(stretches, 150, sound(60, 30));
    add(stretches, 100, {});
    add(stretches, 18, sound(98, 64, true));
    add(stretches, 100, {});
    const auto found = find_sounds(stretches);
    EXPECT_TRUE(found.music.empty()) << "3 s";
    EXPECT_TRUE(found.tones.empty()) << "360 ms";
}

TEST(FindSounds, keeps_keys_apart) {
    Stretches stretches(50);
    for (int key = 0; key < 3; ++key) {
        add(stretches, 1, sound(0, 50, true));
        add(stretches, 4, sound(0, 50, true, true));
        add(stretches, 5, {});
    }
    const auto found = find_sounds(stretches);
    ASSERT_EQ(found.keys.size(), 3U);
    EXPECT_EQ(found.keys[0], (SpeechInterval{.start = 1000ms, .end = 1100ms}));
    EXPECT_EQ(duration_of(found.keys), 300ms);
}

TEST(FindSounds, of_nothing_are_none) {
    const auto found = find_sounds({});
    EXPECT_TRUE(found.music.empty() && found.keys.empty() && found.tones.empty());
}

}  // namespace
}  // namespace oidor::audio
