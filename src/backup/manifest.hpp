// The list of everything in a backup: which schema, how many rows, which parts with which hashes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/tables.hpp"

namespace oidor::backup {

/// Raised when an older program could not read what is written.
inline constexpr int kFormat = 1;

/// A compressed piece of a table.
struct Part {
    std::string file = {};
    std::int64_t rows = 0;
    std::int64_t size_bytes = 0;  ///< Of the file.
    std::int64_t raw_bytes = 0;   ///< Of the rows in it.
    std::string sha256 = {};      ///< Of the file.
    bool operator==(const Part&) const = default;
};

/// A table and where its rows lie.
struct SavedTable {
    std::string name = {};
    std::vector<store::Column> columns = {};
    std::int64_t rows = 0;
    std::vector<Part> parts = {};
    bool operator==(const SavedTable&) const = default;
};

/// All of one state.
struct Manifest {
    int schema_version = 0;
    std::string made_at = {};
    std::string program = {};
    std::string backend = {};
    std::vector<SavedTable> tables = {};
    SavedTable blobs = {};  ///< (SHA-256, size in bytes) of the audio.
    std::int64_t blob_bytes = 0;
    std::vector<std::string> absent = {};
    std::vector<std::string> damaged = {};
    bool operator==(const Manifest&) const = default;
};

/// With a hash over itself.
std::string format_manifest(const Manifest& manifest);
/// Corrupt when it fails its hash or is no manifest; Unsupported when a newer program wrote it.
Result<Manifest> parse_manifest(std::string_view text);

}  // namespace oidor::backup
