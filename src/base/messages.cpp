#include "base/messages.hpp"

namespace oidor {

UiLanguage choose_ui_language(std::string_view chosen, std::string_view lang) {
    if (const auto language = parse_ui_language(chosen)) {
        return *language;
    }
    // LANG is `es_AR.UTF-8`, `en_US`, `C`: the first subtag decides.
    return parse_ui_language(lang.substr(0, lang.find_first_of("_.@-")))
        .value_or(UiLanguage::Spanish);
}

std::string_view format_ui_language(UiLanguage language) {
    return language == UiLanguage::Spanish ? "es" : "en";
}

std::optional<UiLanguage> parse_ui_language(std::string_view text) {
    if (text == "es") {
        return UiLanguage::Spanish;
    }
    if (text == "en") {
        return UiLanguage::English;
    }
    return std::nullopt;
}

}  // namespace oidor
