// Backups: all rows of one state of a store and the audio that they name, in a folder that keeps
// several states or in one file; checked part by part when they are read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "blobs/blob_store.hpp"
#include "store/tables.hpp"

namespace oidor::backup {

/// Where a backup, a check or a restore is.
struct Progress {
    enum class Phase { Rows, Audio };
    Phase phase = Phase::Rows;
    std::string_view table = {};
    std::int64_t done = 0;
    std::int64_t total = 0;
};
using OnProgress = std::function<void(const Progress&)>;

/// What is saved, and where to.
struct BackupOptions {
    /// A folder that keeps one state beside the other, or a `.tar` file with one.
    std::filesystem::path place = {};
    /// Opens a snapshot of the store. Asked a second time when audio was gone that the first names.
    std::function<Result<std::unique_ptr<store::TableSource>>()> open_tables = {};
    std::string backend = {};  ///< `sqlite` or `postgres`, for people.
    std::string program = {};  ///< The version that writes it, for people.
    Timestamp now = {};
    int keep = 0;  ///< States that stay in the folder, this one included; 0: all.
    OnProgress on_progress = {};
};

/// What is in a backup, and what it took.
struct BackupReport {
    std::filesystem::path path = {};
    std::string snapshot = {};  ///< The name of the state in its folder.
    int schema_version = 0;
    std::size_t tables = 0;
    std::int64_t rows = 0;
    std::int64_t blobs = 0;
    std::int64_t blob_bytes = 0;
    std::int64_t copied_blobs = 0;  ///< The others were there from an earlier backup.
    std::int64_t copied_bytes = 0;
    std::vector<std::string> absent = {};   ///< Audio that rows name and nobody has.
    std::vector<std::string> damaged = {};  ///< Audio whose bytes have another hash.
    std::vector<std::string> removed = {};  ///< States that were too many.
    std::int64_t removed_blobs = 0;
};

/// Saves one state. It is there whole or not at all; what was there before stays whatever happens.
/// Audio that is absent or damaged is left out and named in the report. Errors: those of both
/// sides; Conflict while another backup goes to the same folder; Unavailable when the disk is full.
Result<BackupReport> make_backup(const BackupOptions& options, const blobs::BlobStore& blobs);

/// What a check found.
struct VerifyReport {
    std::string snapshot = {};
    int schema_version = 0;
    std::string made_at = {};
    std::int64_t parts = 0;
    std::int64_t rows = 0;
    std::int64_t blobs = 0;
    std::int64_t blob_bytes = 0;
    std::vector<std::string> faults = {};  ///< A sentence for each part that is damaged or missing.
};

/// Reads a backup whole and compares each part with its hash. `snapshot`: empty for the newest.
/// NotFound when there is none; Corrupt when not even the list of parts can be read.
Result<VerifyReport> verify_backup(const std::filesystem::path& place, const std::string& snapshot,
                                   const OnProgress& on_progress);

/// One state, opened for a restore. One caller at a time.
class Backup {
  public:
    virtual ~Backup() = default;
    [[nodiscard]] virtual const std::string& snapshot() const = 0;
    [[nodiscard]] virtual const std::string& made_at() const = 0;
    /// Its rows; each part is checked before one of its rows is given. Corrupt names the part.
    [[nodiscard]] virtual store::TableSource& tables() = 0;
    /// Tombstones that newer states of the same folder hold: what was erased since.
    virtual Result<std::vector<store::RestoredOptions::Tombstone>> newer_tombstones() = 0;
    /// Stores all its audio where it is not yet; gives how many that were. Corrupt names the blob.
    virtual Result<std::int64_t> restore_blobs(blobs::BlobStore& blobs,
                                               const OnProgress& on_progress) = 0;
};

/// `snapshot`: empty for the newest. NotFound, Corrupt; Unsupported when a newer program wrote it.
Result<std::unique_ptr<Backup>> open_backup(const std::filesystem::path& place,
                                            const std::string& snapshot);

}  // namespace oidor::backup
