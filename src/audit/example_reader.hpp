// Reads tables of examples: those inside a scorecard, and those of a file of their own (`proving`).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "audit/example.hpp"
#include "audit/toml_reader.hpp"

namespace oidor::audit {

/// What the tables of one file share.
struct ExampleReading {
    Faults& faults;
    std::string_view language = {};
    std::size_t text_bytes_max = 0;
    std::size_t examples_max = 0;
    std::size_t count = 0;  ///< Those that were read.
};

/// The keys of an example inside a scorecard.
const KeySet& example_keys();

/// Adds an example for each text of the table; what is wrong is among the faults. `keys` has
/// example_keys(), and what else such a table may have.
void read_example_table(const toml::table& table, const std::string& where, const KeySet& keys,
                        ExampleReading& reading, std::vector<Example>& examples);

}  // namespace oidor::audit
