#include "telemetry/telemetry.hpp"

#include <thread>
#include <type_traits>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/secret.hpp"
#include "base/synchronized.hpp"

namespace oidor::telemetry {
namespace {

using namespace std::chrono_literals;

static_assert(!std::is_convertible_v<Secret, std::string_view>, "a secret cannot be a field");
static_assert(!std::is_constructible_v<std::string_view, Secret>, "a secret cannot be a field");

class HeldClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override { return at; }
    Timestamp at = *parse_rfc3339("2026-02-10T13:30:00.250Z");
};

class KeptLines final : public LineWriter {
  public:
    void write(std::string_view line) override {
        lines_.with([&](auto& lines) { lines.emplace_back(line); });
    }
    [[nodiscard]] std::vector<std::string> lines() const {
        return lines_.with([](const auto& lines) { return lines; });
    }

  private:
    Synchronized<std::vector<std::string>> lines_ = {};
};

class Telemetries : public testing::Test {
  protected:
    HeldClock clock_ = {};
    KeptLines writer_ = {};
    Telemetry telemetry_{{.level = Level::Info,
                          .sources = {"anura", "twilio"},
                          .engines = {"pocketsphinx"},
                          .gaps = {"not_received"}},
                         clock_,
                         writer_};
};

TEST_F(Telemetries, tell_gaps_apart_by_their_reason) {
    telemetry_.set(Metric::ledger_gaps_count, 3, {.source = "anura", .reason = "not_received"});
    telemetry_.set(Metric::ledger_gaps_count, 1, {.source = "anura", .reason = "unheard of"});
    const auto text = telemetry_.format_prometheus();
    EXPECT_TRUE(text.contains("ledger_gaps_count{source=\"anura\",gap=\"not_received\"} 3\n"))
        << text;
    EXPECT_FALSE(text.contains("unheard"));
}

TEST_F(Telemetries, write_one_json_object_a_line) {
    const Error error = {.code = ErrorCode::Unavailable, .message = "fetch: \"x\"\nstatus 503"};
    telemetry_.emit(Event::job_failed, {.source = "anura",
                                        .account = "default",
                                        .job_id = Uuid{},
                                        .attempt = 2,
                                        .duration = 1500us,
                                        .error = &error,
                                        .stage = Stage::Fetch});
    ASSERT_EQ(writer_.lines().size(), 1U);
    EXPECT_EQ(writer_.lines()[0],
              R"({"ts":"2026-02-10T13:30:00.250Z","level":"warn","event":"job_failed",)"
              R"("room":"jobs","message":"a job failed and will be tried again",)"
              R"("source":"anura","account":"default",)"
              R"("job_id":"00000000-0000-0000-0000-000000000000","attempt":2,"duration_ms":1.5,)"
              R"("stage":"fetch","error_code":"Unavailable",)"
              R"("detail":"fetch: \"x\"\nstatus 503"})"
              "\n");
}

TEST_F(Telemetries, write_every_field_by_its_name) {
    telemetry_.emit(Event::server_started, {.event_id = Uuid{},
                                            .conversation_id = Uuid{},
                                            .participation_id = Uuid{},
                                            .recording_id = Uuid{},
                                            .key_id = Uuid{},
                                            .request_id = "r",
                                            .audio_duration = 2s,
                                            .count = 3,
                                            .size_bytes = 4,
                                            .status = 200,
                                            .error_code = ErrorCode::Timeout,
                                            .engine = "pocketsphinx",
                                            .route = "/api/v1/jobs",
                                            .listen = "127.0.0.1:8080",
                                            .version = "0.1.0",
                                            .setting = "log.level",
                                            .reason = "asked"});
    const auto line = parse_json(writer_.lines().at(0));
    ASSERT_TRUE(line) << line.error().message;
    for (const auto* name :
         {"event_id", "conversation_id", "participation_id", "recording_id", "key_id", "request_id",
          "audio_ms", "count", "size_bytes", "status", "error_code", "engine", "route", "listen",
          "version", "setting", "reason"}) {
        EXPECT_TRUE(line->as_object().contains(name)) << name;
        EXPECT_TRUE(format_reference().contains(fmt::format("`{}`", name))) << name;
    }
    EXPECT_EQ(line->at("audio_ms").as_int64(), 2000);
}

TEST_F(Telemetries, keep_a_hostile_text_bounded_and_well_formed) {
    const std::string hostile = "\xff\x01\"\\" + std::string(5000, 'x');
    const Error error = {.code = ErrorCode::Internal, .message = hostile};
    telemetry_.emit(Event::request_failed, {.source = hostile, .error = &error, .route = hostile});
    const auto lines = writer_.lines();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_LT(lines[0].size(), 4096U);
    EXPECT_TRUE(parse_json(lines[0])) << lines[0];
    EXPECT_EQ(lines[0].find('\n'), lines[0].size() - 1);
}

TEST_F(Telemetries, move_metrics_below_the_level_without_a_line) {
    telemetry_.emit(Event::event_kept, {.source = "anura", .duration = 3ms});
    telemetry_.emit(Event::event_kept, {.source = "anura"});
    telemetry_.emit(Event::event_kept, {.source = "nobody"});
    EXPECT_TRUE(writer_.lines().empty());
    EXPECT_EQ(telemetry_.value(Metric::pipeline_events_kept_total, {.source = "anura"}), 2);
    EXPECT_EQ(telemetry_.value(Metric::pipeline_events_kept_total, {.source = "twilio"}), 0);
    // An unknown word of a closed list is `other`, whatever it was.
    EXPECT_EQ(telemetry_.value(Metric::pipeline_events_kept_total, {.source = "another"}), 1);
    EXPECT_EQ(telemetry_.value(Metric::pipeline_receive_seconds), 1);
    telemetry_.set_level(Level::Debug);
    telemetry_.emit(Event::event_kept, {.source = "anura"});
    EXPECT_EQ(writer_.lines().size(), 1U);
    telemetry_.set_level(Level::Error);
    telemetry_.emit(Event::job_failed);
    EXPECT_EQ(writer_.lines().size(), 1U);
}

TEST_F(Telemetries, limit_repeats_and_say_how_many_were_left_out) {
    for (std::uint32_t i = 0; i < kRepeatLinesMax + 7; ++i) {
        telemetry_.emit(Event::request_rejected, {.error_code = ErrorCode::TooLarge});
    }
    EXPECT_EQ(writer_.lines().size(), kRepeatLinesMax);
    EXPECT_EQ(telemetry_.value(Metric::telemetry_lines_dropped_total), 7);
    EXPECT_EQ(telemetry_.value(Metric::server_requests_rejected_total,
                               {.error_code = ErrorCode::TooLarge}),
              kRepeatLinesMax + 7);
    // Another event is not held back by it.
    telemetry_.emit(Event::server_stopped);
    EXPECT_EQ(writer_.lines().size(), kRepeatLinesMax + 1);
    clock_.at += kRepeatWindow;
    telemetry_.emit(Event::request_rejected);
    telemetry_.emit(Event::request_rejected);
    const auto lines = writer_.lines();
    ASSERT_EQ(lines.size(), kRepeatLinesMax + 3);
    EXPECT_TRUE(lines[kRepeatLinesMax + 1].contains("\"repeats_dropped\":7"));
    EXPECT_FALSE(lines[kRepeatLinesMax + 2].contains("repeats_dropped"));
}

TEST_F(Telemetries, answer_prometheus) {
    telemetry_.emit(Event::request_served, {.duration = 30ms, .status = 200});
    telemetry_.emit(Event::request_served, {.duration = 2000s, .status = 404});
    telemetry_.emit(Event::workers_started, {.count = 4});
    telemetry_.set(Metric::jobs_queued_count, 5, {.stage = Stage::Audit});
    const auto text = telemetry_.format_prometheus();
    for (const std::string_view line : {
             "# TYPE server_requests_total counter\nserver_requests_total{status=\"2xx\"} 1\n"
             "server_requests_total{status=\"4xx\"} 1\n",
             "server_request_seconds_bucket{le=\"0.025\"} 0\n",
             "server_request_seconds_bucket{le=\"0.05\"} 1\n",
             "server_request_seconds_bucket{le=\"1800\"} 1\n",
             "server_request_seconds_bucket{le=\"+Inf\"} 2\n",
             "server_request_seconds_sum 2000.03\nserver_request_seconds_count 2\n",
             "# TYPE jobs_workers_count gauge\njobs_workers_count 4\n",
             "jobs_queued_count{stage=\"audit\"} 5\n",
             "# TYPE store_size_bytes gauge\nstore_size_bytes 0\n",
             "# TYPE jobs_dead_total counter\n# HELP",
         }) {
        EXPECT_TRUE(text.contains(line)) << line << "\n" << text;
    }
}

TEST_F(Telemetries, label_a_failure_by_stage_and_code) {
    const Error error = {.code = ErrorCode::Invalid, .message = "x"};
    telemetry_.emit(Event::job_dead, {.error = &error, .stage = Stage::Map});
    EXPECT_TRUE(telemetry_.format_prometheus().contains(
        "jobs_dead_total{stage=\"map\",error_code=\"Invalid\"} 1\n"));
}

TEST_F(Telemetries, lose_nothing_between_threads) {
    constexpr int kThreads = 4;
    constexpr int kEvents = 5000;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([this] {
                for (int k = 0; k < kEvents; ++k) {
                    telemetry_.emit(Event::job_done, {.duration = 1ms, .stage = Stage::Audit});
                    telemetry_.emit(Event::lease_lost, {.stage = Stage::Audit});
                }
            });
        }
    }
    EXPECT_EQ(telemetry_.value(Metric::jobs_done_total, {.stage = Stage::Audit}),
              kThreads * kEvents);
    EXPECT_EQ(telemetry_.value(Metric::jobs_run_seconds, {.stage = Stage::Audit}),
              kThreads * kEvents);
    EXPECT_EQ(static_cast<double>(writer_.lines().size()) +
                  telemetry_.value(Metric::telemetry_lines_dropped_total),
              kThreads * kEvents);
}

TEST(StderrWriters, write_the_line_as_it_is) {
    testing::internal::CaptureStderr();
    StderrWriter().write("{\"a\":1}\n");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "{\"a\":1}\n");
}

}  // namespace
}  // namespace oidor::telemetry
