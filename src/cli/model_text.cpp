#include "cli/model_text.hpp"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

namespace oidor::cli {
namespace {

constexpr std::array<std::pair<std::string_view, Message>, 6> kFields = {
    {{"reason", Message::field_reason},
     {"summary", Message::field_summary},
     {"initial_feeling", Message::field_initial_feeling},
     {"final_feeling", Message::field_final_feeling},
     {"product", Message::field_product},
     {"typification", Message::field_typification}}};

std::string quoted(const json::object& object, std::string_view key) {
    const auto* const quote = find_object(object, key);
    const auto words = quote != nullptr ? find_string(*quote, "quote") : std::nullopt;
    return words ? fmt::format(" «{}»", *words) : std::string();
}

}  // namespace

std::string format_fields_text(const json::value& fields, UiLanguage language) {
    std::string out;
    const auto* const object = fields.if_object();
    if (object == nullptr) {
        return out;
    }
    for (const auto& [key, label] : kFields) {
        const auto* const field = find_object(*object, key);
        const auto value = field != nullptr ? find_string(*field, "value") : std::nullopt;
        if (value) {
            out += fmt::format("{}: {}{}\n", text(label, language), *value,
                               quoted(*field, "evidence"));
        }
    }
    if (const auto channel = find_int64(*object, "agent_channel")) {
        out += fmt::format("{}: {}{}\n", text(Message::field_agent_channel, language), *channel,
                           quoted(*object, "agent_evidence"));
    }
    std::string tags;
    if (const auto* const list = find_array(*object, "tags")) {
        for (const auto& tag : *list) {
            const auto* const item = tag.if_object();
            const auto value = item != nullptr ? find_string(*item, "value") : std::nullopt;
            tags += value ? (tags.empty() ? "" : ", ") + *value : std::string();
        }
    }
    if (!tags.empty()) {
        out += fmt::format("{}: {}\n", text(Message::field_tags, language), tags);
    }
    return out;
}

std::string format_chat_text(const json::object& entry, UiLanguage language) {
    auto out = find_string(entry, "answer")
                   .value_or(std::string(text(Message::models_not_shown, language))) +
               "\n";
    if (const auto* const quotes = find_array(entry, "quotes")) {
        for (const auto& item : *quotes) {
            const auto* const quote = item.if_object();
            const auto words = quote != nullptr ? find_string(*quote, "quote") : std::nullopt;
            if (words) {
                out += fmt::format("  «{}»\n", *words);
            }
        }
    }
    return out;
}

}  // namespace oidor::cli
