#include "speech/lexicon.hpp"

#include <array>

#include <gtest/gtest.h>

#include "speech/plain_words.hpp"

namespace oidor::speech {
namespace {

using Words = std::vector<std::string>;

std::vector<CueHit> find(const Lexicon& lexicon, Cue cue, std::string_view text) {
    const std::array<Cue, 1> one = {cue};
    const auto words = plain_words(text);
    return lexicon.find_cues(one, words);
}

TEST(PlainWords, have_no_accents_case_or_punctuation) {
    EXPECT_EQ(plain_words("¿Qué tal, SEÑOR Núñez? I'm fine…"),
              (Words{"que", "tal", "senor", "nunez", "im", "fine"}));
    EXPECT_EQ(plain_words("Sua ligação é 5% \xE2\x80\x9C"
                          "importante\xE2\x80\x9D — não?"),
              (Words{"sua", "ligacao", "e", "5", "importante", "nao"}));
    EXPECT_EQ(plain_words("man\xCC\x83"
                          "ana"),
              Words{"manana"});
    EXPECT_EQ(plain_words(" … ¡! "), Words{});
    EXPECT_EQ(plain_words("\xFF"
                          "a"),
              Words{"a"});
    EXPECT_EQ(plain_words("Żółć ŐŰ"), (Words{"zolc", "ou"}));
    EXPECT_EQ(plain_words("привет мир"), (Words{"привет", "мир"}));
}

TEST(Lexicon, every_list_that_ships_is_read_whole) {
    ASSERT_EQ(lexicons().size(), 3U);
    for (const auto& file : lexicons()) {
        const auto lexicon = Lexicon::parse(file.bytes, file.name);
        ASSERT_TRUE(lexicon) << lexicon.error().message;
        for (const auto cue : {Cue::Agent, Cue::Customer, Cue::Person, Cue::Voicemail, Cue::Ivr,
                               Cue::Hold, Cue::Invented, Cue::InventedAlone}) {
            EXPECT_GT(lexicon->phrase_count(cue), 4U) << file.name;
        }
        EXPECT_NE(Lexicon::find(file.name), nullptr);
    }
    EXPECT_EQ(Lexicon::find("es-AR"), Lexicon::find("ES"));
    EXPECT_EQ(Lexicon::find("de"), nullptr);
    EXPECT_EQ(Lexicon::find(""), nullptr);
}

TEST(Lexicon, gaps_choices_options_and_numbers) {
    const auto lexicon = Lexicon::parse(
        "# a list\n[numbers]\nuno dos\n\n[ivr]\n2 para * marque/pulse el? #\n[agent]\n1 hola\n",
        "t");
    ASSERT_TRUE(lexicon) << lexicon.error().message;
    EXPECT_EQ(find(*lexicon, Cue::Ivr, "Para ventas marque uno"),
              (std::vector<CueHit>{
                  {.cue = Cue::Ivr, .phrase = 0, .first = 0, .beyond = 4, .weight = 2}}));
    EXPECT_EQ(find(*lexicon, Cue::Ivr, "para hablar con un asesor pulse el 9").size(), 1U);
    EXPECT_EQ(find(*lexicon, Cue::Ivr, "para a b c d e marque uno").size(), 0U);
    EXPECT_EQ(find(*lexicon, Cue::Ivr, "para ventas marque el").size(), 0U);
    EXPECT_EQ(find(*lexicon, Cue::Ivr, "para ventas marque uno para soporte marque dos").size(),
              2U);
    EXPECT_EQ(find(*lexicon, Cue::Customer, "hola").size(), 0U);
}

TEST(Lexicon, of_phrases_that_overlap_the_longest_stays) {
    const auto lexicon = Lexicon::parse("[agent]\n2 le llamo por\n[customer]\n3 llamo por\n", "t");
    ASSERT_TRUE(lexicon);
    static constexpr std::array<Cue, 2> kBoth = {Cue::Agent, Cue::Customer};
    const auto agent = plain_words("Buenas, le llamo por su factura");
    const auto customer = plain_words("Buenas, llamo por mi factura");
    ASSERT_EQ(lexicon->find_cues(kBoth, agent).size(), 1U);
    EXPECT_EQ(lexicon->find_cues(kBoth, agent)[0].cue, Cue::Agent);
    ASSERT_EQ(lexicon->find_cues(kBoth, customer).size(), 1U);
    EXPECT_EQ(lexicon->find_cues(kBoth, customer)[0].cue, Cue::Customer);
}

TEST(Lexicon, a_faulty_line_is_named) {
    const auto message = [](std::string_view text) {
        const auto lexicon = Lexicon::parse(text, "t");
        return lexicon ? std::string() : lexicon.error().message;
    };
    EXPECT_EQ(message("1 hola\n"), "t:1: a phrase before the first section");
    EXPECT_EQ(message("[agent]\nhola\n"), "t:2: expected a weight from 1 to 3, and a phrase");
    EXPECT_EQ(message("[agent]\n9 hola\n"), "t:2: expected a weight from 1 to 3, and a phrase");
    EXPECT_EQ(message("[choir]\n"), "t:1: no section `choir`");
    EXPECT_EQ(message("[agent]\n1 hola *\n"), "t:2: a phrase begins and ends with a word");
    EXPECT_EQ(message("[agent]\n1 hola a-b\n"), "t:2: `a-b` is not one word");
    EXPECT_EQ(message("[agent]\n1 hola ?\n"), "t:2: a part without a word");
}

}  // namespace
}  // namespace oidor::speech
