// The file that holds the key of tombstones: outside the data folder, for this user alone.
#pragma once

#include <filesystem>

#include "store/erasure.hpp"

namespace oidor::pipeline {

/// Finds the key in `path`; makes it there (readable by this user alone, durable) when something
/// is erased and there is none. Errors: Forbidden (no permission, or others may read it), Invalid
/// (no key in it).
store::SealKeySource seal_key_in(const std::filesystem::path& path);

}  // namespace oidor::pipeline
