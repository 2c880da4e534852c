// How rules of words, promises, notices, questions and courses of feeling are judged.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "audit/test_support.hpp"
#include "audit/tolerant_match.hpp"
#include "audit/word_pattern.hpp"
#include "base/json.hpp"

namespace oidor::audit {
namespace {

using enum Speaker;

std::string rule(const std::string& keys) {
    return "[[criteria]]\nid = \"r\"\nkind = \"phrases\"\npoints = 10\n" + keys + "\n";
}

CriterionResult judged(const std::string& criteria, std::vector<Segment> segments,
                       const ModelAnswers* answers = nullptr) {
    return auditor_of(criteria)
        ->judge(transcript_of(std::move(segments)), {}, {}, answers)
        .criteria.at(0);
}

Outcome outcome(const std::string& criteria, std::vector<Segment> segments) {
    return judged(criteria, std::move(segments)).outcome;
}

std::vector<std::string> quotes_of(const CriterionResult& result) {
    std::vector<std::string> quotes;
    for (const auto& evidence : result.evidence) {
        if (const auto* quote = std::get_if<Quote>(&evidence)) {
            quotes.push_back(quote->quote);
        }
    }
    return quotes;
}

Segment mumbled(Segment segment) {
    segment.confidence = 0.2;
    return segment;
}

using Texts = std::vector<std::string>;

TEST(Sequence, is_met_in_order_alone) {
    const auto steps =
        rule("need = \"sequence\"\nsteps = [[\"hola\", \"buenas\"], [\"soy\"], [\"ayudo\"]]");
    const auto met = judged(steps, {say(Agent, "Buenas, soy Ana"), say(Customer, "hola"),
                                    say(Agent, "¿en qué le ayudo?")});
    EXPECT_EQ(met.outcome, Outcome::Pass);
    EXPECT_EQ(quotes_of(met), (Texts{"Buenas", "soy", "ayudo"}));
    const auto broken =
        judged(steps, {say(Agent, "soy Ana, hola"), say(Agent, "¿en qué le ayudo?")});
    EXPECT_EQ(broken.outcome, Outcome::Fail);
    EXPECT_EQ(quotes_of(broken), Texts{"hola"});
    EXPECT_EQ(outcome(steps, {mumbled(say(Agent, "soy Ana, hola, ayudo"))}), Outcome::Unknown);
    const auto audit =
        auditor_of(steps)->judge(transcript_of({say(Agent, "soy Ana, hola, le ayudo")}), {});
    EXPECT_EQ(audit.issues, Texts{"r"});
    // One word serves one step.
    const auto twice = rule("need = \"sequence\"\nsteps = [[\"hola\"], [\"hola\"]]");
    EXPECT_EQ(outcome(twice, {say(Agent, "hola")}), Outcome::Fail);
    EXPECT_EQ(outcome(twice, {say(Agent, "hola, hola")}), Outcome::Pass);
}

TEST(Counts, at_least_and_at_most_count_what_overlaps_once) {
    const auto least = rule(
        "need = \"any\"\nat_least = 2\nspeaker = \"agent\"\nphrases = [\"gracias\", \"muchas "
        "gracias\"]");
    EXPECT_EQ(outcome(least, {say(Agent, "muchas gracias")}), Outcome::Fail);
    const auto twice = judged(least, {say(Agent, "muchas gracias"), say(Agent, "gracias")});
    EXPECT_EQ(twice.outcome, Outcome::Pass);
    EXPECT_EQ(twice.evidence.size(), 2U);
    EXPECT_EQ(outcome(least, {say(Agent, "gracias"), mumbled(say(Agent, "racias"))}),
              Outcome::Unknown);
    const auto most =
        rule("need = \"any\"\nat_most = 1\nspeaker = \"agent\"\nphrases = [\"espere\"]");
    EXPECT_EQ(outcome(most, {say(Agent, "listo")}), Outcome::Pass);
    EXPECT_EQ(outcome(most, {say(Agent, "espere, espere")}), Outcome::Fail);
    EXPECT_EQ(outcome(most, {say(Agent, "espere"), mumbled(say(Agent, "espere"))}),
              Outcome::Unknown);
    EXPECT_EQ(outcome(most, {say(Agent, "espere"), say(Unknown, "espere")}), Outcome::Unknown);
}

TEST(Near, words_must_stand_within_a_distance) {
    const auto near = rule(
        "need = \"any\"\nspeaker = \"agent\"\nphrases = [\"llamo\"]\nnear = { phrases = "
        "[\"mañana\"], within_words = 2 }");
    const auto close = judged(near, {say(Agent, "le llamo mañana a la tarde")});
    EXPECT_EQ(close.outcome, Outcome::Pass);
    EXPECT_EQ(quotes_of(close), (Texts{"llamo", "mañana"}));
    EXPECT_EQ(outcome(near, {say(Agent, "mañana, sin falta, le llamo")}), Outcome::Fail);
    EXPECT_EQ(outcome(near, {say(Agent, "mañana sin falta llamo")}), Outcome::Pass);
    EXPECT_EQ(outcome(near, {say(Agent, "le llamo"), say(Agent, "mañana")}), Outcome::Pass);
    const auto far = judged(near, {say(Agent, "le llamo"), say(Customer, "mañana"),
                                   say(Agent, "cuando se pueda, tal vez mañana")});
    EXPECT_EQ(far.outcome, Outcome::Fail);
    ASSERT_TRUE(far.searched->nearest);
    EXPECT_EQ(far.searched->nearest->quote.quote, "llamo");
    const auto seconds = rule(
        "need = \"any\"\nphrases = [\"llamo\"]\nnear = { phrases = [\"mañana\"], within_s = 5, "
        "within_words = 0 }");
    EXPECT_EQ(outcome(seconds, {say(Agent, "le llamo sin falta", 0, 1000),
                                say(Agent, "quizá mañana", 5000, 6000)}),
              Outcome::Pass);
    EXPECT_EQ(outcome(seconds, {say(Agent, "le llamo sin falta", 0, 1000),
                                say(Agent, "quizá mañana", 7000, 8000)}),
              Outcome::Fail);
}

TEST(Patterns, are_phrases_by_another_name) {
    const auto any = rule(
        "need = \"any\"\nspeaker = \"agent\"\npatterns = ['en \\d+ (horas|dias)', 'g[aeiou]+l']");
    const auto found = judged(any, {say(Agent, "Lo resolvemos en 24 HORAS, Gal.")});
    EXPECT_EQ(found.outcome, Outcome::Pass);
    EXPECT_EQ(quotes_of(found), (Texts{"en 24 HORAS", "Gal"}));
    EXPECT_EQ(outcome(any, {say(Agent, "en 24 horasluego")}), Outcome::Fail);
    EXPECT_EQ(outcome(any, {say(Customer, "en 24 horas"), say(Agent, "sí")}), Outcome::Fail);
    EXPECT_EQ(outcome(any, {say(Agent, "en 24"), say(Customer, "eh"), say(Agent, "horas")}),
              Outcome::Fail);
    const auto none = rule("need = \"none\"\npatterns = ['no puedo( \\w+)?']");
    EXPECT_EQ(outcome(none, {say(Agent, "No puedo hacerlo")}), Outcome::Fail);
}

TEST(Tolerance, makes_a_pass_of_misheard_words_and_says_how_far_they_are) {
    const auto tolerant = rule(
        "need = \"any\"\nspeaker = \"agent\"\ntolerance = 1\nphrases = [\"gracias por "
        "comunicarse\"]");
    const auto heard = judged(tolerant, {say(Agent, "Grasias por comunicarce con nosotros")});
    EXPECT_EQ(heard.outcome, Outcome::Pass);
    ASSERT_FALSE(heard.evidence.empty());
    const auto& quote = std::get<Quote>(heard.evidence.front());
    EXPECT_EQ(quote.quote, "Grasias por comunicarce");
    EXPECT_GE(quote.distance, 1);
    EXPECT_EQ(quote.phrase, "gracias por comunicarse");
    const auto exact = judged(tolerant, {say(Agent, "Gracias por comunicarse")});
    EXPECT_EQ(std::get<Quote>(exact.evidence.at(0)).distance, 0);
    const auto head = "tolerance = 1\n";
    const auto forbidden =
        rule("need = \"none\"\ntolerance = 1\nphrases = [\"imposible hacerlo ahora\"]") +
        "[[criteria]]\nid = \"s\"\nkind = \"phrases\"\nneed = \"any\"\npoints = 1\nphrases = "
        "[\"hola\"]\n";
    EXPECT_EQ(outcome(forbidden, {say(Agent, "inposible acerlo ahora")}), Outcome::Unknown);
    // The head's tolerance is not for what counts against somebody.
    auto inherited = forbidden;
    inherited.replace(inherited.find("tolerance = 1\n"), 14, "");
    EXPECT_EQ(auditor_of(inherited, head)
                  ->judge(transcript_of({say(Agent, "inposible acerlo ahora")}), {})
                  .criteria.at(0)
                  .outcome,
              Outcome::Pass);
}

TEST(Evidence, names_the_pack_whose_phrase_was_found) {
    const auto both = rule(
        "need = \"any\"\nspeaker = \"agent\"\nphrases = [\"quedo atento siempre\"]\n"
        "packs = [\"es/saludo\", \"es/plazo\"]");
    const auto pack_of = [&](const char* text) {
        return std::get<Quote>(judged(both, {say(Agent, text)}).evidence.at(0)).pack;
    };
    EXPECT_EQ(pack_of("quedo atento siempre"), "");
    EXPECT_EQ(pack_of("buenos días"), "es/saludo");
    EXPECT_EQ(pack_of("pasado mañana"), "es/plazo");
    EXPECT_EQ(pack_of("en 24 horas"), "es/plazo");
}

const std::string kPromise = "[[criteria]]\nid = \"p\"\nkind = \"promise\"\npoints = 10\n";

TEST(Promise, is_a_commitment_with_a_date) {
    for (const auto* text :
         {"Le llamo mañana sin falta", "Bueno, le aviso en 24 horas",
          "le envío el comprobante el lunes", "en un plazo de cinco días hábiles le confirmo",
          "te llamo a las 5 de la tarde"}) {
        const auto kept = judged(kPromise, {say(Agent, text)});
        EXPECT_EQ(kept.outcome, Outcome::Pass) << text;
        EXPECT_GE(kept.evidence.size(), 2U) << text;
    }
    const auto vague = judged(kPromise, {say(Agent, "Le llamo cuando tenga novedades")});
    EXPECT_EQ(vague.outcome, Outcome::Fail);
    ASSERT_TRUE(vague.searched->nearest);
    EXPECT_EQ(vague.searched->nearest->quote.quote, "Le llamo");
    EXPECT_EQ(outcome(kPromise, {say(Customer, "le llamo mañana"), say(Agent, "bien")}),
              Outcome::Fail);
    EXPECT_EQ(outcome(kPromise, {mumbled(say(Agent, "le amo"))}), Outcome::Unknown);
    const auto own = kPromise +
                     "phrases = [\"prometo\"]\nnear = { phrases = [\"pronto\"], "
                     "within_words = 1 }\n";
    EXPECT_EQ(outcome(own, {say(Agent, "prometo que pronto")}), Outcome::Pass);
    EXPECT_EQ(outcome(own, {say(Agent, "le llamo mañana")}), Outcome::Fail);
}

const std::string kConsent = "[[criteria]]\nid = \"c\"\nkind = \"consent\"\npoints = 10\n";

TEST(Consent, is_asked_for_before_anything_else_is) {
    const auto* const notice = "Esta llamada puede ser grabada";
    const auto told = judged(
        kConsent, {say(Agent, "Buenos días"), say(Agent, notice), say(Agent, "¿Con quién hablo?")});
    EXPECT_EQ(told.outcome, Outcome::Pass);
    EXPECT_EQ(told.searched->speaker, BoundSpeaker::House);
    EXPECT_EQ(outcome(kConsent, {say(Ivr, notice, 0, 3000), say(Agent, "¿Sí?", 4000, 5000)}),
              Outcome::Pass);
    const auto late = judged(kConsent, {say(Agent, "¿Me da su documento?"), say(Agent, notice)});
    EXPECT_EQ(late.outcome, Outcome::Fail);
    EXPECT_EQ(quotes_of(late).at(0), "¿Me da su documento?");
    EXPECT_EQ(quotes_of(late).at(1), notice);
    EXPECT_EQ(outcome(kConsent, {say(Customer, "¿Hola?"), say(Agent, notice)}), Outcome::Pass);
    EXPECT_EQ(outcome(kConsent, {mumbled(say(Agent, "¿me da?")), say(Agent, notice)}),
              Outcome::Unknown);
    EXPECT_EQ(outcome(kConsent, {say(Agent, "Buenos días"), say(Customer, "hola")}), Outcome::Fail);
    EXPECT_EQ(outcome(kConsent, {say(Agent, "Buenos días"), say(Unknown, "algo")}),
              Outcome::Unknown);
    const auto lenient =
        kConsent + "before = { phrases = [\"su documento\"], questions = false }\n";
    EXPECT_EQ(outcome(lenient, {say(Agent, "¿Cómo le va?"), say(Agent, notice)}), Outcome::Pass);
    EXPECT_EQ(outcome(lenient, {say(Agent, "Deme su documento"), say(Agent, notice)}),
              Outcome::Fail);
}

const std::string kQuestion =
    "[[criteria]]\nid = \"q\"\nkind = \"question\"\npoints = 10\nspeaker = \"agent\"\n"
    "question = \"¿Explicó el cargo?\"\n";

ModelAnswers answering(std::optional<Decimal> value, std::vector<Cited> quotes) {
    return {.sha256 = std::string(64, 'a'),
            .answers = {{.criterion = "q", .value = value, .quotes = std::move(quotes)}}};
}

TEST(Question, an_answer_counts_with_quotes_that_are_there) {
    const std::vector<Segment> said = {say(Customer, "¿Y este cargo?"),
                                       say(Agent, "Es un ajuste por MORA, del mes pasado.")};
    const auto judge = [&](const std::string& criteria, const ModelAnswers& answers) {
        return judged(criteria, said, &answers);
    };
    const auto yes = Decimal::from_int(1);
    const auto good = judge(kQuestion, answering(yes, {{1, "ajuste por mora"}}));
    EXPECT_EQ(good.outcome, Outcome::Pass);
    EXPECT_EQ(quotes_of(good), Texts{"ajuste por MORA"});
    EXPECT_EQ(judge(kQuestion, answering(Decimal{}, {{1, "ajuste por mora"}})).outcome,
              Outcome::Fail);
    EXPECT_EQ(judge(kQuestion + "fail_when = \"yes\"\n", answering(yes, {{1, "ajuste"}})).outcome,
              Outcome::Fail);
    // Words that nobody said, said elsewhere, by somebody else, or none at all.
    EXPECT_EQ(judge(kQuestion, answering(yes, {{1, "le expliqué el cargo"}})).outcome,
              Outcome::Unknown);
    EXPECT_EQ(judge(kQuestion, answering(yes, {{0, "ajuste por mora"}})).outcome, Outcome::Unknown);
    EXPECT_EQ(judge(kQuestion, answering(yes, {{1, "juste por mor"}})).outcome, Outcome::Unknown);
    EXPECT_EQ(judge(kQuestion, answering(yes, {{9, "ajuste"}})).outcome, Outcome::Unknown);
    EXPECT_EQ(judge(kQuestion, answering(yes, {})).outcome, Outcome::Unknown);
    EXPECT_EQ(judge(kQuestion, answering({}, {{1, "ajuste"}})).outcome, Outcome::Unknown);
    EXPECT_EQ(judge(kQuestion, answering(Decimal::from_int(2), {{1, "ajuste"}})).outcome,
              Outcome::Unknown);
    EXPECT_EQ(judge(kQuestion, answering(Decimal{}, {{0, "este cargo"}})).outcome,
              Outcome::Unknown);
    EXPECT_EQ(judged(kQuestion, said).outcome, Outcome::Unknown);
    EXPECT_TRUE(judged(kQuestion, said).searched);
}

TEST(Question, a_chat_is_quoted_as_it_was_typed) {
    const auto auditor = auditor_of(kQuestion);
    Facts facts;
    facts.chat = true;
    const auto outcome_of = [&](const std::string& text, const std::string& quote) {
        const auto answers = answering(Decimal::from_int(1), {{0, quote}});
        const auto audit =
            auditor->judge(transcript_of({say(Agent, text)}), facts, {}, &answers).criteria.at(0);
        return std::string(format(audit.outcome)) +
               (audit.evidence.empty() ? "" : " " + quotes_of(audit).at(0));
    };
    EXPECT_EQ(outcome_of("no anda xq no pago", "xq no pago"), "pass xq no pago");
    EXPECT_EQ(outcome_of("muxas grax x todo", "muxas grax x"), "pass muxas grax x");
    EXPECT_EQ(outcome_of("le explicooo el cargo 😊", "explicooo el cargo 😊"),
              "pass explicooo el cargo 😊");
    EXPECT_EQ(outcome_of("😡xq no pago", "XQ NO PAGO"), "pass xq no pago");
    EXPECT_EQ(outcome_of("no anda xq no pago", "xq no paga"), "unknown");
}

TEST(Question, the_other_sides_words_prove_nothing_neither_way) {
    const std::vector<Segment> said = {say(Customer, "sí, el cargo es por mora"),
                                       say(Agent, "correcto, ajuste por mora")};
    const auto of = [&](std::int64_t value, std::size_t segment, const std::string& quote) {
        const auto answers = answering(Decimal::from_int(value), {{segment, quote}});
        return judged(kQuestion, said, &answers);
    };
    const auto theirs = of(1, 0, "el cargo es por mora");
    EXPECT_EQ(theirs.outcome, Outcome::Unknown);
    EXPECT_FALSE(theirs.points);
    EXPECT_EQ(quotes_of(theirs), Texts{"el cargo es por mora"});
    EXPECT_EQ(of(1, 1, "ajuste por mora").outcome, Outcome::Pass);
    // Heard badly, but by the right one: what speaks for somebody stays.
    const auto answers = answering(Decimal::from_int(1), {{0, "ajuste por mora"}});
    EXPECT_EQ(judged(kQuestion, {mumbled(say(Agent, "ajuste por mora"))}, &answers).outcome,
              Outcome::Pass);
}

TEST(Question, a_score_is_held_to_its_range) {
    const auto scored = kQuestion + "answer = \"score\"\nscore_max = 5\npass_from = 3\n";
    const std::vector<Segment> said = {say(Agent, "Es un ajuste")};
    const auto points = [&](std::int64_t value) {
        const auto answers = answering(Decimal::from_int(value), {{0, "ajuste"}});
        const auto result = judged(scored, said, &answers);
        return result.points->text() + (result.outcome == Outcome::Pass ? " pass" : " fail");
    };
    EXPECT_EQ(points(4), "8.0 pass");
    EXPECT_EQ(points(2), "4.0 fail");
    EXPECT_EQ(points(99), "10.0 pass");
    EXPECT_EQ(points(-7), "0.0 fail");
}

TEST(Question, the_receipt_names_the_answers_that_were_used) {
    const auto answers = answering(Decimal::from_int(1), {{0, "ajuste"}});
    const auto transcript = transcript_of({say(Agent, "Es un ajuste")});
    const auto asked = auditor_of(kQuestion);
    EXPECT_TRUE(asked->has_questions());
    EXPECT_EQ(asked->judge(transcript, {}, {}, &answers).receipt.answers_sha256, answers.sha256);
    EXPECT_FALSE(asked->judge(transcript, {}).receipt.answers_sha256);
    EXPECT_FALSE(shipped("general-es")->judge(transcript, {}, {}, &answers).receipt.answers_sha256);
}

std::string course(const std::string& form, const std::string& more = "") {
    return "[[criteria]]\nid = \"s\"\nkind = \"sentiment\"\npoints = 10\nmeasure = \"" + form +
           "\"\nspeaker = \"customer\"\nbands = [{ below = 0, points = 0 }, { points = 10 }]\n" +
           more;
}

std::vector<Segment> feeling(const std::vector<std::string>& quarters) {
    std::vector<Segment> segments;
    std::int64_t at = 0;
    for (const auto& text : quarters) {
        segments.push_back(say(Customer, text, at, at + 10'000));
        at += 10'000;
    }
    return segments;
}

TEST(Course, of_feeling_is_judged_by_quarters) {
    const auto better =
        feeling({"esto es pésimo", "un desastre", "está bien", "excelente, perfecto"});
    const auto worse =
        feeling({"excelente, perfecto", "está bien", "un desastre", "esto es pésimo"});
    for (const auto* form : {"trend", "change"}) {
        const auto up = judged(course(form), better);
        EXPECT_EQ(up.outcome, Outcome::Pass) << form;
        ASSERT_EQ(up.evidence.size(), 5U);
        EXPECT_EQ(std::get<Measured>(up.evidence[0]).measure, std::string("sentiment_") + form);
        EXPECT_GT(std::get<Measured>(up.evidence[0]).value, Decimal{});
        EXPECT_EQ(std::get<Measured>(up.evidence[4]).measure, "sentiment_q4");
        EXPECT_EQ(outcome(course(form), worse), Outcome::Fail) << form;
        auto unsure = worse;
        unsure[3].confidence = 0.1;
        EXPECT_EQ(outcome(course(form), unsure), Outcome::Unknown) << form;
    }
    // A quarter in which the customer said nothing: no course, but a change.
    auto gap = worse;
    gap[1].speaker = Agent;
    EXPECT_EQ(outcome(course("trend"), gap), Outcome::Unknown);
    EXPECT_EQ(outcome(course("trend", "missing = \"not_applicable\"\n"), gap),
              Outcome::NotApplicable);
    EXPECT_EQ(outcome(course("change"), gap), Outcome::Fail);
    gap[3].speaker = Agent;
    EXPECT_EQ(outcome(course("change"), gap), Outcome::Unknown);
}

TEST(Course, is_cut_by_words_where_there_are_no_times) {
    const auto audit = judged(
        course("change"),
        {say(Customer, "pésimo pésimo pésimo pésimo"), say(Agent, "uno dos tres cuatro"),
         say(Agent, "uno dos tres cuatro"), say(Customer, "excelente perfecto gracias hola")});
    EXPECT_EQ(audit.outcome, Outcome::Pass);
}

TEST(Measure, some_are_counted_from_the_transcript) {
    const std::string talk =
        "[[criteria]]\nid = \"t\"\nkind = \"measure\"\nmeasure = \"agent_talk\"\npoints = "
        "10\nbands = "
        "[{ up_to = 0.6, points = 10 }, { points = 0 }]\n";
    const auto fair =
        judged(talk, {say(Agent, "uno", 0, 6000), say(Customer, "dos", 6000, 10'000)});
    EXPECT_EQ(fair.outcome, Outcome::Pass);
    EXPECT_EQ(std::get<Measured>(fair.evidence.at(0)).value, Decimal::from_micros(600'000));
    EXPECT_EQ(outcome(talk, {say(Agent, "uno", 0, 6000), say(Unknown, "dos", 6000, 10'000)}),
              Outcome::Unknown);
    EXPECT_EQ(outcome(talk, {say(Agent, "uno"), say(Customer, "dos")}), Outcome::Unknown);
}

// What was cut off may hold what is missing: absence is not surely heard there.
TEST(CutSearch, gives_unknown_and_never_a_fail) {
    std::string many;
    for (std::size_t i = 0; i <= WordPattern::kMatchesMax; ++i) {
        many += "mil ";
    }
    const std::vector<Segment> said = {say(Customer, many), say(Agent, "mil gracias")};
    const auto pattern = [](const std::string& more) {
        return rule(more + "patterns = ['mil( gracias)?']");
    };
    EXPECT_EQ(outcome(pattern("need = \"any\"\nspeaker = \"agent\"\n"), said), Outcome::Unknown);
    EXPECT_EQ(outcome(pattern("need = \"none\"\nspeaker = \"agent\"\n"), said), Outcome::Unknown);
    EXPECT_EQ(outcome(pattern("need = \"any\"\nspeaker = \"customer\"\n"), said), Outcome::Pass);
    EXPECT_EQ(outcome(pattern("need = \"any\"\nspeaker = \"agent\"\n"),
                      {say(Customer, "mil mil"), say(Agent, "nada")}),
              Outcome::Fail);

    std::string near;
    for (std::size_t i = 0; i <= TolerantMatcher::kHitsMax; ++i) {
        near += "asta luego ";
    }
    const auto tolerant =
        rule("need = \"any\"\nspeaker = \"agent\"\ntolerance = 1\nphrases = [\"hasta luego\"]");
    EXPECT_EQ(outcome(tolerant, {say(Customer, near), say(Agent, "asta luego")}), Outcome::Unknown);
    EXPECT_EQ(outcome(tolerant, {say(Customer, "asta luego"), say(Agent, "chau")}), Outcome::Fail);
}

TEST(Chat, is_read_as_it_is_meant_and_quoted_as_it_was_typed) {
    const auto auditor = auditor_of(rule("need = \"any\"\nphrases = [\"por qué\"]"));
    Facts facts;
    facts.chat = true;
    const auto transcript = transcript_of({say(Agent, "no anda xq sí")});
    const auto audit = auditor->judge(transcript, facts);
    EXPECT_EQ(audit.criteria.at(0).outcome, Outcome::Pass);
    EXPECT_EQ(quotes_of(audit.criteria.at(0)), Texts{"xq"});
    EXPECT_EQ(auditor->judge(transcript, {}).criteria.at(0).outcome, Outcome::Fail);
    EXPECT_NE(audit.receipt.facts_sha256, auditor->judge(transcript, {}).receipt.facts_sha256);
}

}  // namespace
}  // namespace oidor::audit
