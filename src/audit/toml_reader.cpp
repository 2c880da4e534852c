#include "audit/toml_reader.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace oidor::audit {
namespace {

/// How many letters must be changed, put or left out, or swapped with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1,
                                   cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[a.size()][b.size()];
}

}  // namespace

std::string nearest_name(std::string_view text, const std::vector<std::string>& known) {
    constexpr std::size_t kNameBytesMax = 64;
    std::string best;
    std::size_t best_distance = text.size() / 3 + 2;
    if (text.size() > kNameBytesMax) {
        return best;
    }
    for (const auto& name : known) {
        if (const auto distance = edit_distance(text, name); distance < best_distance) {
            best_distance = distance;
            best = name;
        }
    }
    return best;
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

const toml::node* TomlReader::ask(std::string_view key, Presence presence) {
    asked_.emplace_back(key);
    const auto* node = table_.get(key);
    if (node == nullptr && presence == Presence::Required) {
        fault(key, "is missing");
    }
    return node;
}

std::optional<std::string> TomlReader::text(std::string_view key, Presence presence) {
    const auto* node = ask(key, presence);
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

std::optional<std::int64_t> TomlReader::integer(std::string_view key, Presence presence,
                                                std::int64_t min, std::int64_t max) {
    const auto* node = ask(key, presence);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto* number = node->as_integer();
    if (number == nullptr || number->get() < min || number->get() > max) {
        fault(key, fmt::format("expected a whole number from {} to {}", min, max));
        return std::nullopt;
    }
    return number->get();
}

std::optional<Decimal> TomlReader::decimal(std::string_view key, Presence presence,
                                           std::int64_t min, std::int64_t max) {
    const auto* node = ask(key, presence);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto range = fmt::format("expected a number from {} to {}", min, max);
    if (const auto* whole = node->as_integer()) {
        if (whole->get() >= min && whole->get() <= max) {
            return Decimal::from_int(whole->get());
        }
    } else if (const auto* number = node->as_floating_point()) {
        const double value = number->get();
        if (std::isfinite(value) && value >= static_cast<double>(min) &&
            value <= static_cast<double>(max)) {
            const auto decimal = Decimal::from_double(value);
            if (decimal.to_double() == value) {
                return decimal;
            }
            fault(key, "has more than six decimal places");
            return std::nullopt;
        }
    }
    fault(key, range);
    return std::nullopt;
}

std::optional<bool> TomlReader::boolean(std::string_view key) {
    const auto* node = ask(key, Presence::Optional);
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
    const auto* node = ask(key, Presence::Optional);
    if (node != nullptr && !node->is_table()) {
        fault(key, "expected a table");
    }
    return node != nullptr ? node->as_table() : nullptr;
}

const toml::array* TomlReader::array(std::string_view key, Presence presence) {
    const auto* node = ask(key, presence);
    if (node != nullptr && !node->is_array()) {
        fault(key, "expected a list");
    }
    return node != nullptr ? node->as_array() : nullptr;
}

std::optional<std::size_t> TomlReader::choice(std::string_view key, Presence presence,
                                              const std::vector<std::string_view>& names) {
    const auto value = text(key, presence);
    if (!value) {
        return std::nullopt;
    }
    const auto found = std::ranges::find(names, *value);
    if (found != names.end()) {
        return static_cast<std::size_t>(found - names.begin());
    }
    fault(key, fmt::format("expected {}", fmt::join(names, ", ")));
    return std::nullopt;
}

void TomlReader::finish() {
    for (const auto& [key, node] : table_) {
        if (std::ranges::find(asked_, key.str()) != asked_.end()) {
            continue;
        }
        const auto meant = nearest_name(key.str(), asked_);
        // A key's own place is its line, also where its value begins on a later one.
        faults_.add(node, place(key.str()),
                    meant.empty() ? std::string("unknown key")
                                  : fmt::format("unknown key; did you mean `{}`?", meant));
    }
}

}  // namespace oidor::audit
