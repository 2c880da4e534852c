#include "pipeline/transcribe_step.hpp"

#include <sys/stat.h>

#include <fstream>

#include <gtest/gtest.h>

#include "pipeline/map_step.hpp"
#include "pipeline/testing/house.hpp"

namespace oidor::pipeline {
namespace {

using testing::must;

class Hear : public testing::House {
  protected:
    Hear() {
        id_ = keep(R"({"hooktrigger":"END","cdrid":"1","status":"ANSWER","wasrecorded":true,
                       "audio_file_wav":"https://pbx.anura.com.ar/1.wav"})");
        must(MapStep(*store_, accounts()).run(id_));
        const auto writer = must(blobs_->open_writer());
        must(writer->write("RIFF"));
        auto recording = row(id_).recordings.at(0);
        recording.state = RecordingState::Stored;
        recording.sha256 = must(writer->commit()).sha256_hex;
        must(store_->conversations().put_recording(recording, {}));
    }

    /// A decoder that ends like this, whatever it is given.
    Hearing decoder_that(const std::string& ends) {
        const auto program = folder_ / "decoder";
        std::ofstream(program) << "#!/bin/sh\n" << ends << "\n";
        ::chmod(program.c_str(), S_IRWXU);
        return Hearing({.program = program.string()});
    }

    ConversationId id_;
};

TEST_F(Hear, a_decoder_that_takes_too_long_is_killed_and_counted) {
    auto hearing = decoder_that("kill -XCPU $$");
    TranscribeStep step(*store_, *blobs_, accounts(), hearing, clock_, &telemetry_);
    EXPECT_EQ(step.run(id_, {}).error().code, ErrorCode::Timeout);
    EXPECT_EQ(metric(telemetry::Metric::audio_decoders_killed_total), 1);
}

TEST_F(Hear, a_file_that_kills_the_decoder_is_final_and_says_so) {
    // As a child ends that cannot have more memory.
    auto hearing = decoder_that("kill -ABRT $$");
    TranscribeStep step(*store_, *blobs_, accounts(), hearing, clock_, &telemetry_);
    const auto ended = step.run(id_, {});
    ASSERT_FALSE(ended);
    EXPECT_EQ(faces_of(ended.error().code).fate, JobFate::Stop) << "it would kill the next one too";
    EXPECT_EQ(metric(telemetry::Metric::audio_decoders_killed_total), 1);
    const auto recording = row(id_).recordings.at(0);
    EXPECT_NE(recording.reason.value_or("").find("killed by the file"), std::string::npos);
    must(step.give_up(id_, ended.error()));
    EXPECT_EQ(row(id_).conversation.state, ConversationState::Failed);
    EXPECT_EQ(row(id_).conversation.reason, "unreadable_audio");
}

TEST_F(Hear, the_agents_channel_may_differ_by_direction) {
    AccountOptions account;
    account.agent_channel = 1;
    auto conversation = row(id_).conversation;
    const auto channel = [&](Direction direction) {
        conversation.direction = direction;
        return must(choose_hearing(store_->directory(), conversation, account)).agent_channel;
    };
    EXPECT_EQ(channel(Direction::Outbound), 1);
    account.agent_channel_outbound = 0;
    EXPECT_EQ(channel(Direction::Outbound), 0);
    EXPECT_EQ(channel(Direction::Inbound), 1);
    EXPECT_EQ(channel(Direction::Unknown), 1);
}

TEST_F(Hear, a_decoder_that_breaks_was_not_killed) {
    auto hearing = decoder_that("exit 3");
    TranscribeStep step(*store_, *blobs_, accounts(), hearing, clock_, &telemetry_);
    EXPECT_EQ(step.run(id_, {}).error().code, ErrorCode::Internal);
    EXPECT_EQ(metric(telemetry::Metric::audio_decoders_killed_total), 0);
    EXPECT_EQ(metric(telemetry::Metric::audio_analysed_seconds_total), 0);
}

}  // namespace
}  // namespace oidor::pipeline
