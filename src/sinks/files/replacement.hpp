// A file that is replaced whole or not at all, whatever happens meanwhile.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace oidor::sinks::files {

/// Fails with the system's reason for an error number and what to do about it. Unavailable (a full
/// disk too: it may have room later), Forbidden (no permission).
Failure system_failure(int error, std::string_view what);

/// A file descriptor with one owner.
class Descriptor {
  public:
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    [[nodiscard]] int get() const { return descriptor_; }
    /// The error number of the close, for file systems that report a failed write late.
    int close();

  private:
    int descriptor_;
};

/// Makes a folder and those above it; their names are durable when this returns.
Result<void> make_folders(const std::filesystem::path& folder);
/// Makes a changed name in the folder durable.
Result<void> sync_folder(const std::filesystem::path& folder);
/// Removes a file durably; one that is not there is removed.
Result<void> remove_file(const std::filesystem::path& path);
/// Removes what a process that died left of its replacements. The caller holds the folder's lock.
Result<void> remove_left_overs(const std::filesystem::path& folder);

/// The next content of a file: written aside, in the same folder. Dropped unless it is committed.
class Replacement {
  public:
    static Result<std::unique_ptr<Replacement>> open(const std::filesystem::path& path);
    ~Replacement();
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;

    Result<void> write(std::string_view bytes);
    /// What was written is on the disk.
    Result<void> sync();
    /// Puts it in the place of the file; durable when this returns. After `sync`.
    Result<void> commit();

  private:
    Replacement(std::filesystem::path path, std::filesystem::path temporary, int descriptor)
        : path_(std::move(path)), temporary_(std::move(temporary)), file_(descriptor) {}
    Result<void> flush();

    std::filesystem::path path_;
    std::filesystem::path temporary_;  ///< Empty once it has its name.
    Descriptor file_;
    std::string buffer_ = {};
};

}  // namespace oidor::sinks::files
