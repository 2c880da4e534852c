#include "server/page.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "pipeline/fetch_step.hpp"
#include "server/credentials.hpp"
#include "server/views.hpp"

namespace oidor::server {
namespace {

constexpr auto kHostile = "<script>alert('x')</script>\"&";

store::ConversationRow hostile_row() {
    store::ConversationRow row;
    row.conversation.id = ConversationId::make();
    row.conversation.key = {.source = "anura",
                            .account = "default",
                            .channel = Channel::Voice,
                            .external_id = kHostile};
    row.conversation.campaign = {.id = {}, .state = MappingState::Unmapped, .wanted = kHostile};
    row.conversation.reason = kHostile;
    row.conversation.address_from = "+5491167950079";
    row.participations = {{.id = ParticipationId::make(),
                           .leg = "x",
                           .agent = {.id = "1", .state = MappingState::Mapped, .wanted = {}},
                           .agent_name = kHostile}};
    return row;
}

TEST(Page, every_reason_of_a_recording_has_a_text_in_both_languages) {
    for (const auto reason : pipeline::kRecordingReasons) {
        EXPECT_NE(reason_text(reason, UiLanguage::Spanish), reason) << reason;
        EXPECT_NE(reason_text(reason, UiLanguage::English),
                  reason_text(reason, UiLanguage::Spanish))
            << reason;
    }
    EXPECT_EQ(reason_text("something else", UiLanguage::Spanish), "something else");
}

TEST(Page, text_from_outside_is_escaped_everywhere) {
    const auto row = hostile_row();
    const DayPage day{.day = kHostile,
                      .days = {kHostile},
                      .campaign = kHostile,
                      .agent = kHostile,
                      .rows = {{.row = row,
                                .time = kHostile,
                                .audits = {{.participation = row.participations[0].id,
                                            .quality_score = 1,
                                            .quality_category = kHostile,
                                            .needs_review = true}},
                                .review_reasons = {kHostile}}},
                      .campaigns = {{.id = kHostile, .name = kHostile}},
                      .agents = {{.id = kHostile, .name = kHostile}},
                      .user = kHostile,
                      .next_after = row.conversation.id};
    const store::AuditRow audit{
        .participation = row.participations[0].id,
        .conversation = row.conversation.id,
        .scorecard_id = kHostile,
        .json =
            R"({"criteria":[{"id":"a<b","outcome":"fail","points":0,"points_max":1,"evidence":[{"segment":0,
                    "start_ms":0,"end_ms":1,"speaker":"agent","quote":"<script>"}]}],"issues":["<script>"]})"};
    const ConversationPage page{
        .row = row,
        .audits = {audit},
        .transcript =
            store::TranscriptRow{.json = R"({"segments":[{"speaker":"agent","text":"<script>"}]})",
                                 .origin = kHostile,
                                 .quality_note = "x"},
        .user = kHostile,
        .content = true};
    for (const auto language : {UiLanguage::Spanish, UiLanguage::English}) {
        for (const auto& html :
             {format_day_page(day, language), format_conversation_page(page, language),
              format_message_page(kHostile, kHostile, language)}) {
            EXPECT_EQ(html.find("<script"), std::string::npos);
            EXPECT_NE(html.find("&lt;script"), std::string::npos);
        }
    }
}

TEST(Page, what_has_to_be_looked_at_comes_first_with_its_reason) {
    DayPage page{.day = "2026-02-10"};
    for (const bool review : {false, true}) {
        DayRow row;
        row.row.conversation.key.external_id = review ? "judge me" : "fine";
        row.row.participations = {{.id = ParticipationId::make()}};
        row.audits = {{.participation = row.row.participations[0].id, .needs_review = review}};
        if (review) {
            row.review_reasons = {"puntaje bajo"};
        }
        page.rows.push_back(row);
    }
    const auto html = format_day_page(page, UiLanguage::Spanish);
    EXPECT_LT(html.find("Para revisar"), html.find("judge me"));
    EXPECT_LT(html.find("judge me"), html.find("puntaje bajo"));
    EXPECT_LT(html.find("puntaje bajo"), html.find("Las demás"));
    EXPECT_LT(html.find("Las demás"), html.find("fine"));
}

TEST(Page, the_day_leads_to_the_reports_up_to_it) {
    const DayPage page{.day = "2026-02-10"};
    const auto html = format_day_page(page, UiLanguage::Spanish);
    EXPECT_NE(html.find("<a href=\"/quality/trend?to=2026-02-11\">Tendencia diaria</a>"),
              std::string::npos)
        << html;
    EXPECT_NE(format_day_page(DayPage(), UiLanguage::English).find("href=\"/quality/review\""),
              std::string::npos);
}

TEST(Page, evidence_leads_to_its_line_of_the_transcript) {
    ConversationPage page{.row = hostile_row()};
    page.audits = {
        {.participation = page.row.participations[0].id,
         .json = R"({"criteria":[{"id":"saludo","outcome":"pass","points":1,"points_max":1,
                        "evidence":[{"segment":1,"start_ms":0,"speaker":"agent","quote":"Hola"}],
                        "searched":{"from_char":0,"to_char":99}}]})"}};
    page.transcript = store::TranscriptRow{
        .json = R"({"segments":[{"text":"…"},{"speaker":"agent","text":"Hola"}]})"};
    page.content = true;
    const auto html = format_conversation_page(page, UiLanguage::Spanish);
    EXPECT_NE(html.find("<a href=\"#s1\">0:00"), std::string::npos);
    EXPECT_NE(html.find("<tr id=\"s1\">"), std::string::npos);
    // It was found: where it was looked for says nothing more.
    EXPECT_EQ(html.find("Se buscó"), std::string::npos);
}

TEST(Page, what_decided_is_told_in_words) {
    ConversationPage page{.row = hostile_row()};
    page.audits = {{.participation = page.row.participations[0].id, .json = R"({"criteria":[
            {"id":"despedida","outcome":"pass","points":1,"points_max":1,"evidence":[
                {"segment":1,"speaker":"agent","quote":"asta luego","distance":1,
                 "phrase":"hasta luego","pack":"es/despedida"}]},
            {"id":"cierre","outcome":"not_applicable","points":null,"points_max":1,"evidence":[],
             "condition":{"outcome":"fail","criterion":"venta","evidence":[]},"bonus":true}]})"}};
    page.titles = {{"venta", "Ofrece <el> plan"}};
    page.content = true;
    const auto html = format_conversation_page(page, UiLanguage::Spanish);
    EXPECT_NE(html.find("se tomó por «hasta luego»"), std::string::npos);
    EXPECT_NE(html.find("del paquete es/despedida"), std::string::npos);
    EXPECT_NE(html.find("no se dio su condición (depende de Ofrece &lt;el&gt; plan)"),
              std::string::npos);
    EXPECT_NE(html.find("puntos extra"), std::string::npos);
    page.content = false;
    EXPECT_EQ(format_conversation_page(page, UiLanguage::Spanish).find("hasta luego"),
              std::string::npos);
}

TEST(Page, words_of_people_need_the_permission) {
    ConversationPage page{.row = hostile_row(),
                          .transcript = store::TranscriptRow{
                              .json = R"({"segments":[{"speaker":"agent","text":"secreto"}]})",
                              .origin = "provided"}};
    EXPECT_EQ(format_conversation_page(page, UiLanguage::Spanish).find("secreto"),
              std::string::npos);
    page.content = true;
    EXPECT_NE(format_conversation_page(page, UiLanguage::Spanish).find("secreto"),
              std::string::npos);
}

TEST(Page, says_whether_identifiers_are_masked_and_how_to_see_them) {
    ConversationPage page{.row = hostile_row()};
    page.transcript = store::TranscriptRow{.json = R"({"segments":[{"text":"…"}]})"};
    page.content = true;
    const auto masked = format_conversation_page(page, UiLanguage::Spanish);
    EXPECT_NE(masked.find("tapados"), std::string::npos);
    EXPECT_EQ(masked.find("unmask"), std::string::npos) << "who may not is shown no way to it";
    page.may_unmask = true;
    EXPECT_NE(format_conversation_page(page, UiLanguage::Spanish).find("?unmask=true"),
              std::string::npos);
    page.unmasked = true;
    const auto shown = format_conversation_page(page, UiLanguage::Spanish);
    EXPECT_NE(shown.find("a la vista"), std::string::npos);
    EXPECT_EQ(shown.find("tapados"), std::string::npos);
}

TEST(Views, other_identifiers_of_a_webhook_are_masked_too) {
    store::StoredEvent event;
    event.normalised = R"({"custom1":"ana.paz@example.com","user":{"mail":"b@example.com"}})";
    const auto shown = format_json(event_view(event, true, {.country = "AR"}));
    EXPECT_EQ(shown.find("example.com"), std::string::npos);
    EXPECT_NE(shown.find("[correo]"), std::string::npos);
}

TEST(Views, phones_are_masked) {
    EXPECT_EQ(mask_phone("+5491167950079"), "+54***79");
    EXPECT_EQ(mask_phone("12345"), "***");
    EXPECT_EQ(mask_phone(""), "");
    EXPECT_EQ(mask_phone("Peñaloza"), "Peñ***za");
    store::StoredEvent event;
    event.normalised = R"({"Calling":"+5491167950079","called":"300123456","status":"ANSWER",
        "callerid":"+5491144445555","phones":["+5491144445555",{"guid":"5491144445555"}],
        "cdrid":"20260210103045","custom1":"Peña 30123456"})";
    const auto shown = format_json(event_view(event, true, {}));
    EXPECT_EQ(shown.find("67950079"), std::string::npos);
    EXPECT_NE(shown.find("+54***79"), std::string::npos);
    EXPECT_EQ(shown.find("44445555"), std::string::npos);
    EXPECT_EQ(shown.find("30123456"), std::string::npos);
    EXPECT_NE(shown.find("20260210103045"), std::string::npos);
    EXPECT_EQ(format_json(event_view(event, false, {})).find("ANSWER"), std::string::npos);
}

TEST(Views, an_audit_without_the_permission_keeps_its_figures_and_loses_its_words) {
    const store::AuditRow audit{
        .json = R"({"quality_score":55,"criteria":[{"id":"a","evidence":[{"quote":"hola"}],
                    "searched":{"nearest":{"quote":"ola","phrase":"hola"}}}],"issues":["No usó: «x»"]})"};
    const auto blank = format_json(audit_view(audit, false));
    EXPECT_NE(blank.find("55"), std::string::npos);
    EXPECT_EQ(blank.find("hola"), std::string::npos);
    EXPECT_EQ(blank.find("ola\""), std::string::npos);
    EXPECT_EQ(blank.find("«x»"), std::string::npos);
}

net::Request with(std::initializer_list<std::pair<std::string_view, std::string_view>> headers) {
    net::Request request;
    for (const auto& [name, value] : headers) {
        request.headers.add(name, value);
    }
    return request;
}

TEST(Credentials, stand_where_callers_put_them) {
    EXPECT_EQ(read_credential(with({{"Authorization", "Bearer k"}}), {}).key.reveal(), "k");
    EXPECT_EQ(read_credential(with({{"X-API-Key", " k "}}), {}).key.reveal(), "k");
    EXPECT_EQ(read_credential(with({{"Authorization", "k"}}), {}).kind, CredentialKind::None);
    EXPECT_EQ(read_credential(with({{"Authorization", "k"}}), {.lenient = true}).key.reveal(), "k");
    EXPECT_EQ(
        read_credential(with({{"Authorization", "x-api-key: k"}}), {.lenient = true}).key.reveal(),
        "k");
    EXPECT_EQ(
        read_credential(with({{"Authorization", "Bearer a"}, {"X-API-Key", "b"}}), {}).key.reveal(),
        "a");
    auto request = with({});
    request.query = "api_key=k";
    EXPECT_EQ(read_credential(request, {}).kind, CredentialKind::None);
    EXPECT_EQ(read_credential(request, {.lenient = false, .query = true}).key.reveal(), "k");
}

}  // namespace
}  // namespace oidor::server
