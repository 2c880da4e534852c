// The door of the blobs: audio, addressed by its SHA-256, streamed in and out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace oidor::blobs {

/// A blob as it lies there.
struct BlobInfo {
    std::string sha256_hex = {};
    std::int64_t size_bytes = 0;
};

/// A blob on its way in. One caller at a time; dropped without `commit`, it leaves nothing behind.
class BlobWriter {
  public:
    virtual ~BlobWriter() = default;
    /// Unavailable when the disk is full.
    virtual Result<void> write(std::string_view bytes) = 0;
    /// Makes it durable under its hash (file and folder fsynced); the same content again is stored
    /// once.
    virtual Result<BlobInfo> commit() = 0;
};

/// Safe to call from many threads.
class BlobStore {
  public:
    virtual ~BlobStore() = default;

    virtual Result<std::unique_ptr<BlobWriter>> open_writer() = 0;
    [[nodiscard]] virtual Result<std::optional<BlobInfo>> find_blob(
        const std::string& sha256_hex) const = 0;
    /// `length` bytes from `offset`, fewer at the end. NotFound; Invalid when the offset lies
    /// behind the end.
    [[nodiscard]] virtual Result<std::string> read(const std::string& sha256_hex,
                                                   std::int64_t offset,
                                                   std::int64_t length) const = 0;
    /// A local file with the content: the file itself, or a copy that lives as long as the pointer.
    /// NotFound.
    [[nodiscard]] virtual Result<std::shared_ptr<const std::filesystem::path>> open_local(
        const std::string& sha256_hex) const = 0;
    /// Removes it; absent is fine.
    virtual Result<void> remove(const std::string& sha256_hex) = 0;
    /// Reads it whole and compares the hash. Corrupt, NotFound.
    [[nodiscard]] virtual Result<void> verify(const std::string& sha256_hex) const = 0;
};

/// Files below `folder` (made when missing): `ab/cd/<sha256>`. Left-over temporary files are
/// removed at opening.
Result<std::unique_ptr<BlobStore>> open_filesystem_blobs(const std::filesystem::path& folder);

}  // namespace oidor::blobs
