// JSON at rest: a byte that tells the format, then a zstd frame with its checksum.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace oidor::store::sql {

/// Format 1: zstd.
Result<std::string> compress(std::string_view json);
/// Corrupt when the bytes fail their check or do not hold `size_bytes` bytes; Unsupported for a
/// format of a newer version.
Result<std::string> decompress(std::string_view body, std::size_t size_bytes);

}  // namespace oidor::store::sql
