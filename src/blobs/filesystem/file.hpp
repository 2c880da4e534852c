// Files of this computer: what the blobs that are files and those that pass through it share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "blobs/file_operations.hpp"

namespace oidor::blobs {

/// Fails with the system's reason for an error number and what to do about it. Unavailable,
/// Forbidden, NotFound.
Failure system_failure(int error, std::string_view what);

/// Invalid unless the name is 64 lower-case hexadecimal digits: nothing else is ever looked for.
Result<void> check_blob_name(const std::string& sha256_hex);

/// A file descriptor with one owner.
class File {
  public:
    explicit File(int descriptor, FileOperations& files = system_files())
        : descriptor_(descriptor), files_(files) {}
    ~File() { close(); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    [[nodiscard]] int get() const { return descriptor_; }
    /// Writes all of it.
    Result<void> write(std::string_view bytes, std::string_view what);
    /// The bytes from `offset`; fewer than `length` at the end.
    [[nodiscard]] Result<std::string> read(std::int64_t offset, std::int64_t length,
                                           std::string_view what) const;
    /// The bytes are on the disk when this returns.
    Result<void> sync(std::string_view what);
    /// The error number of the last close, for those that report a failed write late.
    int close();

  private:
    int descriptor_;
    FileOperations& files_;
};

/// Opens a new temporary file for this user alone, with a lock on it: while it is held, no other
/// program takes the file for a left-over one. `path` becomes its name. -1 and errno on failure.
int open_temporary(const std::filesystem::path& folder, std::filesystem::path& path,
                   FileOperations& files = system_files());

/// Removes the temporary files in a folder that no program holds any more; folders in it stay.
Result<void> remove_left_overs(const std::filesystem::path& folder);

}  // namespace oidor::blobs
