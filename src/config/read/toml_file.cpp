#include <algorithm>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "base/utf8.hpp"
#include "config/read/raw.hpp"

namespace oidor::config {
namespace {

constexpr std::size_t kDepthMax = 16;

struct Walk {
    std::string_view name;
    Given given = {};
    std::vector<std::pair<toml::source_index, Raw>> values = {};
    std::vector<std::pair<toml::source_index, std::string>> faults = {};

    [[nodiscard]] std::string origin(const toml::node& node) const {
        return fmt::format("{}:{}", name, node.source().begin.line);
    }
    void fault(const toml::node& node, std::string_view path, std::string_view what) {
        faults.emplace_back(node.source().begin.line,
                            fmt::format("{}: {}: {}", origin(node), printable(path), what));
    }
    void value(const toml::node& node, std::string path, decltype(Raw::data) data) {
        values.emplace_back(node.source().begin.line, Raw{.path = std::move(path),
                                                          .data = std::move(data),
                                                          .origin = origin(node),
                                                          .layer = Layer::File});
    }
};

void walk_array(Walk& walk, const toml::array& array, const std::string& path) {
    std::vector<std::string> items;
    for (const auto& item : array) {
        const auto text = item.value_exact<std::string>();
        if (!text) {
            walk.fault(item, path, "a list holds texts");
            return;
        }
        items.push_back(*text);
    }
    walk.value(array, path, std::move(items));
}

// NOLINTNEXTLINE(misc-no-recursion): depth is limited.
void walk_table(Walk& walk, const toml::table& table, const std::string& prefix,
                std::size_t depth) {
    for (const auto& [key, node] : table) {
        const auto path =
            prefix.empty() ? std::string(key.str()) : fmt::format("{}.{}", prefix, key.str());
        if (const auto* inner = node.as_table()) {
            if (depth == kDepthMax) {
                walk.fault(node, path, "nests too deep");
                continue;
            }
            walk.given.tables.push_back(path);
            walk_table(walk, *inner, path, depth + 1);
        } else if (const auto* array = node.as_array()) {
            walk_array(walk, *array, path);
        } else if (const auto text = node.value_exact<std::string>()) {
            walk.value(node, path, *text);
        } else if (const auto number = node.value_exact<std::int64_t>()) {
            walk.value(node, path, *number);
        } else if (const auto flag = node.value_exact<bool>()) {
            walk.value(node, path, *flag);
        } else {
            walk.fault(node, path, "must be a text, an integer, true or false, or a list of texts");
        }
    }
}

/// toml++ quotes what it saw, which may be part of a secret that lacks its quotes.
std::string without_quotations(std::string_view description) {
    std::string out;
    bool quoted = false;
    for (const char c : description) {
        if (c == '\'') {
            quoted = !quoted;
            out += quoted ? "…" : "";
        } else if (!quoted) {
            out += c;
        }
    }
    return out;
}

}  // namespace

Given read_toml(std::string_view text, std::string_view name) {
    Walk walk = {.name = name};
    if (!is_utf8(text)) {
        walk.given.faults.push_back(fmt::format("{}: is not UTF-8", name));
        return std::move(walk.given);
    }
    try {
        const auto table = toml::parse(text);
        walk_table(walk, table, "", 0);
    } catch (const toml::parse_error& error) {
        walk.given.faults.push_back(fmt::format("{}:{}: is not TOML: {}", name,
                                                error.source().begin.line,
                                                without_quotations(error.description())));
        return std::move(walk.given);
    }
    // toml++ sorts by key; people read by line.
    std::ranges::stable_sort(walk.values, {}, [](const auto& item) { return item.first; });
    std::ranges::stable_sort(walk.faults, {}, [](const auto& item) { return item.first; });
    for (auto& [line, raw] : walk.values) {
        walk.given.values.push_back(std::move(raw));
    }
    for (auto& [line, fault] : walk.faults) {
        walk.given.faults.push_back(std::move(fault));
    }
    return std::move(walk.given);
}

}  // namespace oidor::config
