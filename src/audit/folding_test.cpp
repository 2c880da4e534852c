#include "audit/folding.hpp"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "audit/folding_table.hpp"
#include "base/utf8.hpp"

namespace oidor::audit {
namespace {

std::string to_utf8(const icu::UnicodeString& text) {
    std::string bytes;
    text.toUTF8String(bytes);
    return bytes;
}

icu::UnicodeString normalized(const icu::UnicodeString& text, const icu::Normalizer2* form) {
    UErrorCode error = U_ZERO_ERROR;
    auto result = form->normalize(text, error);
    EXPECT_TRUE(U_SUCCESS(error));
    return result;
}

const icu::Normalizer2* nfc() {
    UErrorCode error = U_ZERO_ERROR;
    return icu::Normalizer2::getNFCInstance(error);
}

const icu::Normalizer2* nfd() {
    UErrorCode error = U_ZERO_ERROR;
    return icu::Normalizer2::getNFDInstance(error);
}

TEST(Folding, case_accents_and_punctuation_do_not_count) {
    EXPECT_EQ(fold("¡BUENOS   Días!"), "buenos dias");
    EXPECT_EQ(fold("¿En qué, te puedo ayudar?"), "en que te puedo ayudar");
    EXPECT_EQ(fold("Größe, Œuvre, Straße"), "grosse oeuvre strasse");
    EXPECT_EQ(fold("I can't; I can’t"), "i cant i cant");
    EXPECT_EQ(fold("não há coração"), "nao ha coracao");
    EXPECT_EQ(fold(" … 🙂 —"), "");
    EXPECT_EQ(fold(""), "");
}

TEST(Folding, enye_stays_a_letter_of_its_own_however_it_is_written) {
    EXPECT_EQ(fold("año"), "año");
    EXPECT_EQ(fold("AÑO"), "año");
    EXPECT_EQ(fold("an\xcc\x83o"), "año");
    EXPECT_NE(fold("año"), fold("ano"));
    EXPECT_EQ(fold("pingüino"), "pinguino");
}

TEST(Folding, composed_and_decomposed_latin_fold_alike) {
    std::mt19937 random(7);
    for (int round = 0; round < 3000; ++round) {
        icu::UnicodeString text;
        for (int i = 0; i < 12; ++i) {
            const auto pick = random() % 10;
            const UChar32 code = static_cast<UChar32>(pick < 4   ? 0x20 + random() % 0x5F
                                                      : pick < 8 ? 0xC0 + random() % 0x190
                                                                 : 0x1E00 + random() % 0x100);
            text.append(code);
        }
        EXPECT_EQ(fold(to_utf8(normalized(text, nfc()))), fold(to_utf8(normalized(text, nfd()))))
            << to_utf8(text);
    }
}

TEST(Folding, agrees_with_icu_on_every_latin_letter) {
    for (UChar32 code = 0x80; code < 0x250; ++code) {
        if (!u_isalpha(code) || code == 0xD1 || code == 0xF1) {
            continue;
        }
        // Lower case, decomposed, marks left out; letters with a stroke are ours to decide.
        auto text = normalized(icu::UnicodeString(code).toLower(icu::Locale::getRoot()), nfd());
        std::string base;
        for (int i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
            if (u_getCombiningClass(text.char32At(i)) == 0) {
                append_utf8(base, static_cast<char32_t>(text.char32At(i)));
            }
        }
        if (base.size() == 1) {
            std::string own;
            append_utf8(own, static_cast<char32_t>(code));
            EXPECT_EQ(fold(own), base) << own;
        }
    }
}

TEST(Folding, lower_case_agrees_with_icu) {
    for (UChar32 code = 0; code < 0x1F000; ++code) {
        if (U_IS_SURROGATE(code)) {
            continue;
        }
        std::string own;
        append_utf8(own, static_cast<char32_t>(code));
        std::string expected;
        append_utf8(expected, static_cast<char32_t>(u_tolower(code)));
        if (code == 0x130) {
            continue;  // The simple mapping is i; the full one has two code points.
        }
        EXPECT_EQ(lower(own), expected) << code;
    }
}

TEST(Folding, every_byte_knows_where_it_comes_from) {
    const std::string text = "¡Sí!  Œuvre an\xcc\x83o 🙂 fin";
    SearchText folded(text.size(), 1);
    folded.add_folded(text, SearchText::Join::Apart);
    folded.finish();
    const auto quote = [&](std::size_t word) {
        const auto& span = folded.words().at(word);
        const auto from = folded.origin(span.begin).offset;
        const auto to = end_of_letter(text, folded.origin(span.begin + span.size_bytes - 1).offset);
        return text.substr(from, to - from);
    };
    EXPECT_EQ(quote(0), "Sí");
    EXPECT_EQ(quote(1), "Œuvre");
    EXPECT_EQ(quote(2), "an\xcc\x83o");
    EXPECT_EQ(quote(3), "fin");
}

TEST(Folding, clauses_start_after_commas_and_full_stops_but_not_after_pauses) {
    const std::string text = "No, puedo. Ya... voy 1 (dos)";
    SearchText folded(text.size(), 1);
    folded.add_folded(text, SearchText::Join::Apart);
    std::string starts;
    for (const auto& word : folded.words()) {
        starts += word.clause_start ? '1' : '0';
    }
    EXPECT_EQ(starts, "111001");
}

TEST(Folding, ill_formed_bytes_are_borders) {
    EXPECT_EQ(fold("a\xff"
                   "b\xc3"),
              "a b");
    EXPECT_EQ(lower("A\xff"
                    "B"),
              "a\xff"
              "b");
}

TEST(Folding, tables_are_sorted) {
    const auto sorted = [](auto table, auto member) {
        return std::ranges::is_sorted(table, {}, member);
    };
    EXPECT_TRUE(sorted(fold_entries(), &FoldEntry::code));
    EXPECT_TRUE(sorted(lower_entries(), &LowerEntry::code));
    EXPECT_TRUE(sorted(separator_ranges(), &CodeRange::first));
    EXPECT_EQ(folding_sha256().size(), 64U);
}

TEST(AccentedLetters, are_the_same_however_they_are_written) {
    EXPECT_EQ(accented_letters("No SÉ, señor."),
              "nosé"
              "señor");
    EXPECT_EQ(accented_letters("No SE\xCC\x81, sen\xCC\x83or"),
              "nosé"
              "señor");
    EXPECT_EQ(accented_letters("no se"), "nose");
    EXPECT_NE(accented_letters("no se"), accented_letters("no sé"));
    EXPECT_EQ(accented_letters("«…» 12"), "");
}

}  // namespace
}  // namespace oidor::audit
