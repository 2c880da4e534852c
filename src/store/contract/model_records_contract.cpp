#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

using namespace std::chrono_literals;

ModelAnswersRow make_row(ConversationId conversation, const std::string& input,
                         InquiryState state) {
    ModelAnswersRow row;
    row.conversation = conversation;
    row.input_sha256 = sha256(input);
    row.state = state;
    row.scorecard_id = "general-es";
    row.scorecard_version = 2;
    row.model = "small";
    row.prompt_version = "1";
    if (state == InquiryState::Answered) {
        row.json = R"({"answers":[]})";
    } else {
        row.reason = "budget";
    }
    return row;
}

const std::vector<JobSpec> kAuditJob = {{.kind = "audit", .key = "x", .priority = 0, .run_at = {}}};

TEST_P(StoreContract, an_inquiry_that_waits_is_answered_once) {
    auto& records = store().model_records();
    const auto id = make_conversation(1);
    const auto input = sha256("a");
    EXPECT_FALSE(must(records.find_answers(id, input)));
    EXPECT_TRUE(must(records.put_answers(make_row(id, "a", InquiryState::Waiting), kAuditJob)));
    EXPECT_EQ(claim("audit").size(), 1U);
    const auto waiting = must(records.find_answers(id, input));
    ASSERT_TRUE(waiting);
    EXPECT_EQ(waiting->state, InquiryState::Waiting);
    EXPECT_EQ(waiting->reason, "budget");
    EXPECT_EQ(waiting->json, "");
    EXPECT_EQ(must(records.count_answers(InquiryState::Waiting)), 1);
    EXPECT_FALSE(must(records.find_newest_answers(id)));

    clock_.advance(1h);
    auto answered = make_row(id, "a", InquiryState::Answered);
    EXPECT_TRUE(must(records.put_answers(answered, {})));
    answered.updated_at = clock_.now();
    EXPECT_EQ(must(records.find_answers(id, input)), answered);
    // What comes later for the same inquiry changes nothing.
    EXPECT_FALSE(must(records.put_answers(make_row(id, "a", InquiryState::Failed), {})));
    reopen();
    EXPECT_EQ(must(store().model_records().find_answers(id, input)), answered);
    EXPECT_EQ(must(store().model_records().count_answers(InquiryState::Waiting)), 0);
    EXPECT_EQ(must(store().model_records().count_answers(InquiryState::Failed)), 0);
    EXPECT_EQ(must(store().model_records().count_answers(InquiryState::Answered)), 1);
}

TEST_P(StoreContract, the_newest_answers_of_a_conversation_are_found) {
    auto& records = store().model_records();
    const auto id = make_conversation(1);
    must(records.put_answers(make_row(id, "a", InquiryState::Answered), {}));
    clock_.advance(1s);
    must(records.put_answers(make_row(id, "b", InquiryState::Answered), {}));
    clock_.advance(1s);
    must(records.put_answers(make_row(id, "c", InquiryState::Waiting), {}));
    EXPECT_EQ(must(records.find_newest_answers(id))->input_sha256, sha256("b"));
    const auto all = must(records.list_answers(id));
    ASSERT_EQ(all.size(), 2U) << "one waits still";
    EXPECT_EQ(all[0].input_sha256, sha256("b"));
    EXPECT_EQ(all[1].input_sha256, sha256("a"));
    EXPECT_EQ(all[1].json, R"({"answers":[]})");
    EXPECT_TRUE(must(records.list_answers(make_conversation(3))).empty());
    EXPECT_FALSE(must(records.find_newest_answers(make_conversation(2))));
}

TEST_P(StoreContract, answers_and_chats_of_no_conversation_are_refused) {
    auto& records = store().model_records();
    EXPECT_EQ(code_of(records.put_answers(
                  make_row(ConversationId::make(), "a", InquiryState::Answered), kAuditJob)),
              "NotFound");
    EXPECT_TRUE(claim("audit").empty());
    EXPECT_EQ(code_of(records.insert_chat({.id = ModelChatId::make(),
                                           .conversation = ConversationId::make(),
                                           .asked_by = "k",
                                           .json = "{}",
                                           .asked_at = clock_.now()})),
              "NotFound");
}

TEST_P(StoreContract, spending_adds_up_by_day_over_models) {
    auto& records = store().model_records();
    const ModelSpending one = {.calls = 1,
                               .calls_failed = 0,
                               .calls_unpriced = 1,
                               .prompt_tokens = 512,
                               .cached_tokens = 256,
                               .completion_tokens = 230,
                               .cost_micros = 196,
                               .put_off = 2};
    EXPECT_EQ(must(records.sum_spending("2026-11-21")), ModelSpending{});
    must(records.add_spending("2026-11-21", "small", one));
    must(records.add_spending("2026-11-21", "small", one));
    must(records.add_spending("2026-11-21", "large", one));
    must(records.add_spending("2026-11-22", "large", one));
    const ModelSpending three = {.calls = 3,
                                 .calls_failed = 0,
                                 .calls_unpriced = 3,
                                 .prompt_tokens = 1536,
                                 .cached_tokens = 768,
                                 .completion_tokens = 690,
                                 .cost_micros = 588,
                                 .put_off = 6};
    EXPECT_EQ(must(records.sum_spending("2026-11-21")), three);
    reopen();
    EXPECT_EQ(must(store().model_records().sum_spending("2026-11-21")), three);
    EXPECT_EQ(must(store().model_records().sum_spending("2026-11-22")), one);
}

TEST_P(StoreContract, chats_are_listed_in_the_order_of_their_questions) {
    auto& records = store().model_records();
    const auto id = make_conversation(1);
    std::vector<ModelChatRow> asked;
    for (int i = 0; i < 3; ++i) {
        asked.push_back({.id = ModelChatId::make(),
                         .conversation = id,
                         .asked_by = "calidad",
                         .json = fmt::format(R"({{"question":"{}"}})", i),
                         .asked_at = clock_.now()});
        must(records.insert_chat(asked.back()));
        clock_.advance(1s);
    }
    EXPECT_EQ(must(records.list_chats(id, 10)), asked);
    asked.erase(asked.begin());
    EXPECT_EQ(must(records.list_chats(id, 2)), asked);
    EXPECT_TRUE(must(records.list_chats(make_conversation(2), 10)).empty());
}

TEST_P(StoreContract, what_models_said_goes_with_its_conversation) {
    const auto gone = make_whole("gone", "+5491155550001", "a").id;
    const auto kept = make_whole("kept", "+5491155550002", "b").id;
    auto& records = store().model_records();
    for (const auto id : {gone, kept}) {
        must(records.put_answers(make_row(id, "a", InquiryState::Answered), {}));
        must(records.put_answers(make_row(id, "b", InquiryState::Waiting), {}));
        must(records.insert_chat({.id = ModelChatId::make(),
                                  .conversation = id,
                                  .asked_by = "k",
                                  .json = "{}",
                                  .asked_at = clock_.now()}));
    }
    EXPECT_EQ(erase(gone).conversations, 1);
    EXPECT_FALSE(must(records.find_answers(gone, sha256("a"))));
    EXPECT_FALSE(must(records.find_answers(gone, sha256("b"))));
    EXPECT_TRUE(must(records.list_chats(gone, 10)).empty());
    EXPECT_TRUE(must(records.find_answers(kept, sha256("a"))));
    EXPECT_EQ(must(records.list_chats(kept, 10)).size(), 1U);
}

TEST_P(StoreContract, a_campaign_says_from_which_score_on_its_calls_are_approved) {
    must(store().directory().put_campaign({.id = "1", .name = "Ventas", .approval_score = 85}));
    for (const auto& [name, campaign] : {std::pair("a", "1"), std::pair("b", "2")}) {
        const auto id = make_whole(name, "+5491155550001", name).id;
        MappedConversation moved;
        moved.conversation = must(store().conversations().find_conversation(id))->conversation;
        moved.conversation.campaign = {.id = campaign, .state = MappingState::Mapped, .wanted = {}};
        moved.participations = {{.leg = "ana", .agent_name = "Ana"}};
        const auto row = must(store().conversations().merge(moved, {}));
        AuditRow audit;
        audit.participation = row.participations.at(0).id;
        audit.conversation = id;
        audit.scorecard_id = "general-es";
        audit.input_sha256 = sha256_hex("another");
        audit.quality_score = 80;
        audit.json = "{}";
        must(store().conversations().put_audit(audit, ConversationState::Audited, {}));
    }
    const auto figures = must(store().conversations().sum_audits({}, 70));
    EXPECT_EQ(figures.audits, 2);
    EXPECT_EQ(figures.below, 1);
}

TEST_P(StoreContract, a_campaign_keeps_its_approval_score) {
    must(store().directory().put_campaign(
        {.id = "1", .name = "Ventas", .retain_days = {}, .approval_score = 85}));
    EXPECT_EQ(must(store().directory().find_campaign("1"))->approval_score, 85);
    must(store().directory().put_campaign({.id = "1", .name = "Ventas"}));
    EXPECT_EQ(must(store().directory().find_campaign("1"))->approval_score, std::nullopt);
}

}  // namespace
}  // namespace oidor::store
