// What blobs as files ask of the system. A test's double takes its place and forgets, as a power
// cut does, whatever was not synced.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include <sys/types.h>

#include "blobs/blob_store.hpp"

namespace oidor::blobs {

/// The calls of the system, with their results: -1 and errno on failure. Safe to call from many
/// threads.
class FileOperations {
  public:
    virtual ~FileOperations() = default;
    /// A new file for this user alone, open for reading and writing.
    virtual int create(const std::filesystem::path& path) = 0;
    virtual ssize_t write(int descriptor, const char* bytes, std::size_t count) = 0;
    virtual int sync(int descriptor) = 0;
    virtual int close(int descriptor) = 0;
    virtual int rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    virtual int remove(const std::filesystem::path& path) = 0;
    virtual int make_folder(const std::filesystem::path& folder) = 0;
    /// Makes the names in a folder durable.
    virtual int sync_folder(const std::filesystem::path& folder) = 0;
};

/// The system itself.
FileOperations& system_files();

/// As open_filesystem_blobs, over these operations, which outlive the blobs.
Result<std::unique_ptr<BlobStore>> open_filesystem_blobs_on(const std::filesystem::path& folder,
                                                            FileOperations& files);

}  // namespace oidor::blobs
