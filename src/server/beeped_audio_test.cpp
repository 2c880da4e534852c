#include "server/beeped_audio.hpp"

#include <gtest/gtest.h>

namespace oidor::server {
namespace {

using namespace std::chrono_literals;

Recording recording_of(std::optional<std::chrono::milliseconds> duration,
                       RecordingState state = RecordingState::Stored) {
    Recording recording;
    recording.id = RecordingId::make();
    recording.state = state;
    recording.duration = duration;
    return recording;
}

Transcript heard(std::optional<Milliseconds> duration) {
    Transcript transcript;
    transcript.duration = duration;
    return transcript;
}

TEST(BeepedAudio, recordings_lie_one_after_another_as_they_were_heard) {
    const std::vector<Recording> all = {recording_of(10s), recording_of(20s)};
    EXPECT_EQ(find_offset(all, all[0].id, heard(30s), false), 0ms);
    EXPECT_EQ(find_offset(all, all[1].id, heard(30s), false), 10s);
    EXPECT_EQ(find_offset(all, all[1].id, heard(30'040ms), false), 10s) << "measured again";
}

TEST(BeepedAudio, one_that_came_after_the_transcript_has_no_place) {
    const std::vector<Recording> all = {recording_of(10s), recording_of(20s)};
    EXPECT_EQ(find_offset(all, all[0].id, heard(10s), false), 0ms) << "it was heard";
    EXPECT_EQ(find_offset(all, all[1].id, heard(10s), false), std::nullopt);
    // The other way round the later one stands before the one that was heard: neither is placed.
    EXPECT_EQ(find_offset(all, all[1].id, heard(20s), false), std::nullopt);
    EXPECT_EQ(find_offset(all, all[0].id, heard(20s), false), std::nullopt);
}

TEST(BeepedAudio, one_before_it_without_a_length_leaves_it_without_a_place) {
    const std::vector<Recording> all = {recording_of({}), recording_of(20s)};
    EXPECT_EQ(find_offset(all, all[1].id, heard(30s), false), std::nullopt);
}

TEST(BeepedAudio, those_that_are_not_stored_take_no_time) {
    const std::vector<Recording> all = {recording_of(10s, RecordingState::Failed),
                                        recording_of(20s)};
    EXPECT_EQ(find_offset(all, all[1].id, heard(20s), false), 0ms);
}

TEST(BeepedAudio, a_transcript_that_was_handed_in_begins_with_the_only_recording) {
    const std::vector<Recording> one = {recording_of({})};
    EXPECT_EQ(find_offset(one, one[0].id, heard(300s), true), 0ms);
    EXPECT_EQ(find_offset(one, one[0].id, heard({}), true), 0ms);
    const std::vector<Recording> two = {recording_of(10s), recording_of(20s)};
    EXPECT_EQ(find_offset(two, two[1].id, heard({}), true), std::nullopt);
    EXPECT_EQ(find_offset(two, two[1].id, heard(30s), true), 10s);
}

}  // namespace
}  // namespace oidor::server
