#include "server/redaction.hpp"

#include <gtest/gtest.h>

namespace oidor::server {
namespace {

constexpr auto kTranscript =
    R"({"language":"es","segments":[{"speaker":"customer","text":"es 4111 1111 1111 1111"}]})";
constexpr auto kAudit =
    R"({"criteria":[{"evidence":[{"segment":0,"quote":"es 4111"}]}],"receipt":{"audit_sha256":"a"}})";

net::Request request_with(const std::string& query) {
    net::Request request;
    request.query = query;
    return request;
}

TEST(Redaction, rows_are_masked_in_place) {
    std::optional<store::TranscriptRow> transcript = store::TranscriptRow{.json = kTranscript};
    std::vector<store::AuditRow> audits = {{.json = kAudit}, {.json = ""}};
    redact_rows(transcript, audits, {});
    EXPECT_EQ(transcript->json.find("4111"), std::string::npos);
    EXPECT_NE(transcript->json.find("es [tarjeta]"), std::string::npos);
    EXPECT_EQ(audits[0].json,
              R"({"criteria":[{"evidence":[{"segment":0,"quote":"es [tarjeta]"}]}],)"
              R"("receipt":{"audit_sha256":"a"}})");
    EXPECT_EQ(audits[1].json, "");
}

TEST(Redaction, what_cannot_be_read_is_not_shown) {
    std::optional<store::TranscriptRow> transcript =
        store::TranscriptRow{.json = R"({"segments":[{"text":4111111111111111}]})"};
    std::vector<store::AuditRow> audits = {{.json = "{4111111111111111"}};
    redact_rows(transcript, audits, {});
    EXPECT_EQ(transcript->json, "null");
    EXPECT_EQ(audits[0].json, "");
}

TEST(Redaction, an_audit_without_its_transcript_is_masked_by_itself) {
    std::optional<store::TranscriptRow> none;
    std::vector<store::AuditRow> audits = {
        {.json = R"({"evidence":[{"segment":0,"quote":"4111 1111 1111 1111"}]})"}};
    redact_rows(none, audits, {});
    EXPECT_EQ(audits[0].json, R"({"evidence":[{"segment":0,"quote":"[tarjeta]"}]})");
}

TEST(Redaction, the_original_is_asked_for_and_allowed) {
    const auto unmasked = [](const std::string& query, std::vector<std::string> scopes) {
        const auto request = request_with(query);
        const Call call{.request = request, .principal = {.scopes = std::move(scopes)}};
        return is_unmasked(call);
    };
    EXPECT_FALSE(*unmasked("", {"admin"}));
    EXPECT_FALSE(*unmasked("unmask=1", {"admin"}));
    EXPECT_TRUE(*unmasked("unmask=true", {"content:unmask"}));
    EXPECT_TRUE(*unmasked("unmask=true", {"admin"}));
    EXPECT_EQ(unmasked("unmask=true", {"content:read"}).error().code, ErrorCode::Forbidden);
}

}  // namespace
}  // namespace oidor::server
