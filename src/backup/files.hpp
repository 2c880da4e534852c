// Files as backups use them: written whole and synced before anybody sees their name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace oidor::backup {

/// Fails with the system's reason and what to do about it. Unavailable, Forbidden, NotFound.
Failure disk_failure(int error, std::string_view what);

/// A file descriptor with one owner.
class File {
  public:
    File() = default;
    explicit File(int descriptor) : descriptor_(descriptor) {}
    ~File();
    File(File&& other) noexcept;
    File& operator=(File&& other) noexcept;
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    /// A new file for this user alone.
    static Result<File> create(const std::filesystem::path& path);
    static Result<File> open(const std::filesystem::path& path);

    [[nodiscard]] int get() const { return descriptor_; }
    Result<void> write(std::string_view bytes);
    Result<void> write_at(std::int64_t offset, std::string_view bytes);
    /// The bytes from `offset`; fewer than `length` at the end.
    [[nodiscard]] Result<std::string> read_at(std::int64_t offset, std::int64_t length) const;
    [[nodiscard]] Result<std::int64_t> size() const;
    /// Synced to the disk and closed: what the disk says only then is heard.
    Result<void> finish();

  private:
    int descriptor_ = -1;
};

/// Writes a new file whole and syncs it.
Result<void> write_file(const std::filesystem::path& path, std::string_view bytes);
/// What the folder names is durable afterwards.
Result<void> sync_folder(const std::filesystem::path& folder);
/// With all above it, for this user alone.
Result<void> make_folder(const std::filesystem::path& folder);
Result<void> rename_into_place(const std::filesystem::path& from, const std::filesystem::path& to);

using PieceReader = std::function<Result<void>(std::string_view)>;
/// Gives `length` bytes from `offset` in pieces. Corrupt when the file ends before.
Result<void> each_piece(const File& file, std::int64_t offset, std::int64_t length,
                        const PieceReader& read);

}  // namespace oidor::backup
