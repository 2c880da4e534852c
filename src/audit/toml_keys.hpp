// The keys of a TOML table, declared once: the reader checks by them, the JSON Schema is made of
// them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace oidor::audit {

/// What a key takes.
enum class KeyKind {
    Text,
    Integer,
    Number,  ///< A decimal of at most six places.
    Flag,
    Choice,
    Texts,    ///< A list of texts.
    Lists,    ///< A list of lists of texts.
    Numbers,  ///< A table of numbers under names of one's own.
    Table,
    Tables,    ///< A list of tables.
    Outcomes,  ///< One of the choices, or a list of them.
};

enum class Presence { Required, Optional };

struct KeySet;

/// One key.
struct KeyFaces {
    std::string_view name = {};
    KeyKind kind = KeyKind::Text;
    std::string_view text = {};  ///< What it means: a sentence.
    Presence presence = Presence::Optional;
    std::int64_t min = 0;  ///< Of numbers.
    std::int64_t max = 0;
    std::span<const std::string_view> choices = {};
    const KeySet* table = nullptr;  ///< Of a table, or of each table of a list.
    std::string_view pattern = {};  ///< Of texts, as JSON Schema has it.
};

/// All keys of one table.
struct KeySet {
    std::string_view name = {};
    std::vector<KeyFaces> keys = {};
};

}  // namespace oidor::audit
