#include "audit/scorecard.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "audit/auditor.hpp"
#include "base/sha256.hpp"

namespace oidor::audit {
namespace {

constexpr auto kFaulty = R"(id = "Mi Tarjeta"
version = 0
languaje = "es"
language = "es"
matching = "fuzzy"
confidence_min = 2
categories = [{ from = 50, name = "a" }, { from = 60, name = "b" }]
[review]
low_score_bellow = 50
forbidden_phrase = "yes"
[[criteria]]
id = "saludo"
kind = "phrases"
need = "some"
points = 1.0000001
window = { from = "start", seconds = 10 }
phrases = ["hola", 5, "…"]
[[criteria]]
id = "saludo"
kind = "measure"
measure = "duration"
points = 5
bands = [{ points = 9 }, { below = 3, points = 1 }]
phrases = ["x"]
[[criteria]]
kind = "magic"
)";

TEST(Scorecard, all_faults_come_at_once_with_line_place_and_suggestion) {
    const auto card = parse_scorecard(kFaulty, "mia.toml");
    ASSERT_FALSE(card);
    EXPECT_EQ(card.error().code, ErrorCode::Invalid);
    EXPECT_EQ(card.error().message,
              "mia.toml:1: id: expected up to 64 of a-z, 0-9, _ and -\n"
              "mia.toml:2: version: expected a whole number from 1 to 1000000\n"
              "mia.toml:3: languaje: unknown key; did you mean `language`?\n"
              "mia.toml:5: matching: expected folded, exact\n"
              "mia.toml:6: confidence_min: expected a number from 0 to 1\n"
              "mia.toml:7: categories[1].from: expected less than in the category before\n"
              "mia.toml:7: categories: the last one must begin at 0\n"
              "mia.toml:9: review.low_score_bellow: unknown key; did you mean `low_score_below`?\n"
              "mia.toml:10: review.forbidden_phrase: expected true or false\n"
              "mia.toml:14: criteria[0].need: expected any, all, none, sequence\n"
              "mia.toml:15: criteria[0].points: has more than six decimal places\n"
              "mia.toml:16: criteria[0].window.turns: is missing: what counts where segments have "
              "no times\n"
              "mia.toml:17: criteria[0].phrases[1]: expected a text with a word in it, of at most "
              "200 bytes\n"
              "mia.toml:17: criteria[0].phrases[2]: expected a text with a word in it, of at most "
              "200 bytes\n"
              "mia.toml:19: criteria[1].id: `saludo` is there twice\n"
              "mia.toml:23: criteria[1].bands[0].points: more than the criterion's points\n"
              "mia.toml:23: criteria[1].bands[0]: expected either below or up_to\n"
              "mia.toml:23: criteria[1].bands[1]: the last band takes all other values: neither "
              "below nor up_to\n"
              "mia.toml:24: criteria[1].phrases: unknown key\n"
              "mia.toml:25: criteria[2].id: is missing\n"
              "mia.toml:26: criteria[2].kind: expected phrases, measure, sentiment, promise, "
              "consent, question");
}

TEST(Scorecard, what_is_not_toml_or_too_large_is_refused) {
    const auto broken = parse_scorecard("id = \"a\"\nversion = = 1", "x.toml");
    ASSERT_FALSE(broken);
    EXPECT_TRUE(broken.error().message.starts_with("x.toml:2: not TOML: "))
        << broken.error().message;
    EXPECT_FALSE(parse_scorecard("id = \"\xff\"", "x.toml"));
    EXPECT_FALSE(parse_scorecard(std::string(100'000, '['), "x.toml"));
    EXPECT_EQ(parse_scorecard(std::string(2'000'000, ' '), "x.toml").error().code,
              ErrorCode::TooLarge);
    EXPECT_FALSE(parse_scorecard("", "x.toml"));
}

TEST(Scorecard, faults_are_bounded) {
    std::string toml;
    for (int i = 0; i < 1000; ++i) {
        toml += "key" + std::to_string(i) + " = 1\n";
    }
    const auto card = parse_scorecard(toml, "x.toml");
    ASSERT_FALSE(card);
    EXPECT_EQ(std::ranges::count(card.error().message, '\n'), 100);
    EXPECT_TRUE(card.error().message.ends_with(" more"));
}

TEST(Scorecard, a_sentiment_criterion_needs_a_lexicon) {
    const auto card = parse_scorecard(
        "id = \"a\"\nversion = 1\nlanguage = \"fr\"\ncategories = [{ from = 0, name = \"x\" }]\n"
        "[[criteria]]\nid = \"s\"\nkind = \"sentiment\"\npoints = 10\nlinear = true",
        "x.toml");
    ASSERT_FALSE(card);
    EXPECT_EQ(card.error().message,
              "x.toml:7: criteria[0].kind: there is no sentiment lexicon for language `fr`");
}

TEST(Scorecard, those_that_ship_are_valid_named_as_their_files_and_of_the_right_sum) {
    std::string ids;
    for (const auto& file : shipped_scorecards()) {
        const auto card = parse_scorecard(file.bytes, file.name);
        ASSERT_TRUE(card) << card.error().message;
        EXPECT_EQ(card->id, file.name);
        EXPECT_EQ(card->version, 1);
        EXPECT_EQ(card->sha256, sha256_hex(file.bytes));
        Decimal sum;
        for (const auto& criterion : card->criteria) {
            sum += criterion.points_max;
        }
        EXPECT_EQ(sum, Decimal::from_int(card->id == "classic-es" ? 80 : 100)) << card->id;
        EXPECT_TRUE(Auditor::open(*card));
        ids += card->id + " ";
    }
    EXPECT_EQ(ids, "classic-es general-en general-es general-pt ");
}

TEST(Scorecard, no_words_cost_twice_in_the_general_ones) {
    for (const auto* id : {"general-es", "general-en", "general-pt"}) {
        const auto card = get_shipped_scorecard(id);
        ASSERT_TRUE(card);
        const auto forbidden =
            std::ranges::find(card->criteria, "palabras_prohibidas", &Criterion::id);
        ASSERT_NE(forbidden, card->criteria.end());
        for (const auto& phrase : forbidden->phrases) {
            for (const auto& other : forbidden->phrases) {
                const bool inside =
                    phrase != other && (" " + phrase + " ").contains(" " + other + " ");
                EXPECT_FALSE(inside) << phrase << " has " << other;
            }
        }
    }
}

TEST(Scorecard, an_unknown_id_names_those_that_ship) {
    const auto card = get_shipped_scorecard("general-fr");
    ASSERT_FALSE(card);
    EXPECT_EQ(card.error().code, ErrorCode::NotFound);
    EXPECT_EQ(card.error().message,
              "scorecard `general-fr`: these ship: classic-es, general-en, general-es, general-pt");
}

TEST(Scorecard, too_many_bytes_of_phrases_are_not_compiled) {
    std::string phrases;
    for (int i = 0; i < 1500; ++i) {
        phrases += "\"" + std::string(180, 'a') + std::to_string(i) + "\",";
    }
    const auto card = parse_scorecard(
        "id = \"a\"\nversion = 1\nlanguage = \"es\"\ncategories = [{ from = 0, name = \"x\" }]\n"
        "[[criteria]]\nid = \"s\"\nkind = \"phrases\"\nneed = \"any\"\npoints = 10\nphrases = [" +
            phrases + "]",
        "x.toml");
    ASSERT_TRUE(card) << card.error().message;
    const auto auditor = Auditor::open(*card);
    ASSERT_FALSE(auditor);
    EXPECT_EQ(auditor.error().code, ErrorCode::TooLarge);
}

}  // namespace
}  // namespace oidor::audit
