#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "config/read/reader.hpp"

namespace oidor::config {
namespace {

/// A value as text, where its kind has one notation for both.
std::string to_text(const Raw& raw) {
    if (const auto* number = std::get_if<std::int64_t>(&raw.data)) {
        return std::to_string(*number);
    }
    if (const auto* text = std::get_if<std::string>(&raw.data)) {
        return *text;
    }
    return {};
}

bool is_text_layer(const Raw& raw) { return raw.layer != Layer::File; }

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

/// The number of a bound or value in the notation of its kind.
std::optional<std::int64_t> parse_number(const Key& key, std::string_view text) {
    if (key.kind == Kind::Duration) {
        const auto duration = parse_duration(text);
        return duration ? std::optional<std::int64_t>(duration->count()) : std::nullopt;
    }
    return key.options.format == Format::Size ? parse_size(text) : parse_integer(text);
}

Result<Value> parse_number_value(const Key& key, const Raw& raw) {
    const bool is_number = std::holds_alternative<std::int64_t>(raw.data);
    const bool is_text = std::holds_alternative<std::string>(raw.data);
    const bool plain = key.kind == Kind::Integer && key.options.format != Format::Size;
    std::optional<std::int64_t> number;
    if (is_number ? key.kind != Kind::Duration : is_text && (!plain || is_text_layer(raw))) {
        number = parse_number(key, to_text(raw));
    }
    if (!number) {
        return key.kind == Kind::Duration
                   ? fail(ErrorCode::Invalid, "must be a duration, such as 30s or 5m")
               : plain
                   ? fail(ErrorCode::Invalid, "must be an integer")
                   : fail(ErrorCode::Invalid, "must be a size in bytes, such as 4096 or 64 MiB");
    }
    const auto least = parse_number(key, key.options.min);
    const auto most = parse_number(key, key.options.max);
    if ((least && *number < *least) || (most && *number > *most)) {
        return least && most ? fail(ErrorCode::Invalid, "must be from {} to {}", key.options.min,
                                    key.options.max)
               : least != std::nullopt
                   ? fail(ErrorCode::Invalid, "must be at least {}", key.options.min)
                   : fail(ErrorCode::Invalid, "must be at most {}", key.options.max);
    }
    return Value(*number);
}

Result<Value> parse_boolean(const Raw& raw) {
    if (const auto* flag = std::get_if<bool>(&raw.data)) {
        return Value(*flag);
    }
    if (is_text_layer(raw)) {
        const auto text = to_text(raw);
        if (text == "true" || text == "1" || text == "yes" || text == "on") {
            return Value(true);
        }
        if (text == "false" || text == "0" || text == "no" || text == "off") {
            return Value(false);
        }
    }
    return fail(ErrorCode::Invalid, "must be true or false");
}

Result<void> check_choice(const Key& key, std::string_view text) {
    const auto& choices = key.options.choices;
    if (choices.empty() || std::ranges::find(choices, text) != choices.end()) {
        return {};
    }
    return fail(ErrorCode::Invalid, "must be one of {}", fmt::join(choices, ", "));
}

Result<Value> parse_list(const Key& key, const Raw& raw) {
    constexpr std::size_t kItemsMax = 1000;
    std::vector<std::string> items;
    if (const auto* list = std::get_if<std::vector<std::string>>(&raw.data)) {
        items = *list;
    } else if (const auto* text = std::get_if<std::string>(&raw.data)) {
        std::string_view rest = *text;
        while (!rest.empty()) {
            const auto comma = std::min(rest.find(','), rest.size());
            auto item = rest.substr(0, comma);
            const auto first = item.find_first_not_of(" \t");
            if (first != item.npos) {
                items.emplace_back(item.substr(first, item.find_last_not_of(" \t") - first + 1));
            }
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    } else {
        return fail(ErrorCode::Invalid, "must be a list of texts");
    }
    if (items.size() > kItemsMax) {
        return fail(ErrorCode::Invalid, "has more than {} items", kItemsMax);
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        auto checked = check_format(items[i], key.options.format);
        if (checked) {
            checked = check_choice(key, items[i]);
        }
        if (!checked) {
            return fail(std::move(checked).error().within(fmt::format("item {}", i + 1)));
        }
    }
    return Value(std::move(items));
}

}  // namespace

Result<Value> parse_value(const Key& key, const Raw& raw) {
    switch (key.kind) {
        case Kind::Integer:
        case Kind::Duration: return parse_number_value(key, raw);
        case Kind::Boolean: return parse_boolean(raw);
        case Kind::List: return parse_list(key, raw);
        case Kind::Text:
        case Kind::Secret: break;
    }
    // An id that is all digits is written without quotes by most people.
    if (std::holds_alternative<bool>(raw.data) ||
        std::holds_alternative<std::vector<std::string>>(raw.data)) {
        return fail(ErrorCode::Invalid, "must be a text");
    }
    auto text = to_text(raw);
    TRY(check_format(text, key.options.format));
    TRY(check_choice(key, text));
    return key.kind == Kind::Secret ? Value(Secret(std::move(text))) : Value(std::move(text));
}

std::string anchor(std::string_view text, Format format, const std::string& folder) {
    std::string_view scheme;
    if (format == Format::StoreUrl && text.starts_with("sqlite:")) {
        scheme = "sqlite:";
    } else if (format == Format::BlobsUrl && text.starts_with("file:")) {
        scheme = "file:";
    } else if (format != Format::Path) {
        return std::string(text);
    }
    const auto path = std::filesystem::path(text.substr(scheme.size()));
    if (folder.empty() || folder == "." || path.is_absolute()) {
        return std::string(text);
    }
    return std::string(scheme) + (std::filesystem::path(folder) / path).lexically_normal().string();
}

}  // namespace oidor::config
