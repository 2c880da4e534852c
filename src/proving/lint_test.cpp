#include "proving/lint.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "proving/test_support.hpp"

namespace oidor::proving {
namespace {

std::string scorecard_of(const std::string& criteria, const std::string& head = "") {
    return "id = \"prueba\"\nversion = 1\nlanguage = \"es\"\n" + head +
           "categories = [{ from = 0, name = \"todas\" }]\n" + criteria;
}

std::vector<LintFinding> findings_of(const std::string& toml) { return lint(card(toml), toml); }

/// `rule text` of each, a line each.
std::string told(const std::string& toml) {
    std::string text;
    for (const auto& finding : findings_of(toml)) {
        text += std::string(format(finding.rule)) + " " + finding.text +
                (finding.other.empty() ? "" : " | " + finding.other) + "\n";
    }
    return text;
}

std::string phrases(const std::string& list, const std::string& more = "points = 5\n",
                    const std::string& need = "any", const std::string& id = "a") {
    return "[[criteria]]\nid = \"" + id + "\"\nkind = \"phrases\"\nneed = \"" + need + "\"\n" +
           more + "phrases = [" + list + "]\n";
}

TEST(Lint, a_sound_scorecard_has_no_warnings) {
    for (const auto& finding : findings_of(kCard)) {
        EXPECT_EQ(level_of(finding.rule), LintLevel::Note) << finding.text;
    }
    EXPECT_EQ(told(kCard), "shadowed muy buenos días | buenos días\n");
}

TEST(Lint, phrases_that_cannot_match_as_they_read) {
    EXPECT_EQ(
        told(scorecard_of(phrases("\"muy buenas tardes\"",
                                  "points = 5\nwindow = { from = \"start\", characters = 5 }\n"))),
        "longer_than_window muy buenas tardes | 5\n");
    EXPECT_EQ(told(scorecard_of(phrases("\"el 50% de descuento\""))),
              "lost_signs el 50% de descuento | el 50 de descuento\n");
    const std::string exact = "matching = \"exact\"\n";
    EXPECT_EQ(told(scorecard_of(phrases("\"buenos di\u0301as\""), exact)),
              "decomposed_accents buenos di\u0301as\n");
    EXPECT_EQ(told(scorecard_of(phrases("\"buenos  días\""), exact)), "odd_spaces buenos  días\n");
    EXPECT_EQ(told(scorecard_of(phrases("\"buenos días\"", "points = 5\n"), exact)), "");
    EXPECT_EQ(told(scorecard_of(
                  phrases("\"hasta luego\"", "points = 5\naccented = [\"hasta luego\"]\n"))),
              "accented_without_effect hasta luego\n");
}

TEST(Lint, phrases_that_match_too_much) {
    EXPECT_EQ(told(scorecard_of(phrases("\"soy\", \"mi nombre es\""))), "too_short soy\n");
    EXPECT_EQ(told(scorecard_of(phrases("\"por que no\""))), "only_stop_words por que no\n");
    EXPECT_EQ(told(scorecard_of(phrases("\"año\""))), "too_short año\n");
    EXPECT_EQ(told(scorecard_of(phrases("\"hola\""))), "");
}

TEST(Lint, a_required_phrase_that_says_a_forbidden_one) {
    const auto forbidden = phrases("\"no puedo\"", "penalty = 5\n", "none", "b");
    EXPECT_EQ(told(scorecard_of(phrases("\"no puedo prometerlo\"") + forbidden)),
              "contradiction no puedo prometerlo | b: no puedo\n");
    // A comma between them: what is forbidden lies in one clause.
    EXPECT_EQ(told(scorecard_of(phrases("\"no, puedo ayudarle\"") + forbidden)), "");
    // Words within words are none.
    EXPECT_EQ(told(scorecard_of(phrases("\"si no puedorro\"") + forbidden)), "");
    // Nobody says both.
    EXPECT_EQ(told(scorecard_of(
                  phrases("\"no puedo pagar\"", "points = 5\nspeaker = \"customer\"\n") +
                  phrases("\"no puedo\"", "penalty = 5\nspeaker = \"agent\"\n", "none", "b"))),
              "");
    const auto accented =
        phrases("\"no sé\"", "penalty = 5\naccented = [\"no sé\"]\n", "none", "b");
    EXPECT_EQ(told(scorecard_of(phrases("\"no se preocupe\"") + accented)), "");
    EXPECT_EQ(told(scorecard_of(phrases("\"no sé nada malo\"") + accented)),
              "contradiction no sé nada malo | b: no sé\n");
}

TEST(Lint, phrases_said_twice) {
    EXPECT_EQ(told(scorecard_of(phrases("\"cuídate\", \"cuidate\""))),
              "duplicate cuidate | cuídate\n");
    // Where each counts, none is needless.
    EXPECT_EQ(told(scorecard_of(phrases("\"imposible eso\", \"es imposible eso\"",
                                        "points = 5\npenalty = 5\n", "none"))),
              "");
}

std::string measure(const std::string& bands, const std::string& more = "points = 10\n") {
    return "[[criteria]]\nid = \"d\"\nkind = \"measure\"\nmeasure = \"duration\"\n" + more +
           "bands = [" + bands + "]\n";
}

TEST(Lint, values_that_cannot_pass_fail_or_apply) {
    EXPECT_EQ(told(scorecard_of(measure("{ points = 10 }"))), "cannot_fail d\n");
    EXPECT_EQ(told(scorecard_of(measure("{ below = 60, points = 5 }, { points = 7 }"))),
              "cannot_pass d\n");
    EXPECT_EQ(told(scorecard_of(measure("{ below = 60, points = 0 }, { below = 60, points = 5 }, "
                                        "{ points = 10 }"))),
              "band_never_applies below = 60.0\n");
    EXPECT_EQ(told(scorecard_of(measure("{ below = 60, points = 0 }, { up_to = 60, points = 5 }, "
                                        "{ points = 10 }"))),
              "");
    EXPECT_EQ(told(scorecard_of(measure("{ below = 0, points = 0 }, { points = 10 }"))),
              "band_never_applies below = 0.0\n");
    const std::string sentiment =
        "[[criteria]]\nid = \"s\"\nkind = \"sentiment\"\npoints = 10\nbands = [{ below = 0, "
        "points = 0 }, { up_to = 1, points = 10 }, { points = 5 }]\n";
    EXPECT_EQ(told(scorecard_of(sentiment)), "band_never_applies points\n");
}

TEST(Lint, what_weighs_nothing_and_reviews_that_are_never_asked_for) {
    EXPECT_EQ(told(scorecard_of(phrases("\"hola\"") + phrases("\"adiós\"", "", "any", "b"))),
              "weighs_nothing b\n");
    EXPECT_EQ(told(scorecard_of("[review]\nforbidden_phrase = true\ncritical_failure = true\n"
                                "low_score_below = 50\n" +
                                phrases("\"hola\""))),
              "review_never_asked forbidden_phrase\nreview_never_asked critical_failure\n");
}

// What somebody else wrote into a pack is not the author's to mend.
TEST(Lint, phrases_of_packs_are_not_held_against_the_author) {
    const auto pack =
        "[[packs]]\nid = \"./mio.toml\"\nversion = 1\nlanguage = \"es\"\n"
        "[[packs.groups]]\nphrases = [\"soy\", \"buenos días\", \"muy buenos días\"]\n";
    const auto with = [&](const std::string& phrases) {
        return scorecard_of(
            "[[criteria]]\nid = \"a\"\nkind = \"phrases\"\nneed = \"any\"\n"
            "points = 5\nphrases = [" +
            phrases + "]\npacks = [\"./mio.toml\"]\n" + pack);
    };
    EXPECT_EQ(told(with("\"mucho gusto\"")), "");
    EXPECT_EQ(told(with("\"le doy los buenos días\"")),
              "shadowed le doy los buenos días | buenos días\n");
    EXPECT_EQ(told(scorecard_of("[[criteria]]\nid = \"a\"\nkind = \"phrases\"\nneed = \"any\"\n"
                                "points = 5\npacks = [\"es/espera\", \"es/despedida\"]\n")),
              "");
}

// Folded for every pair, as many took half a minute; one pass takes a moment.
TEST(Lint, time_grows_with_the_phrases_and_not_with_their_pairs) {
    std::string required;
    std::string forbidden;
    for (int i = 0; i < 2'400; ++i) {
        required += fmt::format("\"frase larga de saludo número {} para la visita\",", i);
        forbidden += fmt::format("\"frase larga de rechazo número {} para la visita\",", i);
    }
    const auto toml =
        scorecard_of(phrases(required) + phrases(forbidden, "penalty = 5\n", "none", "b"));
    const auto read = card(toml);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(lint(read, toml).empty());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(Lint, findings_name_their_lines) {
    const auto toml = scorecard_of(phrases("\"hola\", \"soy\""));
    const auto findings = findings_of(toml);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].line, 10U);
    EXPECT_EQ(findings[0].criterion, "a");
    EXPECT_EQ(lint_rule_names().size(), 15U);
}

}  // namespace
}  // namespace oidor::proving
