// classic-es against the predecessor's rules, written out again in plain integers.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audit/test_support.hpp"

namespace oidor::audit {
namespace {

constexpr std::array<std::string_view, 10> kForbidden = {
    "no puedo",     "no sé",           "imposible",         "no tengo idea", "eso no se puede",
    "no hay forma", "no me preguntes", "no es mi problema", "qué fastidio",  "qué pereza"};

struct Case {
    bool greeting = false;
    bool identification = false;
    bool help = false;
    bool farewell = false;
    std::size_t forbidden = 0;
    std::int64_t seconds = 0;
};

/// A conversation of which exactly these checks hold: filler keeps the ends apart.
Transcript conversation(const Case& c) {
    const std::string filler(450, 'x');
    std::string head = c.greeting ? "Buenos días. " : "";
    head += c.identification ? "Mi nombre es Ana. " : "";
    head += c.help ? "¿En qué puedo ayudarte? " : "";
    std::vector<Segment> segments = {say(Speaker::Agent, head + filler)};
    for (std::size_t i = 0; i < c.forbidden; ++i) {
        segments.push_back(say(Speaker::Customer, std::string(kForbidden[i]) + " zz."));
    }
    segments.push_back(say(Speaker::Agent, filler + (c.farewell ? " Hasta luego" : " zz")));
    return transcript_of(std::move(segments));
}

/// The score of PREDECESSORS §2.3 in thousandths, rounded half to even, by another way than ours.
int expected_score(const Case& c, std::int64_t sentiment_thousandths) {
    std::int64_t thousandths = 0;
    thousandths += c.greeting ? 15'000 : 0;
    thousandths += c.identification ? 10'000 : 0;
    thousandths += c.help ? 15'000 : 0;
    thousandths += c.farewell ? 10'000 : 0;
    thousandths -= std::min<std::int64_t>(static_cast<std::int64_t>(c.forbidden) * 5'000, 20'000);
    thousandths += (sentiment_thousandths + 1'000) * 10;
    thousandths += c.seconds < 120 ? 5'000 : c.seconds <= 600 ? 10'000 : 7'000;
    thousandths = std::min<std::int64_t>(std::max<std::int64_t>(thousandths, 0), 100'000);
    const auto whole = thousandths / 1000;
    const auto rest = thousandths % 1000;
    const bool up = rest > 500 || (rest == 500 && whole % 2 == 1);
    return static_cast<int>(whole + (up ? 1 : 0));
}

std::string expected_category(int score) {
    return score >= 80   ? "Excelente"
           : score >= 60 ? "Buena"
           : score >= 40 ? "Regular"
                         : "Requiere Atención";
}

void check(const Auditor& auditor, const Case& c) {
    const auto audit = auditor.judge(conversation(c), lasting(c.seconds));
    ASSERT_TRUE(audit.sentiment && audit.score && audit.category);
    const auto sentiment = audit.sentiment->micros() / 1000;
    const int score = expected_score(c, sentiment);
    const auto place = ::testing::Message()
                       << c.greeting << c.identification << c.help << c.farewell << " forbidden "
                       << c.forbidden << " seconds " << c.seconds;
    EXPECT_EQ(audit.score->round_half_even(), score) << place;
    EXPECT_EQ(*audit.category, expected_category(score)) << place;
    EXPECT_EQ(audit.needs_review(),
              score < 50 || c.forbidden > 0 || sentiment < -300 || c.seconds < 60)
        << place;
    EXPECT_EQ(audit.greeted, c.greeting) << place;
    EXPECT_EQ(audit.offered_help, c.help) << place;
    EXPECT_EQ(audit.said_goodbye, c.farewell) << place;
    EXPECT_EQ(audit.forbidden_phrases.size(), c.forbidden) << place;
    for (const auto& result : audit.criteria) {
        EXPECT_NE(result.outcome, Outcome::Unknown) << place;
    }
}

TEST(Classic, every_combination_of_checks_forbidden_phrases_and_durations_scores_as_before) {
    const auto auditor = shipped("classic-es");
    for (unsigned checks = 0; checks < 16; ++checks) {
        for (const std::size_t forbidden : {0, 1, 2, 3, 4, 5, 10}) {
            for (const std::int64_t seconds : {0, 59, 60, 119, 120, 600, 601}) {
                check(*auditor, {.greeting = (checks & 1U) != 0,
                                 .identification = (checks & 2U) != 0,
                                 .help = (checks & 4U) != 0,
                                 .farewell = (checks & 8U) != 0,
                                 .forbidden = forbidden,
                                 .seconds = seconds});
            }
        }
    }
}

TEST(Classic, the_contracts_example_gives_55) {
    const auto audit =
        shipped("classic-es")
            ->judge(
                transcript_of({say(Speaker::Agent, "Buenos días", 0, 1900),
                               say(Speaker::Agent, "¿En qué puedo ayudarte?", 2000, 4000),
                               say(Speaker::Customer, "Quiero cambiar el plan", 4000, 6000),
                               say(Speaker::Agent, "Hoy no puedo. Hasta luego", 290'000, 300'000)}),
                lasting(300));
    EXPECT_EQ(audit.score->text(), "55.0");
    EXPECT_EQ(audit.category, "Regular");
    EXPECT_EQ(audit.review_reasons, std::vector{ReviewReason::ForbiddenPhrase});
    EXPECT_EQ(audit.sentiment->text(), "0.0");
    EXPECT_EQ(audit.forbidden_phrases, std::vector<std::string>{"no puedo"});
    EXPECT_EQ(audit.issues, (std::vector<std::string>{"No se identificó",
                                                      "No usó frases permitidas: «no puedo»"}));
    const auto& greeting = result_of(audit, "saludo_correcto");
    const auto& quote = std::get<Quote>(greeting.evidence.at(0));
    EXPECT_EQ(quote.quote, "Buenos días");
    EXPECT_EQ(quote.end, Milliseconds(1900));
    EXPECT_EQ(greeting.searched->to, 200);
    EXPECT_EQ(greeting.searched->unit, Searched::Unit::Characters);
    EXPECT_EQ(std::get<Measured>(result_of(audit, "duracion").evidence.at(0)).value,
              Decimal::from_int(300));
}

TEST(Classic, halves_round_to_the_even_neighbour) {
    // One word of -300 with 1.5 of strength: -0.45; 10 + (0.55 × 10) = 15.5 → 16; with the duration
    // of 601 s: 12.5 → 12.
    const auto auditor = shipped("classic-es");
    const auto transcript = transcript_of({say(Speaker::Agent, "muy lento")});
    const auto even = auditor->judge(transcript, lasting(300));
    EXPECT_EQ(even.score->text(), "15.5");
    EXPECT_EQ(even.score->round_half_even(), 16);
    const auto odd = auditor->judge(transcript, lasting(601));
    EXPECT_EQ(odd.score->text(), "12.5");
    EXPECT_EQ(odd.score->round_half_even(), 12);
}

TEST(Classic, the_best_possible_is_80) {
    const auto audit = shipped("classic-es")
                           ->judge(transcript_of({say(Speaker::Agent,
                                                      "Buenos días, mi nombre es Ana, ¿en qué "
                                                      "puedo ayudarte? Muy genial. Hasta luego")}),
                                   lasting(300));
    EXPECT_EQ(audit.sentiment->text(), "1.0");
    EXPECT_EQ(audit.score->text(), "80.0");
    EXPECT_EQ(audit.category, "Excelente");
}

TEST(Classic, substrings_count_and_accents_must_match) {
    const auto auditor = shipped("classic-es");
    const auto greeted = [&](const char* text) {
        return *auditor->judge(transcript_of({say(Speaker::Customer, text)}), lasting(300)).greeted;
    };
    EXPECT_TRUE(greeted("una tela holandesa, holanda"));
    EXPECT_TRUE(greeted("BUENOS DÍAS"));
    EXPECT_FALSE(greeted("buenos dias"));
    EXPECT_FALSE(
        greeted("buenos di\xcc\x81"
                "as"));
}

TEST(Classic, windows_count_code_points_of_the_joined_text) {
    const auto auditor = shipped("classic-es");
    const auto greeted = [&](std::size_t before) {
        std::string filler;
        for (std::size_t i = 0; i < before; ++i) {
            filler += "ñ";
        }
        return *auditor
                    ->judge(
                        transcript_of({say(Speaker::Agent, filler), say(Speaker::Agent, "hola")}),
                        lasting(300))
                    .greeted;
    };
    EXPECT_TRUE(greeted(195));  // 195 and the space: hola is 196 to 200.
    EXPECT_FALSE(greeted(196));
}

TEST(Classic, a_phrase_may_run_over_two_segments_and_is_quoted_from_both) {
    const auto audit =
        shipped("classic-es")
            ->judge(
                transcript_of({say(Speaker::Agent, "Muy buenos"), say(Speaker::Customer, "días")}),
                lasting(300));
    const auto& evidence = result_of(audit, "saludo_correcto").evidence;
    ASSERT_EQ(evidence.size(), 2U);
    EXPECT_EQ(std::get<Quote>(evidence[0]).quote, "buenos");
    EXPECT_EQ(std::get<Quote>(evidence[1]).quote, "días");
    EXPECT_EQ(std::get<Quote>(evidence[1]).segment, 1U);
}

TEST(Classic, without_any_duration_the_criterion_is_unknown_and_loses_nothing) {
    const auto audit =
        shipped("classic-es")->judge(transcript_of({say(Speaker::Agent, "hola")}), Facts{});
    EXPECT_EQ(result_of(audit, "duracion").outcome, Outcome::Unknown);
    EXPECT_EQ(audit.score->text(), "35.0");
    EXPECT_EQ(audit.review_reasons,
              (std::vector{ReviewReason::LowScore, ReviewReason::UnknownCriterion}));
}

}  // namespace
}  // namespace oidor::audit
