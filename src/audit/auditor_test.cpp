// The general scorecards, the four outcomes, windows, evidence and receipts.
#include "audit/auditor.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "audit/test_support.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"

namespace oidor::audit {
namespace {

using enum Speaker;

const std::string kGreeting = R"(
[[criteria]]
id = "g"
kind = "phrases"
need = "any"
speaker = "agent"
points = 100
column = "saludo_correcto"
window = { from = "start", seconds = 10, turns = 2 }
phrases = ["buenos días", "hola"]
)";

const std::string kForbidden = R"(
[[criteria]]
id = "g"
kind = "phrases"
need = "any"
points = 100
phrases = ["hola"]
[[criteria]]
id = "f"
kind = "phrases"
need = "none"
speaker = "agent"
penalty = 30
penalty_max = 50
phrases = ["no puedo", "imposible"]
)";

TEST(General, all_good_gives_100_in_spanish_and_english) {
    const auto spanish =
        shipped("general-es")
            ->judge(
                transcript_of(
                    {say(Agent, "Buenas tardes, le habla Ana, ¿en qué le puedo ayudar?", 0, 5000),
                     say(Customer, "No puedo entrar a mi cuenta", 5000, 9000),
                     say(Agent, "Listo. Que tenga buen día, cuidate", 290'000, 300'000)}),
                lasting(300));
    EXPECT_EQ(spanish.score->text(), "100.0");
    EXPECT_EQ(spanish.category, "Excelente");
    EXPECT_FALSE(spanish.needs_review());
    EXPECT_TRUE(spanish.issues.empty());
    const auto english =
        shipped("general-en")
            ->judge(transcript_of({say(Agent, "Good morning, my name is Ana. How can I help you?"),
                                   say(Customer, "I can't log in, impossible!"),
                                   say(Agent, "It is done. Have a great day, bye")}),
                    lasting(300));
    EXPECT_EQ(english.score->text(), "100.0");
    EXPECT_EQ(english.category, "Excellent");
}

TEST(General, the_customers_words_are_not_the_agents) {
    const auto audit =
        shipped("general-es")
            ->judge(transcript_of({say(Customer, "Hola, buenos días. Imposible, no puedo"),
                                   say(Agent, "Aguarde")}),
                    lasting(300));
    EXPECT_EQ(audit.greeted, false);
    EXPECT_TRUE(audit.forbidden_phrases.empty());
    const auto classic =
        shipped("classic-es")
            ->judge(transcript_of({say(Customer, "Hola, buenos días. Imposible, no puedo"),
                                   say(Agent, "Aguarde")}),
                    lasting(300));
    EXPECT_EQ(classic.greeted, true);
    EXPECT_EQ(classic.forbidden_phrases, (std::vector<std::string>{"imposible", "no puedo"}));
    // What came nearest names who said it.
    const auto& nearest = result_of(audit, "saludo_correcto").searched->nearest;
    ASSERT_TRUE(nearest);
    EXPECT_EQ(nearest->quote.speaker, Customer);
}

TEST(General, whole_words_count_and_accents_do_not) {
    const auto auditor = shipped("general-es");
    const auto helped = [&](const char* text) {
        return *auditor->judge(transcript_of({say(Agent, text)}), lasting(300)).offered_help;
    };
    EXPECT_TRUE(helped("en que LE puedo ayudar"));
    EXPECT_TRUE(helped("Di\xcc\x81game"));
    EXPECT_TRUE(helped("contame"));
    EXPECT_FALSE(helped("la dimensión"));
}

TEST(General, a_chat_without_a_duration_is_judged_without_it) {
    const auto audit = shipped("general-es")
                           ->judge(transcript_of({say(Agent, "Hola, soy Ana, ¿en qué te ayudo?"),
                                                  say(Agent, "Hasta luego")}),
                                   Facts{});
    EXPECT_EQ(result_of(audit, "duracion").outcome, Outcome::NotApplicable);
    EXPECT_EQ(audit.score->text(), "100.0");
    EXPECT_FALSE(audit.needs_review());
}

TEST(General, every_phrase_of_the_predecessor_is_known) {
    const auto classic = get_shipped_scorecard("classic-es").value();
    const auto general = get_shipped_scorecard("general-es").value();
    for (std::size_t i = 0; i < 5; ++i) {
        for (const auto& phrase : classic.criteria[i].phrases) {
            // Itself, or the words in it that say it.
            EXPECT_TRUE(std::ranges::any_of(general.criteria[i].phrases, [&phrase](
                                                                             const auto& known) {
                return (" " + phrase + " ").contains(" " + known + " ");
            })) << phrase;
        }
    }
}

TEST(Outcome, an_absence_is_a_fail_only_when_it_is_sure) {
    const auto auditor = auditor_of(kGreeting);
    const auto outcome = [&](std::vector<Segment> segments) {
        return auditor->judge(transcript_of(std::move(segments)), {}).criteria.at(0).outcome;
    };
    auto mumbled = say(Agent, "uenos ía");
    mumbled.confidence = 0.3;
    auto clear = say(Agent, "dígame");
    clear.confidence = 0.5;
    EXPECT_EQ(outcome({clear}), Outcome::Fail);
    EXPECT_EQ(outcome({mumbled}), Outcome::Unknown);
    EXPECT_EQ(outcome({say(Agent, "dígame"), say(Unknown, "qué tal")}), Outcome::Unknown);
    EXPECT_EQ(outcome({say(Agent, "hola"), say(Unknown, "qué tal")}), Outcome::Pass);
    EXPECT_EQ(outcome({say(Agent, "dígame"), say(Unknown, "  ")}), Outcome::Fail);
    EXPECT_EQ(outcome({say(Unknown, "hola")}), Outcome::Unknown);
    EXPECT_EQ(outcome({say(Customer, "hola")}),
              Outcome::Unknown);  // The agent was not heard at all.
    EXPECT_EQ(outcome({say(Agent, "uno"), say(Customer, "dos"), say(Unknown, "tres")}),
              Outcome::Fail);  // The doubt lies beyond the window.
}

TEST(Outcome, unknown_costs_nothing_and_asks_for_review) {
    const auto audit =
        auditor_of(kForbidden + kGreeting.substr(0, kGreeting.find("id")) +
                   "id = \"h\"\nkind = \"phrases\"\nneed = \"any\"\nspeaker = \"bot\"\n"
                   "points = 50\nphrases = [\"listo\"]\n")
            ->judge(transcript_of({say(Agent, "hola")}), {});
    EXPECT_EQ(audit.criteria.at(2).outcome, Outcome::Unknown);
    EXPECT_FALSE(audit.criteria.at(2).points);
    EXPECT_EQ(audit.score->text(), "100.0");
    EXPECT_EQ(audit.review_reasons, std::vector{ReviewReason::UnknownCriterion});
}

TEST(Outcome, a_score_of_nothing_judged_is_null) {
    const auto audit = auditor_of(kGreeting)->judge(transcript_of({say(Unknown, "buenas")}), {});
    EXPECT_TRUE(audit.auditable);
    EXPECT_FALSE(audit.score);
    EXPECT_FALSE(audit.category);
    EXPECT_FALSE(audit.greeted);
    EXPECT_TRUE(audit.needs_review());
}

TEST(Outcome, what_does_not_apply_leaves_the_denominator) {
    const auto auditor = auditor_of(R"(
[[criteria]]
id = "a"
kind = "phrases"
need = "any"
points = 1
phrases = ["hola"]
[[criteria]]
id = "b"
kind = "phrases"
need = "any"
points = 2
phrases = ["chau"]
[[criteria]]
id = "c"
kind = "phrases"
need = "any"
points = 7
applies = { direction = "outbound" }
phrases = ["motivo"]
)");
    const auto transcript = transcript_of({say(Agent, "hola")});
    auto facts = lasting(10);
    facts.direction = Direction::Inbound;
    const auto inbound = auditor->judge(transcript, facts);
    EXPECT_EQ(inbound.criteria.at(2).outcome, Outcome::NotApplicable);
    EXPECT_EQ(inbound.score->text(), "33.333333");
    facts.direction = Direction::Outbound;
    EXPECT_EQ(auditor->judge(transcript, facts).score->text(), "10.0");
    facts.direction = Direction::Unknown;
    const auto unknown = auditor->judge(transcript, facts);
    EXPECT_EQ(unknown.criteria.at(2).outcome, Outcome::Unknown);
    EXPECT_EQ(unknown.score->text(), "80.0");
}

TEST(Forbidden, each_distinct_phrase_costs_up_to_a_cap) {
    const auto auditor = auditor_of(kForbidden);
    const auto judge = [&](const char* text) {
        return auditor->judge(transcript_of({say(Agent, std::string("hola ") + text)}), {});
    };
    EXPECT_EQ(judge("no puedo, no puedo").score->text(), "70.0");
    const auto both = judge("no puedo, es imposible, no puedo");
    EXPECT_EQ(both.score->text(), "50.0");
    EXPECT_EQ(both.criteria.at(1).points->text(), "-50.0");
    EXPECT_EQ(both.criteria.at(1).evidence.size(), 3U);
    EXPECT_EQ(both.forbidden_phrases, (std::vector<std::string>{"imposible", "no puedo"}));
}

TEST(Forbidden, only_what_was_surely_said_in_one_clause_counts) {
    const auto auditor = auditor_of(kForbidden);
    const auto outcome = [&](std::vector<Segment> segments) {
        return auditor->judge(transcript_of(std::move(segments)), {}).criteria.at(1).outcome;
    };
    EXPECT_EQ(outcome({say(Agent, "No, puedo ayudarle")}), Outcome::Pass);
    EXPECT_EQ(outcome({say(Agent, "No. Puedo ayudarle")}), Outcome::Pass);
    EXPECT_EQ(outcome({say(Agent, "no"), say(Agent, "puedo ayudarle")}), Outcome::Pass);
    EXPECT_EQ(outcome({say(Agent, "No... puedo")}), Outcome::Fail);
    auto mumbled = say(Agent, "no puedo");
    mumbled.confidence = 0.2;
    EXPECT_EQ(outcome({mumbled}), Outcome::Unknown);
    EXPECT_EQ(outcome({say(Agent, "listo"), say(Unknown, "no puedo")}), Outcome::Unknown);
}

TEST(Window, seconds_count_from_the_first_words_and_back_from_the_last) {
    const auto auditor = auditor_of(kGreeting + R"(
[[criteria]]
id = "e"
kind = "phrases"
need = "all"
speaker = "agent"
window = { from = "end", seconds = 5, turns = 1 }
phrases = ["hasta luego"]
)");
    const auto audit = auditor->judge(
        transcript_of({say(Ivr, "marque uno", 0, 20'000), say(Agent, "hola", 25'000, 26'000),
                       say(Agent, "hasta luego", 50'000, 52'000),
                       say(Customer, "chau", 52'000, 56'000)}),
        {});
    EXPECT_EQ(audit.criteria.at(0).outcome, Outcome::Pass);
    EXPECT_EQ(audit.criteria.at(0).searched->from, 25'000);
    EXPECT_EQ(audit.criteria.at(0).searched->to, 35'000);
    EXPECT_EQ(audit.criteria.at(1).outcome, Outcome::Pass);
    EXPECT_EQ(audit.criteria.at(1).searched->from, 51'000);
    EXPECT_EQ(audit.criteria.at(1).searched->to, 56'000);
}

TEST(Window, words_with_times_cut_a_long_segment) {
    auto segment = say(Agent, "sí claro ya vamos hola", 0, 30'000);
    std::int64_t at = 0;
    for (const char* word : {"sí", "claro", "ya", "vamos", "hola"}) {
        segment.words.push_back({Milliseconds(at), Milliseconds(at + 4000), word});
        at += 6000;
    }
    const auto late = auditor_of(kGreeting)->judge(transcript_of({segment}), {});
    EXPECT_EQ(late.criteria.at(0).outcome, Outcome::Fail);
    // What lies beyond the window is what came nearest, with the times of its word.
    ASSERT_TRUE(late.criteria.at(0).searched->nearest);
    EXPECT_EQ(late.criteria.at(0).searched->nearest->quote.start, Milliseconds(24'000));
    segment.words.back().text =
        "adiós";  // Words that are not the text's: the segment's times count.
    EXPECT_EQ(auditor_of(kGreeting)->judge(transcript_of({segment}), {}).criteria.at(0).outcome,
              Outcome::Pass);
}

TEST(Window, turns_count_where_times_are_missing) {
    const auto auditor = auditor_of(kGreeting);
    const auto audit = auditor->judge(
        transcript_of({say(Customer, "qué tal"), say(Agent, "un momento"), say(Agent, "hola")}),
        {});
    EXPECT_EQ(audit.criteria.at(0).outcome, Outcome::Pass);
    EXPECT_EQ(audit.criteria.at(0).searched->unit, Searched::Unit::Turns);
    const auto late = auditor->judge(
        transcript_of({say(Agent, "un momento"), say(Customer, "sí"), say(Agent, "hola")}), {});
    EXPECT_EQ(late.criteria.at(0).outcome, Outcome::Fail);
    EXPECT_EQ(late.criteria.at(0).searched->nearest->quote.quote, "hola");
}

TEST(Window, only_the_participation_is_judged) {
    Facts facts;
    facts.participation_from = Milliseconds(10'000);
    facts.participation_to = Milliseconds(20'000);
    const auto audit = auditor_of(kGreeting)->judge(
        transcript_of({say(Agent, "hola", 0, 1000), say(Agent, "ya", 10'000, 11'000),
                       say(Agent, "hola", 20'000, 21'000)}),
        facts);
    EXPECT_EQ(audit.criteria.at(0).outcome, Outcome::Fail);
    EXPECT_EQ(audit.duration, Milliseconds(10'000));
}

TEST(Evidence, a_phrase_may_run_on_into_the_speakers_next_segment) {
    const auto audit =
        auditor_of(kGreeting)->judge(transcript_of({say(Agent, "Muy buenos", 0, 900),
                                                    say(Agent, "DÍAS, ¿cómo va?", 1000, 2000)}),
                                     {});
    const auto& evidence = audit.criteria.at(0).evidence;
    ASSERT_EQ(evidence.size(), 2U);
    EXPECT_EQ(std::get<Quote>(evidence[0]).quote, "buenos");
    EXPECT_EQ(std::get<Quote>(evidence[1]).quote, "DÍAS");
    const auto apart = auditor_of(kGreeting)->judge(
        transcript_of({say(Agent, "Muy buenos"), say(Customer, "días"), say(Agent, "días")}), {});
    EXPECT_EQ(apart.criteria.at(0).outcome, Outcome::Fail);
}

TEST(Evidence, an_absence_names_what_came_nearest) {
    const auto auditor = auditor_of(R"(
[[criteria]]
id = "e"
kind = "phrases"
need = "any"
points = 1
phrases = ["que tengas un buen día", "cuídate mucho"]
)");
    const auto nearest = [&](const char* text) {
        const auto audit = auditor->judge(transcript_of({say(Agent, text)}), {});
        const auto& found = audit.criteria.at(0).searched->nearest;
        return found ? found->quote.quote + " | " + found->phrase : std::string("none");
    };
    EXPECT_EQ(nearest("Bueno, ¡que tengas un lindo día!"),
              "que tengas un lindo día | que tengas un buen día");
    EXPECT_EQ(nearest("cuídese mucho"), "cuídese mucho | cuídate mucho");
    EXPECT_EQ(nearest("nada parecido"), "none");
}

TEST(Measure, bands_take_named_measures) {
    const auto auditor = auditor_of(R"(
[[criteria]]
id = "silencio"
kind = "measure"
measure = "silence"
points = 10
issue = "Silencio de {value}"
bands = [{ below = 0.2, points = 10 }, { points = -5 }]
[[criteria]]
id = "otra"
kind = "measure"
measure = "overtalk"
missing = "not_applicable"
points = 10
bands = [{ points = 10 }]
)");
    Facts facts;
    const auto transcript = transcript_of({say(Agent, "hola")});
    EXPECT_EQ(auditor->judge(transcript, facts).criteria.at(0).outcome, Outcome::Unknown);
    facts.measures["silence"] = {.value = Decimal::from_micros(250'000), .unit = "ratio"};
    const auto audit = auditor->judge(transcript, facts);
    EXPECT_EQ(audit.criteria.at(0).outcome, Outcome::Fail);
    EXPECT_EQ(audit.score->text(), "0.0");
    EXPECT_EQ(audit.issues, std::vector<std::string>{"Silencio de 0.25"});
    EXPECT_EQ(std::get<Measured>(audit.criteria.at(0).evidence.at(0)).unit, "ratio");
    EXPECT_EQ(audit.criteria.at(1).outcome, Outcome::NotApplicable);
}

TEST(Review, each_reason_of_the_closed_list_can_be_asked_for) {
    std::string head =
        "[review]\nlow_score_below = 60\nforbidden_phrase = true\n"
        "negative_sentiment_below = -0.3\nshort_call_below_s = 60\n"
        "long_call_above_s = 10\ncritical_failure = true\n";
    const std::string toml =
        "id = \"t\"\nversion = 1\nlanguage = \"es\"\n"
        "categories = [{ from = 0, name = \"x\" }]\n" +
        head + kForbidden +
        "[[criteria]]\nid = \"c\"\nkind = \"phrases\"\nneed = \"all\"\n"
        "severity = \"critical\"\nphrases = [\"aviso legal\", \"hola\"]\n"
        "issue = \"Faltó {phrases}\"\n"
        "[[criteria]]\nid = \"u\"\nkind = \"measure\"\nmeasure = \"x\"\n"
        "bands = [{ points = 0 }]\n";
    const auto auditor = Auditor::open(parse_scorecard(toml, "t.toml").value()).value();
    const auto audit = auditor->judge(
        transcript_of({say(Agent, "hola, imposible, no puedo, pésimo")}), lasting(30));
    std::vector<ReviewReason> all;
    for (const auto& faces : review_table()) {
        // Those behind are found in the recording: suspect_test.
        if (faces.reason <= ReviewReason::UnknownCriterion) {
            all.push_back(faces.reason);
        }
    }
    EXPECT_EQ(audit.review_reasons, all);
    EXPECT_EQ(audit.issues.at(1), "Faltó «aviso legal»");
}

TEST(NotAuditable, silence_is_not_a_bad_call) {
    const auto auditor = shipped("general-es");
    for (const auto& transcript :
         {transcript_of({}), transcript_of({say(Agent, "  \n "), say(Unknown, "… 🙂 .")})}) {
        const auto audit = auditor->judge(transcript, lasting(30));
        EXPECT_FALSE(audit.auditable);
        EXPECT_EQ(audit.reason, NotAuditable::NoSpeech);
        EXPECT_FALSE(audit.score || audit.category || audit.greeted);
        EXPECT_TRUE(audit.criteria.empty());
        EXPECT_FALSE(audit.needs_review());
    }
    auto facts = lasting(30);
    facts.not_auditable = NotAuditable::Voicemail;
    EXPECT_EQ(auditor->judge(transcript_of({say(Agent, "hola")}), facts).reason,
              NotAuditable::Voicemail);
    const auto brief = auditor_of(kGreeting, "too_short_below_s = 10");
    EXPECT_EQ(brief->judge(transcript_of({say(Agent, "hola")}), lasting(9)).reason,
              NotAuditable::TooShort);
    EXPECT_TRUE(brief->judge(transcript_of({say(Agent, "hola")}), lasting(10)).auditable);
}

TEST(AuditJson, has_the_contracts_members_in_its_order) {
    const auto audit = shipped("classic-es")
                           ->judge(transcript_of({say(Agent, "Buenos días", 0, 1900),
                                                  say(Agent, "no puedo", 2000, 3000)}),
                                   lasting(300));
    const auto text = format_audit(audit, {.input = "q2.json"});
    const auto value = parse_json(text).value();
    std::string members;
    for (const auto& member : value.as_object()) {
        members += std::string(member.key()) + " ";
    }
    EXPECT_EQ(members,
              "input conversation_id agent language duration_s scorecard auditable reason "
              "quality_score quality_score_exact quality_category needs_review review_reasons "
              "sentiment_score heard criteria saludo_correcto ofrece_ayuda despedida_correcta "
              "palabras_prohibidas issues receipt ");
    EXPECT_TRUE(text.starts_with(
        R"({"input":"q2.json","conversation_id":null,"agent":null,"language":"es","duration_s":300,)"
        R"("scorecard":{"id":"classic-es","version":1},"auditable":true,"reason":null,)"
        R"("quality_score":30,"quality_score_exact":"30.0","quality_category":"Requiere Atención")"))
        << text;
    EXPECT_NE(text.find(R"({"id":"saludo_correcto","outcome":"pass","points":15,"points_max":15,)"
                        R"("evidence":[{"segment":0,"start_ms":0,"end_ms":1900,"speaker":"agent",)"
                        R"("quote":"Buenos días"}],"searched":{"speaker":"any","from_char":0,)"
                        R"("to_char":200,"nearest":null}})"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find(R"("evidence":[{"measure":"duration","value":300,"unit":"s"}])"),
              std::string::npos);
}

TEST(Receipt, hashes_what_was_used_and_not_the_labels) {
    const auto auditor = shipped("general-es");
    const auto transcript = transcript_of({say(Agent, "hola")});
    const auto audit = auditor->judge(transcript, lasting(300));
    EXPECT_EQ(audit.receipt.transcript_sha256, sha256_hex(format_transcript(transcript)));
    EXPECT_EQ(audit.receipt.facts_sha256, sha256_hex(format_facts(lasting(300))));
    EXPECT_EQ(audit.receipt.scorecard_sha256, auditor->scorecard().sha256);
    EXPECT_EQ(audit.receipt.packs_sha256, auditor->packs_sha256());
    // The hash again from the JSON that a reader has.
    auto value = parse_json(format_audit(audit, {.input = "a", .agent = "Ana"})).value();
    auto& object = value.as_object();
    const std::string stated(object["receipt"].as_object()["audit_sha256"].as_string());
    for (const auto* label : {"input", "conversation_id", "agent", "receipt"}) {
        object.erase(label);
    }
    EXPECT_EQ(stated, sha256_hex(canonical_json(value)));
    EXPECT_EQ(stated, audit_sha256(audit));
    EXPECT_NE(auditor->judge(transcript, lasting(301)).receipt.facts_sha256,
              audit.receipt.facts_sha256);
}

}  // namespace
}  // namespace oidor::audit
