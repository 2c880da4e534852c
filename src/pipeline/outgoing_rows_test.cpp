#include "pipeline/outgoing_rows.hpp"

#include <gtest/gtest.h>

#include "base/sha256.hpp"

namespace oidor::pipeline {
namespace {

using namespace std::chrono_literals;
using sinks::Table;
using sinks::Value;

constexpr auto kAudit =
    R"({"quality_score":55,"quality_score_exact":"55.0","sentiment_score":-0.125,
    "review_reasons":["forbidden_phrase"],"saludo_correcto":true,"ofrece_ayuda":false,
    "despedida_correcta":null,"palabras_prohibidas":["no puedo"],"issues":["No usó «x»"],
    "receipt":{"audit_sha256":"abc"}})";

Timestamp at(std::string_view text) { return *parse_rfc3339(text); }

store::Parcel make_parcel() {
    store::Parcel parcel;
    auto& conversation = parcel.row.conversation;
    conversation.id = ConversationId::make();
    conversation.key = {.source = "anura", .account = "default", .external_id = "call-1"};
    conversation.direction = Direction::Inbound;
    conversation.started_at = at("2026-02-10T13:30:00Z");
    conversation.day = "2026-02-10";
    conversation.duration_s = 300;
    conversation.address_from = "+5491167950079";
    conversation.address_to = "1140000000";
    conversation.customer_key = "+541167950079";
    conversation.campaign = {.id = "15", .state = MappingState::Mapped};
    parcel.row.participations = {{.id = ParticipationId::make(),
                                  .leg = "300",
                                  .agent = {.id = "7", .state = MappingState::Mapped},
                                  .agent_name = "Lucía"},
                                 {.id = ParticipationId::make(), .leg = "301"},
                                 {.id = ParticipationId::make(), .leg = "302", .agent_name = "Ana"},
                                 {.id = ParticipationId::make(), .leg = "3", .agent_name = "Ana"}};
    parcel.row.recordings = {{.id = RecordingId::make(),
                              .external_id = "main",
                              .state = RecordingState::Stored,
                              .duration = 299'600ms}};
    parcel.stored_at[parcel.row.recordings[0].id] = at("2026-02-10T13:36:00Z");
    const std::string json = R"({"language":"es","segments":[
        {"speaker":"agent","text":"Buenos días","confidence":0.9},
        {"speaker":"customer","text":"Hola","confidence":0.5},
        {"speaker":"unknown","text":"ruido"}]})";
    parcel.transcript = store::TranscriptRow{.sha256_hex = sha256_hex(json),
                                             .json = json,
                                             .origin = "provided",
                                             .created_at = at("2026-02-10T13:40:00Z")};
    parcel.audits = {{.id = AuditId::make(),
                      .participation = parcel.row.participations[0].id,
                      .conversation = conversation.id,
                      .scorecard_id = "general-es",
                      .scorecard_version = 2,
                      .quality_score = 55,
                      .quality_category = "Regular",
                      .needs_review = true,
                      .json = kAudit,
                      .created_at = at("2026-02-10T13:41:00Z")}};
    return parcel;
}

OutgoingOptions all_tables() {
    return {.tables = {Table::Recordings, Table::Transcriptions, Table::Audits},
            .public_url = "https://oidor.example.com"};
}

std::vector<sinks::Row> rows_of(const store::Parcel& parcel, const OutgoingOptions& options) {
    auto rows = outgoing_rows(parcel, options);
    EXPECT_TRUE(rows) << rows.error().message;
    return rows ? std::move(*rows) : std::vector<sinks::Row>();
}

Value value_of(const sinks::Row& row, std::string_view column) {
    const auto columns = sinks::columns_of(row.key.table);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].name == column) {
            return row.values.at(i);
        }
    }
    ADD_FAILURE() << column << " is no column";
    return nullptr;
}

Value text(std::string_view text) { return std::string(text); }

TEST(OutgoingRows, a_recording_has_its_row) {
    const auto parcel = make_parcel();
    const auto id = parcel.row.recordings[0].id.text();
    const auto row = rows_of(parcel, all_tables()).at(0);
    EXPECT_EQ(row.key.table, Table::Recordings);
    EXPECT_EQ(row.key.key, id);
    EXPECT_EQ(row.day, "2026-02-10");
    EXPECT_EQ(value_of(row, "row_key"), text(id));
    EXPECT_EQ(value_of(row, "call_sid"), text("call-1"));
    EXPECT_EQ(value_of(row, "call_date"), Value(at("2026-02-10T13:30:00Z")));
    EXPECT_EQ(value_of(row, "agent"), text("Lucía, Ana"));
    EXPECT_EQ(value_of(row, "phone_from"), text("+54***79"));
    EXPECT_EQ(value_of(row, "phone_to"), text("114***00"));
    EXPECT_EQ(value_of(row, "customer_id"), text("+54***79"));
    EXPECT_EQ(value_of(row, "duration_seconds"), Value(std::int64_t{300}));
    EXPECT_EQ(value_of(row, "recording_url"),
              text("https://oidor.example.com/api/v1/recordings/" + id + "/audio"));
    EXPECT_EQ(value_of(row, "status"), text("stored"));
    EXPECT_EQ(value_of(row, "created_at"), Value(at("2026-02-10T13:36:00Z")));
    EXPECT_EQ(value_of(row, "campaign_id"), text("15"));
}

TEST(OutgoingRows, phones_leave_whole_only_where_the_sink_says_so) {
    auto options = all_tables();
    options.mask_phones = false;
    const auto row = rows_of(make_parcel(), options).at(0);
    EXPECT_EQ(value_of(row, "phone_from"), text("+5491167950079"));
    EXPECT_EQ(value_of(row, "customer_id"), text("+541167950079"));
    for (const auto& masked : rows_of(make_parcel(), all_tables())) {
        for (const auto& value : masked.values) {
            EXPECT_EQ(sinks::format_json_value(value).find("67950079"), std::string::npos);
        }
    }
}

TEST(OutgoingRows, identifiers_are_masked_whatever_the_sink_says_of_phones) {
    auto parcel = make_parcel();
    parcel.transcript->json = R"({"language":"es","segments":[
        {"speaker":"customer","text":"mi tarjeta es 4111 1111 1111 1111, llame al +5491167950079"},
        {"speaker":"customer","text":"y mi documento 30123456"}]})";
    parcel.audits[0].json = R"({"issues":["Dijo «ana@example.com»"],"palabras_prohibidas":["no"]})";
    auto options = all_tables();
    options.country_of = [](std::string_view source, std::string_view account) {
        return source == "anura" && account == "default" ? "AR" : "";
    };
    auto rows = rows_of(parcel, options);
    EXPECT_EQ(value_of(rows.at(1), "transcription"),
              text("Cliente: mi tarjeta es [tarjeta], llame al +54***79\n"
                   "Cliente: y mi documento [DNI]"));
    EXPECT_EQ(value_of(rows.at(2), "issues"), Value(std::vector<std::string>{"Dijo «[correo]»"}));
    options.mask_phones = false;
    rows = rows_of(parcel, options);
    EXPECT_EQ(value_of(rows.at(1), "transcription"),
              text("Cliente: mi tarjeta es [tarjeta], llame al +5491167950079\n"
                   "Cliente: y mi documento [DNI]"));
}

TEST(OutgoingRows, a_recording_that_is_missing_says_why_and_has_no_link) {
    auto parcel = make_parcel();
    parcel.row.recordings[0].state = RecordingState::Missing;
    parcel.row.recordings[0].reason = "not_found";
    parcel.row.recordings[0].duration = {};
    parcel.stored_at.clear();
    parcel.row.conversation.day = {};
    const auto row = rows_of(parcel, all_tables()).at(0);
    EXPECT_EQ(row.day, sinks::kUndated);
    EXPECT_EQ(value_of(row, "day"), Value(nullptr));
    EXPECT_EQ(value_of(row, "status"), text("missing"));
    EXPECT_EQ(value_of(row, "reason"), text("not_found"));
    EXPECT_EQ(value_of(row, "recording_url"), Value(nullptr));
    EXPECT_EQ(value_of(row, "created_at"), Value(nullptr));
    EXPECT_EQ(value_of(row, "duration_seconds"), Value(std::int64_t{300}));
}

TEST(OutgoingRows, a_transcript_has_its_row) {
    const auto parcel = make_parcel();
    const auto row = rows_of(parcel, all_tables()).at(1);
    EXPECT_EQ(row.key.key, parcel.row.conversation.id.text());
    EXPECT_EQ(value_of(row, "transcription"), text("Agente: Buenos días\nCliente: Hola\nruido"));
    // Weighted by the bytes of text: 12 and 4.
    EXPECT_EQ(value_of(row, "confidence_score"), Value(0.8));
    EXPECT_EQ(value_of(row, "language"), text("es"));
    EXPECT_EQ(value_of(row, "transcribed_at"), Value(at("2026-02-10T13:40:00Z")));
    EXPECT_EQ(value_of(row, "engine"), text("provided"));
}

TEST(OutgoingRows, an_audit_has_its_row) {
    const auto parcel = make_parcel();
    const auto row = rows_of(parcel, all_tables()).at(2);
    EXPECT_EQ(row.key.key, parcel.row.participations[0].id.text() + "/general-es");
    EXPECT_EQ(value_of(row, "agent"), text("Lucía"));
    EXPECT_EQ(value_of(row, "agent_id"), text("7"));
    EXPECT_EQ(value_of(row, "audit_date"), Value(at("2026-02-10T13:41:00Z")));
    EXPECT_EQ(value_of(row, "saludo_correcto"), Value(true));
    EXPECT_EQ(value_of(row, "ofrece_ayuda"), Value(false));
    EXPECT_EQ(value_of(row, "despedida_correcta"), Value(nullptr));
    EXPECT_EQ(value_of(row, "palabras_prohibidas"), Value(std::vector<std::string>{"no puedo"}));
    EXPECT_EQ(value_of(row, "sentiment_score"), Value(-0.125));
    EXPECT_EQ(value_of(row, "quality_score"), Value(std::int64_t{55}));
    EXPECT_EQ(value_of(row, "issues"), Value(std::vector<std::string>{"No usó «x»"}));
    EXPECT_EQ(value_of(row, "needs_review"), Value(true));
    EXPECT_EQ(value_of(row, "scorecard_version"), Value(std::int64_t{2}));
    EXPECT_EQ(value_of(row, "quality_score_exact"), text("55.0"));
    EXPECT_EQ(value_of(row, "audit_sha256"), text("abc"));
}

TEST(OutgoingRows, a_sink_gets_its_tables_alone) {
    const auto rows = rows_of(make_parcel(), {.tables = {Table::Audits}});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].key.table, Table::Audits);
}

TEST(OutgoingRows, what_cannot_be_read_is_corrupt) {
    auto parcel = make_parcel();
    parcel.audits[0].json = "{";
    EXPECT_EQ(outgoing_rows(parcel, all_tables()).error().code, ErrorCode::Corrupt);
    parcel = make_parcel();
    parcel.transcript->json = "[]";
    EXPECT_EQ(outgoing_rows(parcel, all_tables()).error().code, ErrorCode::Corrupt);
}

TEST(OutgoingRows, every_value_counts_in_the_hash) {
    const auto row = rows_of(make_parcel(), all_tables()).at(2);
    EXPECT_EQ(hash_of(row), hash_of(row));
    for (std::size_t i = 0; i < row.values.size(); ++i) {
        auto other = row;
        other.values[i] = std::string("another");
        EXPECT_NE(hash_of(other), hash_of(row));
    }
    auto moved = row;
    moved.day = "2026-02-11";
    EXPECT_NE(hash_of(moved), hash_of(row));
}

}  // namespace
}  // namespace oidor::pipeline
