#include "pipeline/verification.hpp"

#include <set>

#include <gtest/gtest.h>

#include "pipeline/audit_step.hpp"
#include "pipeline/map_step.hpp"
#include "pipeline/testing/house.hpp"

namespace oidor::pipeline {
namespace {

using testing::must;

constexpr auto kEnd =
    R"({"hooktrigger":"END","cdrid":"1","dialtime":"2026-02-10 10:30:00","duration":310,"billseconds":300,
        "status":"ANSWER","wasrecorded":false,"queueagentextension":"300"})";
constexpr auto kWords = R"({"language":"es","segments":[
    {"start_ms":0,"end_ms":2000,"speaker":"agent","text":"Buenos días, mi nombre es Lucía."},
    {"start_ms":3000,"end_ms":9000,"speaker":"customer","text":"Quiero cambiar mi plan."}]})";

class Verifying : public testing::House {
  protected:
    Verifying() {
        must(publish_shipped_scorecards(store_->directory(), clock_.now()));
        id_ = keep(kEnd);
        must(MapStep(*store_, accounts()).run(id_));
        put_transcript(kWords);
        Judges judges(store_->directory());
        must(AuditStep(*store_, accounts(), judges, clock_, &telemetry_).run(id_));
    }
    void put_transcript(const std::string& text) {
        const auto bytes = format_transcript(must(parse_transcript(text)));
        must(store_->conversations().put_transcript(id_,
                                                    {.sha256_hex = sha256_hex(bytes),
                                                     .json = bytes,
                                                     .origin = "provided",
                                                     .created_at = clock_.now()},
                                                    {}));
    }
    store::AuditRow stored() { return must(store_->conversations().list_audits(id_)).at(0); }
    /// The stored audit with one text in the place of another, as somebody with a database shell
    /// leaves it.
    void forge(const std::string& from, const std::string& to) {
        auto audit = stored();
        const auto at = audit.json.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        audit.json.replace(at, from.size(), to);
        audit.id = AuditId::make();
        audit.input_sha256 = sha256_hex(audit.json);
        must(store_->conversations().put_audit(audit, ConversationState::Audited, {}));
    }
    VerifiedAudit verify() {
        Judges judges(store_->directory());
        return must(verify_audits(*store_, judges, id_)).at(0);
    }

    ConversationId id_;
};

TEST_F(Verifying, a_stored_audit_comes_out_the_same) {
    const auto verified = verify();
    EXPECT_EQ(verified.verdict, Verdict::Same);
    EXPECT_EQ(verified.stored_sha256, verified.sha256_again);
    EXPECT_EQ(verified.scorecard_id, "general-es");
}

TEST_F(Verifying, a_text_that_was_changed_behind_its_receipt_is_noticed) {
    forge(R"("auditable":true)", R"("auditable":false)");
    EXPECT_EQ(verify().verdict, Verdict::BodyChanged);
}

TEST_F(Verifying, a_receipt_that_was_changed_is_noticed) {
    forge(stored().json.substr(stored().json.find("audit_sha256"), 20), "audit_sha256\":\"00000");
    EXPECT_EQ(verify().verdict, Verdict::Differs);
}

TEST_F(Verifying, what_went_in_and_is_another_now_is_named) {
    forge(R"("scoring":")", R"("scoring":"older than )");
    EXPECT_EQ(verify().verdict, Verdict::Same) << "the hash still holds";
    put_transcript(R"({"language":"es","segments":[{"text":"Otra cosa."}]})");
    EXPECT_EQ(verify().verdict, Verdict::TranscriptChanged);
}

TEST_F(Verifying, answers_that_are_not_stored_are_missed) {
    forge(R"("answers_sha256":null)", R"("answers_sha256":")" + std::string(64, 'a') + "\"");
    EXPECT_EQ(verify().verdict, Verdict::AnswersMissing);
}

TEST_F(Verifying, what_is_no_audit_is_unreadable) {
    auto audit = stored();
    audit.id = AuditId::make();
    audit.json = "{}";
    audit.input_sha256 = sha256_hex("other");
    must(store_->conversations().put_audit(audit, ConversationState::Audited, {}));
    EXPECT_EQ(verify().verdict, Verdict::Unreadable);
}

TEST_F(Verifying, nobodys_conversation_is_not_found) {
    Judges judges(store_->directory());
    EXPECT_EQ(verify_audits(*store_, judges, ConversationId::make()).error().code,
              ErrorCode::NotFound);
}

TEST(Verdicts, each_has_a_name) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(kLastVerdict); ++i) {
        names.insert(format(static_cast<Verdict>(i)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(kLastVerdict) + 1);
}

}  // namespace
}  // namespace oidor::pipeline
