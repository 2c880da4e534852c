#include "base/messages.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "base/utf8.hpp"

namespace oidor {
namespace {

std::multiset<std::string> placeholders(std::string_view text) {
    std::multiset<std::string> found;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '{' && i + 1 < text.size() && text[i + 1] == '{') {
            ++i;
        } else if (text[i] == '{') {
            const auto end = text.find('}', i);
            found.emplace(text.substr(i, end - i));
            i = end;
        }
    }
    return found;
}

/// The identifiers that the sources use, catalogue and its test left out.
std::set<std::string> words_of_the_sources() {
    std::set<std::string> words;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(OIDOR_SOURCE_DIR "/src")) {
        const auto extension = entry.path().extension();
        if ((extension != ".cpp" && extension != ".hpp") ||
            entry.path().filename() == "messages_test.cpp") {
            continue;
        }
        std::ifstream file(entry.path());
        std::stringstream content;
        content << file.rdbuf();
        std::string word;
        for (const char c : content.str()) {
            if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
                word += c;
            } else if (!word.empty()) {
                words.insert(std::exchange(word, {}));
            }
        }
    }
    return words;
}

TEST(Messages, are_complete_and_agree_in_both_languages) {
    std::set<std::string_view> ids;
    for (const auto& message : kMessages) {
        EXPECT_TRUE(ids.insert(message.id).second) << message.id;
        EXPECT_FALSE(message.es.empty()) << message.id;
        EXPECT_FALSE(message.en.empty()) << message.id;
        EXPECT_TRUE(is_utf8(message.es)) << message.id;
        EXPECT_TRUE(is_utf8(message.en)) << message.id;
        EXPECT_EQ(placeholders(message.es), placeholders(message.en)) << message.id;
    }
}

TEST(Messages, are_all_used) {
    const auto words = words_of_the_sources();
    for (const auto& message : kMessages) {
        EXPECT_TRUE(words.contains(std::string(message.id)))
            << message.id << " is in src/base/messages.inc and nothing says it: remove the line";
    }
}

TEST(Messages, are_said_with_their_values) {
    EXPECT_EQ(say<Message::help_default>(UiLanguage::Spanish, "x"), "Por defecto: x.");
    EXPECT_EQ(say<Message::help_default>(UiLanguage::English, "x"), "Default: x.");
}

TEST(Messages, speak_the_chosen_language_then_lang_then_spanish) {
    EXPECT_EQ(choose_ui_language("en", "es_AR.UTF-8"), UiLanguage::English);
    EXPECT_EQ(choose_ui_language("", "en_US.UTF-8"), UiLanguage::English);
    EXPECT_EQ(choose_ui_language("", "en"), UiLanguage::English);
    EXPECT_EQ(choose_ui_language("", "pt_BR.UTF-8"), UiLanguage::Spanish);
    EXPECT_EQ(choose_ui_language("", "C"), UiLanguage::Spanish);
    EXPECT_EQ(choose_ui_language("", ""), UiLanguage::Spanish);
    EXPECT_EQ(choose_ui_language("fr", "en_GB"), UiLanguage::English);
    for (const auto language : {UiLanguage::Spanish, UiLanguage::English}) {
        EXPECT_EQ(parse_ui_language(format_ui_language(language)), language);
    }
}

}  // namespace
}  // namespace oidor
