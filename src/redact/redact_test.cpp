#include "redact/redact.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace oidor::redact {
namespace {

/// `masked` of one text.
std::string shown(std::string_view text, const std::string& country = "") {
    return masked(text, {.country = country});
}

/// A dialogue: lines that begin with `A: ` or `C: `.
Transcript dialogue(const std::vector<std::string>& lines, const std::string& language = "es") {
    Transcript transcript;
    transcript.language = language;
    for (const auto& line : lines) {
        Segment segment;
        segment.speaker = line.front() == 'A' ? Speaker::Agent : Speaker::Customer;
        segment.text = line.substr(3);
        transcript.segments.push_back(segment);
    }
    return transcript;
}

std::vector<std::string> shown(const std::vector<std::string>& lines,
                               const std::string& country = "",
                               const std::string& language = "es") {
    const auto transcript = dialogue(lines, language);
    const auto copy = masked(transcript, find(transcript, {.country = country}));
    EXPECT_EQ(copy.segments.size(), transcript.segments.size());
    std::vector<std::string> texts;
    for (const auto& segment : copy.segments) {
        texts.push_back(segment.text);
    }
    return texts;
}

using Lines = std::vector<std::string>;

TEST(Redact, masks_written_identifiers_of_each_country) {
    EXPECT_EQ(shown("la tarjeta 4111 1111 1111 1111, ¿sí?"), "la tarjeta [tarjeta], ¿sí?");
    EXPECT_EQ(shown("4111-1111-1111-1111"), "[tarjeta]");
    EXPECT_EQ(shown("CBU 2850590940090418135201"), "CBU [CBU]");
    EXPECT_EQ(shown("mi CLABE: 032180000118359719"), "mi CLABE: [CLABE]");
    EXPECT_EQ(shown("33-69345023-9"), "[CUIT]");
    EXPECT_EQ(shown("20131312955", "PE"), "[RUC]");
    EXPECT_EQ(shown("mi rut es 12.345.678-5"), "mi rut es [RUT]");
    EXPECT_EQ(shown("10.000.013-K"), "[RUT]");
    EXPECT_EQ(shown("cédula 1710034065", "EC"), "cédula [cédula]");
    EXPECT_EQ(shown("RUC 1790011674001", "EC"), "RUC [RUC]");
    EXPECT_EQ(shown("cédula 1.234.567-2", "UY"), "cédula [cédula]");
    EXPECT_EQ(shown("RUC 80000519-8", "PY"), "RUC [RUC]");
    EXPECT_EQ(shown("529.982.247-25"), "[CPF]");
    EXPECT_EQ(shown("11.222.333/0001-81"), "[CNPJ]");
    EXPECT_EQ(shown("CURP HEGG560427MVZRRL04"), "CURP [CURP]");
    EXPECT_EQ(shown("RFC gode 561231 gr8"), "RFC [RFC]");
    EXPECT_EQ(shown("cédula 1020304050", "CO"), "cédula [cédula]");
    EXPECT_EQ(shown("mi DNI es 40302010", "PE"), "mi DNI es [DNI]");
    EXPECT_EQ(shown("mi documento es 40302010"), "mi documento es [documento]");
}

TEST(Redact, says_what_it_found_and_how_sure_it_is) {
    const auto card = find("mi tarjeta 4111 1111 1111 1111");
    ASSERT_EQ(card.size(), 1U);
    EXPECT_EQ(card.front(), (Span{.segment = 0,
                                  .begin = 11,
                                  .end = 30,
                                  .kind = Kind::Card,
                                  .sure = Sure::Certain,
                                  .number = 0}));
    const auto misheard = find("mi tarjeta 4111 1111 1111 1112");
    ASSERT_EQ(misheard.size(), 1U);
    EXPECT_EQ(misheard.front().sure, Sure::Possible);
    const auto dni = find("mi DNI es 30.123.456", {.country = "AR"});
    ASSERT_EQ(dni.size(), 1U);
    EXPECT_EQ(dni.front().kind, Kind::DniAr);
    EXPECT_EQ(dni.front().sure, Sure::Likely);
}

TEST(Redact, leaves_numbers_that_identify_nobody) {
    for (const auto* text :
         {"el pedido 45127834 no llegó", "son $ 12.345.678", "cuesta 1.234,56 pesos",
          "el 12/05/2024 a las 10:30", "factura 0001-00012345", "tengo 2 hijos, uno de cinco",
          "4111 1111 1111 1112", "33-69345023-8", "el 0800 es gratis", "una arroba de maíz",
          "a las ocho y media o nueve", "son dos mil quinientos pesos", "30123456",
          "abc4111111111111111def"}) {
        EXPECT_EQ(shown(text, "AR"), text);
    }
}

TEST(Redact, needs_a_word_near_numbers_without_check_digits) {
    EXPECT_EQ(shown("30123456 es mi DNI", "AR"), "[DNI] es mi DNI");
    EXPECT_EQ(shown("DNI30123456", "AR"), "DNI[DNI]");
    const std::string far = "mi DNI " + std::string("lo tengo en casa de ahí no me acuerdo pero ") +
                            "creo que era algo parecido a eso que 30123456";
    EXPECT_EQ(shown(far, "AR"), far);
    EXPECT_EQ(shown("mi DNI ya se lo di, el pedido es 45127834", "AR"),
              "mi DNI ya se lo di, el pedido es 45127834");
}

TEST(Redact, hears_a_question_in_the_segment_before) {
    EXPECT_EQ(shown(Lines{"A: ¿Me dice su DNI, por favor?", "C: Sí, 30.123.456"}, "AR"),
              (Lines{"¿Me dice su DNI, por favor?", "Sí, [DNI]"}));
}

TEST(Redact, masks_what_was_found_once_wherever_it_is_said_again) {
    EXPECT_EQ(
        shown(Lines{"C: mi DNI es 30123456", "A: 30.123.456, gracias, un momento por favor",
                    "A: treinta millones ciento veintitrés mil cuatrocientos cincuenta y "
                    "seis, entonces"},
              "AR"),
        (Lines{"mi DNI es [DNI]", "[DNI], gracias, un momento por favor", "[DNI], entonces"}));
}

TEST(Redact, masks_spoken_digits) {
    EXPECT_EQ(shown("cuatro ocho, doble cinco, cero cero cero cero triple cero doble uno cero "
                    "cero cinco"),
              "[tarjeta]");
    EXPECT_EQ(shown("mi DNI es treinta, ciento veintitrés, cuatrocientos cincuenta y seis", "AR"),
              "mi DNI es [DNI]");
    EXPECT_EQ(shown("once, eh, cincuenta y cinco cincuenta y cinco, guion, doce treinta y cuatro "
                    "es mi celular",
                    "AR"),
              "[teléfono] es mi celular");
    EXPECT_EQ(shown("más cincuenta y cuatro nueve once cuatro tres dos uno doble cero doble uno"),
              "más [teléfono]");
    EXPECT_EQ(shown("mi DNI termina en tres ceros"), "mi DNI termina en tres ceros");
}

TEST(Redact, masks_a_number_that_is_said_piece_by_piece) {
    EXPECT_EQ(shown(Lines{"A: ¿El número de la tarjeta?", "C: cuatro uno uno uno", "A: ajá",
                          "C: uno uno uno uno", "A: uno uno uno uno, sí", "C: 1111",
                          "A: perfecto, los últimos", "C: uno, uno, uno, uno"}),
              (Lines{"¿El número de la tarjeta?", "[tarjeta]", "ajá", "[tarjeta]", "[tarjeta], sí",
                     "[tarjeta]", "perfecto, los últimos", "[tarjeta]"}));
    const auto transcript =
        dialogue({"C: cuatro uno uno uno uno uno uno uno", "A: sí", "C: 1111 1111"});
    const auto spans = find(transcript);
    ASSERT_EQ(spans.size(), 2U);
    EXPECT_EQ(spans[0].number, spans[1].number);
}

TEST(Redact, does_not_join_numbers_over_other_talk) {
    const Lines lines = {"C: 4111 1111",
                         "A: Para seguir tengo que pasarlo con otra persona que "
                         "va a ver todo su caso con calma, ¿le parece?",
                         "C: 1111 1111"};
    EXPECT_EQ(shown(lines), (Lines{lines[0].substr(3), lines[1].substr(3), lines[2].substr(3)}));
}

TEST(Redact, a_transcript_that_says_no_language_has_that_of_the_options) {
    auto transcript =
        dialogue({"C: forty one eleven eleven eleven eleven eleven eleven eleven"}, "en");
    transcript.language.reset();
    const auto spans = find(transcript, {.language = "en"});
    ASSERT_EQ(spans.size(), 1U);
    EXPECT_EQ(masked(transcript, spans, "en").segments[0].text, "[card]");
    EXPECT_TRUE(find(transcript, {.language = "es"}).empty());
    transcript.language = "en";
    EXPECT_EQ(find(transcript, {.language = "es"}), spans) << "its own counts first";
}

TEST(Redact, hears_portuguese_and_english) {
    EXPECT_EQ(
        shown(Lines{"C: meu CPF é cinco dois nove nove oito dois dois quatro sete dois cinco"},
              "BR", "pt"),
        (Lines{"meu CPF é [CPF]"}));
    EXPECT_EQ(
        shown(Lines{"C: meu telefone é onze nove meia meia um dois três quatro um um"}, "BR", "pt"),
        (Lines{"meu telefone é [telefone]"}));
    EXPECT_EQ(shown(Lines{"C: four one one one one one one one one one one one one one one one"},
                    "", "en"),
              (Lines{"[card]"}));
    EXPECT_EQ(
        shown(Lines{"C: forty one eleven eleven eleven eleven eleven eleven eleven"}, "", "en"),
        (Lines{"[card]"}));
}

TEST(Redact, masks_addresses) {
    EXPECT_EQ(shown("escriba a ana.paz+x@correo.example.com, gracias"),
              "escriba a [correo], gracias");
    EXPECT_EQ(shown("es juan guion bajo ochenta arroba gmail punto com"), "es [correo]");
    EXPECT_EQ(shown("mi correo es juan perez arroba gmail punto com, sí"),
              "mi correo es [correo], sí");
    EXPECT_EQ(shown("ana arroba hotmail"), "[correo]");
    EXPECT_EQ(shown("síganos en @oidor"), "síganos en @oidor");
}

TEST(Redact, keeps_the_ends_of_written_telephones) {
    EXPECT_EQ(shown("llame al +54 9 11 6795-0079"), "llame al +54***79");
    EXPECT_EQ(shown("mi celular 11 6795-0079", "AR"), "mi celular 11 ***79");
    EXPECT_EQ(shown("el teléfono es 4795-0079", "AR"), "el teléfono es [teléfono]");
    EXPECT_EQ(masked("+54 9 11 6795-0079", {.without = {Kind::Phone}}), "+54 9 11 6795-0079");
}

TEST(Redact, reads_through_signs_that_nobody_sees) {
    EXPECT_EQ(shown("4111\u00a01111\u20111111\u200b 1111"), "[tarjeta]");
    EXPECT_EQ(shown("\uff14\uff11\uff11\uff11 1111 1111 1111"), "[tarjeta]");
    EXPECT_EQ(shown("mi ce\u0301dula 1710034065", "EC"), "mi ce\u0301dula [cédula]");
}

TEST(Redact, masks_words_with_their_text) {
    Transcript transcript;
    Segment segment;
    segment.text = "Es 4111 1111 1111 1111, sí";
    for (const auto* word : {"Es", "4111", "1111", "1111", "1111,", "sí"}) {
        segment.words.push_back({.start = Milliseconds(segment.words.size() * 100),
                                 .end = Milliseconds(segment.words.size() * 100 + 90),
                                 .text = word});
    }
    transcript.segments = {segment, segment};
    transcript.segments[1].words[1].text = "cuatro";
    const auto copy = masked(transcript, find(transcript));
    ASSERT_EQ(copy.segments[0].words.size(), 3U);
    EXPECT_EQ(copy.segments[0].words[1],
              (Word{.start = Milliseconds(100), .end = Milliseconds(490), .text = "[tarjeta]"}));
    EXPECT_TRUE(copy.segments[1].words.empty()) << "words that are not in the text say too much";
}

TEST(Redact, bears_texts_without_end_and_without_sense) {
    EXPECT_TRUE(find("").empty());
    EXPECT_TRUE(find(Transcript{}).empty());
    std::string digits;
    for (int i = 0; i < 1000; ++i) {
        digits += "4111 1111 1111 1111, uno dos tres cuatro @ . ";
    }
    const auto spans = find(digits);
    EXPECT_EQ(spans.size(), 1000U);
    EXPECT_TRUE(find(std::string(2'000'000, '4')).empty());
    EXPECT_EQ(shown("\xff\xfe 4111 1111 1111 1111 \xc3"), "\xff\xfe [tarjeta] \xc3");
}

TEST(Redact, spans_are_ordered_and_lie_apart) {
    const auto transcript =
        dialogue({"C: mi mail es 30123456@gmail.com y mi DNI 30123456, +5491167950079",
                  "A: 4111 1111 1111 1111 4111 1111 1111 1111"});
    const auto spans = find(transcript);
    ASSERT_GE(spans.size(), 4U);
    for (std::size_t i = 1; i < spans.size(); ++i) {
        EXPECT_TRUE(spans[i - 1].segment < spans[i].segment || spans[i - 1].end <= spans[i].begin);
    }
}

}  // namespace
}  // namespace oidor::redact
