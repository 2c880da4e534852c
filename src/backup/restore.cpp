// Reading a backup: its rows as a source that a store is filled from, its audio, and a check of
// both.
#include "backup/backup.hpp"

#include <algorithm>
#include <map>

#include "backup/archive.hpp"
#include "backup/left_out.hpp"
#include "backup/manifest.hpp"
#include "backup/parts.hpp"
#include "base/sha256.hpp"

namespace oidor::backup {
namespace {

Result<std::unique_ptr<ArchiveReader>> open_reader(const std::filesystem::path& place,
                                                   const std::string& snapshot) {
    return is_tar(place) ? open_tar_reader(place) : open_folder_reader(place, snapshot);
}

/// The tables of the backup's schema as this program knows them, held against what was saved.
Result<std::vector<store::Table>> tables_in(const Manifest& manifest) {
    auto known = store::tables_of(manifest.schema_version);
    if (!known) {
        return fail(known.error().within(
            fmt::format("the backup was written by oidor {}", manifest.program)));
    }
    std::erase_if(*known, [](const store::Table& table) { return is_left_out(table.name); });
    const bool same = std::ranges::equal(
        *known, manifest.tables, [](const store::Table& table, const SavedTable& saved) {
            return table.name == saved.name && table.columns == saved.columns;
        });
    if (!same) {
        return fail(ErrorCode::Unsupported,
                    "the backup says schema {}, but its tables are others: it was written by "
                    "another program (oidor {})",
                    manifest.schema_version, manifest.program);
    }
    return known;
}

class BackupTables final : public store::TableSource {
  public:
    BackupTables(const ArchiveReader& archive, const Manifest& manifest,
                 std::vector<store::Table> tables, std::string name)
        : archive_(archive),
          manifest_(manifest),
          tables_(std::move(tables)),
          name_(std::move(name)) {}

    [[nodiscard]] std::string name() const override { return name_; }
    [[nodiscard]] int schema_version() const override { return manifest_.schema_version; }
    [[nodiscard]] const std::vector<store::Table>& tables() const override { return tables_; }

    Result<std::int64_t> count_rows(const store::Table& table) override {
        return saved(table).rows;
    }

    Result<void> each_row(const store::Table& table, const store::TablePosition& from,
                          const store::RowReader& read) override {
        // The same rows in the same order each time: those that were read are counted off.
        auto skip = from.rows;
        for (const auto& part : saved(table).parts) {
            if (skip >= part.rows) {
                skip -= part.rows;
                continue;
            }
            TRY_ASSIGN(const auto rows, read_part(archive_, part));
            TRY(each_row_of(rows, part, table.columns.size(),
                            [&](store::TableRow row) -> Result<void> {
                                if (skip > 0) {
                                    --skip;
                                    return {};
                                }
                                return read(row);
                            }));
        }
        return {};
    }

  private:
    [[nodiscard]] const SavedTable& saved(const store::Table& table) const {
        const auto found = std::ranges::find(manifest_.tables, table.name, &SavedTable::name);
        ASSERT(found != manifest_.tables.end(), "the tables were held against the manifest");
        return *found;
    }

    const ArchiveReader& archive_;
    const Manifest& manifest_;
    std::vector<store::Table> tables_;
    std::string name_;
};

/// The tombstones of one state.
Result<void> gather_tombstones(const std::filesystem::path& folder, const std::string& snapshot,
                               std::vector<store::RestoredOptions::Tombstone>& tombstones) {
    TRY_ASSIGN(const auto archive, open_folder_reader(folder, snapshot));
    TRY_ASSIGN(const auto manifest, read_manifest(*archive));
    const auto table = std::ranges::find(manifest.tables, "tombstones", &SavedTable::name);
    if (table == manifest.tables.end()) {
        return {};
    }
    const auto place_of = [&](std::string_view name) {
        return static_cast<std::size_t>(
            std::ranges::find(table->columns, name, &store::Column::name) - table->columns.begin());
    };
    const auto kind = place_of("kind");
    const auto hash = place_of("identity_hash");
    const auto at = place_of("erased_at");
    for (const auto& part : table->parts) {
        TRY_ASSIGN(const auto rows, read_part(*archive, part));
        TRY(each_row_of(
            rows, part, table->columns.size(), [&](store::TableRow row) -> Result<void> {
                if (std::max({kind, hash, at}) >= row.size() ||
                    !std::holds_alternative<std::string_view>(row[kind]) ||
                    !std::holds_alternative<store::Bytes>(row[hash]) ||
                    !std::holds_alternative<std::int64_t>(row[at])) {
                    return fail(ErrorCode::Corrupt, "the tombstones of {} cannot be read",
                                snapshot);
                }
                tombstones.push_back(
                    {.kind = std::string(std::get<std::string_view>(row[kind])),
                     .identity_hash = std::string(std::get<store::Bytes>(row[hash]).bytes),
                     .erased_at =
                         Timestamp(std::chrono::microseconds(std::get<std::int64_t>(row[at])))});
                return {};
            }));
    }
    return {};
}

class OpenBackup final : public Backup {
  public:
    OpenBackup(std::filesystem::path place, std::unique_ptr<ArchiveReader> archive,
               Manifest manifest, std::vector<store::Table> tables)
        : place_(std::move(place)),
          archive_(std::move(archive)),
          manifest_(std::move(manifest)),
          snapshot_(archive_->snapshot()),
          tables_(
              *archive_, manifest_, std::move(tables),
              fmt::format("backup {} of {}", sha256_hex(format_manifest(manifest_)).substr(0, 16),
                          manifest_.made_at)) {}

    [[nodiscard]] const std::string& snapshot() const override { return snapshot_; }
    [[nodiscard]] const std::string& made_at() const override { return manifest_.made_at; }
    [[nodiscard]] store::TableSource& tables() override { return tables_; }

    Result<std::vector<store::RestoredOptions::Tombstone>> newer_tombstones() override {
        std::vector<store::RestoredOptions::Tombstone> tombstones;
        if (is_tar(place_)) {
            return tombstones;
        }
        std::error_code error;
        const bool is_state = std::filesystem::exists(place_ / kManifestName, error);
        const auto folder =
            is_state ? std::filesystem::absolute(place_, error).lexically_normal().parent_path()
                     : place_;
        TRY_ASSIGN(const auto snapshots, list_snapshots(folder));
        for (const auto& other : snapshots) {
            if (other > snapshot_) {
                TRY(gather_tombstones(folder, other, tombstones));
            }
        }
        return tombstones;
    }

    Result<std::int64_t> restore_blobs(blobs::BlobStore& blobs,
                                       const OnProgress& on_progress) override {
        std::int64_t stored = 0;
        std::int64_t done = 0;
        TRY(each_blob(*archive_, manifest_, [&](const blobs::BlobInfo& blob) -> Result<void> {
            TRY_ASSIGN(const auto there, blobs.find_blob(blob.sha256_hex));
            if (!there || there->size_bytes != blob.size_bytes) {
                TRY(restore_blob(blob, blobs));
                ++stored;
            }
            if (on_progress) {
                on_progress({.phase = Progress::Phase::Audio,
                             .done = ++done,
                             .total = manifest_.blobs.rows});
            }
            return {};
        }));
        return stored;
    }

  private:
    Result<void> restore_blob(const blobs::BlobInfo& blob, blobs::BlobStore& blobs) const {
        TRY_ASSIGN(const auto writer, blobs.open_writer());
        Sha256Stream hash;
        TRY(archive_->read_blob(blob.sha256_hex, [&](std::string_view piece) {
            hash.update(piece);
            return writer->write(piece);
        }));
        // Before it gets a name: a damaged one leaves nothing behind.
        if (to_hex(hash.finish()) != blob.sha256_hex) {
            return fail(ErrorCode::Corrupt,
                        "the blob {} of the backup is damaged (its SHA-256 differs): use another "
                        "copy of it",
                        blob.sha256_hex);
        }
        TRY(writer->commit());
        return {};
    }

    std::filesystem::path place_;
    std::unique_ptr<ArchiveReader> archive_;
    Manifest manifest_;
    std::string snapshot_;
    BackupTables tables_;
};

/// Reads everything and notes what is wrong.
class Check {
  public:
    Check(const ArchiveReader& archive, const Manifest& manifest, const OnProgress& on_progress)
        : archive_(archive), manifest_(manifest), on_progress_(on_progress) {}

    VerifyReport run() {
        report_.snapshot = archive_.snapshot();
        report_.schema_version = manifest_.schema_version;
        report_.made_at = manifest_.made_at;
        if (const auto tables = tables_in(manifest_); !tables) {
            report_.faults.push_back(tables.error().message);
        }
        for (const auto& table : manifest_.tables) {
            report_.rows += check_table(table);
        }
        check_table(manifest_.blobs);
        // A damaged list names no blobs: that was said already.
        static_cast<void>(
            each_blob(archive_, manifest_, [&](const blobs::BlobInfo& blob) -> Result<void> {
                check_blob(blob);
                return {};
            }));
        return std::move(report_);
    }

  private:
    std::int64_t check_table(const SavedTable& table) {
        std::int64_t rows = 0;
        for (const auto& part : table.parts) {
            ++report_.parts;
            const auto content = read_part(archive_, part);
            const auto read = content ? each_row_of(*content, part, table.columns.size(),
                                                    [&](store::TableRow) -> Result<void> {
                                                        ++rows;
                                                        return {};
                                                    })
                                      : Result<void>(fail(content.error()));
            if (!read) {
                report_.faults.push_back(read.error().message);
            }
            tell(Progress::Phase::Rows, table.name, rows, table.rows);
        }
        return rows;
    }

    void check_blob(const blobs::BlobInfo& blob) {
        Sha256Stream hash;
        const auto read = archive_.read_blob(blob.sha256_hex, [&](std::string_view piece) {
            hash.update(piece);
            return Result<void>();
        });
        if (!read) {
            report_.faults.push_back(fmt::format("the blob {} cannot be read: {}", blob.sha256_hex,
                                                 read.error().message));
        } else if (to_hex(hash.finish()) != blob.sha256_hex) {
            report_.faults.push_back(fmt::format(
                "the blob {} is damaged (its SHA-256 differs): remove that file and run oidor "
                "backup again",
                blob.sha256_hex));
        }
        ++report_.blobs;
        report_.blob_bytes += blob.size_bytes;
        tell(Progress::Phase::Audio, {}, report_.blobs, manifest_.blobs.rows);
    }

    void tell(Progress::Phase phase, std::string_view table, std::int64_t done,
              std::int64_t total) const {
        if (on_progress_) {
            on_progress_({.phase = phase, .table = table, .done = done, .total = total});
        }
    }

    const ArchiveReader& archive_;
    const Manifest& manifest_;
    const OnProgress& on_progress_;
    VerifyReport report_ = {};
};

}  // namespace

Result<VerifyReport> verify_backup(const std::filesystem::path& place, const std::string& snapshot,
                                   const OnProgress& on_progress) {
    TRY_ASSIGN(const auto archive, open_reader(place, snapshot));
    TRY_ASSIGN(const auto manifest, read_manifest(*archive));
    return Check(*archive, manifest, on_progress).run();
}

Result<std::unique_ptr<Backup>> open_backup(const std::filesystem::path& place,
                                            const std::string& snapshot) {
    TRY_ASSIGN(auto archive, open_reader(place, snapshot));
    TRY_ASSIGN(auto manifest, read_manifest(*archive));
    TRY_ASSIGN(auto tables, tables_in(manifest));
    return std::unique_ptr<Backup>(std::make_unique<OpenBackup>(
        place, std::move(archive), std::move(manifest), std::move(tables)));
}

}  // namespace oidor::backup
