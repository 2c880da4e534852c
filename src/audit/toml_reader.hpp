// Reads a TOML table key by key and collects every fault with its line; for this room alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "base/decimal.hpp"

namespace oidor::audit {

/// All faults of one file, `path:line: where: what` each.
class Faults {
  public:
    Faults(std::string_view path, std::size_t faults_max) : path_(path), faults_max_(faults_max) {}

    void add(const toml::node& node, std::string_view where, std::string_view what);
    [[nodiscard]] bool empty() const { return lines_.empty(); }
    /// All of them, by line; the first `faults_max`, and how many more there are.
    [[nodiscard]] std::string text() const;

  private:
    struct Fault {
        std::size_t line;
        std::string text;
    };
    std::string path_;
    std::size_t faults_max_;
    std::vector<Fault> lines_;
};

enum class Presence { Required, Optional };

/// One table. Each getter reports what is wrong and then gives nothing; `finish` reports the keys
/// that nobody asked for.
class TomlReader {
  public:
    TomlReader(const toml::table& table, std::string where, Faults& faults)
        : table_(table), where_(std::move(where)), faults_(faults) {}

    std::optional<std::string> text(std::string_view key, Presence presence);
    std::optional<std::int64_t> integer(std::string_view key, Presence presence, std::int64_t min,
                                        std::int64_t max);
    std::optional<Decimal> decimal(std::string_view key, Presence presence, std::int64_t min,
                                   std::int64_t max);
    std::optional<bool> boolean(std::string_view key);
    const toml::table* table(std::string_view key);
    const toml::array* array(std::string_view key, Presence presence);
    /// The index of the text among `names`; says which are possible otherwise.
    std::optional<std::size_t> choice(std::string_view key, Presence presence,
                                      const std::vector<std::string_view>& names);
    void finish();

    /// The place of a key, for messages: `criteria[2].points`.
    [[nodiscard]] std::string place(std::string_view key) const;
    void fault(std::string_view key, std::string_view what);
    [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }

  private:
    const toml::node* ask(std::string_view key, Presence presence);

    const toml::table& table_;
    std::string where_;
    Faults& faults_;
    std::vector<std::string> asked_;
};

/// The nearest of `known` when it is near enough to be what was meant; empty otherwise.
std::string nearest_name(std::string_view text, const std::vector<std::string>& known);

}  // namespace oidor::audit
