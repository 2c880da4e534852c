#include "pipeline/fetch_step.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "config/settings.hpp"
#include "pipeline/map_step.hpp"
#include "pipeline/testing/house.hpp"

namespace oidor::pipeline {
namespace {

using namespace std::chrono_literals;
using testing::must;

constexpr auto kRecorded =
    R"({"hooktrigger":"END","cdrid":"1","duration":60,"billseconds":50,"status":"ANSWER","wasrecorded":true,
        "audio_file_mp3":"https://pbx.anura.com.ar/1.mp3","audio_file_wav":"https://pbx.anura.com.ar/1.wav"})";

class Fetch : public testing::House {
  protected:
    Fetch() {
        options_.recording_retry_delays = {5s, 15s};
        id_ = keep(kRecorded);
        must(MapStep(*store_, accounts()).run(id_));
    }

    Result<void> run(Fetcher fetcher) {
        return FetchStep(*store_, *blobs_, accounts(), std::move(fetcher), clock_, &telemetry_)
            .run(id_, {});
    }

    Recording recording() { return row(id_).recordings.at(0); }

    struct Nowhere final : telemetry::LineWriter {
        void write(std::string_view /*line*/) override {}
    };
    ConversationId id_;
    Nowhere writer_;
};

Fetcher gives(std::string bytes) {
    return [bytes](const std::string&, const AccountOptions&, const auto& sink,
                   const auto&) -> Result<FetchedAudio> {
        TRY(sink(bytes));
        return FetchedAudio{.media_type = "audio/wav",
                            .size_bytes = static_cast<std::int64_t>(bytes.size())};
    };
}

Fetcher fails(ErrorCode code) {
    return [code](const std::string&, const AccountOptions&, const auto&,
                  const auto&) -> Result<FetchedAudio> { return fail(code, "status 4xx"); };
}

const std::string kWave = std::string("RIFF\x24\0\0\0WAVEfmt ", 16) + std::string(100, '\0');

TEST_F(Fetch, a_recording_is_stored_once_with_its_hash) {
    must(run(gives(kWave)));
    EXPECT_EQ(recording().state, RecordingState::Stored);
    EXPECT_EQ(recording().sha256, sha256_hex(kWave));
    EXPECT_EQ(recording().media_type, "audio/wav");
    EXPECT_EQ(recording().size_bytes, static_cast<std::int64_t>(kWave.size()));
    EXPECT_EQ(metric(telemetry::Metric::pipeline_recordings_stored_total), 1);
    EXPECT_EQ(metric(telemetry::Metric::pipeline_recordings_stored_bytes_total), kWave.size());
    EXPECT_EQ(metric(telemetry::Metric::pipeline_fetch_seconds), 1);
    must(run(fails(ErrorCode::Internal)));  // nothing is left to fetch: nobody is asked
    EXPECT_EQ(recording().state, RecordingState::Stored);
}

TEST_F(Fetch, candidates_are_tried_in_order_wav_first) {
    std::vector<std::string> asked;
    const Fetcher fetcher = [&](const std::string& url, const AccountOptions& options,
                                const auto& sink, const auto& stop) -> Result<FetchedAudio> {
        asked.push_back(url);
        return asked.size() == 1 ? fails(ErrorCode::NotFound)(url, options, sink, stop)
                                 : gives(kWave)(url, options, sink, stop);
    };
    must(run(fetcher));
    EXPECT_EQ(asked, (std::vector<std::string>{"https://pbx.anura.com.ar/1.wav",
                                               "https://pbx.anura.com.ar/1.mp3"}));
}

TEST_F(Fetch, what_is_not_there_yet_is_tried_again_and_then_missing) {
    EXPECT_EQ(run(fails(ErrorCode::NotFound)).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(recording().state, RecordingState::Fetching);
    clock_.advance(25h);
    const auto last = run(fails(ErrorCode::NotFound));
    EXPECT_EQ(last.error().code, ErrorCode::NotFound);
    FetchStep step(*store_, *blobs_, accounts(), fails(ErrorCode::NotFound), clock_, &telemetry_);
    must(step.give_up(id_, last.error()));
    EXPECT_EQ(recording().state, RecordingState::Missing);
    EXPECT_EQ(recording().reason, "absent");
    EXPECT_EQ(row(id_).conversation.state, ConversationState::NoRecording);
    EXPECT_EQ(row(id_).conversation.reason, "recording_missing");
    EXPECT_EQ(metric(telemetry::Metric::pipeline_recordings_missing_total), 1);
    EXPECT_EQ(metric(telemetry::Metric::pipeline_fetches_refused_total), 0);
}

TEST_F(Fetch, it_is_asked_for_a_day_with_longer_and_longer_pauses) {
    const config::AccountCommon defaults;
    options_.recording_retry_delays.clear();
    for (const auto& delay : defaults.recording_retry_delays) {
        options_.recording_retry_delays.push_back(config::parse_duration(delay).value());
    }
    options_.recording_give_up_after = defaults.recording_give_up_after;
    FetchStep step(*store_, *blobs_, accounts(), fails(ErrorCode::NotFound), clock_, &telemetry_);
    const auto first = clock_.now();
    std::vector<std::chrono::seconds> asked;
    for (int attempt = 1; attempt < 100; ++attempt) {
        asked.push_back(std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - first));
        const auto outcome = step.run(id_, {});
        ASSERT_FALSE(outcome);
        if (outcome.error().code != ErrorCode::Unavailable) {
            break;
        }
        clock_.advance(*must(step.delay_after(id_, attempt)));
    }
    ASSERT_GT(asked.size(), 8U);
    EXPECT_EQ((std::vector<std::chrono::seconds>(asked.begin(), asked.begin() + 8)),
              (std::vector<std::chrono::seconds>{0s, 5s, 20s, 65s, 185s, 785s, 4385s, 7985s}));
    // Every hour from then on, and a last time when the day is over.
    EXPECT_EQ(asked.size(), 30U);
    EXPECT_GE(asked.back(), 24h);
    EXPECT_LT(asked.back(), 25h);
}

TEST_F(Fetch, something_that_is_no_audio_is_not_stored) {
    EXPECT_EQ(run(gives("<!doctype html><title>404</title>")).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(run(gives("")).error().code, ErrorCode::Unavailable);
    EXPECT_FALSE(recording().sha256);
}

TEST_F(Fetch, a_refused_address_fails_at_once_and_visibly) {
    const auto refused = run(fails(ErrorCode::Forbidden));
    EXPECT_EQ(refused.error().code, ErrorCode::Forbidden);
    FetchStep step(*store_, *blobs_, accounts(), fails(ErrorCode::Forbidden), clock_, &telemetry_);
    must(step.give_up(id_, refused.error()));
    EXPECT_EQ(recording().state, RecordingState::Failed);
    EXPECT_EQ(recording().reason, "address_refused");
    EXPECT_EQ(metric(telemetry::Metric::pipeline_fetches_refused_total), 1);
    EXPECT_EQ(telemetry_.value(telemetry::Metric::pipeline_recordings_failed_total,
                               {.source = "anura", .error_code = ErrorCode::Forbidden}),
              1);
}

TEST_F(Fetch, a_link_that_is_refused_does_not_end_the_wait_for_one_that_may_come) {
    const Fetcher fetcher = [](const std::string& url, const AccountOptions& options,
                               const auto& sink, const auto& stop) -> Result<FetchedAudio> {
        const bool wav = url.ends_with("wav");
        return fails(wav ? ErrorCode::NotFound : ErrorCode::Forbidden)(url, options, sink, stop);
    };
    EXPECT_EQ(run(fetcher).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(recording().state, RecordingState::Fetching);
    EXPECT_EQ(recording().reason, "absent");
}

TEST_F(Fetch, a_source_that_always_asks_to_wait_is_given_up_too) {
    EXPECT_EQ(run(fails(ErrorCode::RateLimited)).error().code, ErrorCode::RateLimited);
    clock_.advance(25h);
    EXPECT_EQ(run(fails(ErrorCode::RateLimited)).error().code, ErrorCode::NotFound);
}

TEST_F(Fetch, a_stopped_fetch_says_nothing_of_the_recording) {
    EXPECT_EQ(run(fails(ErrorCode::Cancelled)).error().code, ErrorCode::Cancelled);
    EXPECT_EQ(recording().state, RecordingState::Announced);
    EXPECT_FALSE(recording().reason);
}

TEST_F(Fetch, what_is_given_up_is_alerted_once_and_a_late_file_is_taken) {
    telemetry::Telemetry heard({}, clock_, writer_);
    FetchStep never(*store_, *blobs_, accounts(), fails(ErrorCode::NotFound), clock_, &heard);
    const auto give_up = [&] {
        clock_.advance(25h);
        const auto last = never.run(id_, {});
        must(never.give_up(id_, last.error()));
        must(never.give_up(id_, last.error()));  // A job may run twice.
    };
    const auto alerts = [&] {
        return heard.value(telemetry::Metric::pipeline_recordings_missing_total,
                           {.source = "anura"});
    };
    give_up();
    EXPECT_EQ(alerts(), 1);
    // News of the recording: it is asked for as long again, and nobody is alerted twice.
    keep(
        R"({"hooktrigger":"RECORDING","cdrid":"1","audio_file_mp3":"https://pbx.anura.com.ar/1b.mp3"})");
    must(MapStep(*store_, accounts()).run(id_));
    EXPECT_EQ(never.run(id_, {}).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(recording().state, RecordingState::Missing);
    give_up();
    EXPECT_EQ(alerts(), 1);
    must(FetchStep(*store_, *blobs_, accounts(), gives(kWave), clock_, &heard).run(id_, {}));
    EXPECT_EQ(recording().state, RecordingState::Stored);
    EXPECT_FALSE(recording().reason);
    EXPECT_EQ(heard.value(telemetry::Metric::pipeline_recordings_stored_total, {.source = "anura"}),
              1);
}

TEST_F(Fetch, a_refusal_is_counted_and_alerted_as_a_failure) {
    telemetry::Telemetry heard({}, clock_, writer_);
    FetchStep step(*store_, *blobs_, accounts(), fails(ErrorCode::Forbidden), clock_, &heard);
    const auto refused = step.run(id_, {});
    must(step.give_up(id_, refused.error()));
    const telemetry::Fields fields{.source = "anura", .error_code = ErrorCode::Forbidden};
    EXPECT_EQ(heard.value(telemetry::Metric::pipeline_fetches_refused_total, fields), 1);
    EXPECT_EQ(heard.value(telemetry::Metric::pipeline_recordings_failed_total, fields), 1);
    EXPECT_EQ(heard.value(telemetry::Metric::pipeline_recordings_missing_total, fields), 0);
}

TEST(RecordingReason, is_one_of_a_closed_list) {
    const auto reason = [](ErrorCode code, std::string_view message) {
        return recording_reason({.code = code, .message = std::string(message), .retry_after = {}});
    };
    EXPECT_EQ(reason(ErrorCode::NotFound, "fetch https://a: status 404"), "absent");
    EXPECT_EQ(reason(ErrorCode::Forbidden, "fetch https://a: status 403"), "denied");
    EXPECT_EQ(reason(ErrorCode::Forbidden, "fetch https://a: https alone is allowed"),
              "address_refused");
    EXPECT_EQ(reason(ErrorCode::Unauthenticated, "fetch https://a: status 401"), "denied");
    EXPECT_EQ(reason(ErrorCode::Unavailable, "fetch https://a: status 503"), "source_error");
    EXPECT_EQ(reason(ErrorCode::Unavailable, "fetch https://a: the name is not known"),
              "unreachable");
    EXPECT_EQ(reason(ErrorCode::Unsupported, "the source sent an empty file"), "empty");
    for (const auto& row : error_table()) {
        EXPECT_NE(std::ranges::find(kRecordingReasons, reason(row.code, "x")),
                  kRecordingReasons.end())
            << row.name;
    }
}

TEST_F(Fetch, pauses_follow_the_account_and_the_last_one_repeats) {
    const FetchStep step(*store_, *blobs_, accounts(), fails(ErrorCode::NotFound), clock_,
                         &telemetry_);
    EXPECT_EQ(must(step.delay_after(id_, 1)), 5000ms);
    EXPECT_EQ(must(step.delay_after(id_, 2)), 15000ms);
    EXPECT_EQ(must(step.delay_after(id_, 9)), 15000ms);
}

TEST(MediaType, is_what_the_first_bytes_prove) {
    EXPECT_EQ(sniff_media_type("ID3\x04"), "audio/mpeg");
    EXPECT_EQ(sniff_media_type("\xff\xfb\x90"), "audio/mpeg");
    EXPECT_EQ(sniff_media_type("OggS"), "audio/ogg");
    EXPECT_EQ(sniff_media_type("fLaC"), "audio/flac");
    EXPECT_EQ(sniff_media_type(std::string_view("\0\0\0\x20"
                                                "ftypM4A ",
                                                12)),
              "audio/mp4");
    EXPECT_EQ(sniff_media_type("<html>"), "");
    EXPECT_EQ(sniff_media_type(""), "");
}

}  // namespace
}  // namespace oidor::pipeline
