#include "audit/toml_reader.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/assert.hpp"
#include "base/toml_depth.hpp"

namespace oidor::audit {
namespace {

struct ReadNumber {
    bool in_range = false;
    std::optional<Decimal> value = {};  ///< Nothing for more than six places.
};

ReadNumber read_number(const toml::node& node, std::int64_t min, std::int64_t max) {
    if (const auto* whole = node.as_integer()) {
        const bool in_range = whole->get() >= min && whole->get() <= max;
        return {.in_range = in_range,
                .value = in_range ? std::optional(Decimal::from_int(whole->get())) : std::nullopt};
    }
    const auto* number = node.as_floating_point();
    if (number == nullptr || !std::isfinite(number->get()) ||
        number->get() < static_cast<double>(min) || number->get() > static_cast<double>(max)) {
        return {};
    }
    const auto decimal = Decimal::from_double(number->get());
    const bool exact = decimal.to_double() == number->get();
    return {.in_range = true, .value = exact ? std::optional(decimal) : std::nullopt};
}

}  // namespace

bool is_identifier(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

Result<toml::table> parse_toml(std::string_view text, std::string_view path,
                               std::size_t size_bytes_max) {
    if (text.size() > size_bytes_max) {
        return fail(ErrorCode::TooLarge, "{}: {} bytes: at most {} are read", path, text.size(),
                    size_bytes_max);
    }
    if (const auto line = find_deep_toml_line(text)) {
        return fail(ErrorCode::Invalid, "{}:{}: a key has too many dotted parts", path, *line);
    }
    try {
        return toml::table(toml::parse(text, path));
    } catch (const toml::parse_error& error) {
        return fail(ErrorCode::Invalid, "{}:{}: not TOML: {}", path, error.source().begin.line,
                    error.description());
    }
}

void Faults::add(const toml::node& node, std::string_view where, std::string_view what) {
    const std::size_t line = node.source().begin.line;
    lines_.push_back({line, fmt::format("{}:{}: {}: {}", path_, line, where, what)});
}

std::string Faults::text() const {
    auto sorted = lines_;
    std::ranges::stable_sort(sorted, {}, &Fault::line);
    std::string text;
    for (std::size_t i = 0; i < std::min(sorted.size(), faults_max_); ++i) {
        text += (i == 0 ? "" : "\n") + sorted[i].text;
    }
    if (sorted.size() > faults_max_) {
        text += fmt::format("\n{}: and {} more", path_, sorted.size() - faults_max_);
    }
    return text;
}

std::string TomlReader::place(std::string_view key) const {
    return where_.empty() ? std::string(key) : fmt::format("{}.{}", where_, key);
}

void TomlReader::fault(std::string_view key, std::string_view what) {
    const auto* node = table_.get(key);
    faults_.add(node != nullptr ? *node : table_, place(key), what);
}

const KeyFaces& TomlReader::faces_of(std::string_view key) const {
    const auto found = std::ranges::find(keys_.keys, key, &KeyFaces::name);
    ASSERT(found != keys_.keys.end(), "a table is asked for its own keys only");
    return *found;
}

const toml::node* TomlReader::ask(const KeyFaces& faces) {
    const auto* node = table_.get(faces.name);
    if (node == nullptr && faces.presence == Presence::Required) {
        fault(faces.name, "is missing");
    }
    return node;
}

std::optional<std::string> TomlReader::text(std::string_view key) {
    const auto* node = ask(faces_of(key));
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto* text = node->as_string();
    if (text == nullptr) {
        fault(key, "expected a text in quotes");
        return std::nullopt;
    }
    return text->get();
}

std::optional<std::int64_t> TomlReader::integer(std::string_view key) {
    const auto& faces = faces_of(key);
    const auto* node = ask(faces);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto* number = node->as_integer();
    if (number == nullptr || number->get() < faces.min || number->get() > faces.max) {
        fault(key, fmt::format("expected a whole number from {} to {}", faces.min, faces.max));
        return std::nullopt;
    }
    return number->get();
}

std::optional<Decimal> TomlReader::decimal(std::string_view key) {
    const auto& faces = faces_of(key);
    const auto* node = ask(faces);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto read = read_number(*node, faces.min, faces.max);
    if (!read.in_range) {
        fault(key, fmt::format("expected a number from {} to {}", faces.min, faces.max));
    } else if (!read.value) {
        fault(key, "has more than six decimal places");
    }
    return read.value;
}

std::optional<bool> TomlReader::flag(std::string_view key) {
    const auto* node = ask(faces_of(key));
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto* flag = node->as_boolean();
    if (flag == nullptr) {
        fault(key, "expected true or false");
        return std::nullopt;
    }
    return flag->get();
}

const toml::table* TomlReader::table(std::string_view key) {
    const auto* node = ask(faces_of(key));
    if (node != nullptr && !node->is_table()) {
        fault(key, "expected a table");
    }
    return node != nullptr ? node->as_table() : nullptr;
}

const toml::array* TomlReader::array(std::string_view key) {
    const auto* node = ask(faces_of(key));
    if (node != nullptr && !node->is_array()) {
        fault(key, "expected a list");
    }
    return node != nullptr ? node->as_array() : nullptr;
}

std::optional<std::size_t> TomlReader::choice(std::string_view key) {
    const auto value = text(key);
    if (!value) {
        return std::nullopt;
    }
    const auto names = faces_of(key).choices;
    const auto found = std::ranges::find(names, *value);
    if (found != names.end()) {
        return static_cast<std::size_t>(found - names.begin());
    }
    // Choices are few and short: `some` is no misspelt `none`.
    fault(key, fmt::format("expected {}{}", fmt::join(names, ", "),
                           suggestion(*value, {names.begin(), names.end()}, value->size() / 3)));
    return std::nullopt;
}

std::vector<std::size_t> TomlReader::choices_of(std::string_view key) {
    const auto* node = ask(faces_of(key));
    if (node == nullptr || !node->is_array()) {
        const auto one = node != nullptr ? choice(key) : std::nullopt;
        return one ? std::vector{*one} : std::vector<std::size_t>();
    }
    const auto names = choices(key);
    std::vector<std::size_t> indices;
    for (const auto& text : texts(key).value_or(std::vector<std::string>())) {
        const auto found = std::ranges::find(names, text);
        if (found == names.end()) {
            fault(key, fmt::format("`{}`: expected {}", text, fmt::join(names, ", ")));
            continue;
        }
        indices.push_back(static_cast<std::size_t>(found - names.begin()));
    }
    return indices;
}

std::vector<std::pair<std::string, Decimal>> TomlReader::numbers(std::string_view key) {
    std::vector<std::pair<std::string, Decimal>> numbers;
    const auto& faces = faces_of(key);
    const auto* table = this->table(key);
    if (table == nullptr) {
        return numbers;
    }
    for (const auto& [name, node] : *table) {
        const auto read = read_number(node, faces.min, faces.max);
        if (!read.value) {
            faults_.add(node, fmt::format("{}.{}", place(key), name.str()),
                        fmt::format("expected a number from {} to {}, of at most six places",
                                    faces.min, faces.max));
            continue;
        }
        numbers.emplace_back(name.str(), *read.value);
    }
    return numbers;
}

std::optional<std::vector<std::string>> TomlReader::texts(std::string_view key) {
    const auto* list = array(key);
    if (list == nullptr) {
        return std::nullopt;
    }
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const auto* text = (*list)[i].as_string();
        if (text == nullptr) {
            faults_.add((*list)[i], fmt::format("{}[{}]", place(key), i),
                        "expected a text in quotes");
            return std::nullopt;
        }
        texts.push_back(text->get());
    }
    if (texts.empty()) {
        fault(key, "expected at least one");
        return std::nullopt;
    }
    return texts;
}

void TomlReader::finish() {
    for (const auto& [key, node] : table_) {
        if (std::ranges::find(keys_.keys, key.str(), &KeyFaces::name) != keys_.keys.end()) {
            continue;
        }
        std::vector<std::string> names;
        for (const auto& faces : keys_.keys) {
            names.emplace_back(faces.name);
        }
        // A key's own place is its line, also where its value begins on a later one.
        faults_.add(node, place(key.str()), "unknown key" + suggestion(key.str(), names));
    }
}

}  // namespace oidor::audit
