// What the program says to people, in Spanish and English: the command line, the help and the page.
// A text is one line of messages.inc. Errors and log lines are not here: they are English, for
// operators.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace oidor {

enum class UiLanguage { Spanish, English };

/// The language to speak: `chosen` (`--ui-language`, a setting) when it is `es` or `en`, else what
/// `lang` (the environment's LANG) starts with, else Spanish.
UiLanguage choose_ui_language(std::string_view chosen, std::string_view lang);
/// `es`, `en`.
std::string_view format_ui_language(UiLanguage language);
std::optional<UiLanguage> parse_ui_language(std::string_view text);

// The list is read twice, as identifiers and as texts, so that a text is added in one line; only a
// macro can do that.
/// Every text that is shown to people, by name.
enum class Message {
#define OIDOR_MESSAGE(id, es, en) id,
#include "base/messages.inc"
#undef OIDOR_MESSAGE
};

/// One text in both languages, with fmt's placeholders.
struct MessageTexts {
    std::string_view id;
    std::string_view es;
    std::string_view en;
};

inline constexpr std::array kMessages = {
#define OIDOR_MESSAGE(id, es, en) MessageTexts{#id, es, en},
#include "base/messages.inc"
#undef OIDOR_MESSAGE
};

/// A text as it stands; for those without placeholders.
constexpr std::string_view text(Message id, UiLanguage language) {
    const auto& texts = kMessages[static_cast<std::size_t>(id)];
    return language == UiLanguage::Spanish ? texts.es : texts.en;
}

/// A text with its values: `say<Message::keys_created>(language, name)`. A placeholder without a
/// value, in either language, does not compile.
template <Message id, typename... Args>
std::string say(UiLanguage language, Args&&... args) {
    constexpr fmt::format_string<Args...> es(text(id, UiLanguage::Spanish));
    constexpr fmt::format_string<Args...> en(text(id, UiLanguage::English));
    return fmt::format(language == UiLanguage::Spanish ? es : en, std::forward<Args>(args)...);
}

}  // namespace oidor
