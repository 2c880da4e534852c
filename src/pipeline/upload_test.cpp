#include "pipeline/upload.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "pipeline/map_step.hpp"
#include "pipeline/steps.hpp"
#include "pipeline/testing/house.hpp"

namespace oidor::pipeline {
namespace {

using testing::must;

const std::string kHash(64, 'a');

Upload stored() {
    return {.audio = UploadedAudio{.sha256_hex = kHash, .media_type = "audio/wav", .size_bytes = 9},
            .url = {},
            .campaign_id = "7",
            .agent_id = "300",
            .uploaded_by = "ana",
            .file_name = "a.wav"};
}

class Uploads : public testing::House {
  protected:
    ConversationId take(const Upload& upload) {
        const auto body = format_upload(upload);
        std::vector<store::NewEvent> events;
        events.push_back({.conversation = {.source = std::string(kFileSource),
                                           .account = "default",
                                           .channel = Channel::Voice,
                                           .external_id = "x"},
                          .external_id = "x",
                          .kind = std::string(kUploadKind),
                          .body_sha256 = sha256(body),
                          .normalised = body,
                          .raw = body,
                          .content_type = "application/json",
                          .received_at = clock_.now()});
        std::promise<Result<std::vector<store::EventReceipt>>> done;
        store_->inbox().keep(std::move(events),
                             [&done](auto receipts) { done.set_value(std::move(receipts)); });
        return must(done.get_future().get()).at(0).conversation;
    }
    bool is_queued(std::string_view kind) {
        const auto jobs = must(store_->queue().list_jobs(store::JobState::Queued, {}, {}, 100));
        return std::ranges::find(jobs, kind, &store::JobRow::kind) != jobs.end();
    }
};

TEST(Upload, is_written_and_read_back) {
    const auto upload = stored();
    EXPECT_EQ(must(parse_upload(format_upload(upload))), upload);
    const Upload linked{.url = "https://a/1.wav"};
    EXPECT_EQ(must(parse_upload(format_upload(linked))), linked);
    EXPECT_EQ(parse_upload("[]").error().code, ErrorCode::Invalid);
    EXPECT_EQ(parse_upload(R"({"campaign_id":"7"})").error().code, ErrorCode::Invalid);
    EXPECT_EQ(merge_uploads({}).error().code, ErrorCode::Invalid);
}

TEST_F(Uploads, stored_audio_becomes_a_call_that_is_to_be_heard) {
    must(store_->directory().put_campaign({.id = "7", .name = "Ventas"}));
    must(store_->directory().put_agent({.id = "300", .name = "Lucía"}));
    const auto id = take(stored());
    must(MapStep(*store_, accounts()).run(id));
    must(MapStep(*store_, accounts()).run(id));
    const auto mapped = row(id);
    EXPECT_EQ(mapped.conversation.state, ConversationState::Ended);
    EXPECT_EQ(mapped.conversation.campaign.id, "7");
    ASSERT_EQ(mapped.participations.size(), 1U);
    EXPECT_EQ(mapped.participations[0].agent_name, "Lucía");
    ASSERT_EQ(mapped.recordings.size(), 1U);
    EXPECT_EQ(mapped.recordings[0].state, RecordingState::Stored);
    EXPECT_EQ(mapped.recordings[0].sha256, kHash);
    EXPECT_EQ(mapped.recordings[0].media_type, "audio/wav");
    EXPECT_TRUE(is_queued(kTranscribe));
    EXPECT_FALSE(is_queued(kFetch));
}

TEST_F(Uploads, an_address_is_to_be_fetched_and_a_later_word_counts) {
    const auto id = take({.url = "https://a.example.com/1.wav", .campaign_id = "7"});
    clock_.advance(std::chrono::minutes(1));
    take({.url = "https://a.example.com/1.wav", .campaign_id = "8"});
    must(MapStep(*store_, accounts()).run(id));
    EXPECT_EQ(row(id).conversation.campaign.wanted, "8");
    EXPECT_EQ(row(id).recordings.at(0).state, RecordingState::Announced);
    EXPECT_TRUE(is_queued(kFetch));
}

}  // namespace
}  // namespace oidor::pipeline
