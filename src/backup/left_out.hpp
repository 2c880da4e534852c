// What a backup leaves out, and which columns name audio: the only knowledge of single tables in
// this room. backup_test.cpp fails when the schema has a column of hashes that nobody sorted in.
#pragma once

#include <cstdint>
#include <string_view>

namespace oidor::backup {

/// A manifest with more parts than this holds is no manifest.
inline constexpr std::int64_t kManifestBytesMax = std::int64_t{64} << 20U;

/// Sessions of the page: whoever signed out since would be signed in again by a restore.
constexpr bool is_left_out(std::string_view table) { return table == "sessions"; }

/// Columns with the SHA-256 of a blob.
constexpr bool names_blob(std::string_view table, std::string_view column) {
    return column == "sha256" && (table == "recordings" || table == "event_blobs");
}

}  // namespace oidor::backup
