// Odd and hostile input to every kind of criterion: a stated result, no crash, bounded time.
#include <ctime>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audit/test_support.hpp"
#include "base/json.hpp"

namespace oidor::audit {
namespace {

using enum Speaker;

const std::string kKinds = R"(
[[criteria]]
id = "words"
kind = "phrases"
need = "any"
points = 10
tolerance = 2
phrases = ["buenos días a todos", "año"]
patterns = ['(a|aa)+b', '(\w+ ){2,8}fin', '.*z']
[[criteria]]
id = "order"
kind = "phrases"
need = "sequence"
speaker = "agent"
points = 10
phrases = ["a", "b", "a"]
[[criteria]]
id = "often"
kind = "phrases"
need = "any"
points = 10
at_least = 2
at_most = 5
phrases = ["a"]
near = { phrases = ["b"], within_words = 3, within_s = 2 }
[[criteria]]
id = "promise"
kind = "promise"
points = 10
[[criteria]]
id = "consent"
kind = "consent"
points = 10
[[criteria]]
id = "trend"
kind = "sentiment"
measure = "trend"
speaker = "customer"
bands = [{ below = 0, points = 0 }, { points = 0 }]
[[criteria]]
id = "talk"
kind = "measure"
measure = "agent_talk_s"
points = 10
only_if = { phrases = ["reclamo"], patterns = ['quej\w+'], speaker = "customer" }
bands = [{ below = 10, points = 2 }, { points = 10 }]
)";

Audit judge(std::vector<Segment> segments) {
    static const auto auditor = auditor_of(kKinds);
    const auto transcript = transcript_of(std::move(segments));
    const auto audit = auditor->judge(transcript, {});
    EXPECT_EQ(format_audit(audit, {}), format_audit(auditor->judge(transcript, {}), {}));
    EXPECT_TRUE(parse_json(format_audit(audit, {})));
    return audit;
}

/// Of the processor's time: a busy machine is nobody's fault. Only quadratic time would pass it.
template <typename Work>
void expect_quick(const Work& work) {
    const auto begin = std::clock();
    work();
    EXPECT_LT((std::clock() - begin) / CLOCKS_PER_SEC, 30);
}

TEST(BadInput, nothing_said_is_not_auditable) {
    EXPECT_EQ(judge({}).reason, NotAuditable::NoSpeech);
    EXPECT_EQ(judge({say(Agent, "")}).reason, NotAuditable::NoSpeech);
    EXPECT_EQ(judge({say(Agent, " \n\t…🙂")}).reason, NotAuditable::NoSpeech);
    EXPECT_EQ(judge({say(Ivr, "marque uno")}).reason, NotAuditable::NoSpeech);
}

TEST(BadInput, one_speaker_and_unknown_ones_leave_doubts_and_no_wrong_fails) {
    const auto alone = judge({say(Customer, "hola", 0, 1000), say(Customer, "chau", 2000, 3000)});
    EXPECT_EQ(result_of(alone, "order").outcome, Outcome::Unknown);
    EXPECT_EQ(result_of(alone, "promise").outcome, Outcome::Unknown);
    EXPECT_EQ(result_of(alone, "consent").outcome, Outcome::Unknown);
    EXPECT_EQ(result_of(alone, "talk").outcome, Outcome::NotApplicable);
    const auto nobody = judge({say(Unknown, "algo", 0, 1000), say(Unknown, "más", 2000, 3000)});
    for (const auto* id : {"order", "promise", "consent", "trend", "talk"}) {
        EXPECT_EQ(result_of(nobody, id).outcome, Outcome::Unknown) << id;
    }
}

TEST(BadInput, scripts_marks_and_emoji_are_words_or_nothing) {
    for (const auto* text :
         {"مرحبا كيف حالك؟ هل يمكنني", "an\xcc\x83o nuevo", "🙂🙂 a 🙂 b", "\xff\xfe\xc3",
          "\xe2\x80\x8f a", "中文 你好？", "e\xcc\x81\xcc\x81\xcc\x81"}) {
        const auto audit = judge({say(Agent, text, 0, 1000), say(Customer, text, 500, 400)});
        for (const auto& result : audit.criteria) {
            for (const auto& evidence : result.evidence) {
                if (const auto* quote = std::get_if<Quote>(&evidence)) {
                    EXPECT_TRUE(std::string(text).contains(quote->quote)) << text;
                }
            }
        }
    }
    EXPECT_EQ(result_of(judge({say(Agent, "an\xcc\x83o nuevo")}), "words").outcome, Outcome::Pass);
    EXPECT_EQ(result_of(judge({say(Agent, "ano nuevo")}), "words").outcome, Outcome::Fail);
}

TEST(BadInput, times_that_overlap_or_run_backwards_are_taken_as_they_are) {
    const auto audit = judge({say(Agent, "a uno", 5000, 6000), say(Customer, "reclamo", 1000, 9000),
                              say(Agent, "b dos", 4000, 3000), say(Agent, "a tres", 0, 0)});
    EXPECT_EQ(result_of(audit, "order").outcome, Outcome::Pass);
    // A segment that ends before it starts lasts no time.
    EXPECT_EQ(std::get<Measured>(result_of(audit, "talk").evidence.at(0)).value,
              Decimal::from_int(1));
}

TEST(BadInput, two_megabytes_take_linear_time_whatever_the_expressions_say) {
    std::string text;
    while (text.size() < 2'000'000) {
        text += "a aaaa a b reclamo le llamo mañana ¿a? ";
    }
    const auto auditor = auditor_of(kKinds);
    expect_quick([&] {
        const auto audit = auditor->judge(transcript_of({say(Agent, text, 0, 3'600'000)}), {});
        EXPECT_TRUE(audit.auditable);
        EXPECT_LT(format_audit(audit, {}).size(), 200'000U);
        for (const auto& result : audit.criteria) {
            EXPECT_LE(result.evidence.size(), 200U) << result.id;
        }
    });
}

TEST(BadInput, more_hits_than_are_kept_leave_a_doubt) {
    std::string text = "z ";
    for (int i = 0; i < 60'000; ++i) {
        text += "a z z z z ";
    }
    const auto auditor = auditor_of(
        "[[criteria]]\nid = \"n\"\nkind = \"phrases\"\nneed = \"any\"\npoints = 1\nphrases = "
        "[\"a\"]\n"
        "near = { phrases = [\"b\"], within_words = 1 }\n");
    EXPECT_EQ(auditor->judge(transcript_of({say(Agent, text)}), {}).criteria.at(0).outcome,
              Outcome::Unknown);
    EXPECT_EQ(auditor->judge(transcript_of({say(Agent, "a z z z")}), {}).criteria.at(0).outcome,
              Outcome::Fail);
}

}  // namespace
}  // namespace oidor::audit
