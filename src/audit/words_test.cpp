#include "audit/words.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "audit/scorecard.hpp"

namespace oidor::audit {
namespace {

json::object object(std::string_view text) { return parse_json(text)->as_object(); }

TEST(Words, every_reason_to_review_has_its_text_in_both_languages) {
    for (const auto& faces : review_table()) {
        const auto es = review_reason_text(faces.name, UiLanguage::Spanish);
        const auto en = review_reason_text(faces.name, UiLanguage::English);
        EXPECT_NE(es, faces.name);
        EXPECT_NE(en, faces.name);
        EXPECT_NE(es, en);
    }
    EXPECT_EQ(review_reason_text("of_a_later_version", UiLanguage::Spanish), "of_a_later_version");
}

TEST(Words, what_was_measured_is_told_in_the_readers_language) {
    const auto duration = object(R"({"measure":"duration","value":31,"unit":"s"})");
    EXPECT_EQ(measured_text(duration, UiLanguage::Spanish), "duración 0:31");
    EXPECT_EQ(measured_text(duration, UiLanguage::English), "duration 0:31");
    const auto sentiment = object(R"({"measure":"sentiment","value":-0.4,"unit":""})");
    EXPECT_EQ(measured_text(sentiment, UiLanguage::Spanish), "sentimiento -0.4 (de -1 a 1)");
    const auto other = object(R"({"measure":"silence","value":12.5,"unit":"s"})");
    EXPECT_EQ(measured_text(other, UiLanguage::Spanish), "silence 12.5 s");
    EXPECT_EQ(measured_text(object(R"({"measure":"silence","value":null})"), UiLanguage::Spanish),
              "silence —");
}

TEST(Words, how_a_score_came_about_is_told_by_section) {
    const auto audit = object(
        R"({"zeroed_by":["insulto"],"sections":[)"
        R"({"id":"inicio","title":"Inicio","weight":40,"score":83.3,"zeroed_by":[]},)"
        R"({"id":"cierre","title":"","weight":null,"score":0,"zeroed_by":["despedida","dato"]},)"
        R"({"id":"venta","title":"Venta","weight":null,"score":null,"zeroed_by":[]}]})");
    EXPECT_EQ(score_texts(audit, {}, UiLanguage::Spanish),
              (std::vector<std::string>{
                  "0 porque no se cumple: insulto", "Inicio: 83.3 de 100 (pesa 40 %)",
                  "cierre: 0 de 100 · 0 porque no se cumple: despedida, dato", "Venta: — de 100"}));
    EXPECT_EQ(score_texts(audit, {}, UiLanguage::English).front(),
              "0 because this failed: insulto");
    EXPECT_TRUE(score_texts(object("{}"), {}, UiLanguage::Spanish).empty());
}

TEST(Words, a_quote_that_is_not_the_phrase_says_which_it_was_taken_for) {
    const auto heard = object(
        R"({"quote":"asta luego","distance":1,"phrase":"hasta luego","pack":"es/despedida"})");
    EXPECT_EQ(quote_note(heard, UiLanguage::Spanish),
              "se tomó por «hasta luego»: difiere en 1 (letras, o una palabra corta que falta) · "
              "del paquete es/despedida");
    EXPECT_EQ(quote_note(heard, UiLanguage::English),
              "taken for “hasta luego”: 1 off (letters, or a little word left out) · from the pack "
              "es/despedida");
    EXPECT_EQ(quote_note(object(R"({"quote":"chau","pack":"es/despedida"})"), UiLanguage::Spanish),
              "del paquete es/despedida");
    EXPECT_EQ(quote_note(object(R"({"quote":"chau"})"), UiLanguage::Spanish), "");
    EXPECT_EQ(nearest_note(object(R"({"quote":"le ayudo","phrase":"en qué le ayudo"})"),
                           UiLanguage::Spanish),
              "se buscaba «en qué le ayudo»");
    EXPECT_EQ(nearest_note(object(R"({"quote":"le ayudo"})"), UiLanguage::Spanish), "");
}

TEST(Words, why_a_criterion_does_not_apply_and_that_it_is_a_bonus) {
    const CriterionTitles titles = {{"venta", "Ofrece el plan"}};
    const auto notes = [&](std::string_view json, UiLanguage language = UiLanguage::Spanish) {
        return criterion_notes(object(json), titles, language);
    };
    using Notes = std::vector<std::string>;
    EXPECT_EQ(notes(R"({"condition":{"outcome":"fail","criterion":"venta","evidence":[]}})"),
              Notes{"no se aplica porque no se dio su condición (depende de Ofrece el plan)"});
    EXPECT_EQ(notes(R"({"condition":{"outcome":"unknown","evidence":[]},"bonus":true})"),
              (Notes{"no se sabe si se aplica: su condición no se pudo comprobar",
                     "puntos extra: suman si se cumple y no restan si no"}));
    EXPECT_EQ(notes(R"({"condition":{"outcome":"pass","evidence":[
                       {"measure":"duration","value":31,"unit":"s"}]}})",
                    UiLanguage::English),
              Notes{"applies, because its condition was met · duration 0:31"});
    EXPECT_EQ(notes("{}"), Notes{});
    EXPECT_EQ(score_texts(object(R"({"zeroed_by":["venta","otro"]})"), titles, UiLanguage::Spanish),
              Notes{"0 porque no se cumple: Ofrece el plan, otro"});
}

TEST(Words, windows_are_told_as_they_were_stated) {
    const auto window = [](std::string_view text) {
        return searched_window_text(object(text), UiLanguage::English);
    };
    EXPECT_EQ(window(R"({"from_ms":0,"to_ms":65000})"), "0:00 – 1:05");
    EXPECT_EQ(window(R"({"from_turn":0,"to_turn":3})"), "turns 1 to 3");
    EXPECT_EQ(window(R"({"from_char":10,"to_char":300})"), "characters 10 to 300");
}

}  // namespace
}  // namespace oidor::audit
