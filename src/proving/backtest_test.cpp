#include "proving/backtest.hpp"

#include <stdlib.h>

#include <filesystem>

#include <boost/json.hpp>

#include "base/sha256.hpp"
#include "proving/report.hpp"
#include "proving/test_support.hpp"
#include "proving/words.hpp"
#include "store/store.hpp"

namespace oidor::proving {
namespace {

using store::MappedConversation;

constexpr std::string_view kGood = R"({"language":"es","duration_s":300,"segments":[
    {"speaker":"agent","text":"Buenos días"},{"speaker":"customer","text":"Hola"}]})";
constexpr std::string_view kRude = R"({"language":"es","duration_s":300,"segments":[
    {"speaker":"agent","text":"Es imposible"},{"speaker":"customer","text":"Bueno"}]})";

std::string newer_card() {
    auto toml = kCard;
    // The greeting weighs more, and is looked for no more; one criterion goes, one comes.
    toml.replace(toml.find("\"buenos días\","), std::string("\"buenos días\",").size(), "");
    toml.replace(toml.find("\"muy buenos días\","), std::string("\"muy buenos días\",").size(), "");
    toml.replace(toml.find("version = 1"), 11, "version = 2");
    toml.replace(toml.find("id = \"duracion\""), 15, "id = \"tiempo\"");
    return toml;
}

class BacktestTest : public ::testing::Test {
  protected:
    BacktestTest() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "oidor-backtest-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        store_ = must(store::open_sqlite_store({.path = folder_ / "oidor.db"}, clock_));
        older_ = must(audit::Auditor::open(card()));
        newer_ = must(audit::Auditor::open(card(newer_card())));
    }
    ~BacktestTest() override {
        store_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    store::ConversationRow add(int number, std::string_view json, const std::string& agent,
                               bool canonical = true) {
        auto& conversations = store_->conversations();
        const auto id = must(conversations.identify({.source = "anura",
                                                     .account = "default",
                                                     .channel = Channel::Voice,
                                                     .external_id = std::to_string(number)}));
        MappedConversation mapped;
        mapped.conversation.id = id;
        mapped.conversation.started_at = clock_.now() + std::chrono::minutes(number);
        mapped.conversation.campaign = {.id = "7", .state = MappingState::Mapped};
        if (!agent.empty()) {
            mapped.participations = {{.leg = agent,
                                      .agent = {.id = agent,
                                                .state = agent == "?" ? MappingState::Defaulted
                                                                      : MappingState::Mapped}}};
        }
        auto row = must(conversations.merge(mapped, {}));
        const auto bytes =
            canonical ? format_transcript(must(parse_transcript(json))) : std::string(json);
        EXPECT_TRUE(conversations.put_transcript(id,
                                                 {.sha256_hex = sha256_hex(bytes),
                                                  .json = bytes,
                                                  .origin = "provided",
                                                  .created_at = clock_.now()},
                                                 {}));
        return row;
    }

    void put_audit(const store::ConversationRow& row, const std::string& scorecard, int version) {
        EXPECT_TRUE(store_->conversations().put_audit(
            {.participation = row.participations.at(0).id,
             .conversation = row.conversation.id,
             .scorecard_id = scorecard,
             .scorecard_version = version,
             .input_sha256 = sha256_hex(scorecard + std::to_string(version)),
             .json = "{}",
             .created_at = clock_.now()},
            ConversationState::Audited, {}));
    }

    Backtest backtest() {
        return Backtest(
            store_->conversations(),
            [](const store::ConversationRow&, const Participation&, const Transcript& transcript) {
                audit::Facts facts;
                facts.duration = transcript.duration;
                return facts;
            },
            [this](const std::string& id,
                   int version) -> Result<std::shared_ptr<const audit::Auditor>> {
                if (id != "prueba" || version != 1) {
                    return fail(ErrorCode::NotFound, "no scorecard {}", id);
                }
                return std::shared_ptr<const audit::Auditor>(older_.get(),
                                                             [](const audit::Auditor*) {});
            });
    }

    BacktestReport run(const BacktestOptions& options = {}) {
        return must(backtest().run(*newer_, older_.get(), options));
    }

    ManualClock clock_{*parse_rfc3339("2026-02-10T15:00:00Z")};
    std::filesystem::path folder_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<audit::Auditor> older_;
    std::unique_ptr<audit::Auditor> newer_;
};

TEST_F(BacktestTest, counts_who_changes_by_criterion_agent_and_campaign) {
    const auto first = add(1, kGood, "12");
    add(2, kGood, "12");
    add(3, kRude, "30");
    add(4, kGood, "?");
    const auto figures = run().figures;
    EXPECT_EQ(figures.conversations, 4);
    EXPECT_EQ(figures.compared, 4);
    const auto& greeting = figures.criteria.at(0);
    EXPECT_EQ(greeting.count(audit::Outcome::Pass, audit::Outcome::Fail), 3);
    EXPECT_EQ(greeting.count(audit::Outcome::Fail, audit::Outcome::Fail), 1);
    ASSERT_EQ(greeting.pass_to_fail.kept.size(), 3U);
    EXPECT_EQ(greeting.pass_to_fail.kept[0].conversation, first.conversation.id);
    EXPECT_EQ(greeting.pass_to_fail.kept[0].before, Decimal::from_int(100));
    EXPECT_EQ(figures.criteria.at(2).added, 4) << "it is new";
    EXPECT_EQ(figures.gone.at("duracion"), 4);
    EXPECT_EQ(figures.pass_to_fail, 3);
    EXPECT_EQ(figures.before.passing, 3);
    EXPECT_EQ(figures.after.passing, 0);
    EXPECT_EQ(figures.before.bins.at(9), 3);
    ASSERT_EQ(figures.agents.size(), 2U);
    EXPECT_EQ(figures.agents.at("12").pass_to_fail, 2);
    EXPECT_EQ(figures.agents.at("12").criteria.at("saludo")[0], 2);
    EXPECT_EQ(figures.agents.at("30").pass_to_fail, 0);
    EXPECT_EQ(figures.agents_left_out, 1);
    EXPECT_EQ(figures.campaigns.at("7").audits, 4);
}

TEST_F(BacktestTest, says_in_its_head_how_many_questions_nobody_answered) {
    add(1, kGood, "12");
    add(2, kRude, "12");
    EXPECT_EQ(report_text(run(), UiLanguage::English).find("left unanswered"), std::string::npos);
    newer_ = must(audit::Auditor::open(
        card(newer_card() + "[[criteria]]\nid = \"q\"\nkind = \"question\"\npoints = 10\n"
                            "question = \"¿Explicó el cargo?\"\n")));
    const auto report = run();
    EXPECT_EQ(report.figures.questions_unknown_before, 0);
    EXPECT_EQ(report.figures.questions_unknown_after, 2);
    const auto text = report_text(report, UiLanguage::Spanish);
    const auto second = text.substr(text.find('\n') + 1);
    EXPECT_TRUE(second.starts_with("preguntas al modelo sin responder: 0 antes, 2 después"))
        << text;
    EXPECT_EQ(to_json(report).at("questions_unknown").at("after").as_int64(), 2);
}

TEST_F(BacktestTest, says_the_same_whatever_the_threads_and_pages) {
    for (int number = 0; number < 23; ++number) {
        add(number, number % 3 == 0 ? kRude : kGood, std::to_string(number % 4));
    }
    const auto text = format_json(to_json(run({.threads = 1})));
    for (const unsigned threads : {2U, 5U}) {
        EXPECT_EQ(format_json(to_json(run({.threads = threads, .page = {.count_max = 3}}))), text);
    }
    const auto words = report_text(run(), UiLanguage::Spanish);
    EXPECT_NE(words.find("prueba versión 2 frente a prueba@1: 23 conversaciones"),
              std::string::npos)
        << words;
}

TEST_F(BacktestTest, says_what_cannot_be_compared_and_why) {
    add(1, R"({"language":"es","segments":"none"})", "12", false);
    add(2, R"({"language":"en","segments":[{"speaker":"agent","text":"Hello"}]})", "12");
    add(3, R"({"language":"es","segments":[]})", "12");
    add(4, kGood, "");
    const auto figures = run().figures;
    const auto count = [&](NotComparable reason) {
        return figures.not_comparable[static_cast<std::size_t>(reason)];
    };
    EXPECT_EQ(count(NotComparable::FaultyTranscript), 1);
    EXPECT_EQ(count(NotComparable::OtherLanguage), 1);
    EXPECT_EQ(count(NotComparable::NotAuditable), 1);
    EXPECT_EQ(count(NotComparable::NoParticipation), 1);
    EXPECT_EQ(figures.compared, 0);
    EXPECT_EQ(figures.conversations, 4);
}

TEST_F(BacktestTest, against_what_judged_each_one) {
    put_audit(add(1, kGood, "12"), "prueba", 1);
    put_audit(add(2, kGood, "12"), "gone", 3);
    add(3, kGood, "12");
    const auto report = must(backtest().run(*newer_, nullptr, {}));
    EXPECT_EQ(report.older_id, "current");
    EXPECT_EQ(report.figures.compared, 1);
    const auto& left = report.figures.not_comparable;
    EXPECT_EQ(left[static_cast<std::size_t>(NotComparable::NoScorecard)], 1);
    EXPECT_EQ(left[static_cast<std::size_t>(NotComparable::NotJudgedYet)], 1);
}

TEST_F(BacktestTest, only_the_conversations_asked_for) {
    add(1, kGood, "12");
    add(2, kGood, "12");
    BacktestOptions options;
    options.filter.from = clock_.now() + std::chrono::minutes(2);
    EXPECT_EQ(run(options).figures.conversations, 1);
    options.filter.campaign = "8";
    EXPECT_EQ(run(options).figures.conversations, 0);
}

TEST_F(BacktestTest, ends_without_a_report_when_asked_to_stop) {
    for (int number = 0; number < 9; ++number) {
        add(number, kGood, "12");
    }
    std::stop_source stop;
    BacktestOptions options;
    options.page.count_max = 1;
    options.stop = stop.get_token();
    std::int64_t told = 0;
    options.on_progress = [&](std::int64_t done, std::int64_t all) {
        EXPECT_EQ(all, 9);
        told = done;
        if (done == 4) {
            stop.request_stop();
        }
    };
    const auto report = backtest().run(*newer_, older_.get(), options);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::Cancelled);
    EXPECT_EQ(told, 4);
}

}  // namespace
}  // namespace oidor::proving
