#include "audit/chat_spelling.hpp"

#include <gtest/gtest.h>

#include "audit/folding.hpp"

namespace oidor::audit {
namespace {

std::string written(std::string_view text, std::string_view language = "es") {
    return write_out_chat(text, language).text;
}

/// The bytes of the original behind a folded phrase of the written-out message.
std::string behind(std::string_view text, std::string_view phrase,
                   std::string_view language = "es") {
    const auto chat = write_out_chat(text, language);
    SearchText search(chat.text.size(), 1);
    search.add_folded(chat.text, SearchText::Join::Apart, chat.origins);
    search.finish();
    const auto at = search.bytes().find(phrase);
    if (at == std::string_view::npos) {
        return "";
    }
    const auto begin = search.origin(at).offset;
    const auto end = end_of_letter(text, search.origin(at + phrase.size() - 1).offset);
    return std::string(text.substr(begin, end - begin));
}

TEST(ChatSpelling, abbreviations_are_written_out) {
    EXPECT_EQ(written("xq no anda? tmb el cel"), "por que no anda? también el celular");
    EXPECT_EQ(written("Grax, bn"), "gracias, bien");
    EXPECT_EQ(written("dnd está q no llega"), "donde está que no llega");
    EXPECT_EQ(written("vc tb n sabe", "pt"), "você também não sabe");
    EXPECT_EQ(written("thx u r great", "en"), "thanks you are great");
    EXPECT_EQ(written("Buenos días. ¿Cómo está?"), "Buenos días. ¿Cómo está?");
    EXPECT_EQ(written("xq", "fr"), "xq");
}

// Words that nobody meant would be held against whoever typed the letters.
TEST(ChatSpelling, amounts_orders_and_measures_stay_what_they_are) {
    for (const auto* text : {"el envase de 500 ml", "me cobraron 50 k", "la promo 2 x 1",
                             "mi pdo no llego", "la NC 1234 no figura", "vivo en Sta Fe"}) {
        EXPECT_EQ(written(text), text);
    }
    EXPECT_EQ(written("rua A, n 25, classe c", "pt"), "rua A, n 25, classe c");
    EXPECT_EQ(written("k pasa x ahi"), "que pasa por ahi");
    EXPECT_EQ(written("me llegaron 10 q no pedi"), "me llegaron 10 que no pedi");
    EXPECT_EQ(written("n sei", "pt"), "não sei");
}

TEST(ChatSpelling, stretched_letters_laughter_and_emoji_become_words) {
    EXPECT_EQ(written("holaaaa"), "hola");
    EXPECT_EQ(written("HOLAAAA"), "HOLA");
    EXPECT_EQ(written("nooo, 1000 pesos, llame"), "no, 1000 pesos, llame");
    EXPECT_EQ(written("jajaja ok"), "emojirisa ok");
    EXPECT_EQ(written("gracias😡😡"), "gracias emojienojo emojienojo");
    EXPECT_EQ(written("bueno :) xD"), "bueno emojifeliz emojirisa");
    EXPECT_EQ(written("kkkk", "pt"), "emojirisa");
}

TEST(ChatSpelling, faces_inside_words_and_addresses_stay) {
    EXPECT_EQ(written("http://a.b/c"), "http://a.b/c");
    EXPECT_EQ(written("foxD maxDa"), "foxD maxDa");
    EXPECT_EQ(written("hora 10:30"), "hora 10:30");
}

TEST(ChatSpelling, quotes_stay_what_was_typed) {
    EXPECT_EQ(behind("mira xq no anda", "por que"), "xq");
    EXPECT_EQ(behind("¿xq no anda?", "que no"), "xq no");
    EXPECT_EQ(behind("Holaaaa amigo", "hola"), "Holaaaa");
    EXPECT_EQ(behind("holáááá amigo", "hola"), "holáááá");
    EXPECT_EQ(behind("ok😡 chau", "emojienojo"), "😡");
    EXPECT_EQ(behind("muxas grax!", "muchas gracias"), "muxas grax");
    EXPECT_EQ(behind("Buenos DÍAS", "buenos dias"), "Buenos DÍAS");
    EXPECT_EQ(behind("obgda viu", "obrigada", "pt"), "obgda");
}

TEST(ChatSpelling, any_bytes_come_back_with_an_origin_each) {
    std::string bytes;
    for (int i = 0; i < 1024; ++i) {
        bytes.push_back(static_cast<char>(i * 89 + i / 256));
    }
    for (const char* language : {"es", "pt", "en", "fr"}) {
        const auto chat = write_out_chat(bytes, language);
        ASSERT_EQ(chat.text.size(), chat.origins.size());
        for (const auto origin : chat.origins) {
            EXPECT_LT(origin, bytes.size());
        }
    }
    EXPECT_TRUE(write_out_chat("", "es").text.empty());
}

TEST(ChatSpelling, the_tables_have_a_digest) {
    EXPECT_EQ(chat_spelling_sha256().size(), 64U);
    EXPECT_EQ(chat_spelling_sha256(), chat_spelling_sha256());
}

}  // namespace
}  // namespace oidor::audit
