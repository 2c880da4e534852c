#include "audit/sentiment.hpp"

#include <gtest/gtest.h>

#include "audit/embedded.hpp"
#include "audit/scorecard.hpp"

namespace oidor::audit {
namespace {

std::string score(std::string_view language, std::string_view text) {
    const auto lexicon = SentimentLexicon::find(language);
    EXPECT_TRUE(lexicon);
    SearchText folded(text.size(), 1);
    folded.add_folded(text, SearchText::Join::Apart);
    folded.finish();
    return lexicon->score(folded, {1}).text();
}

TEST(Sentiment, spanish_words_add_up_to_a_mean) {
    EXPECT_EQ(score("es", "Excelente servicio"), "0.9");
    EXPECT_EQ(score("es", "Excelente pero lento"), "0.3");
    EXPECT_EQ(score("es", "pésimo, horrible"), "-0.8");
    EXPECT_EQ(score("es", ""), "0.0");
}

TEST(Sentiment, intensifiers_diminishers_and_negators_work_in_their_clause) {
    EXPECT_EQ(score("es", "muy amable"), "0.9");
    EXPECT_EQ(score("es", "muy genial"), "1.0");
    EXPECT_EQ(score("es", "poco amable"), "0.3");
    EXPECT_EQ(score("es", "no estoy muy contento"), "-0.5");
    EXPECT_EQ(score("es", "no fue para nada terrible"), "0.4");
    EXPECT_EQ(score("es", "no, excelente"), "0.9");
    EXPECT_EQ(score("en", "not happy"), "-0.35");
    EXPECT_EQ(score("en", "I don't like it"), "-0.25");
    EXPECT_EQ(score("pt", "não estou satisfeito"), "-0.35");
}

TEST(Sentiment, courtesy_has_no_feeling) {
    EXPECT_EQ(
        score("es",
              "Buenos días, ¿en qué puedo ayudarte? Que tengas un excelente día. Hasta luego"),
        "0.0");
    EXPECT_EQ(score("es", "bueno, bien, claro, gracias"), "0.0");
    EXPECT_EQ(score("es", "muy bueno"), "0.6");
    EXPECT_EQ(score("en", "Good morning. Have a great day"), "0.0");
}

TEST(Sentiment, thirds_are_rounded_to_three_places) {
    EXPECT_EQ(score("es", "excelente amable amable"), "0.7");
    EXPECT_EQ(score("es", "excelente excelente genial"), "0.867");
    EXPECT_EQ(score("es", "pésimo pésimo peor"), "-0.867");
}

TEST(Sentiment, a_language_without_a_lexicon_has_none) {
    EXPECT_FALSE(SentimentLexicon::find("fr"));
    EXPECT_TRUE(has_sentiment_lexicon("pt"));
}

}  // namespace
}  // namespace oidor::audit
