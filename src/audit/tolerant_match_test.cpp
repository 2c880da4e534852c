#include "audit/tolerant_match.hpp"

#include <gtest/gtest.h>

namespace oidor::audit {
namespace {

SearchText folded(std::string_view text) {
    SearchText search(text.size(), 1);
    search.add_folded(text, SearchText::Join::Apart);
    search.finish();
    return search;
}

/// `words@distance` of the first hit; empty without one.
std::string found(std::string_view phrase, std::string_view text, int tolerance = 1,
                  std::string_view language = "es") {
    const TolerantMatcher matcher(
        {{.text = std::string(phrase), .tolerance = static_cast<std::uint8_t>(tolerance)}},
        language);
    const auto search = folded(text);
    const auto hits = matcher.find(search).hits;
    if (hits.empty()) {
        return "";
    }
    const auto& first = search.words()[hits[0].first_word];
    const auto& last = search.words()[hits[0].last_word];
    return std::string(
               search.bytes().substr(first.begin, last.begin + last.size_bytes - first.begin)) +
           "@" + std::to_string(hits[0].distance);
}

TEST(TolerantMatch, what_sounds_alike_in_spanish_has_equal_letters) {
    const std::pair<const char*, const char*> alike[] = {
        {"haber", "a ver"},   {"vaya", "baya"},
        {"halla", "haya"},    {"gente", "jente"},
        {"quiso", "kiso"},    {"cita", "sita"},
        {"zapato", "sapato"}, {"extra", "estra"},
        {"perro", "pero"},    {"buenos dias", "bueno dia"},
        {"hola", "ola"},      {"inbierno", "imvierno"},
        {"hay", "ahi"},
    };
    for (const auto& [one, other] : alike) {
        EXPECT_EQ(sound_letters(one, "es"), sound_letters(other, "es")) << one;
    }
    EXPECT_NE(sound_letters("guerra", "es"), sound_letters("gerra", "es"));
    EXPECT_NE(sound_letters(fold("año"), "es"), sound_letters("ano", "es"));
    EXPECT_NE(sound_letters("chico", "es"), sound_letters("cico", "es"));
    EXPECT_EQ(sound_letters("piso 22", "es"), "piso22");
}

TEST(TolerantMatch, portuguese_and_english_have_their_own_sounds) {
    EXPECT_EQ(sound_letters("chamar", "pt"), sound_letters("xamar", "pt"));
    EXPECT_EQ(sound_letters("cassino", "pt"), sound_letters("kasino", "pt"));
    EXPECT_NE(sound_letters("vaca", "pt"), sound_letters("baca", "pt"));
    EXPECT_EQ(sound_letters("bem", "pt"), sound_letters("ben", "pt"));
    EXPECT_EQ(sound_letters("hello", "en"), "helo");
}

TEST(TolerantMatch, misspelt_joined_and_split_words_are_found_with_their_distance) {
    EXPECT_EQ(found("bienvenido", "sea vienvenido a la línea"), "vienvenido@1");
    EXPECT_EQ(found("hasta luego", "bueno asta luego"), "asta luego@1");
    EXPECT_EQ(found("en qué puedo ayudarte", "hola en qué puedo ayudar te"),
              "en que puedo ayudar te@1");
    EXPECT_EQ(found("que tenga un buen día", "que tenga un buendía"), "que tenga un buendia@1");
    EXPECT_EQ(found("mi nombre es", "hola mi nonbre es Ana"), "mi nonbre es@1");
    EXPECT_EQ(found("ha sido un placer", "ha sido un palcer"), "ha sido un palcer@1");
    EXPECT_EQ(found("estamos para servirle", "estamo para servirlle"), "estamo para servirlle@1");
    EXPECT_EQ(found("cómo puedo ayudarle", "como pueda ayudarlo", 2), "como pueda ayudarlo@2");
    EXPECT_EQ(found("cómo puedo ayudarle", "como pueda ayudarlo", 1), "");
}

TEST(TolerantMatch, one_little_word_may_be_missing) {
    EXPECT_EQ(found("en qué te puedo ayudar", "en te puedo ayudar"), "en te puedo ayudar@1");
    EXPECT_EQ(found("gracias por su llamada", "gracias por llamada"), "gracias por llamada@1");
    EXPECT_EQ(found("gracias por su llamada", "gracias llamada", 2), "");
}

TEST(TolerantMatch, what_is_spelt_right_is_left_to_the_exact_search) {
    EXPECT_EQ(found("hasta luego", "Hasta luego."), "");
    EXPECT_EQ(found("buenos días", "BUENOS DIAS"), "");
}

TEST(TolerantMatch, little_words_never_change) {
    EXPECT_EQ(found("mi nombre es", "su nombre es", 2), "");
    EXPECT_EQ(found("no es mi problema", "no es su problema", 2), "");
    EXPECT_EQ(found("no tengo idea", "yo tengo idea", 2), "");
}

TEST(TolerantMatch, short_phrases_are_never_looked_for) {
    EXPECT_TRUE(TolerantMatcher({{.text = "hola"}, {.text = "soy"}}, "es").empty());
    EXPECT_TRUE(TolerantMatcher({{.text = "hasta luego", .tolerance = 0}}, "es").empty());
    EXPECT_TRUE(TolerantMatcher({}, "es").find(folded("hasta luego")).hits.empty());
    // Six letters: what sounds alike, and no error beyond that.
    EXPECT_EQ(found("cuídese", "cuidece mucho"), "cuidece@1");
    EXPECT_EQ(found("cuídese", "cuidose mucho"), "");
}

TEST(TolerantMatch, a_hit_ends_at_word_borders) {
    EXPECT_EQ(found("gracias por llamar", "gracias por llamarnos"), "");
    EXPECT_EQ(found("hasta luego", "basta luego"), "basta luego@1");
    EXPECT_EQ(found("hasta luego", "canasta luego"), "");
}

TEST(TolerantMatch, no_hit_runs_from_one_speaker_into_the_next) {
    const TolerantMatcher matcher({{.text = "hasta luego"}}, "es");
    SearchText apart(30, 2);
    apart.add_folded("asta", SearchText::Join::Apart);
    apart.add_folded("luego", SearchText::Join::Apart);
    apart.finish();
    EXPECT_TRUE(matcher.find(apart).hits.empty());
    SearchText continued(30, 2);
    continued.add_folded("asta", SearchText::Join::Apart);
    continued.add_folded("luego", SearchText::Join::Continues);
    continued.finish();
    ASSERT_EQ(matcher.find(continued).hits.size(), 1U);
    EXPECT_EQ(matcher.find(continued).hits[0].last_word, 1U);
}

TEST(TolerantMatch, overlapping_hits_of_a_phrase_are_one) {
    const TolerantMatcher matcher({{.text = "hasta luego"}, {.text = "hasta pronto"}}, "es");
    const auto hits = matcher.find(folded("asta luego asta luego hasta prontto")).hits;
    ASSERT_EQ(hits.size(), 3U);
    EXPECT_EQ(hits[0], (TolerantHit{.phrase = 0, .first_word = 0, .last_word = 1, .distance = 1}));
    EXPECT_EQ(hits[1], (TolerantHit{.phrase = 0, .first_word = 2, .last_word = 3, .distance = 1}));
    EXPECT_EQ(hits[2], (TolerantHit{.phrase = 1, .first_word = 4, .last_word = 5, .distance = 1}));
}

TEST(TolerantMatch, a_text_of_one_phrase_gives_bounded_hits) {
    std::string text;
    for (int i = 0; i < 300; ++i) {
        text += "en que puedo ayudar te ";
    }
    std::vector<TolerantPhrase> phrases;
    for (const char* end : {"te", "le", "lo", "la", "les", "los", "las"}) {
        phrases.push_back({.text = std::string("en qué puedo ayudar") + end, .tolerance = 2});
    }
    const auto found = TolerantMatcher(phrases, "es").find(folded(text));
    EXPECT_EQ(found.hits.size(), TolerantMatcher::kHitsMax);
    EXPECT_TRUE(found.cut);
    // The last phrase of the list has its share of the beginning.
    EXPECT_EQ(found.hits.back().phrase, 6U);
    EXPECT_LT(found.hits.back().last_word, 6U * 300 * 5 / 7);
    EXPECT_FALSE(TolerantMatcher(phrases, "es").find(folded("en que puedo ayudar te")).cut);
}

TEST(TolerantMatch, any_bytes_are_searched) {
    const TolerantMatcher matcher({{.text = "hasta luego", .tolerance = 2}, {.text = "😀 😀"}}, "es");
    std::string bytes;
    for (int i = 0; i < 512; ++i) {
        bytes.push_back(static_cast<char>(i * 37));
        bytes += i % 3 == 0 ? "hast" : "a luego";
    }
    EXPECT_LE(matcher.find(folded(bytes)).hits.size(), TolerantMatcher::kHitsMax);
    EXPECT_TRUE(matcher.find(folded("")).hits.empty());
}

}  // namespace
}  // namespace oidor::audit
