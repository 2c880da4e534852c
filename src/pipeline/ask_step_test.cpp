#include "pipeline/ask_step.hpp"

#include <gtest/gtest.h>

#include "pipeline/audit_step.hpp"
#include "pipeline/map_step.hpp"
#include "pipeline/model_chat.hpp"
#include "pipeline/steps.hpp"
#include "pipeline/testing/house.hpp"

namespace oidor::pipeline {
namespace {

using testing::must;

constexpr auto kEnd =
    R"({"hooktrigger":"END","cdrid":"1","dialtime":"2026-02-10 10:30:00","duration":310,"billseconds":300,
        "status":"ANSWER","wasrecorded":false,"queueagentextension":"300"})";
constexpr auto kWords = R"({"language":"es","duration_s":300,"segments":[
    {"start_ms":0,"end_ms":2000,"speaker":"agent","text":"Buenos días, le habla Lucía."},
    {"start_ms":3000,"end_ms":9000,"speaker":"customer","text":"Mi correo es ana@example.com."},
    {"start_ms":9000,"end_ms":12000,"speaker":"agent","text":"Lamento la demora."}]})";
constexpr auto kScorecard = R"(id = "preguntas"
version = 1
language = "es"
title = "Preguntas"
categories = [{ from = 0, name = "Todas" }]

[[criteria]]
id = "disculpa"
title = "Disculpa"
kind = "question"
question = "¿Quien atiende se disculpa?"
answer = "yes_no"
fail_when = "no"
speaker = "agent"
points = 100
)";
constexpr auto kYes =
    R"({"answers":{"disculpa":{"value":"yes","quotes":[{"segment":2,"quote":"Lamento la demora"}]}}})";

/// Says what it is told to, the last thing again and again.
class Oracle final : public models::ChatModel {
  public:
    [[nodiscard]] std::string name() const override { return "oracle-1"; }
    Result<models::Completion> complete(const models::CompletionRequest& request,
                                        models::Purse& purse) override {
        TRY(purse.open());
        asked.push_back(request);
        models::CallRecord record;
        if (error) {
            record.error = &*error;
            purse.note(record);
            return fail(*error);
        }
        models::Completion reply;
        reply.text = text;
        reply.model = "oracle-1";
        reply.usage = {.prompt_tokens = 100, .cached_tokens = 0, .completion_tokens = 10};
        record.usage = reply.usage;
        purse.note(record);
        return reply;
    }
    std::string text = kYes;
    std::optional<Error> error = {};
    std::vector<models::CompletionRequest> asked = {};
};

class Asking : public testing::House {
  protected:
    Asking() : judges_(store_->directory()) {
        must(publish_shipped_scorecards(store_->directory(), clock_.now()));
        const auto scorecard = must(audit::parse_scorecard(kScorecard, "preguntas"));
        must(store_->directory().insert_scorecard({.id = "preguntas",
                                                   .version = 1,
                                                   .language = "es",
                                                   .toml = kScorecard,
                                                   .sha256_hex = scorecard.sha256,
                                                   .published_at = clock_.now()}));
        must(store_->directory().put_binding({.campaign = {},
                                              .channel = "voice",
                                              .language = {},
                                              .scorecard_id = "preguntas",
                                              .version = 1,
                                              .from = {}}));
        auto oracle = std::make_unique<Oracle>();
        oracle_ = oracle.get();
        endpoint_.model = std::move(oracle);
        models::AskerOptions how;
        how.mask = masking();
        endpoint_.asker = std::make_unique<models::Asker>(*oracle_, std::move(how));
        endpoint_.prices.input = *Decimal::parse("1");
        id_ = keep(kEnd);
        must(MapStep(*store_, accounts()).run(id_));
        const auto bytes = format_transcript(must(parse_transcript(kWords)));
        must(store_->conversations().put_transcript(id_,
                                                    {.sha256_hex = sha256_hex(bytes),
                                                     .json = bytes,
                                                     .origin = "provided",
                                                     .created_at = clock_.now()},
                                                    {}));
    }

    AskStep step() {
        return AskStep({.store = *store_,
                        .accounts = accounts(),
                        .judges = judges_,
                        .clock = clock_,
                        .endpoint = endpoint_,
                        .telemetry = &telemetry_});
    }
    Result<void> ask() { return step().run(id_, {}); }
    void audit() {
        auto ask = step();
        must(AuditStep(*store_, accounts(), judges_, clock_, &telemetry_, &ask).run(id_));
    }
    /// How many jobs of a kind wait; they are taken and ended.
    std::size_t take(std::string_view kind) {
        const auto jobs =
            must(store_->queue().claim({std::string(kind)}, 10, std::chrono::seconds(1)));
        std::vector<store::JobEnding> endings;
        for (const auto& job : jobs) {
            endings.push_back({.id = job.id, .lease = job.lease});
        }
        EXPECT_TRUE(must(store_->queue().finish(endings)).empty());
        return jobs.size();
    }
    std::vector<store::AuditRow> audits() { return must(store_->conversations().list_audits(id_)); }
    store::AuditRow current() {
        for (const auto& audit : audits()) {
            if (audit.current) {
                return audit;
            }
        }
        ADD_FAILURE() << "not judged";
        return {};
    }

    Judges judges_;
    ModelEndpoint endpoint_ = {};
    Oracle* oracle_ = nullptr;
    ConversationId id_ = {};
};

TEST_F(Asking, a_scorecard_with_questions_is_asked_about_before_it_judges) {
    take(kAudit);
    audit();
    EXPECT_TRUE(audits().empty());
    EXPECT_EQ(take(kAsk), 1U);
    must(ask());
    EXPECT_EQ(take(kAudit), 1U);
    audit();
    EXPECT_EQ(current().quality_score, 100);
    EXPECT_FALSE(current().needs_review);
    EXPECT_EQ(take(kAsk), 0U);
    EXPECT_EQ(oracle_->asked.size(), 1U);
    EXPECT_EQ(telemetry_.value(telemetry::Metric::models_answers_verified_total), 1);
    EXPECT_EQ(telemetry_.value(telemetry::Metric::models_calls_total), 1);
}

TEST_F(Asking, what_was_answered_is_not_asked_again) {
    must(ask());
    must(ask());
    EXPECT_EQ(oracle_->asked.size(), 1U);
    const auto used = must(store_->model_records().sum_spending("2026-02-10"));
    EXPECT_EQ(used.calls, 1);
    EXPECT_EQ(used.cost_micros, 100);
}

TEST_F(Asking, what_is_sent_is_masked) {
    must(ask());
    ASSERT_EQ(oracle_->asked.size(), 1U);
    EXPECT_FALSE(oracle_->asked[0].messages[1].content.contains("ana@example.com"));
}

TEST_F(Asking, identifiers_are_those_of_the_accounts_country) {
    const auto bytes = format_transcript(must(parse_transcript(
        R"({"duration_s":300,"segments":[
            {"start_ms":0,"end_ms":2000,"speaker":"customer","text":"Apunte 123456785, gracias."},
            {"start_ms":9000,"end_ms":12000,"speaker":"agent","text":"Bien. Lamento la demora."}]})")));
    must(store_->conversations().put_transcript(id_,
                                                {.sha256_hex = sha256_hex(bytes),
                                                 .json = bytes,
                                                 .origin = "provided",
                                                 .created_at = clock_.now()},
                                                {}));
    must(ask());
    ASSERT_EQ(oracle_->asked.size(), 1U);
    EXPECT_TRUE(oracle_->asked[0].messages[1].content.contains("123456785")) << "no RUT in AR";
    options_.country = "CL";
    must(ask());
    ASSERT_EQ(oracle_->asked.size(), 2U) << "what was asked in another form is no answer to this";
    EXPECT_FALSE(oracle_->asked[1].messages[1].content.contains("123456785"));
}

TEST_F(Asking, a_question_in_free_words_goes_masked_with_what_was_asked_before) {
    options_.country = "CL";
    ModelChat chat(*store_, accounts(), clock_, endpoint_, &telemetry_);
    oracle_->text =
        R"({"answer":"Pide por 123456785.","quotes":[{"segment":2,"quote":"Lamento la demora"}]})";
    must(chat.ask(id_, "¿Es el 123456785?", "lead"));
    const auto kept = must(chat.ask(id_, "¿Y la tarjeta 4111 1111 1111 1111?", "lead"));
    EXPECT_EQ(kept.question, "¿Y la tarjeta 4111 1111 1111 1111?") << "kept as it was asked";
    ASSERT_EQ(oracle_->asked.size(), 2U);
    for (const auto& request : oracle_->asked) {
        for (const auto& message : request.messages) {
            EXPECT_FALSE(message.content.contains("123456785")) << message.content;
            EXPECT_FALSE(message.content.contains("4111")) << message.content;
        }
    }
    EXPECT_EQ(oracle_->asked[1].messages.size(), 5U);
}

TEST_F(Asking, a_model_that_is_away_holds_nothing_up) {
    oracle_->error = Error{.code = ErrorCode::Unavailable, .message = "503", .retry_after = {}};
    EXPECT_EQ(ask().error().code, ErrorCode::Unavailable);
    EXPECT_GE(take(kAudit), 1U);
    audit();
    EXPECT_TRUE(current().needs_review);
    EXPECT_EQ(take(kAsk), 0U);
    // The second failure judges nothing again.
    EXPECT_EQ(ask().error().code, ErrorCode::Unavailable);
    EXPECT_EQ(take(kAudit), 0U);
    EXPECT_EQ(must(store_->model_records().count_answers(store::InquiryState::Waiting)), 1);
    oracle_->error.reset();
    must(ask());
    audit();
    EXPECT_FALSE(current().needs_review);
    EXPECT_EQ(audits().size(), 1U);
    EXPECT_EQ(must(store_->model_records().count_answers(store::InquiryState::Waiting)), 0);
}

TEST_F(Asking, beyond_the_days_budget_it_is_asked_tomorrow) {
    endpoint_.budget.tokens = 0;
    const auto refused = ask();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::RateLimited);
    EXPECT_EQ(refused.error().retry_after, std::chrono::hours(9));  // It is 15:00.
    EXPECT_TRUE(oracle_->asked.empty());
    EXPECT_EQ(must(store_->model_records().sum_spending("2026-02-10")).put_off, 1);
    audit();
    EXPECT_TRUE(current().needs_review);
    clock_.advance(std::chrono::hours(9));
    endpoint_.budget.tokens = 1;
    must(ask());
    audit();
    EXPECT_FALSE(current().needs_review);
}

TEST_F(Asking, given_up_it_is_judged_without) {
    const Error error{.code = ErrorCode::Unauthenticated, .message = "401", .retry_after = {}};
    oracle_->error = error;
    EXPECT_EQ(ask().error().code, ErrorCode::Unauthenticated);
    take(kAudit);
    must(step().give_up(id_, error));
    EXPECT_EQ(take(kAudit), 1U);
    audit();
    EXPECT_TRUE(current().needs_review);
    EXPECT_EQ(take(kAsk), 0U);
    // An operator who put the key right asks again.
    oracle_->error.reset();
    must(ask());
    audit();
    EXPECT_FALSE(current().needs_review);
}

TEST_F(Asking, without_a_model_questions_stay_unknown_and_nobody_is_asked) {
    must(AuditStep(*store_, accounts(), judges_, clock_, &telemetry_).run(id_));
    EXPECT_TRUE(current().needs_review);
    EXPECT_EQ(take(kAsk), 0U);
}

}  // namespace
}  // namespace oidor::pipeline
