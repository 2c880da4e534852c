#include "costs/estimate.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/id.hpp"
#include "store/store.hpp"

namespace oidor::costs {
namespace {

using namespace std::chrono_literals;

template <typename T>
T must(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message;
        return T{};
    }
    return std::move(*result);
}
void must(const Result<void>& result) { ASSERT_TRUE(result) << result.error().message; }

/// A store with calls of one Tuesday in Buenos Aires, and everything else that is to be known.
class Estimating : public testing::Test {
  protected:
    Estimating() {
        auto opened = store::open_sqlite_store({.path = folder_ / "oidor.db"}, clock_);
        store_ = must(std::move(opened));
        sources_.zone = [](const std::string&, const std::string&) {
            return std::string("America/Argentina/Buenos_Aires");
        };
        sources_.engine = [this](const store::EstimateCall&) { return engine_; };
        sources_.recording_rate = [this](const std::string&, const std::string&) {
            return recording_;
        };
        sources_.share = [this](const std::string&) { return share_; };
        sources_.prices = {*config::parse_engine_price("azure 3.60/h")};
    }
    ~Estimating() override {
        store_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    /// A call of a source's own list.
    void announce(const std::string& id, Timestamp at, std::optional<std::int64_t> duration_s,
                  CallOutcome outcome = CallOutcome::Answered,
                  std::optional<bool> recorded = true) {
        const store::AnnouncedList list = {
            .source = "anura", .account = "default", .sha256 = sha256("list")};
        must(store_->coverage().put_announcements(list, {{.external_id = id,
                                                          .started_at = at,
                                                          .duration_s = duration_s,
                                                          .outcome = outcome,
                                                          .recorded = recorded}}));
    }
    Estimate ask(const std::string& from = "2026-02-10", const std::string& to = "2026-02-11") {
        return must(estimate(store_->speech_records(), from, to, sources_));
    }
    EstimateLine only_line() {
        const auto all = ask();
        EXPECT_EQ(all.lines.size(), 1U);
        return all.lines.empty() ? EstimateLine{} : all.lines.front();
    }

    ManualClock clock_{*parse_rfc3339("2026-02-10T15:00:00Z")};
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("oidor-costs-" + format_uuid(make_uuid7()));
    std::unique_ptr<store::Store> store_ = {};
    EstimateSources sources_ = {};
    std::optional<EngineChoice> engine_ = EngineChoice{.name = "azure"};
    std::optional<config::AudioRate> recording_ = config::parse_audio_rate("0.06/min");
    SentShare share_ = {};
    Timestamp noon_ = *parse_rfc3339("2026-02-10T15:00:00Z");
};

TEST_F(Estimating, a_call_that_is_only_announced_has_its_price) {
    announce("1", noon_, 100);
    const auto line = only_line();
    EXPECT_EQ(line.calls, 1);
    EXPECT_EQ(line.announced, 1);
    EXPECT_EQ(line.measured, 0);
    EXPECT_EQ(line.audio_ms, 100'000);
    EXPECT_EQ(line.recording,
              (Part{.cost_micros = 100'000, .basis = Basis::Price, .not_counted = 0}));
    // Until it is measured two channels are assumed, and all of both: it costs no more.
    EXPECT_EQ(line.speech,
              (Part{.cost_micros = 200'000, .basis = Basis::PriceAndLength, .not_counted = 0}));
    EXPECT_EQ(line.model_questions,
              (Part{.cost_micros = 0, .basis = Basis::Free, .not_counted = 0}));
    EXPECT_TRUE(ask().whole);
    EXPECT_EQ(ask().speech_micros, 200'000);
}

TEST_F(Estimating, what_an_engine_was_sent_so_far_tells_what_it_will_be) {
    announce("1", noon_, 100);
    share_ = {.calls = 20, .audio_ms = 1000'000, .billed_ms = 650'000};
    EXPECT_EQ(only_line().speech,
              (Part{.cost_micros = 65'000, .basis = Basis::PriceAndHistory, .not_counted = 0}));
    share_.calls = 19;  // Too few to tell.
    EXPECT_EQ(only_line().speech.basis, Basis::PriceAndLength);
}

TEST_F(Estimating, what_is_unknown_is_unknown_and_never_nought) {
    announce("1", noon_, std::nullopt);
    auto line = only_line();
    EXPECT_EQ(line.length_unknown, 1);
    EXPECT_EQ(line.speech, (Part{.cost_micros = {}, .basis = Basis::NoLength, .not_counted = 1}));
    EXPECT_FALSE(ask().whole);
    announce("2", noon_, 100);
    line = only_line();
    EXPECT_EQ(line.speech.cost_micros, 200'000);
    EXPECT_EQ(line.speech.not_counted, 1);
    EXPECT_FALSE(ask().whole);
    sources_.prices.clear();
    EXPECT_EQ(only_line().speech,
              (Part{.cost_micros = {}, .basis = Basis::NoPrice, .not_counted = 2}));
    engine_.reset();
    EXPECT_EQ(only_line().speech,
              (Part{.cost_micros = {}, .basis = Basis::NoEngine, .not_counted = 2}));
    EXPECT_EQ(only_line().engine, std::nullopt);
    recording_.reset();
    EXPECT_EQ(only_line().recording,
              (Part{.cost_micros = {}, .basis = Basis::NoPrice, .not_counted = 2}));
    sources_.models.configured = true;
    EXPECT_EQ(only_line().model_questions,
              (Part{.cost_micros = {}, .basis = Basis::NoHistory, .not_counted = 2}));
}

TEST_F(Estimating, what_nobody_is_paid_for_is_free) {
    announce("1", noon_, std::nullopt);
    engine_ = EngineChoice{.name = "pocketsphinx", .model = {}, .offline = true};
    recording_ = config::parse_audio_rate("0/min");
    EXPECT_EQ(only_line().speech, (Part{.cost_micros = 0, .basis = Basis::Free, .not_counted = 0}));
    EXPECT_EQ(only_line().recording,
              (Part{.cost_micros = 0, .basis = Basis::Free, .not_counted = 0}));
    EXPECT_TRUE(ask().whole);
}

TEST_F(Estimating, models_cost_what_they_cost_so_far) {
    announce("1", noon_, 60);
    announce("2", noon_, 60);
    sources_.models = {.configured = true, .calls = 3, .cost_micros = 1000};
    EXPECT_EQ(only_line().model_questions,
              (Part{.cost_micros = 667, .basis = Basis::History, .not_counted = 0}));
}

TEST_F(Estimating, calls_without_a_recording_cost_nothing_and_are_counted_beside) {
    announce("1", noon_, 100);
    announce("2", noon_, 0, CallOutcome::Busy, false);
    announce("3", noon_, 30, CallOutcome::Answered, false);
    const auto line = only_line();
    EXPECT_EQ(line.calls, 1);
    EXPECT_EQ(line.not_recorded, 2);
}

TEST_F(Estimating, days_are_those_of_the_account) {
    announce("before", *parse_rfc3339("2026-02-10T02:59:59Z"), 10);
    announce("first", *parse_rfc3339("2026-02-10T03:00:00Z"), 10);
    announce("last", *parse_rfc3339("2026-02-11T02:59:59Z"), 10);
    announce("behind", *parse_rfc3339("2026-02-11T03:00:00Z"), 10);
    EXPECT_EQ(only_line().calls, 2);
    EXPECT_EQ(ask("2026-02-09", "2026-02-12").calls, 4);
}

TEST_F(Estimating, days_are_checked) {
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {"2026-02-10", "2026-02-10"}, {"2026-02-10", "2026-05-14"}, {"", "2026-02-10"}}) {
        EXPECT_EQ(estimate(store_->speech_records(), from, to, sources_).error().code,
                  ErrorCode::Invalid);
    }
}

TEST_F(Estimating, shares_come_from_what_was_paid) {
    const auto id = must(store_->conversations().identify(
        {.source = "anura", .account = "default", .external_id = "1"}));
    for (const auto state : {store::SpeechCallState::Paid, store::SpeechCallState::Failed}) {
        store::SpeechCallRow call;
        call.id = store::SpeechCallId::make();
        call.conversation = id;
        call.request = sha256(store::format(state));
        call.source = "anura";
        call.account = "default";
        call.engine = "azure";
        call.day = "2026-02-09";
        call.currency = "USD";
        call.audio_ms = 100'000;
        ASSERT_EQ(must(store_->speech_records().begin_call(call, {}, clock_.now() - 7h)),
                  store::SpeechStart::Begun);
        must(store_->speech_records().end_call({.id = call.id,
                                                .state = state,
                                                .sent_ms = 60'000,
                                                .billed_ms = 65'000,
                                                .cost_micros = 1,
                                                .error_code = {},
                                                .model = {}},
                                               {}));
    }
    const auto share = must(read_shares(store_->speech_records(), "2026-02-10"))("azure");
    EXPECT_EQ(share.calls, 1);
    EXPECT_EQ(share.audio_ms, 100'000);
    EXPECT_EQ(share.billed_ms, 65'000);
    EXPECT_EQ(must(read_shares(store_->speech_records(), "2026-06-10"))("azure").calls, 0);
}

}  // namespace
}  // namespace oidor::costs
