// Where the parts of a backup lie: in a folder of states that share their audio, or in one tar
// file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backup/files.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "blobs/blob_store.hpp"

namespace oidor::backup {

/// The part that lists all others; it is written last.
inline constexpr const char* kManifestName = "manifest.json";

/// One state on its way in. Dropped without `commit`, it leaves nothing but audio, which the next
/// one takes up. One caller at a time.
class ArchiveWriter {
  public:
    virtual ~ArchiveWriter() = default;
    virtual Result<void> put(const std::string& name, std::string_view bytes) = 0;
    [[nodiscard]] virtual Result<bool> has_blob(const blobs::BlobInfo& blob) = 0;
    /// Corrupt when the bytes have another hash, NotFound when there are none.
    virtual Result<void> put_blob(const blobs::BlobInfo& blob, const blobs::BlobStore& from) = 0;
    /// Names it: it is there from now on.
    virtual Result<void> commit() = 0;
    [[nodiscard]] virtual std::filesystem::path path() const = 0;
    [[nodiscard]] virtual std::string snapshot() const = 0;
};

/// One state as it lies there. One caller at a time.
class ArchiveReader {
  public:
    virtual ~ArchiveReader() = default;
    /// The whole part. NotFound; TooLarge beyond `size_max`.
    [[nodiscard]] virtual Result<std::string> read(const std::string& name,
                                                   std::int64_t size_max) const = 0;
    /// A blob, piece by piece. NotFound.
    [[nodiscard]] virtual Result<void> read_blob(const std::string& sha256_hex,
                                                 const PieceReader& read) const = 0;
    [[nodiscard]] virtual std::string snapshot() const = 0;
};

/// True for a place that means one file.
bool is_tar(const std::filesystem::path& place);

/// Conflict while another backup goes to the same folder.
Result<std::unique_ptr<ArchiveWriter>> open_folder_writer(const std::filesystem::path& folder,
                                                          Timestamp now);
Result<std::unique_ptr<ArchiveReader>> open_folder_reader(const std::filesystem::path& folder,
                                                          const std::string& snapshot);
Result<std::unique_ptr<ArchiveWriter>> open_tar_writer(const std::filesystem::path& file,
                                                       Timestamp now);
Result<std::unique_ptr<ArchiveReader>> open_tar_reader(const std::filesystem::path& file);

/// The states of a folder, oldest first.
Result<std::vector<std::string>> list_snapshots(const std::filesystem::path& folder);
/// Takes a state away; its audio stays.
Result<void> remove_snapshot(const std::filesystem::path& folder, const std::string& snapshot);
/// Removes the audio of a folder that is not in `named` (sorted); gives how many that were.
Result<std::int64_t> remove_blobs_but(const std::filesystem::path& folder,
                                      const std::vector<std::string>& named);

/// `2026-11-21T16-30-00.000000Z`: sorts by time, and every file system takes it.
std::string snapshot_name(Timestamp now);
/// Gives a blob's bytes to `write` and compares its hash. Corrupt, NotFound.
Result<void> copy_blob(const blobs::BlobInfo& blob, const blobs::BlobStore& from,
                       const PieceReader& write);

}  // namespace oidor::backup
