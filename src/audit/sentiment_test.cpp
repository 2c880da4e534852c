#include "audit/sentiment.hpp"

#include <map>
#include <utility>

#include <gtest/gtest.h>

#include "audit/embedded.hpp"
#include "audit/scorecard.hpp"

namespace oidor::audit {
namespace {

/// Of the words that `classic-es` is documented with: they stay.
constexpr std::string_view kPlainSpanish =
    "8def6368b2027cbf678f8eb254ab323e84bffc91039958626dc1228f3b6620b6";

SearchText folded(std::string_view text) {
    SearchText search(text.size(), 1);
    search.add_folded(text, SearchText::Join::Apart);
    search.finish();
    return search;
}

/// Read once: the sanitizers make reading slow.
const SentimentLexicon& lexicon_of(std::string_view language, FeelingRules rules) {
    static std::map<std::pair<std::string, FeelingRules>, SentimentLexicon> known;
    const auto key = std::pair(std::string(language), rules);
    const auto found = known.find(key);
    return found != known.end()
               ? found->second
               : known.emplace(key, *SentimentLexicon::find(language, rules)).first->second;
}

std::string score(std::string_view language, std::string_view text,
                  FeelingRules rules = FeelingRules::Plain) {
    return lexicon_of(language, rules).score(folded(text), {1}).text();
}

std::string full(std::string_view text, std::string_view language = "es") {
    return score(language, text, FeelingRules::Full);
}

/// How many words of praise a guard took back.
std::uint32_t guarded(std::string_view text) {
    return lexicon_of("es", FeelingRules::Full).per_part(folded(text), {1})[0].guarded;
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

TEST(Sentiment, the_plain_rules_read_what_they_always_read) {
    EXPECT_EQ(lexicon_of("es", FeelingRules::Plain).sha256(), kPlainSpanish);
    EXPECT_NE(lexicon_of("es", FeelingRules::Full).sha256(), kPlainSpanish);
    EXPECT_EQ(score("es", "mil gracias, pero no sirve de nada"), "0.0");
}

TEST(FullSentiment, phrases_count_whole_the_longest_first) {
    EXPECT_EQ(full("no sirve para nada"), "-0.6");
    EXPECT_EQ(full("mil gracias"), "0.7");
    EXPECT_EQ(full("muchas gracias por llamar, feliz tarde"), "0.0");
    EXPECT_EQ(full("no se preocupe, con mucho gusto"), "0.0");
    EXPECT_EQ(full("no lo puedo creer"), "0.0");
    EXPECT_EQ(full("no. sirve"), "0.0");
}

TEST(FullSentiment, what_follows_pero_weighs_more) {
    EXPECT_EQ(full("el trato impecable pero el servicio pésimo"), "-0.325");
    EXPECT_EQ(full("el servicio pésimo pero el trato impecable"), "0.425");
    EXPECT_EQ(full("aunque pésimo, impecable"), "0.3");
    EXPECT_EQ(full("impecable. Pero pésimo"), "-0.1");
}

TEST(FullSentiment, negation_and_strength_work_on_phrases_and_not_on_insults) {
    EXPECT_EQ(full("no me da rabia"), "0.35");
    EXPECT_EQ(full("no seas idiota"), "-0.9");
    EXPECT_EQ(full("muy indignado"), "-1.0");
    EXPECT_EQ(full("poco indignado"), "-0.35");
}

TEST(FullSentiment, irony_makes_praise_neutral) {
    EXPECT_EQ(full("qué maravilla, otra vez sin luz"), "-0.5");
    EXPECT_EQ(guarded("qué maravilla, otra vez sin luz"), 1U);
    EXPECT_EQ(full("qué maravilla, otra vez"), "0.0");
    EXPECT_EQ(full("divino, eh"), "0.0");
    EXPECT_EQ(full("Qué maravilla. Otra vez lo mismo"), "-0.5");
    EXPECT_EQ(full("me colgaron dos veces, mil gracias"), "-0.6");
    EXPECT_EQ(guarded("me colgaron dos veces, mil gracias"), 1U);
}

TEST(FullSentiment, the_guards_are_bounded) {
    // Far from the praise, or before it, the same words mean what they say.
    EXPECT_EQ(full("qué maravilla ya la veo en la tele otra vez"), "0.8");
    EXPECT_EQ(full("otra vez gracias, qué maravilla"), "0.8");
    EXPECT_EQ(guarded("mil gracias, antes me colgaron"), 0U);
    EXPECT_EQ(guarded("qué maravilla, otra vez anda"), 1U);  // The price of the guard.
}

TEST(FullSentiment, an_apology_names_the_feeling_of_the_other) {
    EXPECT_EQ(full("lamento mucho la angustia que pasó"), "0.0");
    EXPECT_EQ(full("disculpe, entiendo que esté indignada"), "0.0");
    EXPECT_EQ(full("disculpe, pero esto es un desastre"), "-0.7");
    EXPECT_EQ(full("disculpe idiota"), "-0.9");
}

TEST(FullSentiment, words_of_emoji_have_feeling) {
    EXPECT_EQ(full("emojienojo"), "-0.8");
    EXPECT_EQ(full("listo emojifeliz"), "0.1");
    EXPECT_EQ(full("emojienojo", "pt"), "-0.8");
    EXPECT_EQ(full("emojienojo", "en"), "-0.8");
}

TEST(FullSentiment, portuguese_and_english_have_the_rules_too) {
    EXPECT_EQ(full("que maravilha, de novo sem internet", "pt"), "0.0");
    EXPECT_EQ(full("atendimento péssimo mas você me salvou", "pt"), "0.425");
    EXPECT_EQ(full("thanks for nothing", "en"), "0.0");
    EXPECT_EQ(full("thank you so much", "en"), "0.7");
    EXPECT_EQ(full("have a great day", "en"), "0.0");
}

TEST(FullSentiment, parts_add_up_to_the_whole) {
    const auto* lexicon = &lexicon_of("es", FeelingRules::Full);
    SearchText text(100, 3);
    text.add_folded("qué maravilla", SearchText::Join::Apart);
    text.add_folded("esto es un desastre", SearchText::Join::Apart);
    text.add_folded("buen día", SearchText::Join::Apart);
    text.finish();
    const auto parts = lexicon->per_part(text, {1, 1, 1});
    ASSERT_EQ(parts.size(), 3U);
    EXPECT_EQ(parts[0], (PartFeeling{.sum = 1600, .weight = 2, .guarded = 0}));
    EXPECT_EQ(parts[1], (PartFeeling{.sum = -1400, .weight = 2, .guarded = 0}));
    EXPECT_EQ(parts[2], PartFeeling{});
    EXPECT_EQ(SentimentLexicon::mean(parts), lexicon->score(text, {1, 1, 1}));
    EXPECT_EQ(lexicon->score(text, {1, 0, 1}).text(), "0.8");
    EXPECT_EQ(SentimentLexicon::mean({}), Decimal{});
    EXPECT_EQ(lexicon->per_part(text, {0, 1, 0})[0], PartFeeling{});
}

TEST(Sentiment, a_language_without_a_lexicon_has_none) {
    EXPECT_FALSE(SentimentLexicon::find("fr"));
    EXPECT_TRUE(has_sentiment_lexicon("pt"));
}

}  // namespace
}  // namespace oidor::audit
