// Writing a backup: the rows of one snapshot, then the audio that they name, then the list of all.
#include "backup/backup.hpp"

#include <algorithm>
#include <array>

#include "backup/archive.hpp"
#include "backup/left_out.hpp"
#include "backup/manifest.hpp"
#include "backup/parts.hpp"
#include "base/sha256.hpp"

namespace oidor::backup {
namespace {

Result<std::unique_ptr<ArchiveWriter>> open_writer(const BackupOptions& options) {
    return is_tar(options.place) ? open_tar_writer(options.place, options.now)
                                 : open_folder_writer(options.place, options.now);
}

/// The place of a column that names audio; -1 in the other tables.
int blob_column(const store::Table& table) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (names_blob(table.name, table.columns[i].name)) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

/// The hashes of the audio that a row names are gathered in 32 bytes each.
void gather_blob(store::TableRow row, int column, std::vector<Sha256>& named) {
    const auto* hash =
        column >= 0 ? std::get_if<store::Bytes>(&row[static_cast<std::size_t>(column)]) : nullptr;
    if (hash != nullptr && hash->bytes.size() == sizeof(Sha256)) {
        Sha256 value = {};
        std::ranges::copy(hash->bytes, value.begin());
        named.push_back(value);
    }
}

void sort_once(std::vector<Sha256>& hashes) {
    std::ranges::sort(hashes);
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

class Writing {
  public:
    Writing(const BackupOptions& options, const blobs::BlobStore& blobs, ArchiveWriter& archive)
        : options_(options), blobs_(blobs), archive_(archive) {}

    Result<BackupReport> run() {
        {
            // Others go on writing; the snapshot ends with the last row.
            TRY_ASSIGN(const auto tables, options_.open_tables());
            TRY(save_rows(*tables));
        }
        TRY(save_blobs());
        TRY(archive_.put(kManifestName, format_manifest(manifest_)));
        TRY(archive_.commit());
        report_.path = archive_.path();
        report_.snapshot = archive_.snapshot();
        return report_;
    }

  private:
    Result<void> save_rows(store::TableSource& tables) {
        manifest_.schema_version = report_.schema_version = tables.schema_version();
        manifest_.made_at = format_rfc3339(options_.now);
        manifest_.program = options_.program;
        manifest_.backend = options_.backend;
        for (const auto& table : tables.tables()) {
            if (is_left_out(table.name)) {
                continue;
            }
            if (auto saved = save_table(tables, table); !saved) {
                return fail(saved.error().within(fmt::format("save the table {}", table.name)));
            }
        }
        report_.tables = manifest_.tables.size();
        sort_once(named_);
        return {};
    }

    Result<void> save_table(store::TableSource& tables, const store::Table& table) {
        PartWriter parts(archive_, table.name, table.columns);
        const int blob = blob_column(table);
        TRY_ASSIGN(const auto total, tables.count_rows(table));
        std::int64_t rows = 0;
        TRY(tables.each_row(table, {}, [&](store::TableRow row) -> Result<void> {
            gather_blob(row, blob, named_);
            if (++rows % 1000 == 0) {
                tell(Progress::Phase::Rows, table.name, rows, total);
            }
            return parts.add(row);
        }));
        TRY_ASSIGN(auto saved, parts.finish());
        tell(Progress::Phase::Rows, table.name, rows, total);
        report_.rows += saved.rows;
        manifest_.tables.push_back(std::move(saved));
        return {};
    }

    Result<void> save_blobs() {
        PartWriter list(archive_, "blobs",
                        {{.name = "sha256", .kind = store::ColumnKind::Bytes},
                         {.name = "size_bytes", .kind = store::ColumnKind::Integer}});
        std::vector<Sha256> gone;
        std::int64_t done = 0;
        for (const auto& hash : named_) {
            TRY_ASSIGN(const auto info, save_blob(to_hex(hash), hash, gone));
            if (info) {
                const std::array<store::Value, 2> row = {
                    store::Bytes{{reinterpret_cast<const char*>(hash.data()), hash.size()}},
                    info->size_bytes};
                TRY(list.add(row));
                ++report_.blobs;
                report_.blob_bytes += info->size_bytes;
            }
            tell(Progress::Phase::Audio, {}, ++done, static_cast<std::int64_t>(named_.size()));
        }
        TRY(drop_erased(gone));
        for (const auto& hash : gone) {
            report_.absent.push_back(to_hex(hash));
        }
        TRY_ASSIGN(manifest_.blobs, list.finish());
        manifest_.blob_bytes = report_.blob_bytes;
        manifest_.absent = report_.absent;
        manifest_.damaged = report_.damaged;
        return {};
    }

    Result<std::optional<blobs::BlobInfo>> save_blob(const std::string& hex, const Sha256& hash,
                                                     std::vector<Sha256>& gone) {
        TRY_ASSIGN(const auto info, blobs_.find_blob(hex));
        if (!info) {
            gone.push_back(hash);
            return info;
        }
        TRY_ASSIGN(const bool there, archive_.has_blob(*info));
        if (there) {
            return info;
        }
        if (const auto copied = archive_.put_blob(*info, blobs_); !copied) {
            if (copied.error().code == ErrorCode::NotFound) {
                gone.push_back(hash);
                return std::optional<blobs::BlobInfo>();
            }
            if (copied.error().code == ErrorCode::Corrupt) {
                report_.damaged.push_back(hex);
                return std::optional<blobs::BlobInfo>();
            }
            return fail(copied.error().within(fmt::format("save the blob {}", hex)));
        }
        ++report_.copied_blobs;
        report_.copied_bytes += info->size_bytes;
        return info;
    }

    /// What nobody names any more was erased while this ran: nothing is missing.
    Result<void> drop_erased(std::vector<Sha256>& gone) const {
        if (gone.empty()) {
            return {};
        }
        std::vector<Sha256> named;
        TRY_ASSIGN(const auto tables, options_.open_tables());
        for (const auto& table : tables->tables()) {
            const int blob = blob_column(table);
            if (blob >= 0) {
                TRY(tables->each_row(table, {}, [&](store::TableRow row) -> Result<void> {
                    gather_blob(row, blob, named);
                    return {};
                }));
            }
        }
        sort_once(named);
        std::erase_if(gone,
                      [&](const Sha256& hash) { return !std::ranges::binary_search(named, hash); });
        return {};
    }

    void tell(Progress::Phase phase, std::string_view table, std::int64_t done,
              std::int64_t total) const {
        if (options_.on_progress) {
            options_.on_progress({.phase = phase, .table = table, .done = done, .total = total});
        }
    }

    const BackupOptions& options_;
    const blobs::BlobStore& blobs_;
    ArchiveWriter& archive_;
    Manifest manifest_ = {};
    BackupReport report_ = {};
    std::vector<Sha256> named_ = {};
};

/// The audio that the states of a folder name, sorted.
Result<std::vector<std::string>> blobs_named_in(const std::filesystem::path& folder,
                                                const std::vector<std::string>& snapshots) {
    std::vector<std::string> named;
    for (const auto& snapshot : snapshots) {
        TRY_ASSIGN(const auto archive, open_folder_reader(folder, snapshot));
        TRY_ASSIGN(const auto manifest, read_manifest(*archive));
        TRY(each_blob(*archive, manifest, [&](const blobs::BlobInfo& blob) -> Result<void> {
            named.push_back(blob.sha256_hex);
            return {};
        }));
    }
    std::ranges::sort(named);
    named.erase(std::unique(named.begin(), named.end()), named.end());
    return named;
}

/// Takes away the oldest states, and the audio that only they named.
Result<void> keep_newest(const BackupOptions& options, BackupReport& report) {
    TRY_ASSIGN(auto snapshots, list_snapshots(options.place));
    const auto keep = static_cast<std::size_t>(options.keep);
    if (snapshots.size() <= keep) {
        return {};
    }
    const auto first_kept = snapshots.end() - static_cast<std::ptrdiff_t>(keep);
    report.removed.assign(snapshots.begin(), first_kept);
    snapshots.erase(snapshots.begin(), first_kept);
    // Before anything goes: a state whose list cannot be read must not lose its audio.
    TRY_ASSIGN(const auto named, blobs_named_in(options.place, snapshots));
    for (const auto& snapshot : report.removed) {
        TRY(remove_snapshot(options.place, snapshot));
    }
    TRY_ASSIGN(report.removed_blobs, remove_blobs_but(options.place, named));
    return {};
}

}  // namespace

Result<BackupReport> make_backup(const BackupOptions& options, const blobs::BlobStore& blobs) {
    if (options.keep < 0 || (options.keep > 0 && is_tar(options.place))) {
        return fail(ErrorCode::Invalid,
                    "--keep counts the states of a folder: 1 or more, and not with a .tar file");
    }
    TRY_ASSIGN(const auto archive, open_writer(options));
    TRY_ASSIGN(auto report, Writing(options, blobs, *archive).run());
    if (options.keep > 0) {
        // The lock of the folder is still held.
        if (const auto kept = keep_newest(options, report); !kept) {
            return fail(kept.error().within(
                fmt::format("the backup {} is whole, but older ones could not be taken away",
                            report.path.string())));
        }
    }
    return report;
}

}  // namespace oidor::backup
