// What reports are counted from: every part once, in order, of the days and filters asked for.
#include <algorithm>
#include <thread>

#include "store/contract/store_contract.hpp"

namespace oidor::store {
namespace {

const Timestamp kNoon = Timestamp(std::chrono::seconds(1'770'000'000));

/// Takes down what a walk shows; fails at the line that it is told.
class Taken final : public JudgedVisitor {
  public:
    void begin() override { parts.clear(); }
    Result<void> take(JudgedPart part) override {
        if (std::ssize(parts) == fail_at) {
            return fail(ErrorCode::TooLarge, "enough");
        }
        parts.push_back(std::move(part));
        return {};
    }
    std::vector<JudgedPart> parts = {};
    std::int64_t fail_at = -1;
};

struct Made {
    std::string day = "2026-02-10";
    int minute = 0;
    std::string campaign = "15";
    std::vector<std::string> agents = {"7"};
};

ConversationRow make_call(Store& store, int number, const Made& made) {
    MappedConversation mapped;
    auto& conversation = mapped.conversation;
    conversation.id = must(store.conversations().identify(make_key(number)));
    conversation.started_at = kNoon + std::chrono::minutes(made.minute);
    conversation.day = made.day;
    conversation.duration_s = 61;
    conversation.direction = Direction::Outbound;
    conversation.address_from = "100";
    conversation.address_to = "+5491167950079";
    conversation.campaign = {.id = made.campaign, .state = MappingState::Mapped};
    for (const auto& agent : made.agents) {
        mapped.participations.push_back({.leg = agent,
                                         .agent = {.id = agent, .state = MappingState::Mapped},
                                         .agent_name = "Lucía " + agent});
    }
    return must(store.conversations().merge(mapped, {}));
}

void judge(Store& store, const ConversationRow& row, std::size_t part, const std::string& scorecard,
           int score, const std::string& input = "a") {
    must(store.conversations().put_audit({.participation = row.participations.at(part).id,
                                          .conversation = row.conversation.id,
                                          .scorecard_id = scorecard,
                                          .scorecard_version = 2,
                                          .input_sha256 = sha256_hex(input),
                                          .quality_score = score,
                                          .quality_category = "Buena",
                                          .needs_review = score < 50,
                                          .json = R"({"score":)" + std::to_string(score) + "}"},
                                         ConversationState::Audited, std::nullopt));
}

std::vector<JudgedPart> walk(Store& store, const JudgedFilter& filter) {
    Taken taken;
    must(store.reports().walk_judged(filter, taken));
    return taken.parts;
}

const JudgedFilter kWeek = {.from = "2026-02-08", .to = "2026-02-15"};

TEST_P(StoreContract, a_report_gets_a_line_for_each_current_audit) {
    const auto row = make_call(store(), 1, {.agents = {"7", "8", "9"}});
    judge(store(), row, 0, "general-es", 40);
    judge(store(), row, 0, "classic-es", 60);
    judge(store(), row, 0, "classic-es", 70, "b");  // the newer one is current
    judge(store(), row, 1, "classic-es", 80);
    const auto parts = walk(store(), kWeek);
    ASSERT_EQ(parts.size(), 4U);
    const JudgedPart expected{.conversation = row.conversation.id,
                              .external_id = make_key(1).external_id,
                              .day = "2026-02-10",
                              .listed_at = kNoon,
                              .direction = Direction::Outbound,
                              .duration_s = 61,
                              .address_from = "100",
                              .address_to = "+5491167950079",
                              .campaign = "15",
                              .campaign_state = MappingState::Mapped,
                              .participation = row.participations[0].id,
                              .agent = "7",
                              .agent_state = MappingState::Mapped,
                              .agent_name = "Lucía 7",
                              .audit = JudgedAudit{.scorecard_id = "classic-es",
                                                   .scorecard_version = 2,
                                                   .quality_score = 70,
                                                   .quality_category = "Buena"}};
    EXPECT_EQ(parts[0], expected);
    EXPECT_EQ(parts[1].audit->scorecard_id, "general-es");
    EXPECT_TRUE(parts[1].audit->needs_review);
    EXPECT_EQ(parts[2].agent, "8");
    EXPECT_EQ(parts[3].agent, "9");
    EXPECT_FALSE(parts[3].audit) << "a part that nobody judged is a line, too";
}

TEST_P(StoreContract, a_report_gets_the_audits_themselves_where_it_asks) {
    const auto row = make_call(store(), 1, {});
    judge(store(), row, 0, "classic-es", 60);
    auto filter = kWeek;
    EXPECT_EQ(walk(store(), filter).at(0).audit->json, "");
    filter.bodies = Bodies::With;
    EXPECT_EQ(walk(store(), filter).at(0).audit->json, R"({"score":60})");
}

TEST_P(StoreContract, what_could_not_be_audited_says_why) {
    const auto row = make_call(store(), 1, {});
    must(store().conversations().put_audit({.participation = row.participations[0].id,
                                            .conversation = row.conversation.id,
                                            .scorecard_id = "classic-es",
                                            .input_sha256 = sha256_hex("a"),
                                            .auditable = false,
                                            .reason = "too_short",
                                            .json = "{}"},
                                           ConversationState::NotAuditable, "too_short"));
    const auto parts = walk(store(), kWeek);
    ASSERT_EQ(parts.size(), 1U);
    EXPECT_FALSE(parts[0].audit->auditable);
    EXPECT_EQ(parts[0].audit->reason, "too_short");
    EXPECT_EQ(parts[0].audit->quality_score, std::nullopt);
}

TEST_P(StoreContract, a_report_goes_by_stored_days_and_then_by_time) {
    make_call(store(), 1, {.day = "2026-02-11", .minute = 1});
    make_call(store(), 2, {.day = "2026-02-10", .minute = 9});
    make_call(store(), 3, {.day = "2026-02-10", .minute = 5, .agents = {}});
    make_call(store(), 4, {.day = "2026-02-12", .minute = 0});
    make_conversation(5);  // not mapped: it has no day yet
    const auto parts = walk(store(), {.from = "2026-02-10", .to = "2026-02-12"});
    std::vector<std::string> ids;
    std::ranges::transform(parts, std::back_inserter(ids), &JudgedPart::external_id);
    EXPECT_EQ(ids, (std::vector{make_key(3).external_id, make_key(2).external_id,
                                make_key(1).external_id}));
    EXPECT_FALSE(parts[0].participation) << "a call in which nobody took part";
}

TEST_P(StoreContract, a_report_keeps_to_its_filters) {
    const auto row = make_call(store(), 1, {.campaign = "15", .agents = {"7", "8"}});
    judge(store(), row, 1, "classic-es", 60);
    make_call(store(), 2, {.campaign = "16", .agents = {"8"}});
    const auto count = [this](JudgedFilter filter) {
        filter.from = kWeek.from;
        filter.to = kWeek.to;
        return walk(store(), filter).size();
    };
    EXPECT_EQ(count({}), 3U);
    EXPECT_EQ(count({.campaign = "15"}), 2U);
    EXPECT_EQ(count({.agent = "8"}), 2U);
    EXPECT_EQ(count({.campaign = "15", .agent = "8"}), 1U);
    EXPECT_EQ(count({.campaigns_allowed = {"16"}}), 1U);
    EXPECT_EQ(count({.campaign = "15", .campaigns_allowed = {"16", "17"}}), 0U);
    EXPECT_EQ(count({.agent = "nobody"}), 0U);
}

TEST_P(StoreContract, more_calls_than_a_statement_gives_are_walked_once_each) {
    constexpr int kCalls = 503;  // one statement gives 500
    constexpr int kThreads = 8;
    {
        // Writers at once share their syncs; one after another they would take long.
        std::vector<std::jthread> writers;
        for (int thread = 0; thread < kThreads; ++thread) {
            writers.emplace_back([this, thread] {
                for (int i = thread; i < kCalls; i += kThreads) {
                    // Many of one moment: pages go on within it.
                    Made made{.minute = i / 400};
                    if (i % 2 != 0) {
                        made.agents.clear();
                    }
                    make_call(store(), i, made);
                }
            });
        }
    }
    const auto parts = walk(store(), kWeek);
    ASSERT_EQ(std::ssize(parts), kCalls);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        EXPECT_LT(std::pair(parts[i - 1].listed_at, parts[i - 1].conversation),
                  std::pair(parts[i].listed_at, parts[i].conversation));
    }
}

TEST_P(StoreContract, pages_of_a_report_are_the_walk_cut_up) {
    for (int i = 0; i < 7; ++i) {
        make_call(store(), i,
                  {.day = i < 3   ? "2026-02-09"
                          : i < 6 ? "2026-02-10"
                                  : "2026-02-14",
                   .minute = i,
                   .agents = {"7", "8"}});
    }
    const auto whole = walk(store(), kWeek);
    for (const int size : {1, 2, 3, 7, 8}) {
        std::vector<JudgedPart> parts;
        std::optional<JudgedCursor> after;
        int pages = 0;
        do {
            const auto page = must(store().reports().list_judged(kWeek, after, size));
            EXPECT_LE(std::ssize(page.parts), 2 * size);
            parts.insert(parts.end(), page.parts.begin(), page.parts.end());
            after = page.next;
        } while (after && ++pages < 20);
        EXPECT_EQ(parts, whole) << size;
    }
}

TEST_P(StoreContract, a_report_of_no_days_is_refused_and_a_failing_reader_ends_it) {
    Taken taken;
    const std::vector<std::pair<std::string, std::string>> faulty = {{"2026-02-10", "x"},
                                                                     {"", "2026-02-10"},
                                                                     {"2026-02-11", "2026-02-10"},
                                                                     {"2024-01-01", "2026-02-10"}};
    for (const auto& [from, to] : faulty) {
        EXPECT_EQ(code_of(store().reports().walk_judged({.from = from, .to = to}, taken)),
                  "Invalid");
    }
    EXPECT_EQ(code_of(store().reports().list_judged(kWeek, std::nullopt, 0)), "Invalid");
    EXPECT_EQ(code_of(store().reports().list_judged(kWeek, std::nullopt, 5'001)), "Invalid");
    make_call(store(), 1, {});
    make_call(store(), 2, {});
    taken.fail_at = 1;
    EXPECT_EQ(code_of(store().reports().walk_judged(kWeek, taken)), "TooLarge");
    EXPECT_EQ(taken.parts.size(), 1U);
}

}  // namespace
}  // namespace oidor::store
