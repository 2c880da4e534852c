#include "reports/report.hpp"

#include <filesystem>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/json.hpp"
#include "base/sha256.hpp"
#include "reports/executive.hpp"

namespace oidor::reports {
namespace {

constexpr std::string_view kPhone = "+5491167950079";

template <typename T>
T must(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message;
        return T{};
    }
    return std::move(*result);
}

/// One judged part of a call.
struct Part {
    std::string agent = "7";
    MappingState state = MappingState::Mapped;
    std::optional<int> score = 70;
    std::string category = "Buena";
    bool auditable = true;
    bool review = false;
    std::string outcome = "pass";  ///< Of `saludo_correcto`.
    std::string forbidden = {};
    std::string scorecard = "classic-es";
    bool judged = true;
};

struct Call {
    std::string day = "2026-02-10";
    std::string campaign = "15";
    MappingState campaign_state = MappingState::Mapped;
    int seconds = 120;
    std::vector<Part> parts = {};
};

std::string audit_json(const Part& part) {
    return fmt::format(
        R"({{"criteria":[{{"id":"saludo_correcto","outcome":"{0}"}},{{"id":"identificacion",
        "outcome":"fail"}}],"sentiment_score":0.25,"saludo_correcto":{1},"ofrece_ayuda":null,
        "despedida_correcta":false,"palabras_prohibidas":[{2}],"review_reasons":[{3}]}})",
        part.outcome, part.outcome == "pass" ? "true" : "false",
        part.forbidden.empty() ? "" : "\"" + part.forbidden + "\"",
        part.review ? "\"low_score\"" : "");
}

/// A store of its own, filled by hand.
class Report : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "oidor-reports-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        store_ = must(store::open_sqlite_store({.path = folder_ / "oidor.db"}, clock_));
        ASSERT_NE(store_, nullptr);
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(folder_);
    }

    ConversationId put(const Call& call) {
        auto& conversations = store_->conversations();
        store::MappedConversation mapped;
        auto& conversation = mapped.conversation;
        const auto name = fmt::format("call-{}", ++calls_);
        conversation.id = must(
            conversations.identify({.source = "anura", .account = "default", .external_id = name}));
        conversation.day = call.day;
        conversation.started_at = *parse_rfc3339(call.day + "T12:00:00Z");
        conversation.duration_s = call.seconds;
        conversation.direction = Direction::Inbound;
        conversation.address_from = kPhone;
        conversation.campaign = {.id = call.campaign, .state = call.campaign_state};
        for (std::size_t i = 0; i < call.parts.size(); ++i) {
            const auto& part = call.parts[i];
            mapped.participations.push_back({.leg = std::to_string(i),
                                             .agent = {.id = part.agent, .state = part.state},
                                             .agent_name = "Agente " + part.agent});
        }
        const auto row = must(conversations.merge(mapped, {}));
        for (std::size_t i = 0; i < call.parts.size(); ++i) {
            if (call.parts[i].judged) {
                put_audit(row, i, call.parts[i]);
            }
        }
        return conversation.id;
    }

    /// The report as JSON says it.
    json::object ask(Question question) {
        question.from = question.from.empty() ? "2026-02-10" : question.from;
        question.to = question.to.empty() ? "2026-02-11" : question.to;
        const auto value = parse_json(print(question, Format::Json));
        if (!value || !value->is_object()) {
            ADD_FAILURE() << "no JSON object";
            return {};
        }
        return value->get_object();
    }

    std::string print(const Question& question, Format format) {
        std::string out;
        const auto printer =
            make_printer(format, UiLanguage::Spanish, {}, [&out](std::string_view b) { out += b; });
        const auto done = report(sources(), question, *printer);
        error_ = done ? std::nullopt : std::optional(done.error());
        return out;
    }

    Sources sources() {
        Sources sources{.store = *store_, .at = clock_.now(), .content = content_};
        sources.campaigns = {{"15", "Ventas"}};
        sources.agents = {{"7", "Lucía"}, {"8", "=Ana"}};
        sources.preview = [](ConversationId id) -> Result<std::optional<std::string>> {
            return std::optional("preview of " + id.text());
        };
        return sources;
    }

    Content content_ = Content::Hidden;
    std::optional<Error> error_ = {};
    std::unique_ptr<store::Store> store_ = {};

  private:
    void put_audit(const store::ConversationRow& row, std::size_t index, const Part& part) {
        store::AuditRow audit{.participation = row.participations.at(index).id,
                              .conversation = row.conversation.id,
                              .scorecard_id = part.scorecard,
                              .input_sha256 = sha256_hex(part.scorecard),
                              .auditable = part.auditable,
                              .quality_score = part.auditable ? part.score : std::nullopt,
                              .needs_review = part.review,
                              .json = audit_json(part)};
        if (audit.quality_score) {
            audit.quality_category = part.category;
        }
        if (!part.auditable) {
            audit.reason = "too_short";
        }
        const auto stored =
            store_->conversations().put_audit(audit, ConversationState::Audited, std::nullopt);
        EXPECT_TRUE(stored) << (stored ? "" : stored.error().message);
    }

    std::filesystem::path folder_ = {};
    ManualClock clock_{Timestamp(std::chrono::seconds(1'770'000'000))};
    int calls_ = 0;
};

const json::object& item(const json::object& report, std::size_t index) {
    return report.at("items").as_array().at(index).as_object();
}

std::int64_t count(const json::object& report, std::string_view name) {
    return report.at("counts").as_object().at(name).as_int64();
}

TEST_F(Report, of_nothing_says_so_in_every_form) {
    for (int i = 0; i <= static_cast<int>(kLastKind); ++i) {
        const Question question{
            .kind = static_cast<Kind>(i), .from = "2026-02-10", .to = "2026-02-12"};
        const auto told = ask(question);
        EXPECT_TRUE(told.at("items").as_array().empty());
        EXPECT_EQ(count(told, "conversations"), 0);
        EXPECT_NE(print(question, Format::Text).find("No hay auditorías"), std::string::npos);
        EXPECT_NE(print(question, Format::Html).find("No hay auditorías"), std::string::npos);
        EXPECT_NE(print(question, Format::Csv).find("\r\nfigures,0,"), std::string::npos);
    }
}

TEST_F(Report, every_audit_is_in_one_count) {
    put({.parts = {{}, {.agent = "8", .state = MappingState::Defaulted}}});
    put({.parts = {{.state = MappingState::Unmapped}, {.score = std::nullopt}}});
    put({.parts = {{.auditable = false}, {.judged = false}}});
    put({.campaign_state = MappingState::Defaulted, .parts = {{}}});
    put({.campaign_state = MappingState::Unmapped, .parts = {{}}});
    put({.parts = {{.scorecard = "general-es"}}});
    for (const auto by : {By::Whole, By::Campaign, By::Agent}) {
        const auto told = ask({.kind = Kind::Categories, .scorecard = "classic-es", .by = by});
        EXPECT_EQ(count(told, "audits"), 8);
        std::int64_t sum = 0;
        for (const auto* const name :
             {"figures", "not_auditable", "without_score", "other_scorecards", "agents_defaulted",
              "agents_unmapped", "campaigns_defaulted", "campaigns_unmapped", "unreadable"}) {
            sum += count(told, name);
        }
        EXPECT_EQ(sum, 8);
        EXPECT_EQ(count(told, "not_auditable"), 1);
        EXPECT_EQ(count(told, "without_score"), 1);
        EXPECT_EQ(count(told, "other_scorecards"), 1);
        EXPECT_EQ(count(told, "not_judged"), 1);
        EXPECT_EQ(count(told, "conversations"), 6);
        EXPECT_EQ(count(told, "agents_defaulted"), by == By::Agent ? 1 : 0);
        EXPECT_EQ(count(told, "agents_unmapped"), by == By::Agent ? 1 : 0);
        EXPECT_EQ(count(told, "campaigns_defaulted"), by == By::Campaign ? 1 : 0);
        EXPECT_EQ(count(told, "campaigns_unmapped"), by == By::Campaign ? 1 : 0);
        EXPECT_EQ(told.at("counts").at("not_auditable_reasons").at("too_short").as_int64(), 1);
    }
}

TEST_F(Report, categories_have_shares_means_and_reviews) {
    for (const int score : {90, 80, 70, 70, 60, 30}) {
        put({.parts = {{.score = score,
                        .category = score >= 80   ? "Excelente"
                                    : score >= 60 ? "Buena"
                                                  : "Mala",
                        .review = score < 50}}});
    }
    const auto told = ask({.kind = Kind::Categories, .min_n = 2});
    ASSERT_EQ(told.at("items").as_array().size(), 4U);
    const auto& all = item(told, 0);
    EXPECT_EQ(all.at("category"), json::value(nullptr));
    EXPECT_EQ(all.at("n").as_int64(), 6);
    EXPECT_EQ(format_json(all.at("mean_score")), "66.67");
    EXPECT_EQ(format_json(all.at("review_percent")), "16.67");
    EXPECT_EQ(item(told, 1).at("category").as_string(), "Excelente");
    EXPECT_EQ(format_json(item(told, 1).at("share_percent")), "33.33");
    EXPECT_EQ(format_json(item(told, 2).at("share_percent")), "50");
    const auto& poor = item(told, 3);
    EXPECT_EQ(poor.at("category").as_string(), "Mala");
    EXPECT_EQ(format_json(poor.at("share_percent")), "16.67") << "one of six is a share";
    EXPECT_EQ(poor.at("mean_score"), json::value(nullptr)) << "the mean of one is few";
    EXPECT_EQ(poor.at("few"), json::value(true));
}

TEST_F(Report, few_audits_rank_nobody) {
    for (int i = 0; i < 5; ++i) {
        put({.parts = {{.agent = "7", .score = 60}}});
    }
    put({.parts = {{.agent = "8", .score = 100}}});
    const Question question{
        .kind = Kind::Categories, .from = "2026-02-10", .to = "2026-02-11", .by = By::Agent};
    const auto told = ask(question);
    EXPECT_EQ(item(told, 0).at("agent").as_string(), "7");
    EXPECT_EQ(item(told, 0).at("agent_name").as_string(), "Lucía");
    EXPECT_EQ(item(told, 0).at("rank").as_int64(), 1);
    EXPECT_EQ(format_json(item(told, 0).at("mean_score")), "60");
    EXPECT_EQ(item(told, 2).at("agent").as_string(), "8");
    EXPECT_EQ(item(told, 2).at("rank"), json::value(nullptr));
    EXPECT_EQ(item(told, 2).at("mean_score"), json::value(nullptr));
    EXPECT_EQ(item(told, 2).at("few"), json::value(true));
    EXPECT_NE(print(question, Format::Text).find("pocas"), std::string::npos);
    const auto csv = print(question, Format::Csv);
    EXPECT_NE(csv.find(",8,'=Ana,,,1,,,,,,,0,,,,Sí\r\n"), std::string::npos) << csv;
    EXPECT_NE(csv.find("\r\nmin_n,5,"), std::string::npos);
}

TEST_F(Report, equal_means_share_a_rank) {
    for (const auto* const agent : {"7", "8", "9"}) {
        put({.parts = {{.agent = agent, .score = agent == std::string_view("9") ? 50 : 80}}});
    }
    const auto told = ask({.kind = Kind::Categories, .by = By::Agent, .min_n = 1});
    EXPECT_EQ(item(told, 0).at("rank").as_int64(), 1);
    EXPECT_EQ(item(told, 2).at("rank").as_int64(), 1);
    EXPECT_EQ(item(told, 4).at("rank").as_int64(), 3);
}

TEST_F(Report, scorecards_are_never_mixed) {
    put({.parts = {{.score = 100}}});
    put({.parts = {{.score = 0, .scorecard = "general-es"}}});
    const auto told = ask({.kind = Kind::Categories, .min_n = 1});
    EXPECT_EQ(format_json(item(told, 0).at("mean_score")), "100");
    EXPECT_EQ(item(told, 2).at("scorecard").as_string(), "general-es");
    EXPECT_EQ(format_json(item(told, 2).at("mean_score")), "0");
    EXPECT_EQ(told.at("scorecards").as_array().size(), 2U);
    EXPECT_EQ(count(ask({.kind = Kind::Categories, .scorecard = "classic-es"}), "figures"), 1);
    EXPECT_EQ(
        count(ask({.kind = Kind::Categories, .scorecard = "classic-es", .scorecard_version = 2}),
              "figures"),
        0);
}

TEST_F(Report, protocol_counts_only_what_was_met_or_missed) {
    for (const auto* const outcome : {"pass", "pass", "fail", "unknown", "not_applicable"}) {
        put({.parts = {{.outcome = outcome}}});
    }
    const auto told = ask({.kind = Kind::Protocol, .min_n = 1});
    const auto& greeting = item(told, 0);
    EXPECT_EQ(greeting.at("criterion").as_string(), "saludo_correcto");
    EXPECT_EQ(greeting.at("pass").as_int64(), 2);
    EXPECT_EQ(greeting.at("fail").as_int64(), 1);
    EXPECT_EQ(greeting.at("unknown").as_int64(), 1);
    EXPECT_EQ(greeting.at("not_applicable").as_int64(), 1);
    EXPECT_EQ(greeting.at("n").as_int64(), 3);
    EXPECT_EQ(format_json(greeting.at("pass_percent")), "66.67");
    EXPECT_EQ(item(told, 1).at("pass").as_int64(), 0);
    EXPECT_EQ(format_json(item(told, 1).at("pass_low_percent")), "0");
}

TEST_F(Report, all_that_passed_is_a_hundred_and_its_interval_ends_there) {
    for (int i = 0; i < 29; ++i) {
        put({.parts = {{}}});
    }
    const auto told = ask({.kind = Kind::Protocol});
    const auto& greeting = item(told, 0);
    EXPECT_EQ(format_json(greeting.at("pass_percent")), "100");
    EXPECT_EQ(format_json(greeting.at("pass_low_percent")), "88.3");
    EXPECT_EQ(format_json(greeting.at("pass_high_percent")), "100");
    EXPECT_EQ(greeting.at("few"), json::value(false));
}

TEST_F(Report, phrases_are_counted_by_audit_and_by_call) {
    put({.parts = {{.forbidden = "no puedo"}, {.agent = "8", .forbidden = "no puedo"}}});
    put({.parts = {{.forbidden = "imposible"}}});
    put({.parts = {{}}});
    const auto told = ask({.kind = Kind::Phrases, .min_n = 1});
    EXPECT_EQ(item(told, 0).at("phrase").as_string(), "no puedo");
    EXPECT_EQ(item(told, 0).at("audits").as_int64(), 2);
    EXPECT_EQ(item(told, 0).at("calls").as_int64(), 1);
    EXPECT_EQ(item(told, 0).at("of_calls").as_int64(), 3);
    EXPECT_EQ(format_json(item(told, 0).at("calls_percent")), "33.33");
    EXPECT_EQ(item(told, 1).at("phrase").as_string(), "imposible");
}

TEST_F(Report, the_review_list_has_the_lowest_first_each_with_its_own_words) {
    content_ = Content::Shown;
    std::vector<ConversationId> ids;
    for (const int score : {45, 20, 90, 30}) {
        ids.push_back(put({.parts = {{.score = score, .review = score < 50}}}));
    }
    const auto unscored = put({.parts = {{.score = std::nullopt, .review = true}}});
    auto told = ask({.kind = Kind::Review});
    ASSERT_EQ(told.at("items").as_array().size(), 4U);
    const std::vector<std::pair<std::size_t, ConversationId>> wanted = {
        {0, ids[1]}, {1, ids[3]}, {2, ids[0]}, {3, unscored}};
    for (const auto& [index, id] : wanted) {
        EXPECT_EQ(item(told, index).at("conversation").as_string(), id.text());
        EXPECT_EQ(item(told, index).at("preview").as_string(), "preview of " + id.text());
        EXPECT_EQ(format_json(item(told, index).at("review_reasons")), R"(["low_score"])");
    }
    EXPECT_EQ(count(told, "needs_review"), 4);
    told = ask({.kind = Kind::Review, .limit = 2});
    ASSERT_EQ(told.at("items").as_array().size(), 2U);
    EXPECT_EQ(item(told, 1).at("conversation").as_string(), ids[3].text());
    content_ = Content::Hidden;
    EXPECT_EQ(item(ask({.kind = Kind::Review}), 0).at("preview"), json::value(nullptr));
}

TEST_F(Report, nobody_is_named_for_a_call_that_a_default_gave_them) {
    put({.parts = {{.agent = "8", .state = MappingState::Defaulted, .score = 1, .review = true}}});
    for (const auto kind : {Kind::Review, Kind::Executive}) {
        const auto told = ask({.kind = kind});
        EXPECT_EQ(item(told, 0).at("agent"), json::value(nullptr));
        EXPECT_EQ(item(told, 0).at("agent_name"), json::value(nullptr));
        EXPECT_EQ(item(told, 0).at("agent_state").as_string(), "defaulted");
        EXPECT_TRUE(ask({.kind = kind, .agent = "8"}).at("items").as_array().empty());
    }
}

TEST_F(Report, the_trend_has_every_day) {
    put({.day = "2026-02-10",
         .seconds = 90,
         .parts = {{.score = 40, .review = true}, {.score = 60}}});
    put({.day = "2026-02-12", .seconds = 60, .parts = {{.score = 80}}});
    const Question question{
        .kind = Kind::Trend, .from = "2026-02-09", .to = "2026-02-13", .min_n = 1};
    const auto told = ask(question);
    ASSERT_EQ(told.at("items").as_array().size(), 4U);
    EXPECT_EQ(item(told, 0).at("day").as_string(), "2026-02-09");
    EXPECT_EQ(item(told, 0).at("n").as_int64(), 0);
    EXPECT_EQ(item(told, 0).at("mean_score"), json::value(nullptr));
    EXPECT_EQ(item(told, 0).at("few"), json::value(false));
    EXPECT_EQ(item(told, 1).at("calls").as_int64(), 1);
    EXPECT_EQ(item(told, 1).at("n").as_int64(), 2);
    EXPECT_EQ(format_json(item(told, 1).at("mean_score")), "50");
    EXPECT_EQ(format_json(item(told, 1).at("mean_minutes")), "1.5");
    EXPECT_EQ(format_json(item(told, 1).at("review_percent")), "50");
    EXPECT_EQ(format_json(item(told, 1).at("mean_sentiment")), "0.25");
    EXPECT_EQ(format_json(item(told, 3).at("mean_score")), "80");
    EXPECT_EQ(item(told, 3).at("mean_low"), json::value(nullptr)) << "one value has no interval";
    const auto page = print(question, Format::Html);
    EXPECT_NE(page.find("<svg role=\"img\""), std::string::npos);
    EXPECT_NE(page.find("2 de 4 días con promedio, entre 50.00 y 80.00"), std::string::npos);
    EXPECT_EQ(page.find("<script"), std::string::npos);
}

TEST_F(Report, the_export_masks_phones_and_goes_on_where_it_ended) {
    content_ = Content::Shown;
    for (int i = 0; i < 5; ++i) {
        put({.day = i < 3 ? "2026-02-10" : "2026-02-11",
             .parts = {{.forbidden = i == 0 ? "no puedo" : ""}}});
    }
    Question question{.kind = Kind::Executive, .from = "2026-02-10", .to = "2026-02-12"};
    const auto whole = ask(question);
    ASSERT_EQ(whole.at("items").as_array().size(), 5U);
    EXPECT_EQ(item(whole, 0).at("phone").as_string(), "+54***79");
    EXPECT_EQ(format_json(item(whole, 0).at("minutes")), "2");
    EXPECT_EQ(item(whole, 0).at("saludo_correcto"), json::value(true));
    EXPECT_EQ(item(whole, 0).at("identificacion"), json::value(false));
    EXPECT_EQ(item(whole, 0).at("ofrece_ayuda"), json::value(nullptr));
    for (const auto format : {Format::Text, Format::Csv, Format::Json, Format::Html}) {
        EXPECT_EQ(print(question, format).find(kPhone.substr(4)), std::string::npos);
    }
    EXPECT_NE(print(question, Format::Csv).find("'+54***79,2.00,"), std::string::npos);
    EXPECT_NE(print(question, Format::Csv).find(",Ninguna,0.250,No\r\n"), std::string::npos);
    question.limit = 2;
    std::size_t found = 0;
    for (int pages = 0; pages < 5; ++pages) {
        const auto page = ask(question);
        for (const auto& each : page.at("items").as_array()) {
            EXPECT_EQ(each, whole.at("items").as_array().at(found++));
        }
        if (page.at("next").is_null()) {
            break;
        }
        question.after = std::string(page.at("next").as_string());
    }
    EXPECT_EQ(found, 5U);
    question.after = "yesterday";
    print(question, Format::Json);
    ASSERT_TRUE(error_);
    EXPECT_EQ(error_->code, ErrorCode::Invalid);
    content_ = Content::Hidden;
    question.after = {};
    EXPECT_EQ(item(ask(question), 0).at("palabras_prohibidas"), json::value(nullptr));
}

TEST_F(Report, a_limited_key_sees_its_campaigns_only) {
    put({.campaign = "15", .parts = {{.review = true}}});
    put({.campaign = "16", .parts = {{.review = true}}});
    for (int i = 0; i <= static_cast<int>(kLastKind); ++i) {
        const auto kind = static_cast<Kind>(i);
        EXPECT_EQ(count(ask({.kind = kind, .campaigns_allowed = {"15"}}), "audits"), 1);
        EXPECT_EQ(
            count(ask({.kind = kind, .campaign = "16", .campaigns_allowed = {"15"}}), "audits"), 0);
    }
}

TEST_F(Report, an_audit_that_cannot_be_read_is_counted_apart_and_named) {
    put({.parts = {{.score = 90, .review = true}}});
    const auto id = put({.parts = {{.judged = false}}});
    const auto row = *must(store_->conversations().find_conversation(id));
    ASSERT_TRUE(store_->conversations().put_audit({.participation = row.participations[0].id,
                                                   .conversation = id,
                                                   .scorecard_id = "classic-es",
                                                   .input_sha256 = sha256_hex("x"),
                                                   .quality_score = 5,
                                                   .needs_review = true,
                                                   .json = "[]"},
                                                  ConversationState::Audited, std::nullopt));
    for (const auto kind : {Kind::Protocol, Kind::Phrases, Kind::Trend, Kind::Executive}) {
        const auto told = ask({.kind = kind, .from = "2026-02-10", .to = "2026-02-11"});
        EXPECT_EQ(count(told, "figures"), 1);
        EXPECT_EQ(count(told, "unreadable"), 1);
        EXPECT_EQ(count(told, "needs_review"), 1);
        EXPECT_EQ(told.at("unreadable"), json::value(json::array{id.text()}));
        EXPECT_TRUE(print({.kind = kind, .from = "2026-02-10", .to = "2026-02-11"}, Format::Text)
                        .contains(id.text()));
    }
    // The list of what is to be reviewed has it still, without its reasons.
    const auto listed = ask({.kind = Kind::Review, .from = "2026-02-10", .to = "2026-02-11"});
    EXPECT_EQ(count(listed, "figures"), 2);
    EXPECT_EQ(item(listed, 0).at("review_reasons"), json::value(json::array()));
}

}  // namespace
}  // namespace oidor::reports
