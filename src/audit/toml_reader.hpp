// Reads a TOML table key by key and collects every fault with its line; for this room and
// `proving`, which reads examples.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "audit/suggestion.hpp"
#include "audit/toml_keys.hpp"
#include "base/decimal.hpp"
#include "base/result.hpp"

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

/// One table. Each getter reports what is wrong and then gives nothing; `finish` reports the keys
/// that the set does not have. What a key takes stands in the set.
class TomlReader {
  public:
    TomlReader(const toml::table& table, std::string where, Faults& faults, const KeySet& keys)
        : table_(table), where_(std::move(where)), faults_(faults), keys_(keys) {}

    std::optional<std::string> text(std::string_view key);
    std::optional<std::int64_t> integer(std::string_view key);
    std::optional<Decimal> decimal(std::string_view key);
    std::optional<bool> flag(std::string_view key);
    const toml::table* table(std::string_view key);
    const toml::array* array(std::string_view key);
    /// The index of the text among the key's choices; says which are possible otherwise.
    std::optional<std::size_t> choice(std::string_view key);
    [[nodiscard]] std::span<const std::string_view> choices(std::string_view key) const {
        return faces_of(key).choices;
    }
    /// The indices of one text, or of a list of them, among the key's choices.
    std::vector<std::size_t> choices_of(std::string_view key);
    /// Numbers under names of one's own.
    std::vector<std::pair<std::string, Decimal>> numbers(std::string_view key);
    /// A list of texts of at least one; nothing when the key is absent or a fault was found.
    std::optional<std::vector<std::string>> texts(std::string_view key);
    /// Calls `each(table, where)` for every table of a list.
    template <typename Each>
    void tables(std::string_view key, const Each& each) {
        const auto* list = array(key);
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
            const auto where = place(key) + "[" + std::to_string(i) + "]";
            if (const auto* table = (*list)[i].as_table()) {
                each(*table, where);
            } else {
                faults_.add((*list)[i], where, "expected a table");
            }
        }
    }
    void finish();

    /// The place of a key, for messages: `criteria[2].points`.
    [[nodiscard]] std::string place(std::string_view key) const;
    void fault(std::string_view key, std::string_view what);
    [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }

  private:
    [[nodiscard]] const KeyFaces& faces_of(std::string_view key) const;
    const toml::node* ask(const KeyFaces& faces);

    const toml::table& table_;
    std::string where_;
    Faults& faults_;
    const KeySet& keys_;
};

/// Parses a file of at most so many bytes. Errors: TooLarge; Invalid with `path:line`.
Result<toml::table> parse_toml(std::string_view text, std::string_view path,
                               std::size_t size_bytes_max);

/// Lower-case letters, digits, `_` and `-`, at most 64: what ids may be made of.
bool is_identifier(std::string_view text);
inline constexpr std::string_view kIdentifierPattern = "^[a-z0-9_-]{1,64}$";
inline constexpr std::string_view kIdentifierFault = "expected up to 64 of a-z, 0-9, _ and -";

}  // namespace oidor::audit
